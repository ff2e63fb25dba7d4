/*
 * The plan: who was frozen into which wave. It is read from the database once, held against the world for which it was
 * made, and from then on nothing in it may change (I19).
 */
#include <string.h>

#include "gatewave/base/rng.h"
#include "gatewave/base/text.h"

#include "check/local.h"

#define FROZEN                                                                                              \
    "SELECT t.id - r.first_target, t.wave, f.gateway_id, f.serial, f.ha_role, f.account, f.region, f.site," \
    " f.model, f.timezone, t.device FROM rollouts r CROSS JOIN targets t ON t.rollout = r.id"               \
    " CROSS JOIN facts f ON f.target = t.id WHERE r.id = ?1 ORDER BY t.id"

static uint64_t hash_row(sqlite3_stmt *stmt, uint64_t hash)
{
    for (int i = 0; i < sqlite3_column_count(stmt); i++) {
        const void *bytes = sqlite3_column_text(stmt, i);

        hash = gw_hash(bytes, (uint64_t)sqlite3_column_bytes(stmt, i), hash + 1);
    }
    return hash;
}

/* The one that is meant, else the first, once it is frozen; false: it is not, or there is no schema yet. */
static bool read_rollout(const struct sim_check *check, sqlite3 *image, struct sim_check_plan *plan)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(image,
                           "SELECT id, first_target, version, targets, membership, name, selection, verify"
                           " FROM rollouts WHERE membership <> '' AND id >= ?1 ORDER BY id LIMIT 1",
                           -1, &stmt, NULL) != SQLITE_OK)
        return false;
    sqlite3_bind_int64(stmt, 1, check->rollout);
    while (sim_check_step(image, stmt)) {
        plan->rollout = sqlite3_column_int64(stmt, 0);
        plan->first_target = sqlite3_column_int64(stmt, 1);
        sim_check_text(stmt, 2, plan->version, sizeof(plan->version));
        plan->n = (uint32_t)sqlite3_column_int64(stmt, 3);
        plan->hash = hash_row(stmt, 0);
        plan->known = check->rollout == 0 || plan->rollout == check->rollout;
    }
    return plan->known;
}

static void read_target(const struct sim_check *check, sqlite3_stmt *stmt, struct sim_check_plan *plan,
                        uint32_t i)
{
    struct sim_check_target *target = &plan->target[i];
    char gateway_id[SIM_NAME_SIZE], serial[SIM_NAME_SIZE];

    sim_check_text(stmt, 2, gateway_id, sizeof(gateway_id));
    sim_check_text(stmt, 3, serial, sizeof(serial));
    target->wave = (uint32_t)sqlite3_column_int64(stmt, 1) - 1;
    target->device = sim_swarm_find(check->swarm, gateway_id, serial);
    if (sqlite3_column_int64(stmt, 0) != i)
        sim_violated("I19", "target %u of the rollout has number %lld", i,
                     (long long)sqlite3_column_int64(stmt, 0));
    if (target->device >= check->swarm->n_devices || !check->swarm->device[target->device].selected)
        sim_violated("I6", "%s %s is planned, and was not selected", gateway_id, serial);
    else if (plan->target_of[target->device] != SIM_NONE)
        sim_violated("I19", "%s %s is planned twice", gateway_id, serial);
    else
        plan->target_of[target->device] = i;
}

static void read_targets(const struct sim_check *check, sqlite3 *image, struct sim_check_plan *plan)
{
    sqlite3_stmt *stmt = sim_check_prepare(image, FROZEN);
    uint32_t n = 0;

    memset(plan->target_of, 0xff, sizeof(plan->target_of));
    if (stmt)
        sqlite3_bind_int64(stmt, 1, plan->rollout);
    for (; sim_check_step(image, stmt); n++) {
        plan->hash = hash_row(stmt, plan->hash);
        if (n < SIM_DEVICES_MAX)
            read_target(check, stmt, plan, n);
    }
    if (n != plan->n || n > SIM_DEVICES_MAX) {
        sim_violated("I24", "the rollout says %u targets, and %u are frozen", plan->n, n);
        plan->n = n < SIM_DEVICES_MAX ? n : SIM_DEVICES_MAX;
    }
}

static void read_waves(sqlite3 *image, struct sim_check_plan *plan)
{
    sqlite3_stmt *stmt = sim_check_prepare(
        image, "SELECT number, name, first, targets FROM waves WHERE rollout = ?1 ORDER BY number");

    if (stmt)
        sqlite3_bind_int64(stmt, 1, plan->rollout);
    while (sim_check_step(image, stmt)) {
        struct sim_check_wave *wave = &plan->wave[plan->n_waves % SIM_CHECK_WAVES_MAX];

        plan->hash = hash_row(stmt, plan->hash);
        wave->first = (uint32_t)sqlite3_column_int64(stmt, 2);
        wave->targets = (uint32_t)sqlite3_column_int64(stmt, 3);
        if (sqlite3_column_int64(stmt, 0) != ++plan->n_waves || plan->n_waves > SIM_CHECK_WAVES_MAX)
            sim_violated("I19", "the waves are not numbered one behind the other");
    }
}

