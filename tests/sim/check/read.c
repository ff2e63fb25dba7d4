/*
 * Images: one pass over the database, all rows of the rollout that the rules ask about. What is read here is the
 * durable truth about the product; what it means is the rules' business.
 */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "check/local.h"
#include "disk/disk.h"

/* ---- statements ---- */

/* Always the same is asked: what is prepared stays with its connection until that is closed. */
sqlite3_stmt *sim_check_prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;

    while ((stmt = sqlite3_next_stmt(db, stmt)))
        if (!sqlite3_stmt_busy(stmt) && gw_text_equal(sqlite3_sql(stmt), sql))
            return stmt;
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        sim_violated("I22", "the database cannot be read: %s", sqlite3_errmsg(db));
    return stmt;
}

bool sim_check_step(sqlite3 *db, sqlite3_stmt *stmt)
{
    int rc = stmt ? sqlite3_step(stmt) : SQLITE_DONE;

    if (rc == SQLITE_ROW)
        return true;
    if (rc != SQLITE_DONE)
        sim_violated("I22", "the database cannot be read: %s", sqlite3_errmsg(db));
    sqlite3_reset(stmt);
    return false;
}

void sim_check_text(sqlite3_stmt *stmt, int column, char *ret, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    gw_text_copy(ret, size, text ? text : "");
}

static uint32_t number(sqlite3_stmt *stmt, int column)
{
    return (uint32_t)sqlite3_column_int64(stmt, column);
}

/* For one rollout: ?1. */
static sqlite3_stmt *of_rollout(const struct sim_check *check, sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = sim_check_prepare(db, sql);

    if (stmt)
        sqlite3_bind_int64(stmt, 1, check->plan.rollout);
    return stmt;
}

/* For one rollout's targets: from ?1 on, before ?2. */
static sqlite3_stmt *of_targets(const struct sim_check *check, sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = sim_check_prepare(db, sql);

    if (stmt) {
        sqlite3_bind_int64(stmt, 1, check->plan.first_target);
        sqlite3_bind_int64(stmt, 2, check->plan.first_target + check->plan.n);
    }
    return stmt;
}

/* ---- words ---- */

static const char *const states[SIM_STATES] = {
    [SIM_STATE_WAITING] = "waiting",       [SIM_STATE_IN_FLIGHT] = "in_flight",
    [SIM_STATE_UPGRADING] = "upgrading",   [SIM_STATE_IN_DOUBT] = "in_doubt",
    [SIM_STATE_SUCCEEDED] = "succeeded",   [SIM_STATE_SKIPPED] = "skipped",
    [SIM_STATE_FAILED] = "failed",         [SIM_STATE_DEFERRED] = "deferred",
    [SIM_STATE_UNRESOLVED] = "unresolved", [SIM_STATE_CANCELED] = "canceled",
};

static const char *const proofs[] = {
    [SIM_PROOF_ACCEPTED] = "accepted",
    [SIM_PROOF_REFUSED] = "refused",
    [SIM_PROOF_IN_DOUBT] = "in_doubt",
    [SIM_PROOF_NEVER_SENT] = "never_sent",
};

/* 0 when it is none of the words from 1 on. */
static unsigned find(const char *const *words, size_t n, const char *text)
{
    for (unsigned i = 1; i < n; i++)
        if (gw_text_equal(words[i], text))
            return i;
    return 0;
}

const char *sim_state_word(enum sim_state state)
{
    return states[state] ? states[state] : "no state";
}

/* ---- rows ---- */

static void read_targets(const struct sim_check *check, sqlite3 *db, struct sim_view *image)
{
    sqlite3_stmt *stmt =
        of_targets(check, db,
                   "SELECT t.id - ?1, t.state, t.code, t.attempts, t.sent, t.version_after, t.ended_unix_ms,"
                   " b.target IS NOT NULL,"
                   " EXISTS (SELECT 1 FROM order_targets o JOIN orders d ON d.id = o.order_id"
                   "         WHERE o.target = t.id AND (d.accepted IS NULL OR d.accepted = 1))"
                   " FROM targets t LEFT JOIN relapses b ON b.target = t.id WHERE t.id >= ?1 AND t.id < ?2 "
                   "ORDER BY t.id");
    char state[16];

    while (sim_check_step(db, stmt)) {
        struct sim_view_target *target = &image->target[number(stmt, 0)];

        sim_check_text(stmt, 1, state, sizeof(state));
        sim_check_text(stmt, 2, target->code, sizeof(target->code));
        sim_check_text(stmt, 5, target->version_after, sizeof(target->version_after));
        target->state = (enum sim_state)find(states, SIM_STATES, state);
        target->charged = number(stmt, 3);
        target->sent = number(stmt, 4);
        target->ended_unix_ms = sqlite3_column_int64(stmt, 6);
        target->relapsed = sqlite3_column_int(stmt, 7);
        target->left_out = sqlite3_column_int(stmt, 8);
        image->n++;
    }
}

