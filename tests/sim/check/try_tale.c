/* What the product and the cloud of the checker's tests do: rows, lines, and stories made of both. */
#include "check/try.h"

#include <stdio.h>
#include <string.h>

#include "gatewave/base/text.h"

#define UPGRADE_MS 5000

/* What was last said of each device. */
static struct sim_said last_said[TRY_DEVICES];

void try_tale_begin(void)
{
    for (uint32_t i = 0; i < TRY_DEVICES; i++)
        last_said[i] = (struct sim_said){.device = i, .version = SIM_VERSION_OLD, .online = true};
}

/* ---- rows ---- */

void try_sql(const char *format, ...)
{
    char *problem = NULL, *sql;
    va_list args;

    va_start(args, format);
    sql = sqlite3_vmprintf(format, args);
    va_end(args);
    if (sqlite3_exec(try.db, sql, NULL, NULL, &problem) != SQLITE_OK)
        fail_msg("%s: %s", sql, problem);
    sqlite3_free(sql);
}

int64_t try_unix_ms(void)
{
    return sim_now_unix_ms() + try.clock_off_ms;
}

void try_lease(uint32_t pid)
{
    try_sql("INSERT INTO lease (rollout, epoch, pid, host, started_unix_ms, renewed_unix_ms, commits)"
            " VALUES (1, 1, %u, 'machine', %lld, 0, 0) ON CONFLICT (rollout) DO UPDATE SET epoch = epoch + 1,"
            " pid = excluded.pid",
            pid, (long long)try_unix_ms());
}

void try_event(const char *kind, int target, const char *format, ...)
{
    char text[128], number[16] = "NULL";
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (target >= 0)
        (void)snprintf(number, sizeof(number), "%d", target + 1);
    try_sql("INSERT INTO events (rollout, target, at_unix_ms, kind, text) VALUES (1, %s, %lld, '%s', '%s')",
            number, (long long)try_unix_ms(), kind, text);
}

const char *try_intent(uint32_t target)
{
    static char nonce[24];
    int64_t signed_unix_ms = try_unix_ms() / 1000 * 1000;

    (void)snprintf(nonce, sizeof(nonce), "nonce-%04u", try.nonces++);
    try_sql("UPDATE targets SET state = 'in_flight', sent = sent + 1 WHERE id = %u", target + 1);
    try_sql("INSERT INTO attempts (target, number, nonce, signed_unix_ms, fence_unix_ms)"
            " SELECT id, sent, '%s', %lld, %lld FROM targets WHERE id = %u",
            nonce, (long long)signed_unix_ms, (long long)signed_unix_ms + (int64_t)try.swarm.fence_ms,
            target + 1);
    return nonce;
}

static bool is_outcome(const char *state)
{
    return !gw_text_equal(state, "waiting") && !gw_text_equal(state, "upgrading") &&
           !gw_text_equal(state, "in_doubt");
}

static void write_state(uint32_t target, const char *state, const char *code)
{
    try_sql("UPDATE targets SET state = '%s', code = nullif('%s', ''), ended_unix_ms = %s%lld WHERE id = %u",
            state, code, is_outcome(state) ? "" : "NULL AND ", (long long)try_unix_ms(), target + 1);
}

void try_answer(uint32_t target, const char *proof, const char *code, const char *state)
{
    try_sql("INSERT INTO answers (target, number, at_unix_ms, proof, http_status, code)"
            " SELECT id, sent, %lld, '%s', 200, nullif('%s', '') FROM targets WHERE id = %u",
            (long long)try_unix_ms(), proof, code, target + 1);
    if (!gw_text_equal(proof, "never_sent") && !gw_text_equal(code, "Throttling.User"))
        try_sql("UPDATE targets SET attempts = attempts + 1 WHERE id = %u", target + 1);
    write_state(target, state, code);
}

void try_state(uint32_t target, const char *kind, const char *state, const char *code)
{
    write_state(target, state, code);
    try_event(kind, (int)target, "%s: %s", state, code);
}

void try_end(uint32_t target, const char *state, const char *code)
{
    if (gw_text_equal(state, "succeeded"))
        try_sql("UPDATE targets SET version_after = '" SIM_VERSION_NEW "' WHERE id = %u", target + 1);
    try_state(target, "state", state, code);
}

void try_wave(uint32_t wave, const char *phase)
{
    int64_t until_unix_ms = try_unix_ms() + TRY_SOAK_MS;

    try_sql("UPDATE waves SET phase = '%s', soak_until_unix_ms = coalesce(%s%lld, soak_until_unix_ms)"
            " WHERE number = %u",
            phase, gw_text_equal(phase, "soaking") ? "" : "NULL AND ", (long long)until_unix_ms, wave + 1);
    try_event("wave", -1, "%s", phase);
}

void try_verdict(uint32_t wave, const char *verdict, uint32_t succeeded, uint32_t of)
{
    try_sql(
        "INSERT INTO verdicts (rollout, wave, at_unix_ms, verdict, trip, failed, judged, succeeded, targets,"
        " evidence) VALUES (1, %u, %lld, '%s', '', 0, 0, %u, %u, '')",
        wave + 1, (long long)try_unix_ms(), verdict, succeeded, of);
    try_event("verdict", -1, "%s", verdict);
}