/* ---- whether it is what was asked for ---- */

/* The waves lie one behind the other and hold every target, and no gateway is in two. */
static void check_waves(const struct sim_check *check, struct sim_check_plan *plan)
{
    uint32_t next = 0;

    for (uint32_t w = 0; w < plan->n_waves && w < SIM_CHECK_WAVES_MAX; w++) {
        struct sim_check_wave *wave = &plan->wave[w];

        if (wave->first != next || wave->targets > plan->n - next) {
            sim_violated("I19", "wave %u has targets %u to %u, and the one before it ends at %u", w + 1,
                         wave->first, wave->first + wave->targets, next);
            return;
        }
        for (uint32_t t = wave->first; t < wave->first + wave->targets; t++) {
            bool pair =
                t > wave->first && gw_text_equal(check->swarm->device[plan->target[t].device].gateway_id,
                                                 check->swarm->device[plan->target[t - 1].device].gateway_id);

            wave->gateways += !pair;
            if (plan->target[t].wave != w)
                sim_violated("I19", "target %u says wave %u and lies in wave %u", t, plan->target[t].wave + 1,
                             w + 1);
        }
        next = wave->first + wave->targets;
    }
    if (next != plan->n)
        sim_violated("I19", "%u of %u targets are in no wave", plan->n - next, plan->n);
}

/* Both devices of a pair in one wave, the standby first. */
static void check_pairs(const struct sim_check *check, const struct sim_check_plan *plan)
{
    for (uint32_t t = 0; t < plan->n; t++) {
        const struct sim_device *device = &check->swarm->device[plan->target[t].device];
        uint32_t mate = device->mate == SIM_NONE ? SIM_NONE : plan->target_of[device->mate];

        if (mate == SIM_NONE)
            continue;
        if (plan->target[mate].wave != plan->target[t].wave || (mate != t + 1 && mate + 1 != t))
            sim_violated("I19", "the two devices of %s are not next to each other in one wave",
                         device->gateway_id);
        /* In a life of many rollouts the roles may have swapped since they were drawn. */
        if (check->scope != SIM_SCOPE_ROLLOUT && device->known && device->role == SIM_ACTIVE && t < mate)
            sim_violated("I11", "the active device of %s is planned before its standby", device->gateway_id);
    }
}

/* As large as was asked for, while there are gateways. */
static void check_sizes(const struct sim_check *check, const struct sim_check_plan *plan)
{
    const struct sim_swarm *swarm = check->swarm;

    for (uint32_t w = 0; w < swarm->n_waves && w < plan->n_waves; w++)
        if (swarm->wave[w].count > 0 && plan->wave[w].gateways != swarm->wave[w].count)
            sim_violated("I19", "wave %u has %u gateways, and %u were asked for", w + 1,
                         plan->wave[w].gateways, swarm->wave[w].count);
    if (swarm->n_waves > 0 && plan->n_waves != swarm->n_waves)
        sim_violated("I19", "%u waves were asked for, and there are %u", swarm->n_waves, plan->n_waves);
}

/* A policy's rollout has whom a night lets go. */
static void check_selection(const struct sim_check *check, const struct sim_check_plan *plan)
{
    if (check->scope == SIM_SCOPE_ROLLOUT)
        return;
    for (uint32_t d = 0; d < check->swarm->n_devices; d++)
        if (check->swarm->device[d].selected && plan->target_of[d] == SIM_NONE &&
            check->swarm->inventory_edits == 0)
            sim_violated("I24", "%s %s was selected, and is not planned", check->swarm->device[d].gateway_id,
                         check->swarm->device[d].serial);
}

bool sim_check_plan(struct sim_check *check, sqlite3 *image, bool durable)
{
    struct sim_check_plan plan = {0};
    const char *wrong;

    if (!read_rollout(check, image, &plan)) {
        if (check->plan.durable)
            sim_violated("I22", "the rollout is gone from the database");
        check->plan.known = false;
        return false;
    }
    read_targets(check, image, &plan);
    read_waves(image, &plan);
    if (check->plan.known && plan.hash == check->plan.hash) {
        check->plan.durable |= durable;
        return true;
    }
    if (check->plan.durable)
        sim_violated("I19", "what was frozen has changed");
    if (sim_violation(&wrong))
        return false;
    check_waves(check, &plan);
    check_pairs(check, &plan);
    check_sizes(check, &plan);
    check_selection(check, &plan);
    plan.durable = durable;
    check->plan = plan;
    return true;
}
