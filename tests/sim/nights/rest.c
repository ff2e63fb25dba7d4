/*
 * What is left to do (N8), by the truth: who is not where he is wanted, and could be. Nobody can be brought there who is
 * gone or dead for good, who is a person's, or whose mate is; whose site has restarted often enough must wait.
 */
#include "gatewave/base/text.h"

#include "disk/disk.h"
#include "network/network.h"
#include "nights/watch_local.h"
#include "stage/fault.h"
#include "stage/stage.h"

#define MONTH_MS (INT64_C(30) * 24 * 3600 * 1000)

struct left {
    const struct sim_watch *watch;
    sqlite3 *image;
    uint32_t night;
    bool aloud;
    enum sim_rest rest;
};

/* < 0: short of it. */
static int order_of(const char *version, const char *wanted)
{
    struct sim_check only = {.plan = {.n = 0}};
    static const struct sim_swarm upwards;

    only.swarm = &upwards;
    (void)gw_text_copy(only.plan.version, sizeof(only.plan.version), wanted);
    return sim_check_order(&only, version);
}

static bool is_a_persons(const struct left *left, uint32_t device, const char *wanted)
{
    struct sim_book_failures failures;

    sim_book_failures(left->image, left->watch->nights->swarm.device[device].gateway_id, wanted, 0,
                      &failures);
    if (failures.rollouts >= left->watch->nights->give_up)
        sim_hit(SIM_GAVE_UP);
    return failures.rollouts >= left->watch->nights->give_up;
}

/* Calls that may have restarted a device of the site. */
static uint32_t count_restarts(const struct left *left, uint32_t device)
{
    int64_t from_unix_ms = sim_now_unix_ms() - MONTH_MS;
    uint32_t n = 0;

    for (uint32_t i = 0; i < sim_ledger_count(); i++) {
        const struct sim_line *line = sim_ledger_at(i);

        n += line->action == SIM_UPDATE && !line->copy && line->device != SIM_NONE &&
             sim_watch_is_neighbour(left->watch, device, line->device) &&
             line->signed_unix_ms >= from_unix_ms;
    }
    return n;
}

static bool is_spent(const struct left *left, uint32_t device, uint32_t restarts)
{
    uint32_t most = left->watch->nights->site_restarts;

    return most > 0 && count_restarts(left, device) + restarts > most;
}

static void judge(struct left *left, uint32_t device)
{
    const struct sim_nights *nights = left->watch->nights;
    uint32_t mate = nights->swarm.device[device].mate, policy = sim_nights_policy(nights, device);
    struct sim_truth truth, other = {.version = ""};
    const char *wanted;
    bool pair = mate != SIM_NONE, there, other_there;
    uint32_t needs;

    if (policy == SIM_POLICIES_MAX || (pair && mate < device))
        return;
    wanted = sim_policy_version(&nights->policy[policy], left->night);
    sim_network_truth(device, &truth);
    there = order_of(truth.version, wanted) >= 0;
    if (pair)
        sim_network_truth(mate, &other);
    other_there = !pair || order_of(other.version, wanted) >= 0;
    if (truth.gone || (there && other_there) || truth.lost || (pair && other.lost) ||
        is_a_persons(left, device, wanted))
        return;
    needs = (uint32_t)!there + (uint32_t)!other_there;
    if (is_spent(left, device, needs)) {
        sim_hit(SIM_SITE_SPENT);
        if (left->rest == SIM_REST_NOTHING)
            left->rest = SIM_REST_SPENT;
        if (left->aloud)
            sim_note("left: %s, whose site is spent", nights->swarm.device[device].gateway_id);
        return;
    }
    left->rest = SIM_REST_OPEN;
    if (left->aloud)
        sim_violated("N8", "all is well for many nights, and %s is at %s%s%s, not at %s",
                     nights->swarm.device[device].gateway_id, truth.version, pair ? " and " : "",
                     other.version, wanted);
}

static enum sim_rest look(const struct sim_watch *watch, uint32_t night, bool aloud)
{
    struct left left = {.watch = watch, .night = night, .aloud = aloud, .rest = SIM_REST_NOTHING};
    int rc;

    left.image = sim_disk_open_image(watch->database, SIM_DISK_PRESENT, &rc);
    for (uint32_t i = 0; left.image && i < watch->nights->swarm.n_devices; i++)
        judge(&left, i);
    sim_disk_close_image(left.image);
    return left.image ? left.rest : SIM_REST_OPEN;
}

enum sim_rest sim_watch_rest(const struct sim_watch *watch, uint32_t night)
{
    return look(watch, night, false);
}

void sim_watch_tell_rest(const struct sim_watch *watch, uint32_t night)
{
    if (look(watch, night, true) != SIM_REST_NOTHING)
        sim_violated("N8", "all is well for many nights, and sites that may restart again are not served");
}
