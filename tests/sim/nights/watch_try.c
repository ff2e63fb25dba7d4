/* A world for the tests of the watch. */
#include "nights/watch_try.h"

struct sim_nights nights;
struct sim_watch *watch;
struct sim_truth truths[TRY_DEVICES];

void sim_network_truth(uint32_t device, struct sim_truth *ret)
{
    *ret = truths[device];
}

/* ---- the world ---- */

/* The policy has made the rollout that the world has; sites, tags and roles are as the inventory has them. */
int watch_setup(void **state)
{
    (void)try_setup(state);
    nights =
        (struct sim_nights){.swarm = try.swarm,
                            .n_policies = 1,
                            .policy = {{.name = "p1", .select = SIM_SELECT_ALL, .version = SIM_VERSION_NEW}},
                            .rest_ms = 20 * HOUR_MS,
                            .give_up = 2,
                            .n_nights = 7};
    watch = sim_watch_new(&nights, "fleet.db");
    try_sql(
        "INSERT INTO nights (id, policies, started_unix_ms, gateways, converged) VALUES (1, 'p', 0, 4, 0)");
    try_sql("INSERT INTO policy_rollouts (rollout, policy, night) VALUES (1, 'p1', 1)");
    try_sql("INSERT INTO syncs (id, scope, started_unix_ms, ended_unix_ms) VALUES (1, '', 0, 1)");
    for (uint32_t i = 0; i < TRY_DEVICES; i++) {
        const struct sim_device *device = &try.swarm.device[i];

        truths[i] =
            (struct sim_truth){.version = SIM_VERSION_OLD, .online = true, .standby = i == TRY_STANDBY};
        if (i != TRY_ACTIVE)
            try_sql("INSERT INTO gateways (id, gateway_id, region, site, timezone) VALUES (%u, '%s', "
                    "'cn-shanghai',"
                    " '%s', 'Asia/Kolkata'); INSERT INTO gateways_seen (gateway) VALUES (%u)",
                    i + 1, device->gateway_id, device->site, i + 1);
        try_sql(
            "INSERT INTO devices (id, gateway, serial, ha_role, version) VALUES (%u, %u, '%s', '%s', '%s')",
            i + 1, i == TRY_ACTIVE ? TRY_STANDBY + 1 : i + 1, device->serial,
            i == TRY_ACTIVE    ? "active"
            : i == TRY_STANDBY ? "standby"
                               : "",
            SIM_VERSION_OLD);
    }
    try_sql("INSERT INTO tags VALUES (%d, 'held', 'yes')", TRY_EXCLUDED + 1);
    return 0;
}

int watch_teardown(void **state)
{
    sim_watch_free(watch);
    return try_teardown(state);
}

void watch_begin(bool fresh, bool again)
{
    const bool agains[SIM_POLICIES_MAX] = {again};

    if (fresh)
        try_sql("UPDATE rollouts SET membership = '' WHERE id = 1");
    sim_watch_began(watch, try_process(1), 0, agains);
    try_sql("UPDATE rollouts SET membership = 'hash' WHERE id = 1");
}

void watch_call(uint32_t device)
{
    const char *nonce;
    struct sim_line *line = try_see(1, device, SIM_VERSION_OLD, true);

    sim_watch_arrival(watch, line);
    nonce = try_intent(device);
    sim_watch_leave(watch, try_process(1), nonce, true);
    line = try_line(1, device, nonce, NULL);
    sim_watch_arrival(watch, line);
    try_deliver(line);
    try_answer(device, "accepted", "", "upgrading");
}

void watch_fail_before(uint32_t rollout, uint64_t ago_ms)
{
    try_sql("INSERT INTO rollouts (id, name, version, type, verify, phase, selection, spec, first_target, "
            "targets,"
            " membership, created_unix_ms) VALUES (%u, 'r%u', '" SIM_VERSION_NEW
            "', 'Device', 1, 'finished', 'all', '', %u, 1, '', 0)",
            rollout, rollout, 100 * rollout);
    try_sql("INSERT INTO targets (id, rollout, wave, device, state, ended_unix_ms) VALUES (%u, %u, 1, 1, "
            "'failed',"
            " %lld)",
            100 * rollout, rollout, (long long)(sim_now_unix_ms() - (int64_t)ago_ms));
    try_sql(
        "INSERT INTO facts SELECT %u, device, gateway_id, serial, ha_role, region, account, model, site, isp,"
        " timezone, version_listed FROM facts WHERE target = 1",
        100 * rollout);
}

/* One more rollout of the policy, of the first gateway alone, with an intent of that nonce. */
static void another_rollout(const char *nonce)
{
    try_sql("INSERT INTO rollouts (id, name, version, type, verify, phase, selection, spec, first_target, "
            "targets,"
            " membership, created_unix_ms) VALUES (2, 'r2', '" SIM_VERSION_NEW
            "', 'Device', 1, 'running', 'all', '', 50, 1, 'hash', 0)");
    try_sql("INSERT INTO policy_rollouts (rollout, policy, night) VALUES (2, 'p1', 1)");
    try_sql("INSERT INTO waves (rollout, number, name, phase, first, targets) VALUES (2, 1, 'rest', "
            "'running', 0, 1)");
    try_sql(
        "INSERT INTO targets (id, rollout, wave, device, state, sent) VALUES (50, 2, 1, 1, 'in_flight', 1)");
    try_sql(
        "INSERT INTO facts SELECT 50, device, gateway_id, serial, ha_role, region, account, model, site, isp,"
        " timezone, version_listed FROM facts WHERE target = 1");
    try_sql("INSERT INTO attempts VALUES (50, 1, '%s', %lld, 0)", nonce,
            (long long)try_unix_ms() / 1000 * 1000);
}

void watch_call_of_another(void)
{
    struct sim_line *line = try_see(1, 0, SIM_VERSION_OLD, true);

    sim_watch_arrival(watch, line);
    another_rollout("another");
    sim_watch_leave(watch, try_process(1), "another", true);
    sim_watch_arrival(watch, try_line(1, 0, "another", NULL));
}
