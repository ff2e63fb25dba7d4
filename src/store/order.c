/*
 * Operators' orders. They are added by another process than the one that answers them, so each is a small
 * transaction of its own that waits for its turn between the runner's. The runner asks for open ones twice
 * a second, by an index that has nothing else in front of them. Whom an order leaves out is worked out in the
 * transaction that adds it, and from then on only read: what an inventory says later changes nobody's mind.
 */
#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/store/control.h"
#include "sql.h"
#include "where.h"

static enum gw_code insert_order(struct gw_store *store, int64_t rollout, const struct gw_order_new *new_,
                                 int64_t *ret_id, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = gw_sql_prepare(store,
                          "INSERT INTO orders (rollout, kind, argument, by, reason, at_unix_ms)"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                          &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    gw_sql_bind_text(stmt, 2, gw_order_name(new_->kind));
    gw_sql_bind_text(stmt, 3, new_->argument);
    gw_sql_bind_text(stmt, 4, new_->by);
    gw_sql_bind_text(stmt, 5, new_->reason);
    gw_sql_bind_int(stmt, 6, new_->now_unix_ms);
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    if (code == GW_OK)
        *ret_id = sqlite3_last_insert_rowid(store->db);
    return code;
}

/* ---- whom an order leaves out ---- */

/* A gateway is found again by its id, and a device within it: a row's number may have been given to another since. */
#define FROM_NAMED                                                                                          \
    " FROM rollouts r CROSS JOIN targets t ON t.id >= r.first_target AND t.id < r.first_target + r.targets" \
    " CROSS JOIN facts f ON f.target = t.id LEFT JOIN gateways g ON g.gateway_id = f.gateway_id"            \
    " LEFT JOIN devices d ON d.id = t.device AND d.gateway = g.id WHERE r.id = ?1 AND "

/* A statement with the selection as its last condition; parameter 1 is the rollout, and 2 the order. */
static enum gw_code prepare_named(struct gw_store *store, const char *sql, int64_t rollout,
                                  const struct gw_where *where, sqlite3_stmt **ret, struct gw_err *err)
{
    struct gw_buf buf;
    enum gw_code code;

    gw_buf_init(&buf, 0);
    gw_buf_addf(&buf, "%s%s", sql, gw_buf_text(&where->sql));
    code = gw_sql_prepare(store, gw_buf_text(&buf), ret, err);
    gw_buf_release(&buf);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(*ret, 1, rollout);
    gw_where_bind(where, *ret);
    return GW_OK;
}

static enum gw_code insert_targets(struct gw_store *store, int64_t rollout, int64_t order,
                                   const struct gw_where *where, int *ret_n, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code =
        prepare_named(store,
                      "INSERT INTO order_targets (order_id, target) SELECT ?2, t.id" FROM_NAMED
                      "t.ended_unix_ms IS NULL AND ",
                      rollout, where, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 2, order);
    code = gw_sql_run(store, stmt, ret_n, err);
    sqlite3_finalize(stmt);
    return code;
}

/* A pair stays whole: its devices stand next to each other. */
static enum gw_code insert_mates(struct gw_store *store, int64_t rollout, int64_t order, int *ret_n,
                                 struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(
        store,
        "INSERT INTO order_targets (order_id, target) SELECT ?2, m.id"
        " FROM order_targets x CROSS JOIN facts f ON f.target = x.target"
        " CROSS JOIN facts n ON n.target IN (x.target - 1, x.target + 1)"
        " CROSS JOIN targets m ON m.id = n.target"
        " WHERE x.order_id = ?2 AND n.gateway_id = f.gateway_id AND m.rollout = ?1"
        " AND m.ended_unix_ms IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM order_targets y WHERE y.order_id = ?2 AND y.target = m.id)",
        &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    gw_sql_bind_int(stmt, 2, order);
    code = gw_sql_run(store, stmt, ret_n, err);
    sqlite3_finalize(stmt);
    return code;
}

static bool found_row(void *user, sqlite3_stmt *stmt)
{
    (void)stmt;
    *(bool *)user = true;
    return false;
}

/* Whoever names targets that have their outcome has named somebody; who names no target at all is mistaken. */
static enum gw_code check_named(struct gw_store *store, int64_t rollout, const struct gw_where *where,
                                struct gw_err *err)
{
    sqlite3_stmt *stmt;
    bool found = false;
    enum gw_code code = prepare_named(store, "SELECT 1" FROM_NAMED, rollout, where, &stmt, err);

    if (code == GW_OK)
        code = gw_sql_each(store, stmt, found_row, &found, err);
    if (code != GW_OK || found)
        return code;
    return gw_err_set(err, GW_ERR_NOT_FOUND, "the selection names no target of the rollout");
}

static enum gw_code leave_out(struct gw_store *store, int64_t rollout, int64_t order,
                              const struct gw_select *without, struct gw_err *err)
{
    struct gw_where where;
    enum gw_code code;
    int n, mates;

    gw_where_init_targets(&where, without, 3);
    code = insert_targets(store, rollout, order, &where, &n, err);
    if (code == GW_OK && n > 0)
        code = insert_mates(store, rollout, order, &mates, err);
    if (code == GW_OK && n == 0)
        code = check_named(store, rollout, &where, err);
    gw_where_release(&where);
    return code;
}

enum gw_code gw_order_add(struct gw_store *store, int64_t rollout, const struct gw_order_new *new_,
                          int64_t *ret_id, struct gw_err *err)
{
    sqlite3_stmt *begin;
    int64_t id = 0;
    enum gw_code code = gw_sql_prepare(store, "BEGIN IMMEDIATE", &begin, err);

    GW_CHECK(!new_->without || new_->kind == GW_ORDER_RESUME);
    if (code != GW_OK)
        return code;
    code = gw_sql_begin_waiting(store, begin, err);
    sqlite3_finalize(begin);
    if (code == GW_OK)
        code = insert_order(store, rollout, new_, &id, err);
    if (code == GW_OK && new_->without)
        code = leave_out(store, rollout, id, new_->without, err);
    if (code == GW_OK)
        code = gw_sql_commit(store, err);
    if (code != GW_OK) {
        gw_sql_rollback(store);
        return code;
    }
    *ret_id = id;
    return GW_OK;
}

/* ---- reading ---- */

struct each_order {
    bool (*each)(void *user, const struct gw_order_row *row);
    void *user;
};

static bool order_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_order *e = user;
    struct gw_order_row row = {
        .id = sqlite3_column_int64(stmt, 0),
        .kind = gw_order_find(gw_sql_text(stmt, 1)),
        .argument = gw_sql_text(stmt, 2),
        .by = gw_sql_text(stmt, 3),
        .reason = gw_sql_text(stmt, 4),
        .at_unix_ms = sqlite3_column_int64(stmt, 5),
        .answered_unix_ms = sqlite3_column_int64(stmt, 6),
        .accepted = sqlite3_column_int(stmt, 7) != 0,
        .answer = gw_sql_text(stmt, 8),
        .forgives = sqlite3_column_int(stmt, 9) != 0,
    };

    return e->each(e->user, &row);
}

#define SELECT_ORDERS                                                                        \
    "SELECT id, kind, argument, by, reason, at_unix_ms, answered_unix_ms, accepted, answer," \
    " EXISTS (SELECT 1 FROM forgiven WHERE order_id = orders.id) FROM orders "

static enum gw_code each_open_order(struct gw_store *store, int64_t rollout, struct each_order *e,
                                    struct gw_err *err)
{
    static const char text[] = SELECT_ORDERS "WHERE rollout = ?1 AND answered_unix_ms IS NULL ORDER BY id";
    enum gw_code code = GW_OK;

    if (!store->open_orders)
        code = gw_sql_prepare(store, text, &store->open_orders, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(store->open_orders, 1, rollout);
    return gw_sql_each_again(store, store->open_orders, order_row, e, err);
}

enum gw_code gw_orders_each(struct gw_store *store, int64_t rollout, bool only_open,
                            bool (*each)(void *user, const struct gw_order_row *row), void *user,
                            struct gw_err *err)
{
    struct each_order e = {each, user};
    sqlite3_stmt *stmt;
    enum gw_code code;

    if (only_open)
        return each_open_order(store, rollout, &e, err);
    code = gw_sql_prepare(store, SELECT_ORDERS "WHERE rollout = ?1 ORDER BY id", &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    return gw_sql_each(store, stmt, order_row, &e, err);
}

static const char unsound_number[] = "an order that leaves out what is no target of its rollout";

/* The number of a target, behind it how many there are. */
static bool read_number(sqlite3_stmt *stmt, uint32_t *ret)
{
    int64_t number = sqlite3_column_int64(stmt, 0);

    *ret = (uint32_t)number;
    return number >= 0 && number < sqlite3_column_int64(stmt, 1) && number < UINT32_MAX;
}

struct numbers {
    uint32_t *number;
    uint32_t n, size;
    const char *wrong;
};

static bool number_row(void *user, sqlite3_stmt *stmt)
{
    struct numbers *numbers = user;
    uint32_t number;

    if (!read_number(stmt, &number)) {
        numbers->wrong = unsound_number;
        return false;
    }
    if (numbers->n == numbers->size) {
        numbers->size = numbers->size ? 2 * numbers->size : 64;
        numbers->number = gw_mem_resize(numbers->number, numbers->size, sizeof(*numbers->number));
    }
    numbers->number[numbers->n++] = number;
    return true;
}

enum gw_code gw_order_targets(struct gw_store *store, int64_t order, uint32_t **ret, uint32_t *ret_n,
                              struct gw_err *err)
{
    struct numbers numbers = {.n = 0};
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = gw_sql_prepare(store,
                          "SELECT x.target - r.first_target, r.targets FROM orders o CROSS JOIN rollouts r"
                          " ON r.id = o.rollout CROSS JOIN order_targets x ON x.order_id = o.id"
                          " WHERE o.id = ?1 ORDER BY x.target",
                          &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, order);
    code = gw_sql_each_sound(store, stmt, number_row, &numbers, &numbers.wrong, err);
    if (code != GW_OK) {
        free(numbers.number);
        return code;
    }
    *ret = numbers.number;
    *ret_n = numbers.n;
    return GW_OK;
}

struct each_left_out {
    bool (*each)(void *user, uint32_t number);
    void *user;
    const char *wrong;
};

static bool left_out_row(void *user, sqlite3_stmt *stmt)
{
    struct each_left_out *e = user;
    uint32_t number;

    if (read_number(stmt, &number))
        return e->each(e->user, number);
    e->wrong = unsound_number;
    return false;
}

enum gw_code gw_left_out_each(struct gw_store *store, int64_t rollout,
                              bool (*each)(void *user, uint32_t number), void *user, struct gw_err *err)
{
    struct each_left_out e = {.each = each, .user = user};
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = gw_sql_prepare(store,
                          "SELECT x.target - r.first_target, r.targets FROM rollouts r CROSS JOIN orders o"
                          " ON o.rollout = r.id CROSS JOIN order_targets x ON x.order_id = o.id"
                          " WHERE r.id = ?1 AND o.accepted = 1",
                          &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    return gw_sql_each_sound(store, stmt, left_out_row, &e, &e.wrong, err);
}
