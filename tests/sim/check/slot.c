/*
 * Slots: how many calls are sent or in doubt at once (I9), and how many devices upgrade at once, in all and in one site
 * (I10). A call keeps its slot until somebody can know what came of it; what has not arrived cannot be counted here, and
 * is counted in the images.
 */
#include "gatewave/base/text.h"

#include "check/local.h"

/* A signed time is cut to whole seconds, and after a restart it is all that is known. */
#define SIGNED_MS 1000

enum hold {
    HOLDS_NOTHING = 0,
    HOLDS_DEVICE, /* accepted: the device is at work */
    HOLDS_CALL,   /* sent, or in doubt */
};

/* By what its sender, or whoever came after it, had been told by then. */
static enum hold holds(const struct sim_check *check, const struct sim_line *call, uint64_t by_ms)
{
    const struct sim_swarm *swarm = check->swarm;
    uint64_t slack_ms = sim_check_lag_ms(check) + SIGNED_MS;
    bool accepted = sim_check_accepted(check, call, by_ms);

    if (sim_check_refused(check, call, by_ms) ||
        sim_check_seen_there(check, call->device, call->sent_ms, by_ms))
        return HOLDS_NOTHING;
    if (!accepted)
        return by_ms < sim_check_fence_ms(check, call->signed_unix_ms, call->sent_ms) ? HOLDS_CALL
                                                                                      : HOLDS_NOTHING;
    /* The deadline lies on the wall after a restart. */
    if (swarm->clock_sets > 0 || by_ms + slack_ms >= call->sent_ms + swarm->stuck_ms)
        return HOLDS_NOTHING;
    return HOLDS_DEVICE;
}

/* The last call for a device that had been sent when this one was. */
static const struct sim_line *last_call(const struct sim_check *check, uint32_t device,
                                        const struct sim_line *line)
{
    const struct sim_check_list *calls = &check->device[device].calls;
    const struct sim_line *last = NULL;

    for (uint32_t i = 0; i < calls->n && sim_ledger_at(calls->at[i])->sent_ms <= line->sent_ms; i++)
        last = sim_ledger_at(calls->at[i]);
    return last;
}

void sim_check_slots(const struct sim_check *check, const struct sim_line *line)
{
    const struct sim_swarm *swarm = check->swarm;
    const char *site = swarm->device[line->device].site;
    uint32_t calls = 1, devices = 1, in_site = 1;

    for (uint32_t d = 0; d < swarm->n_devices; d++) {
        const struct sim_line *last = d == line->device ? NULL : last_call(check, d, line);
        enum hold hold = last ? holds(check, last, line->sent_ms) : HOLDS_NOTHING;

        calls += hold == HOLDS_CALL;
        devices += hold != HOLDS_NOTHING;
        in_site += hold != HOLDS_NOTHING && gw_text_equal(swarm->device[d].site, site);
    }
    if (swarm->in_flight > 0 && calls > swarm->in_flight)
        sim_violated("I9", "with call %u there are %u that are sent or in doubt, allowed are %u",
                     line->number, calls, swarm->in_flight);
    if (swarm->upgrading > 0 && devices > swarm->upgrading)
        sim_violated("I10", "with call %u there are %u devices at work, allowed are %u", line->number,
                     devices, swarm->upgrading);
    if (swarm->per_site > 0 && site[0] && in_site > swarm->per_site)
        sim_violated("I10", "with call %u there are %u devices at work in %s, allowed are %u", line->number,
                     in_site, site, swarm->per_site);
}
