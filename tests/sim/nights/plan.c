/*
 * What a night freezes: whom it plans although he is where he is wanted (N1), held (N2), gone (N6) or has had his part in it
 * (N10), and a policy that begins anew although it was stopped (N7). Judged by what the last sync can have seen: where it
 * could not look, the program goes by what was known.
 */
#include "gatewave/base/text.h"

#include "network/network.h"
#include "nights/watch_local.h"
#include "stage/fault.h"
#include "stage/stage.h"

/* A read may tell of what was so a while ago, and a gateway is read a while after it was listed. */
#define LATE_MS 120000

/* ---- N7 ---- */

void sim_watch_stopped(struct sim_watch *watch, sqlite3 *image)
{
    const struct sim_nights *nights = watch->nights;

    for (uint32_t i = 0; i < nights->n_policies; i++) {
        struct sim_book_rollout last;
        const char *version = sim_policy_version(&nights->policy[i], watch->began.night);

        watch->began.stopped[i] = sim_book_last(image, nights->policy[i].name, &last) && !last.replaced &&
                                  gw_text_equal(last.version, version) &&
                                  !gw_text_equal(last.phase, "finished") &&
                                  (last.waits || gw_text_starts(last.phase, "abort"));
    }
    watch->began.last_rollout = sim_book_newest(image);
}

static void check_anew(const struct sim_watch *watch, const struct sim_run *run)
{
    const struct sim_began *began = &watch->began;

    if (run->rollout > began->last_rollout && began->stopped[run->policy] && !began->again[run->policy] &&
        began->words == watch->words)
        sim_violated("N7", "policy %s begins anew, and nobody has let it since it was stopped",
                     watch->nights->policy[run->policy].name);
}

void sim_watch_ended_by(const struct sim_watch *watch, sqlite3 *image, const struct sim_run *run)
{
    struct sim_book_rollout book;

    if (sim_book_rollout(image, run->rollout, &book) && gw_text_equal(book.phase, "aborted") &&
        !book.replaced && !run->aborting)
        sim_violated("N7", "rollout %s of policy %s passes for stopped, and nobody has aborted it", book.name,
                     watch->nights->policy[run->policy].name);
}

/* ---- N1, N6: whom ---- */

/* Nothing has happened to it since well before it was read. */
static bool was_known(const struct sim_watch *watch, sqlite3 *image, uint32_t device)
{
    int64_t read_unix_ms = sim_book_read(image, watch->nights->swarm.device[device].gateway_id);

    return read_unix_ms > 0 && watch->nights->swarm.clock_sets == 0 &&
           watch->changed_ms[device] + LATE_MS < sim_check_ms(read_unix_ms) &&
           watch->imported_ms < sim_check_ms(read_unix_ms);
}

/* By the truth, and surely known. */
static bool is_there(const struct sim_watch *watch, sqlite3 *image, const struct sim_check *check,
                     uint32_t device)
{
    struct sim_truth truth;

    sim_network_truth(device, &truth);
    return was_known(watch, image, device) && !truth.upgrading && sim_check_order(check, truth.version) >= 0;
}

static uint64_t left_ms(const struct sim_nights *nights, uint32_t device)
{
    for (uint32_t i = 0; i < nights->n_guests; i++) {
        const struct sim_guest *guest = &nights->guest[i];

        if ((guest->device == device || nights->swarm.device[guest->device].mate == device) &&
            guest->leaves_h > 0)
            return SIM_START_MS + guest->leaves_h * UINT64_C(3600000);
    }
    return SIM_NEVER;
}

/* A night may be at work on other policies for hours: whom it plans then it looks at then. */
static void check_held(const struct sim_watch *watch, uint32_t device, uint64_t frozen_ms)
{
    for (uint32_t i = 0; i < watch->n_holds; i++) {
        const struct sim_hold *hold = &watch->hold[i];

        if (sim_watch_head(watch, hold->device) == sim_watch_head(watch, device) &&
            hold->told_ms + LATE_MS < frozen_ms && hold->until_ms > frozen_ms && hold->lifting_ms > frozen_ms)
            sim_violated("N2", "%s is planned, which is held since %llu",
                         watch->nights->swarm.device[device].gateway_id, (unsigned long long)hold->told_ms);
    }
}

static void check_target(const struct sim_watch *watch, sqlite3 *image, const struct sim_run *run,
                         uint32_t device)
{
    const struct sim_swarm *swarm = &watch->nights->swarm;
    const struct sim_device *of = &swarm->device[device];
    uint64_t gone_ms = left_ms(watch->nights, device);
    struct sim_truth truth;

    sim_network_truth(device, &truth);
    if (truth.gone && gone_ms < sim_now_ms() && swarm->clock_sets == 0 &&
        gone_ms + LATE_MS < sim_check_ms(sim_book_listed(image, of->region)))
        sim_violated("N6", "%s is planned, which had left when the cloud was listed last", of->gateway_id);
    else if (!truth.gone && is_there(watch, image, run->check, device) &&
             (of->mate == SIM_NONE || is_there(watch, image, run->check, of->mate)))
        sim_violated("N1", "%s is planned, and is where it is wanted", of->gateway_id);
    else if (swarm->clock_sets == 0 && sim_book_had_part(image, of->gateway_id, run->rollout))
        sim_violated("N10", "%s is planned, and has had its part in another rollout of this night",
                     of->gateway_id);
}

void sim_watch_plan(const struct sim_watch *watch, sqlite3 *image, const struct sim_run *run)
{
    const char *wanted = sim_policy_version(&watch->nights->policy[run->policy], watch->began.night);

    /* Of an earlier night's, what was so then is not known any more. */
    if (run->rollout <= watch->began.last_rollout)
        return;
    if (!gw_text_equal(run->check->plan.version, wanted))
        sim_violated("N6", "a rollout to %s is planned, and policy %s wants %s", run->check->plan.version,
                     watch->nights->policy[run->policy].name, wanted);
    check_anew(watch, run);
    for (uint32_t i = 0; watch->nights->swarm.clock_sets == 0 && i < run->check->plan.n; i++)
        check_held(watch, run->check->plan.target[i].device,
                   sim_check_ms(sim_book_created(image, run->rollout)));
    for (uint32_t i = 0; i < run->check->plan.n; i++)
        check_target(watch, image, run, run->check->plan.target[i].device);
}
