/*
 * Whom a night calls: nobody who is held (N2), rests (N3) or is a person's (N4), nobody at a version that his policy does not
 * want (N6), nobody twice (N10); and no site more often than it may be (N5).
 */
#include "gatewave/base/text.h"

#include "nights/watch_local.h"
#include "stage/fault.h"
#include "stage/stage.h"

#define MONTH_MS (UINT64_C(30) * 24 * 3600 * 1000)

/* ---- N2 ---- */

static void check_held(const struct sim_watch *watch, const struct sim_line *line)
{
    for (uint32_t i = 0; i < watch->n_holds; i++) {
        const struct sim_hold *hold = &watch->hold[i];

        if (sim_watch_head(watch, hold->device) == sim_watch_head(watch, line->device) &&
            hold->told_ms < watch->began.at_ms &&
            hold->until_ms > line->sent_ms + (uint64_t)sim_watch_slack_ms(watch) &&
            hold->lifting_ms > line->sent_ms)
            sim_violated("N2", "call %u for %s, which is held since %llu, until %llu", line->number,
                         watch->nights->swarm.device[line->device].serial, (unsigned long long)hold->told_ms,
                         (unsigned long long)hold->until_ms);
    }
}

/* ---- N3, N4 ---- */

static void check_failed(const struct sim_watch *watch, sqlite3 *image, const struct sim_run *run,
                         const struct sim_line *line)
{
    const char *gateway_id = watch->nights->swarm.device[line->device].gateway_id;
    struct sim_book_failures failures;
    int64_t sent_unix_ms = SIM_START_UNIX_MS + (int64_t)(line->sent_ms - SIM_START_MS);

    sim_book_failures(image, gateway_id, line->version, run->rollout, &failures);
    if (failures.rollouts >= watch->nights->give_up)
        sim_violated("N4", "call %u for %s, which has failed in %u rollouts; a person's after %u",
                     line->number, gateway_id, failures.rollouts, watch->nights->give_up);
    else if (failures.last_unix_ms > 0 && sent_unix_ms + sim_watch_slack_ms(watch) <
                                              failures.last_unix_ms + (int64_t)watch->nights->rest_ms)
        sim_violated("N3", "call %u for %s, which failed %lld s before, and rests for %llu", line->number,
                     gateway_id, (long long)(sent_unix_ms - failures.last_unix_ms) / 1000,
                     (unsigned long long)watch->nights->rest_ms / 1000);
}

/* ---- N6, N10 ---- */

static void check_wanted(const struct sim_watch *watch, const struct sim_run *run,
                         const struct sim_line *line)
{
    const struct sim_policy *policy = &watch->nights->policy[run->policy];
    const char *wanted = sim_policy_version(policy, watch->began.night);

    if (sim_nights_policy(watch->nights, line->device) != run->policy)
        sim_violated("N6", "call %u for %s is policy %s's, whose it is not", line->number,
                     watch->nights->swarm.device[line->device].serial, policy->name);
    else if (!gw_text_equal(line->version, wanted))
        sim_violated("N6", "call %u for %s asks for %s, and policy %s wants %s", line->number,
                     watch->nights->swarm.device[line->device].serial, line->version, policy->name, wanted);
}

static void check_once(struct sim_watch *watch, const struct sim_run *run, const struct sim_line *line)
{
    int64_t *by = &watch->began.by[sim_watch_head(watch, line->device)];

    if (*by != 0 && *by != run->rollout)
        sim_violated("N10", "call %u for %s is its second rollout's of this night", line->number,
                     watch->nights->swarm.device[line->device].gateway_id);
    *by = run->rollout;
}

void sim_watch_call(struct sim_watch *watch, sqlite3 *image, const struct sim_run *run,
                    const struct sim_line *line)
{
    /* A request that comes late says nothing of the process that runs now. */
    if (line->pid != watch->began.pid)
        return;
    check_held(watch, line);
    check_failed(watch, image, run, line);
    check_wanted(watch, run, line);
    check_once(watch, run, line);
}

/* ---- N5 ---- */

/* Whether it is the first of its device in its rollout: a call that is sent again after a doubt restarts nobody else. */
static bool is_first(const struct sim_line *line, const struct sim_run *run)
{
    const struct sim_check_list *calls = &run->check->device[line->device].calls;

    for (uint32_t i = 0; i < calls->n; i++) {
        const struct sim_line *effect = sim_check_effect(run->check, sim_ledger_at(calls->at[i]));

        if (effect && effect->number < line->number)
            return false;
    }
    return true;
}

bool sim_watch_is_neighbour(const struct sim_watch *watch, uint32_t device, uint32_t other)
{
    const char *site = watch->nights->swarm.device[device].site;

    if (site[0])
        return gw_text_equal(site, watch->nights->swarm.device[other].site);
    return sim_watch_head(watch, device) == sim_watch_head(watch, other);
}

static uint32_t count_restarts(const struct sim_watch *watch, const struct sim_run *run, uint32_t device,
                               uint64_t from_ms)
{
    uint32_t n = 0;

    for (uint32_t d = 0; d < watch->nights->swarm.n_devices; d++) {
        const struct sim_check_list *calls = &run->check->device[d].calls;

        for (uint32_t i = 0; sim_watch_is_neighbour(watch, device, d) && i < calls->n; i++) {
            const struct sim_line *effect = sim_check_effect(run->check, sim_ledger_at(calls->at[i]));

            n += effect && effect->arrived_ms >= from_ms && is_first(effect, run);
        }
    }
    return n;
}

void sim_watch_effect(struct sim_watch *watch, const struct sim_line *line)
{
    const struct sim_device *device = &watch->nights->swarm.device[line->device];
    uint64_t from_ms = line->arrived_ms > MONTH_MS ? line->arrived_ms - MONTH_MS : 0;
    uint32_t n = 0;

    watch->changed_ms[line->device] =
        line->down_until_ms == SIM_NEVER ? line->arrived_ms : line->down_until_ms;
    for (uint32_t i = 0; i < watch->n_runs; i++)
        n += count_restarts(watch, &watch->run[i], line->device, from_ms);
    if (watch->nights->site_restarts > 0 && n > watch->nights->site_restarts)
        sim_violated("N5", "call %u is restart %u of %s in 30 days, allowed are %u", line->number, n,
                     device->site, watch->nights->site_restarts);
}