static void read_attempts(const struct sim_check *check, sqlite3 *db, struct sim_view *image)
{
    sqlite3_stmt *stmt = of_targets(
        check, db,
        "SELECT c.target - ?1, c.number, c.nonce, c.signed_unix_ms, a.proof, a.code FROM attempts c"
        " LEFT JOIN answers a ON a.target = c.target AND a.number = c.number"
        " WHERE c.target >= ?1 AND c.target < ?2 ORDER BY c.target, c.number");
    uint32_t size = 0;
    char proof[16];

    while (sim_check_step(db, stmt)) {
        struct sim_view_target *target = &image->target[number(stmt, 0)];
        struct sim_view_attempt *attempt;

        if (image->n_attempts == size) {
            size = size ? 2 * size : 128;
            image->attempt = gw_mem_resize(image->attempt, size, sizeof(*image->attempt));
        }
        if (target->n_attempts++ == 0)
            target->first_attempt = image->n_attempts;
        attempt = &image->attempt[image->n_attempts++];
        attempt->number = number(stmt, 1);
        attempt->signed_unix_ms = sqlite3_column_int64(stmt, 3);
        sim_check_text(stmt, 2, attempt->nonce, sizeof(attempt->nonce));
        sim_check_text(stmt, 4, proof, sizeof(proof));
        sim_check_text(stmt, 5, attempt->code, sizeof(attempt->code));
        attempt->proof = (enum sim_proof)find(proofs, GW_COUNT_OF(proofs), proof);
    }
}

/* Up to the first character that no state's name has. */
static void read_event(sqlite3_stmt *stmt, struct sim_view_target *target)
{
    char kind[16];

    sim_check_text(stmt, 1, kind, sizeof(kind));
    target->resolved += gw_text_equal(kind, "resolved");
    sim_check_text(stmt, 2, target->last_event, sizeof(target->last_event));
    target->last_event[strcspn(target->last_event, ":")] = '\0';
}

static void read_events(const struct sim_check *check, sqlite3 *db, struct sim_view *image)
{
    sqlite3_stmt *stmt =
        of_targets(check, db,
                   "SELECT target - ?1, kind, text FROM events WHERE target >= ?1 AND target < ?2"
                   " AND (kind = 'state' OR kind = 'resolved') ORDER BY id");

    while (sim_check_step(db, stmt))
        read_event(stmt, &image->target[number(stmt, 0)]);
}

static void read_waves(const struct sim_check *check, sqlite3 *db, struct sim_view *image)
{
    sqlite3_stmt *stmt = of_rollout(
        check, db,
        "SELECT w.number - 1, w.phase, w.soak_until_unix_ms, v.verdict, v.at_unix_ms, v.succeeded, v.targets"
        " FROM waves w LEFT JOIN verdicts v ON v.id ="
        " (SELECT max(id) FROM verdicts WHERE rollout = w.rollout AND wave = w.number) WHERE w.rollout = ?1");

    while (sim_check_step(db, stmt)) {
        struct sim_view_wave *wave = &image->wave[number(stmt, 0) % SIM_CHECK_WAVES_MAX];

        sim_check_text(stmt, 1, wave->phase, sizeof(wave->phase));
        sim_check_text(stmt, 3, wave->verdict, sizeof(wave->verdict));
        wave->soak_until_unix_ms = sqlite3_column_int64(stmt, 2);
        wave->judged_unix_ms = sqlite3_column_int64(stmt, 4);
        wave->succeeded = number(stmt, 5);
        wave->of = number(stmt, 6);
    }
}

static void read_orders(const struct sim_check *check, sqlite3 *db, struct sim_view *image)
{
    sqlite3_stmt *stmt = of_rollout(check, db,
                                    "SELECT id, kind, argument, answered_unix_ms, accepted FROM orders"
                                    " WHERE rollout = ?1 ORDER BY id");

    while (sim_check_step(db, stmt)) {
        struct sim_view_order *order;

        image->order = gw_mem_resize(image->order, image->n_orders + 1, sizeof(*image->order));
        order = &image->order[image->n_orders++];
        order->id = sqlite3_column_int64(stmt, 0);
        order->answered_unix_ms = sqlite3_column_int64(stmt, 3);
        order->accepted = sqlite3_column_int(stmt, 4);
        sim_check_text(stmt, 1, order->kind, sizeof(order->kind));
        sim_check_text(stmt, 2, order->argument, sizeof(order->argument));
    }
}