void try_phase(const char *phase)
{
    try_sql("UPDATE rollouts SET phase = '%s'", phase);
    try_event("phase", -1, "%s", phase);
}

void try_order(const char *kind, const char *argument)
{
    try_sql("INSERT INTO orders (rollout, kind, argument, by, at_unix_ms, answered_unix_ms, accepted, answer)"
            " VALUES (1, '%s', '%s', 'op@machine', %lld, %lld, 1, 'yes')",
            kind, argument, (long long)try_unix_ms(), (long long)try_unix_ms());
    try_event("order", -1, "%s", kind);
}

/* ---- the cloud ---- */

void try_wait(uint64_t ms)
{
    try.now_ms += ms;
}

void try_leave(uint32_t pid, const char *nonce, bool update)
{
    sim_check_leave(try.check, try_process(pid), nonce, update);
}

struct sim_line *try_line(uint32_t pid, uint32_t device, const char *nonce, const char *code)
{
    struct sim_line *line = sim_ledger_add();

    line->pid = pid;
    line->action = SIM_UPDATE;
    line->sent_ms = try.now_ms;
    try_wait(10);
    line->arrived_ms = try.now_ms;
    (void)gw_text_copy(line->nonce, sizeof(line->nonce), nonce);
    line->signed_unix_ms = (sim_now_unix_ms() - 10 + try.clock_off_ms) / 1000 * 1000;
    line->http_status = code ? 400 : 200;
    line->code = code ? sim_ledger_text(code) : NULL;
    line->device = device;
    (void)gw_text_copy(line->version, sizeof(line->version), SIM_VERSION_NEW);
    (void)gw_text_copy(line->version_before, sizeof(line->version_before), last_said[device].version);
    line->online_before = last_said[device].online;
    line->mate_online_before = true;
    if (try.swarm.device[device].mate != SIM_NONE)
        (void)gw_text_copy(line->mate_version_before, sizeof(line->mate_version_before),
                           last_said[try.swarm.device[device].mate].version);
    line->effect = !code;
    line->down_until_ms = code ? 0 : try.now_ms + UPGRADE_MS;
    return line;
}

void try_arrive(const struct sim_line *line)
{
    sim_check_arrival(try.check, line);
}

void try_deliver(struct sim_line *line)
{
    try_wait(10);
    line->delivered_ms = try.now_ms;
}

struct sim_line *try_lost_reply(uint32_t pid, uint32_t target, const char *code)
{
    const char *nonce = try_intent(target);
    struct sim_line *line;

    try_leave(pid, nonce, true);
    line = try_line(pid, target, nonce, code);
    try_arrive(line);
    return line;
}

struct sim_line *try_call(uint32_t pid, uint32_t target, const char *code)
{
    struct sim_line *line = try_lost_reply(pid, target, code);

    try_deliver(line);
    return line;
}

struct sim_line *try_see(uint32_t pid, uint32_t device, const char *version, bool online)
{
    uint32_t mate = try.swarm.device[device].mate, n = mate == SIM_NONE ? 1 : 2;
    struct sim_line *line = sim_ledger_add();
    struct sim_said *said = sim_ledger_said(line, n);

    line->pid = pid;
    line->action = SIM_ATTRIBUTE;
    line->sent_ms = try.now_ms;
    line->signed_unix_ms = try_unix_ms() / 1000 * 1000;
    line->http_status = 200;
    line->device = SIM_NONE;
    (void)snprintf(line->nonce, sizeof(line->nonce), "read-%04u", try.nonces++);
    last_said[device] = (struct sim_said){.device = device, .online = online};
    (void)gw_text_copy(last_said[device].version, sizeof(last_said[device].version), version);
    said[0] = last_said[device];
    if (n == 2)
        said[1] = last_said[mate];
    try_leave(pid, line->nonce, false);
    try_wait(10);
    line->arrived_ms = try.now_ms;
    try_arrive(line);
    try_deliver(line);
    return line;
}

/* ---- stories ---- */

void try_upgrade(uint32_t pid, uint32_t target)
{
    (void)try_see(pid, target, SIM_VERSION_OLD, true);
    (void)try_call(pid, target, NULL);
    try_answer(target, "accepted", "", "upgrading");
    try_wait(UPGRADE_MS + 1000);
    (void)try_see(pid, target, SIM_VERSION_NEW, true);
    try_end(target, "succeeded", "");
}

void try_first_wave(uint32_t pid)
{
    for (uint32_t target = 0; target < 3; target++)
        try_upgrade(pid, target);
    try_wave(0, "soaking");
    try_wait(TRY_SOAK_MS);
    for (uint32_t target = 0; target < 3; target++)
        (void)try_see(pid, target, SIM_VERSION_NEW, true);
    try_verdict(0, "promote", 3, 3);
    try_wave(0, "finished");
    try_wave(1, "running");
}

void try_whole_story(void)
{
    try_first_wave(1);
    try_image();
    try_upgrade(1, TRY_STANDBY);
    try_wait(try.swarm.pair_soak_ms);
    try_upgrade(1, TRY_ACTIVE);
    try_verdict(1, "promote", 2, 2);
    try_wave(1, "finished");
    try_phase("finished");
}
