#ifndef GATEWAVE_TESTS_UNIT_STORE_WARD_H
#define GATEWAVE_TESTS_UNIT_STORE_WARD_H
/*
 * Rollouts written with plain SQL, down to their waves, charts and outcomes: what controls a rollout is tested
 * apart from how one is frozen.
 */
#include "records.h"

/*
 * Rollout r (1) of gateways gw-1 .. gw-6, targets 0 .. 5: the waves canary (0, 1) and rest (2 .. 5), of models
 * m-a (0 .. 2) and m-b (3 .. 5). Its lease is taken; run_stop ends it.
 */
struct run ward_start(void **state);

/* A rollout with that id, name "r<id>", that is finished and has no targets yet. */
void ward_rollout(const struct place *place, int id, const char *type, const char *phase);
/* n more targets of the last rollout with these facts and this outcome. */
struct ward_target {
    const char *state, *model, *version_before, *version_listed, *site, *region, *isp;
    const char *code;
    const char *proof; /* of its one call; "" for one without an answer; NULL: it was never called */
};
void ward_targets(const struct place *place, int n, struct ward_target target);

/* Appends to a text of that size, which must hold it. */
void ward_add(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
