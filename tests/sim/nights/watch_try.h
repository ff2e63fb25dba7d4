#ifndef GATEWAVE_TESTS_SIM_NIGHTS_WATCH_TRY_H
#define GATEWAVE_TESTS_SIM_NIGHTS_WATCH_TRY_H
/*
 * For the tests of the watch: the world of the checker's tests (check_try.h), whose rollout is one that policy p1 has made.
 * The inventory has all of its devices, at the old version; give_up is 2, rest 20 h. The truth is what a test says.
 */
#include "check/try.h"
#include "nights/watch.h"

#define HOUR_MS UINT64_C(3600000)

extern struct sim_nights nights;
extern struct sim_watch *watch;
extern struct sim_truth truths[TRY_DEVICES];

/* cmocka's. */
int watch_setup(void **state);
int watch_teardown(void **state);

/* A night's process starts; fresh: the rollout is frozen only then. */
void watch_begin(bool fresh, bool again);
/* Intent, leave and arrival of a call that is accepted. */
void watch_call(uint32_t device);
/* A rollout of another night in which the first gateway failed so long ago. */
void watch_fail_before(uint32_t rollout, uint64_t ago_ms);
/* One more rollout of the policy, of the first gateway alone, calls it. */
void watch_call_of_another(void);

#endif
