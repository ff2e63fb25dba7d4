/*
 * A target: its state and its timer. Every move goes through the table below, in a build for users as in one for tests,
 * because a wrong move here is a device called twice.
 */
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/core/version.h"

#include "machine.h"

#define BIT(state) (1u << (state))
#define OUTCOMES                                                                                       \
    (BIT(GW_STATE_SUCCEEDED) | BIT(GW_STATE_SKIPPED) | BIT(GW_STATE_FAILED) | BIT(GW_STATE_DEFERRED) | \
     BIT(GW_STATE_UNRESOLVED) | BIT(GW_STATE_CANCELED))

static const unsigned successors[GW_STATE_COUNT] = {
    /* never called, or every call proven without effect */
    [GW_STATE_WAITING] = BIT(GW_STATE_IN_FLIGHT) | (OUTCOMES & ~BIT(GW_STATE_UNRESOLVED)),
    [GW_STATE_IN_FLIGHT] = BIT(GW_STATE_WAITING) | BIT(GW_STATE_UPGRADING) | BIT(GW_STATE_IN_DOUBT) |
                           BIT(GW_STATE_SUCCEEDED) | BIT(GW_STATE_FAILED) | BIT(GW_STATE_DEFERRED),
    [GW_STATE_UPGRADING] = BIT(GW_STATE_SUCCEEDED) | BIT(GW_STATE_FAILED) | BIT(GW_STATE_UNRESOLVED),
    [GW_STATE_IN_DOUBT] =
        BIT(GW_STATE_WAITING) | BIT(GW_STATE_SUCCEEDED) | BIT(GW_STATE_FAILED) | BIT(GW_STATE_UNRESOLVED),
};

void gw_target_count(struct gw_rollout *r, uint32_t t, enum gw_state state, uint32_t by)
{
    struct gw_lane *lane = &r->lane[r->target[t].lane];

    r->count[state] += by;
    if (state == GW_STATE_IN_FLIGHT)
        lane->in_flight += by;
    else if (state == GW_STATE_IN_DOUBT)
        lane->in_doubt += by;
}

void gw_target_move(struct gw_rollout *r, uint32_t t, enum gw_state state)
{
    struct gw_target *target = &r->target[t];

    GW_CHECK(successors[target->state] & BIT(state));
    gw_target_count(r, t, (enum gw_state)target->state, (uint32_t)-1);
    gw_target_count(r, t, state, 1);
    target->state = (uint8_t)state;
    if (state == GW_STATE_WAITING || gw_state_is_outcome(state))
        gw_scope_leave(r, t);
}

void gw_target_leave_ahead(struct gw_rollout *r, uint32_t t)
{
    GW_CHECK(r->lane[r->target[t].lane].ahead > 0);
    r->lane[r->target[t].lane].ahead--;
    gw_scope_leave(r, t);
}

void gw_target_sleep(struct gw_rollout *r, uint32_t t, uint64_t due_ms)
{
    r->target[t].place = GW_PLACE_TIMER;
    gw_heap_set(&r->timer, t, due_ms);
}

uint64_t gw_grid_ms(const struct gw_rollout *r, uint64_t now_ms, uint64_t wait_ms)
{
    uint64_t step_ms = r->drive.every_ms / 4 ? r->drive.every_ms / 4 : 1;

    return (now_ms + wait_ms + step_ms - 1) / step_ms * step_ms;
}

uint64_t gw_backoff_ms(struct gw_rollout *r, uint32_t failures)
{
    uint64_t ceiling_ms = r->drive.backoff_first_ms;

    for (uint32_t i = 1; i < failures && ceiling_ms < r->drive.backoff_longest_ms; i++)
        ceiling_ms *= 2;
    if (ceiling_ms > r->drive.backoff_longest_ms)
        ceiling_ms = r->drive.backoff_longest_ms;
    return gw_rng_below(&r->rng, ceiling_ms + 1);
}

void gw_target_note(struct gw_rollout *r, uint32_t t, enum gw_state state, const char *code,
                    const char *reason)
{
    struct gw_record *record;

    gw_target_move(r, t, state);
    record = gw_target_record(r, t, GW_RECORD_STATE);
    gw_text_copy(record->answer.code, sizeof(record->answer.code), code);
    gw_text_copy(record->reason, sizeof(record->reason), reason);
}

int gw_target_order(const struct gw_rollout *r, const char *version)
{
    int order = gw_version_compare(version, r->drive.version);

    return r->drive.downgrade ? -order : order;
}
