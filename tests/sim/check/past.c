/*
 * The past (I22): what is over and what is history never changes, from one image to the next. Of each table the rows
 * that may not change any more are kept as a hash each, in the order of their keys; later images have them all, the
 * same. After a crash that holds for what was durable before, else for what the last image had.
 */
#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"

#include "check/local.h"

/* The first two columns are the key. */
static const struct table {
    const char *name, *sql;
} tables[] = {
    {"attempts", "SELECT target, number, * FROM attempts ORDER BY target, number"},
    {"answers", "SELECT target, number, * FROM answers ORDER BY target, number"},
    {"events", "SELECT id, 0, * FROM events ORDER BY id"},
    {"verdicts", "SELECT id, 0, * FROM verdicts ORDER BY id"},
    {"relapses", "SELECT target, 0, * FROM relapses ORDER BY target"},
    {"orders", "SELECT id, 0, * FROM orders WHERE answered_unix_ms IS NOT NULL ORDER BY id"},
    {"order_targets", "SELECT order_id, target FROM order_targets ORDER BY order_id, target"},
    {"targets", "SELECT id, 0, * FROM targets WHERE ended_unix_ms IS NOT NULL ORDER BY id"},
    {"waves", "SELECT rollout, number, * FROM waves WHERE phase = 'finished' OR phase = 'aborted'"
              " ORDER BY rollout, number"},
    {"rollouts", "SELECT id, 0, * FROM rollouts WHERE phase = 'finished' OR phase = 'aborted' ORDER BY id"},
    {"nights", "SELECT id, 0, * FROM nights WHERE ended_unix_ms IS NOT NULL ORDER BY id"},
    {"holds", "SELECT id, 0, gateway_id, reason, by, at_unix_ms, until_unix_ms FROM holds ORDER BY id"},
    {"changes", "SELECT id, 0, * FROM changes ORDER BY id"},
    {"policy_rollouts", "SELECT rollout, night, policy FROM policy_rollouts ORDER BY rollout"},
};

struct row {
    int64_t key[2];
    uint64_t hash;
};

struct rows {
    struct row *row;
    size_t n, size;
};

struct sim_check_past {
    struct rows table[GW_COUNT_OF(tables)];
};

static uint64_t hash_column(sqlite3_stmt *stmt, int column, uint64_t hash)
{
    int64_t number;

    if (sqlite3_column_type(stmt, column) == SQLITE_TEXT) {
        const void *bytes = sqlite3_column_text(stmt, column);

        return gw_hash(bytes, (uint64_t)sqlite3_column_bytes(stmt, column), hash + 1);
    }
    number = sqlite3_column_int64(stmt, column);
    return gw_hash(&number, sizeof(number),
                   hash + (sqlite3_column_type(stmt, column) == SQLITE_NULL ? 2 : 3));
}

static void read_rows(sqlite3 *db, const struct table *table, struct rows *rows)
{
    sqlite3_stmt *stmt = sim_check_prepare(db, table->sql);

    while (sim_check_step(db, stmt)) {
        struct row *row;

        if (rows->n == rows->size) {
            rows->size = rows->size ? 2 * rows->size : 64;
            rows->row = gw_mem_resize(rows->row, rows->size, sizeof(*rows->row));
        }
        row = &rows->row[rows->n++];
        *row = (struct row){.key = {sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1)}};
        for (int i = 2; i < sqlite3_column_count(stmt); i++)
            row->hash = hash_column(stmt, i, row->hash);
    }
}

static int compare(const struct row *a, const struct row *b)
{
    for (int i = 0; i < 2; i++)
        if (a->key[i] != b->key[i])
            return a->key[i] < b->key[i] ? -1 : 1;
    return 0;
}

/* Both are in the order of their keys. */
static void check_table(const struct table *table, const struct rows *before, const struct rows *now)
{
    size_t k = 0;

    for (size_t i = 0; i < before->n; i++) {
        const struct row *row = &before->row[i];

        while (k < now->n && compare(&now->row[k], row) < 0)
            k++;
        if (k == now->n || compare(&now->row[k], row) != 0)
            sim_violated("I22", "row %lld, %lld of %s is gone, or no longer over", (long long)row->key[0],
                         (long long)row->key[1], table->name);
        else if (now->row[k].hash != row->hash)
            sim_violated("I22", "row %lld, %lld of %s has changed", (long long)row->key[0],
                         (long long)row->key[1], table->name);
        else
            continue;
        return;
    }
}

static void past_free(struct sim_check_past *past)
{
    for (size_t i = 0; past && i < GW_COUNT_OF(tables); i++)
        free(past->table[i].row);
    free(past);
}

void sim_check_past(struct sim_check *check, sqlite3 *db, enum sim_past what)
{
    const struct sim_check_past *before =
        what == SIM_PAST_LIVED && check->past ? check->past : check->durable_past;
    struct sim_check_past *now = gw_mem_new(1, sizeof(*now));

    for (size_t i = 0; i < GW_COUNT_OF(tables); i++) {
        read_rows(db, &tables[i], &now->table[i]);
        if (before)
            check_table(&tables[i], &before->table[i], &now->table[i]);
    }
    if (what == SIM_PAST_DURABLE) {
        past_free(check->durable_past);
        check->durable_past = now;
        return;
    }
    past_free(check->past);
    /*
     * Whoever was killed in the middle of a commit may have written all of it, and told nobody: this image has it, as
     * whoever recovers the log would, and the next writer of a process that lives, and knows where the log ends,
     * writes over it. So what is there after a crash is no promise.
     */
    check->past = what == SIM_PAST_LIVED ? now : NULL;
    if (what == SIM_PAST_CRASHED)
        past_free(now);
}

void sim_check_past_free(struct sim_check *check)
{
    past_free(check->past);
    past_free(check->durable_past);
}
