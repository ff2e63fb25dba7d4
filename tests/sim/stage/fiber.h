#ifndef GATEWAVE_TESTS_SIM_FIBER_H
#define GATEWAVE_TESTS_SIM_FIBER_H
/* Stacks that are switched by hand, on one thread: what the threads of simulated processes run on. */
#include <stdbool.h>

struct sim_fiber;

/* body runs at the first sim_fiber_enter. Stacks are kept and used again. */
struct sim_fiber *sim_fiber_new(void (*body)(void *user), void *user);
/* Its body must have returned. */
void sim_fiber_free(struct sim_fiber *fiber);
/* Goes on in it until it leaves or its body returns. Not from within a fiber. */
void sim_fiber_enter(struct sim_fiber *fiber);
/* Back to whoever entered the fiber that runs. */
void sim_fiber_leave(void);
bool sim_fiber_has_returned(const struct sim_fiber *fiber);
/* Gives the stacks back. */
void sim_fiber_clean(void);

#endif
