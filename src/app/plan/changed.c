/*
 * Reading what a rollout has changed. Targets come in dispatch order, a pair's devices one after the other; what is
 * kept is one row a gateway, for a gateway goes back whole or not at all.
 */
#include "changed.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#define WHY_MAX 192

void gw_changed_stay(struct gw_changed_gateway *gateway, const char *format, ...)
{
    char why[WHY_MAX];
    va_list args;

    if (gateway->stays)
        return;
    va_start(args, format);
    (void)vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    gateway->stays = gw_mem_dup(why);
}

/* It has, or nobody can prove that it has not. */
static bool gw_changed_by(const struct gw_target_row *row)
{
    return row->state == GW_STATE_SUCCEEDED || gw_outcome_is_unproven(row->state, row->code);
}

/* ---- the rollout's own ---- */

static bool gw_changed_target(void *user, const struct gw_target_row *row)
{
    struct gw_changed *changed = user;
    struct gw_changed_gateway *gateway = changed->n ? &changed->gateway[changed->n - 1] : NULL;
    const char *before = row->version_before;

    /* Where there was no reason to note what it ran before, that is what it runs. */
    if (before[0] == '\0' && row->state == GW_STATE_SKIPPED)
        before = row->version_after;
    if (!gateway || !gw_text_equal(gateway->id, row->gateway_id)) {
        changed->gateway = gw_mem_resize(changed->gateway, changed->n + 1, sizeof(*changed->gateway));
        gateway = &changed->gateway[changed->n++];
        *gateway = (struct gw_changed_gateway){.id = gw_mem_dup(row->gateway_id)};
    }
    gateway->devices++;
    gateway->changed = gateway->changed || gw_changed_by(row);
    if (row->ended_unix_ms > gateway->ended_unix_ms)
        gateway->ended_unix_ms = row->ended_unix_ms;
    if (gateway->before[0] == '\0')
        (void)gw_text_copy(gateway->before, sizeof(gateway->before), before);
    else if (before[0] && !gw_text_equal(before, gateway->before))
        gw_changed_stay(gateway, "its two devices ran different versions before, %s and %s", gateway->before,
                        before);
    return true;
}

static void gw_changed_drop(struct gw_changed_gateway *gateway)
{
    free(gateway->id);
    free(gateway->stays);
}

static int gw_changed_by_id(const void *a, const void *b)
{
    return strcmp(((const struct gw_changed_gateway *)a)->id, ((const struct gw_changed_gateway *)b)->id);
}

/* Keeps those that were changed, and orders them by id. */
static void gw_changed_settle(struct gw_changed *changed, const char *version)
{
    size_t kept = 0;

    for (size_t i = 0; i < changed->n; i++) {
        struct gw_changed_gateway *gateway = &changed->gateway[i];

        if (!gateway->changed || (!gateway->stays && gw_text_equal(gateway->before, version))) {
            gw_changed_drop(gateway);
            continue;
        }
        if (gateway->before[0] == '\0')
            gw_changed_stay(gateway, "no read told what it ran before");
        changed->gateway[kept++] = *gateway;
    }
    changed->n = kept;
    if (kept > 0)
        qsort(changed->gateway, kept, sizeof(*changed->gateway), gw_changed_by_id);
}

/* ---- what others did since ---- */

struct gw_changed_since {
    struct gw_changed *changed;
    const struct gw_rollout_row *own;
    struct gw_rollout_row *other;
    size_t n, at;
};

static bool gw_changed_other(void *user, const struct gw_rollout_row *row)
{
    struct gw_changed_since *since = user;

    if (row->id == since->own->id || row->dpi != since->own->dpi)
        return true;
    since->other = gw_mem_resize(since->other, since->n + 1, sizeof(*since->other));
    since->other[since->n++] = *row;
    return true;
}

/* One that nobody ever ran has called nobody; it is in the way only of what it would itself do. */
static bool gw_changed_is_held(const struct gw_changed_gateway *gateway, const struct gw_rollout_row *other)
{
    return other->started_unix_ms != 0 || gw_text_equal(gateway->before, other->version);
}

static bool gw_changed_other_target(void *user, const struct gw_target_row *row)
{
    struct gw_changed_since *since = user;
    const struct gw_rollout_row *other = &since->other[since->at];
    struct gw_changed_gateway *gateway = gw_changed_find(since->changed, row->gateway_id);

    if (!gateway)
        return true;
    if (!gw_state_is_outcome(row->state) && gw_changed_is_held(gateway, other))
        gw_changed_stay(gateway, "rollout %s is not done with it", other->name);
    else if (gw_changed_by(row) && row->ended_unix_ms > gateway->ended_unix_ms)
        gw_changed_stay(gateway, "rollout %s has changed it since", other->name);
    return true;
}

static enum gw_code gw_changed_ask_others(struct gw_changed *changed, struct gw_store *store,
                                          const struct gw_rollout_row *own, struct gw_err *err)
{
    struct gw_changed_since since = {.changed = changed, .own = own};
    enum gw_code code = gw_rollouts_each(store, gw_changed_other, &since, err);

    for (; since.at < since.n && code == GW_OK; since.at++) {
        const struct gw_rollout_row *other = &since.other[since.at];

        /* One that was over before this one began has changed nothing since. */
        if (other->ended_unix_ms == 0 || other->ended_unix_ms > own->started_unix_ms)
            code = gw_targets_each(store, other->id, false, gw_changed_other_target, &since, err);
    }
    free(since.other);
    return code;
}

/* ---- the list ---- */

enum gw_code gw_changed_load(struct gw_changed *changed, struct gw_store *store,
                             const struct gw_rollout_row *rollout, struct gw_err *err)
{
    enum gw_code code;

    *changed = (struct gw_changed){0};
    code = gw_targets_each(store, rollout->id, false, gw_changed_target, changed, err);
    gw_changed_settle(changed, rollout->version);
    return code == GW_OK ? gw_changed_ask_others(changed, store, rollout, err) : code;
}

void gw_changed_release(struct gw_changed *changed)
{
    for (size_t i = 0; i < changed->n; i++)
        gw_changed_drop(&changed->gateway[i]);
    free(changed->gateway);
    *changed = (struct gw_changed){0};
}

struct gw_changed_gateway *gw_changed_find(const struct gw_changed *changed, const char *id)
{
    struct gw_changed_gateway key = {.id = (char *)(uintptr_t)id};

    return changed->n == 0
               ? NULL
               : bsearch(&key, changed->gateway, changed->n, sizeof(*changed->gateway), gw_changed_by_id);
}

size_t gw_changed_count(const struct gw_changed *changed, const char *version)
{
    size_t n = 0;

    for (size_t i = 0; i < changed->n; i++)
        n += !changed->gateway[i].stays && gw_text_equal(changed->gateway[i].before, version);
    return n;
}

const char *gw_changed_next_version(const struct gw_changed *changed, const char *after)
{
    const char *next = NULL;

    for (size_t i = 0; i < changed->n; i++) {
        const struct gw_changed_gateway *gateway = &changed->gateway[i];

        if (gateway->stays || strcmp(gateway->before, after) <= 0)
            continue;
        if (!next || strcmp(gateway->before, next) < 0)
            next = gateway->before;
    }
    return next;
}
