/*
 * Pairs (I11): of two devices of a gateway one is called at a time, the standby first, and the other only when the first
 * was seen at the version, has stayed there for a while, and both are well. Judged as of the moment when the call left.
 */
#include "check/local.h"

struct pair {
    const struct sim_check *check;
    const struct sim_line *call;
    uint32_t mate;
    const char *name; /* of the called device */
};

/* The last call for the mate that left before this one; NULL: none that has arrived. */
static const struct sim_line *last_of_mate(const struct pair *pair)
{
    const struct sim_check_list *calls = &pair->check->device[pair->mate].calls;
    const struct sim_line *last = NULL;

    for (uint32_t i = 0; i < calls->n; i++) {
        const struct sim_line *line = sim_ledger_at(calls->at[i]);

        if (line->sent_ms > pair->call->sent_ms ||
            (line->sent_ms == pair->call->sent_ms && line->number > pair->call->number))
            break;
        last = line;
    }
    return last;
}

/* What was said of the mate since it was called. */
static void check_mate_ended(const struct pair *pair, const struct sim_line *last)
{
    const struct sim_swarm *swarm = pair->check->swarm;
    const struct sim_line *seen =
        sim_check_seen_there(pair->check, pair->mate, last->sent_ms, pair->call->sent_ms);
    /* What needed no upgrade after all need not soak. */
    uint64_t soak_ms = sim_check_refused(pair->check, last, pair->call->sent_ms) ? 0 : swarm->pair_soak_ms;

    if (!seen) {
        sim_violated("I11", "call %u for %s, and nobody had seen its mate at the version since %u",
                     pair->call->number, pair->name, last->number);
        return;
    }
    /* After a restart the end of the soak is on the wall, and that may have been set. */
    if (swarm->clock_sets > 0 && seen->pid != pair->call->pid)
        return;
    if (pair->call->sent_ms < seen->delivered_ms + soak_ms)
        sim_violated("I11", "call %u for %s %llu ms after its mate was seen at the version by %u",
                     pair->call->number, pair->name,
                     (unsigned long long)(pair->call->sent_ms - seen->delivered_ms), seen->number);
}

/* Of two that nobody has called the lower number goes first, unless it was seen to be there already. */
static void check_first(const struct pair *pair)
{
    const struct sim_check_plan *plan = &pair->check->plan;
    uint32_t first = plan->target_of[pair->mate];

    if (first == SIM_NONE || first > plan->target_of[pair->call->device])
        return;
    if (!sim_check_seen_there(pair->check, pair->mate, 0, pair->call->sent_ms))
        sim_violated("I11", "call %u for %s before its standby, which is not at the version",
                     pair->call->number, pair->name);
}

/* Whatever reads said: our own upgrade of the mate is not over, or has left it elsewhere. */
static void check_truth(const struct pair *pair, const struct sim_line *last)
{
    const struct sim_check *check = pair->check;
    const struct sim_line *call = pair->call, *effect = last ? sim_check_effect(check, last) : NULL;

    if (check->swarm->stale_bp == 0 && effect && effect->down_until_ms > call->arrived_ms)
        sim_violated("I11", "call %u for %s while its mate upgrades since %u", call->number, pair->name,
                     last->number);
    if (!sim_check_is_steady(check) || call->version_before[0] == '\0' ||
        call->arrived_ms > call->sent_ms + check->swarm->delay_ms)
        return;
    if (!call->mate_online_before || call->mate_upgrading_before)
        sim_violated("I11", "call %u for %s while its mate was down", call->number, pair->name);
    else if (effect && sim_check_order(check, call->mate_version_before) < 0)
        sim_violated("I11", "call %u for %s while its mate ran %s", call->number, pair->name,
                     call->mate_version_before);
}

void sim_check_pair(const struct sim_check *check, const struct sim_line *line)
{
    const struct sim_device *device = &check->swarm->device[line->device];
    struct pair pair = {check, line, device->mate, device->serial};
    const struct sim_line *last;

    if (pair.mate == SIM_NONE)
        return;
    last = last_of_mate(&pair);
    if (last)
        check_mate_ended(&pair, last);
    else
        check_first(&pair);
    check_truth(&pair, last);
}
