/* Rollouts for the tests of what controls them. */
#include "ward.h"

#include <stdio.h>
#include <string.h>

static const char rollout_r[] =
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 6)"
    " INSERT INTO gateways (id, gateway_id, region, account, model, site, timezone, isp)"
    " SELECT i, 'gw-' || i, 'eu-central-1', 'main', iif(i <= 3, 'm-a', 'm-b'), 'site-' || (i % 2),"
    " 'Europe/Berlin', 'dtag' FROM c;"
    "INSERT INTO devices (id, gateway, serial, version) SELECT id, id, 'SN' || id, '2.3.0' FROM gateways;"
    "INSERT INTO rollouts (id, name, version, type, verify, phase, selection, spec, first_target, targets,"
    " membership, created_unix_ms) VALUES (1, 'r', '2.4.0', 'Device', 1, 'waiting', 'all', '', 1, 6, 'hash', "
    "1);"
    "INSERT INTO targets (id, rollout, wave, device) SELECT id, 1, iif(id <= 2, 1, 2), id FROM devices;"
    "INSERT INTO facts SELECT d.id, d.id, g.gateway_id, d.serial, '', g.region, g.account, g.model, g.site, "
    "g.isp,"
    " g.timezone, d.version FROM devices d JOIN gateways g ON g.id = d.gateway;"
    "INSERT INTO waves (rollout, number, name, phase, first, targets) VALUES (1, 1, 'canary', 'pending', 0, "
    "2),"
    " (1, 2, 'rest', 'pending', 2, 4);"
    "INSERT INTO charts (rollout, number, model) VALUES (1, 0, ''), (1, 1, 'm-a'), (1, 2, 'm-b');";

struct run ward_start(void **state)
{
    struct run run = {.place = *state};

    place_exec(run.place, rollout_r);
    assert_int_equal(gw_rollout_find(run.place->store, "r", &run.rollout, &run.place->err), GW_OK);
    if (gw_lease_take(run.place->store, run.rollout.id, T0, &run.lease, &run.place->err) != GW_OK)
        fail_msg("%s", run.place->err.text);
    return run;
}

void ward_rollout(const struct place *place, int id, const char *type, const char *phase)
{
    char sql[512];

    snprintf(sql, sizeof(sql),
             "INSERT INTO rollouts (id, name, version, type, verify, phase, selection, spec, first_target,"
             " created_unix_ms) SELECT %d, 'r%d', '2', '%s', 1, '%s', 'all', '', coalesce(max(id), 0) + 1, 1"
             " FROM targets; INSERT INTO waves (rollout, number, name, phase, targets) VALUES"
             " (%d, 1, 'all', 'running', 0)",
             id, id, type, phase, id);
    place_exec(place, sql);
}

/* One call of each of the last n targets. */
static void add_calls(const struct place *place, int n, const char *proof)
{
    char sql[512];

    snprintf(sql, sizeof(sql),
             "INSERT INTO attempts SELECT id, 1, 'n' || id, 1, 2 FROM targets ORDER BY id DESC LIMIT %d;"
             "INSERT INTO answers SELECT id, 1, 2, '%s', 200, NULL, NULL, NULL FROM targets WHERE '%s' <> ''"
             " ORDER BY id DESC LIMIT %d",
             n, proof, proof, n);
    place_exec(place, sql);
}

static const char *some(const char *text)
{
    return text ? text : "";
}

void ward_targets(const struct place *place, int n, struct ward_target target)
{
    char sql[1024];

    snprintf(
        sql, sizeof(sql),
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < %d)"
        " INSERT INTO targets (id, rollout, wave, device, state, code, sent, version_before, ended_unix_ms)"
        " SELECT i + (SELECT coalesce(max(id), 0) FROM targets), (SELECT max(id) FROM rollouts), 1, 1, '%s',"
        " nullif('%s', ''), %d, nullif('%s', ''), iif('%s' = 'waiting', NULL, 1) FROM c;"
        "INSERT INTO facts SELECT id, 1, 'gw-' || id, '', '', '%s', '', '%s', '%s', '%s', '', '%s' FROM "
        "targets"
        " WHERE id > (SELECT coalesce(max(target), 0) FROM facts);"
        "UPDATE rollouts SET targets = targets + %d WHERE id = (SELECT max(id) FROM rollouts)",
        n, target.state, some(target.code), target.proof != NULL, some(target.version_before), target.state,
        some(target.region), some(target.model), some(target.site), some(target.isp),
        some(target.version_listed), n);
    place_exec(place, sql);
    if (target.proof)
        add_calls(place, n, target.proof);
}

void ward_add(char *text, size_t size, const char *format, ...)
{
    size_t len = strlen(text);
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text + len, size - len, format, args);
    va_end(args);
    assert_in_range(n, 0, size - len - 1);
}