/* The rollout itself, and what there is of everything. */
static void read_rollout(const struct sim_check *check, sqlite3 *db, struct sim_view *image)
{
    sqlite3_stmt *stmt = of_rollout(
        check, db,
        "SELECT r.phase, (SELECT pid FROM lease WHERE rollout = ?1), (SELECT count(*) FROM events),"
        " (SELECT max(id) FROM events), (SELECT count(*) FROM verdicts),"
        " (SELECT count(*) FROM events WHERE kind = 'verdict'),"
        " (SELECT count(*) FROM relapses b JOIN targets t ON t.id = b.target WHERE t.rollout = ?1),"
        " (SELECT count(*) FROM events WHERE kind = 'relapsed' AND rollout = ?1),"
        " (SELECT count(*) FROM orders WHERE answered_unix_ms IS NOT NULL),"
        " (SELECT count(*) FROM events WHERE kind = 'order'),"
        " (SELECT text FROM events WHERE kind = 'phase' AND rollout = ?1 ORDER BY id DESC LIMIT 1)"
        " FROM rollouts r WHERE r.id = ?1");

    while (sim_check_step(db, stmt)) {
        sim_check_text(stmt, 0, image->phase, sizeof(image->phase));
        image->lease_pid = number(stmt, 1);
        image->events = sqlite3_column_int64(stmt, 2);
        image->last_event = sqlite3_column_int64(stmt, 3);
        image->verdicts = sqlite3_column_int64(stmt, 4);
        image->verdict_events = sqlite3_column_int64(stmt, 5);
        image->relapses = sqlite3_column_int64(stmt, 6);
        image->relapse_events = sqlite3_column_int64(stmt, 7);
        image->answered_orders = sqlite3_column_int64(stmt, 8);
        image->order_events = sqlite3_column_int64(stmt, 9);
        sim_check_text(stmt, 10, image->last_phase_event, sizeof(image->last_phase_event));
        image->last_phase_event[strcspn(image->last_phase_event, ":")] = '\0';
    }
}

struct sim_view *sim_view_read(struct sim_check *check, sqlite3 *db, bool durable)
{
    struct sim_view *image;

    if (!(durable && check->plan.durable) && !sim_check_plan(check, db, durable))
        return NULL;
    image = gw_mem_new(1, sizeof(*image));
    read_rollout(check, db, image);
    read_targets(check, db, image);
    read_attempts(check, db, image);
    read_events(check, db, image);
    read_waves(check, db, image);
    read_orders(check, db, image);
    return image;
}

void sim_view_free(struct sim_view *image)
{
    if (!image)
        return;
    free(image->attempt);
    free(image->order);
    free(image);
}

static struct sim_view *read_durable(struct sim_check *check, bool past)
{
    int rc;
    sqlite3 *db = sim_disk_open_image(check->database, SIM_DISK_DURABLE, &rc);
    struct sim_view *image = db ? sim_view_read(check, db, true) : NULL;

    if (image && past)
        sim_check_past(check, db, SIM_PAST_DURABLE);
    sim_disk_close_image(db);
    return image;
}

struct sim_view *sim_view_durable(struct sim_check *check)
{
    return read_durable(check, false);
}

struct sim_view *sim_view_durable_past(struct sim_check *check)
{
    return read_durable(check, true);
}

/* ---- looking at it ---- */

bool sim_view_is_over(const struct sim_view *image)
{
    return gw_text_equal(image->phase, "finished") || gw_text_equal(image->phase, "aborted");
}

uint32_t sim_view_count(const struct sim_view *image, enum sim_state state)
{
    uint32_t n = 0;

    for (uint32_t t = 0; t < image->n; t++)
        n += image->target[t].state == state;
    return n;
}

const struct sim_view_order *sim_view_order(const struct sim_view *image, const char *kind)
{
    for (uint32_t i = image->n_orders; i > 0; i--)
        if (image->order[i - 1].accepted && gw_text_equal(image->order[i - 1].kind, kind))
            return &image->order[i - 1];
    return NULL;
}

bool sim_view_ordered_since(const struct sim_view *image, const char *kind, int64_t id)
{
    for (uint32_t i = 0; i < image->n_orders; i++) {
        const struct sim_view_order *order = &image->order[i];

        if (order->id > id && gw_text_equal(order->kind, kind) &&
            (order->accepted || order->answered_unix_ms == 0))
            return true;
    }
    return false;
}

bool sim_view_find(const struct sim_view *image, const char *nonce, uint32_t *ret_target,
                   const struct sim_view_attempt **ret_attempt)
{
    for (uint32_t t = 0; t < image->n; t++) {
        const struct sim_view_target *target = &image->target[t];

        for (uint32_t i = 0; i < target->n_attempts; i++) {
            if (!gw_text_equal(image->attempt[target->first_attempt + i].nonce, nonce))
                continue;
            *ret_target = t;
            *ret_attempt = &image->attempt[target->first_attempt + i];
            return true;
        }
    }
    return false;
}
