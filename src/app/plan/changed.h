#ifndef GATEWAVE_SRC_APP_PLAN_CHANGED_H
#define GATEWAVE_SRC_APP_PLAN_CHANGED_H
/* The gateways that a rollout has changed, or may have: what each ran before, and why it cannot go back to that. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/core/answer.h"
#include "gatewave/store/rollout.h"
#include "gatewave/store/store.h"

struct gw_changed_gateway {
    char *id;
    char before[GW_VERSION_MAX]; /* of all of its devices; "" when it is not known */
    int64_t ended_unix_ms;       /* when the rollout was done with it */
    uint32_t devices;            /* in the rollout */
    bool changed;
    bool listed; /* for who goes through the inventory: it was there */
    char *stays; /* why it cannot go back; NULL: it can */
};

struct gw_changed {
    struct gw_changed_gateway *gateway; /* by id */
    size_t n;
};

/* Which gateways a rollout has changed, and which of them cannot go back by what the rollouts themselves say.
 * Release it in any case. */
enum gw_code gw_changed_load(struct gw_changed *changed, struct gw_store *store,
                             const struct gw_rollout_row *rollout, struct gw_err *err);
void gw_changed_release(struct gw_changed *changed);
/* NULL when it is none of them. */
struct gw_changed_gateway *gw_changed_find(const struct gw_changed *changed, const char *id);
/* It stays as it is, unless another reason was given before. */
void gw_changed_stay(struct gw_changed_gateway *gateway, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Gateways that can go back to a version. */
size_t gw_changed_count(const struct gw_changed *changed, const char *version);
/* The next version, in the order of its bytes, that some can go back to; after "" comes the first; NULL: no more. */
const char *gw_changed_next_version(const struct gw_changed *changed, const char *after);

#endif
