/* Reading rollouts, their waves and their frozen spec. */
#include "gatewave/store/rollout.h"

#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/core/rollout.h"
#include "sql.h"

#define SELECT_ROLLOUT                                                                         \
    "SELECT id, name, version, type = 'Dpi', verify, phase, reason, targets, created_unix_ms," \
    " started_unix_ms, ended_unix_ms, membership, created_by,"                                 \
    " (SELECT count(*) FROM relapses b WHERE b.target >= first_target"                         \
    " AND b.target < first_target + targets),"                                                 \
    " (SELECT epoch > 1 FROM lease WHERE lease.rollout = rollouts.id) FROM rollouts "

static const char unsound_rollout[] = "a rollout without a name, a phase or targets";

/* False when it is no rollout that a run could have written. */
static bool read_rollout(sqlite3_stmt *stmt, struct gw_rollout_row *ret)
{
    int64_t targets = sqlite3_column_int64(stmt, 7);

    *ret = (struct gw_rollout_row){0};
    ret->id = sqlite3_column_int64(stmt, 0);
    gw_text_copy(ret->name, sizeof(ret->name), gw_sql_text(stmt, 1));
    gw_text_copy(ret->version, sizeof(ret->version), gw_sql_text(stmt, 2));
    ret->dpi = sqlite3_column_int(stmt, 3) != 0;
    ret->verify = sqlite3_column_int(stmt, 4) != 0;
    ret->phase = gw_phase_find(gw_sql_text(stmt, 5));
    gw_text_copy(ret->reason, sizeof(ret->reason), gw_sql_text(stmt, 6));
    ret->targets = (uint32_t)targets;
    ret->created_unix_ms = sqlite3_column_int64(stmt, 8);
    ret->started_unix_ms = sqlite3_column_int64(stmt, 9);
    ret->ended_unix_ms = sqlite3_column_int64(stmt, 10);
    gw_text_copy(ret->membership, sizeof(ret->membership), gw_sql_text(stmt, 11));
    gw_text_copy(ret->created_by, sizeof(ret->created_by), gw_sql_text(stmt, 12));
    ret->relapsed = (uint32_t)sqlite3_column_int64(stmt, 13);
    ret->run_before = sqlite3_column_int(stmt, 14) != 0;
    return ret->name[0] && ret->phase != GW_PHASE_NONE && targets > 0 && targets < GW_NO_TARGET;
}

struct found {
    struct gw_rollout_row row;
    bool found;
    const char *wrong;
};

static bool found_row(void *user, sqlite3_stmt *stmt)
{
    struct found *found = user;

    if (!read_rollout(stmt, &found->row))
        found->wrong = unsound_rollout;
    found->found = true;
    return false;
}

enum gw_code gw_rollout_find(struct gw_store *store, const char *name, struct gw_rollout_row *ret,
                             struct gw_err *err)
{
    struct found found = {.found = false};
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = gw_sql_prepare(store,
                          name ? SELECT_ROLLOUT "WHERE name = ?1" : SELECT_ROLLOUT "ORDER BY id DESC LIMIT 1",
                          &stmt, err);
    if (code != GW_OK)
        return code;
    if (name)
        gw_sql_bind_text(stmt, 1, name);
    code = gw_sql_each_sound(store, stmt, found_row, &found, &found.wrong, err);
    if (code != GW_OK)
        return code;
    if (!found.found && name)
        return gw_err_set(err, GW_ERR_NOT_FOUND,
                          "rollout %s: not in %s; `gatewave status` lists the rollouts", name, store->file);
    if (!found.found)
        return gw_err_set(err, GW_ERR_NOT_FOUND, "%s: there is no rollout yet; `gatewave run` starts one",
                          store->file);
    *ret = found.row;
    return GW_OK;
}

static bool spec_row(void *user, sqlite3_stmt *stmt)
{
    char **spec = user;

    *spec = gw_mem_dup(gw_sql_text(stmt, 0));
    return false;
}

enum gw_code gw_rollout_spec(struct gw_store *store, int64_t rollout, char **ret, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    char *spec = NULL;
    enum gw_code code = gw_sql_prepare(store, "SELECT spec FROM rollouts WHERE id = ?1", &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    code = gw_sql_each(store, stmt, spec_row, &spec, err);
    if (code != GW_OK)
        return code;
    if (!spec)
        return gw_err_set(err, GW_ERR_NOT_FOUND, "%s: there is no rollout %lld", store->file,
                          (long long)rollout);
    *ret = spec;
    return GW_OK;
}

struct each_rollout {
    bool (*each)(void *user, const struct gw_rollout_row *row);
    void *user;
    const char *wrong;
};

static bool rollout_row(void *user, sqlite3_stmt *stmt)
{
    struct each_rollout *e = user;
    struct gw_rollout_row row;

    if (!read_rollout(stmt, &row)) {
        e->wrong = unsound_rollout;
        return false;
    }
    return e->each(e->user, &row);
}

enum gw_code gw_rollouts_each(struct gw_store *store,
                              bool (*each)(void *user, const struct gw_rollout_row *row), void *user,
                              struct gw_err *err)
{
    struct each_rollout e = {.each = each, .user = user};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, SELECT_ROLLOUT "ORDER BY id DESC", &stmt, err);

    return code == GW_OK ? gw_sql_each_sound(store, stmt, rollout_row, &e, &e.wrong, err) : code;
}

struct each_wave {
    bool (*each)(void *user, const struct gw_wave_row *row);
    void *user;
    uint32_t n;
    int64_t held, targets; /* by the waves until now, and of the rollout */
    bool stopped;          /* by each(): who comes later is not its business */
    const char *wrong;
};

/* Numbered from 1, one behind the other, and each within its rollout. */
static bool wave_fits(struct each_wave *e, sqlite3_stmt *stmt)
{
    int64_t targets = sqlite3_column_int64(stmt, 4);

    e->targets = sqlite3_column_int64(stmt, 8);
    if (e->n == GW_WAVES_MOST || sqlite3_column_int64(stmt, 0) != ++e->n ||
        sqlite3_column_int64(stmt, 3) != e->held || targets <= 0 || targets > e->targets - e->held ||
        gw_phase_find(gw_sql_text(stmt, 2)) == GW_PHASE_NONE || !gw_sql_is_time(stmt, 5))
        return false;
    e->held += targets;
    return true;
}

static bool wave_row(void *user, sqlite3_stmt *stmt)
{
    struct each_wave *e = user;
    struct gw_wave_row row = {.number = (uint32_t)sqlite3_column_int64(stmt, 0)};

    if (!wave_fits(e, stmt)) {
        e->wrong = "waves that do not lie one behind the other";
        return false;
    }
    gw_text_copy(row.name, sizeof(row.name), gw_sql_text(stmt, 1));
    row.phase = gw_phase_find(gw_sql_text(stmt, 2));
    row.first = (uint32_t)sqlite3_column_int64(stmt, 3);
    row.targets = (uint32_t)sqlite3_column_int64(stmt, 4);
    row.soak_until_unix_ms = sqlite3_column_int64(stmt, 5);
    row.verdict = gw_verdict_find(gw_sql_text(stmt, 6));
    gw_text_copy(row.evidence, sizeof(row.evidence), gw_sql_text(stmt, 7));
    e->stopped = !e->each(e->user, &row);
    return !e->stopped;
}

enum gw_code gw_waves_each(struct gw_store *store, int64_t rollout,
                           bool (*each)(void *user, const struct gw_wave_row *row), void *user,
                           struct gw_err *err)
{
    struct each_wave e = {.each = each, .user = user};
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = gw_sql_prepare(store,
                          "SELECT w.number, w.name, w.phase, w.first, w.targets, w.soak_until_unix_ms,"
                          " w.verdict, w.evidence, r.targets FROM waves w JOIN rollouts r ON r.id = w.rollout"
                          " WHERE w.rollout = ?1 ORDER BY w.number",
                          &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    code = gw_sql_each_sound(store, stmt, wave_row, &e, &e.wrong, err);
    if (code == GW_OK && !e.stopped && (e.n == 0 || e.held != e.targets))
        return gw_store_damaged(store, "waves that do not hold all targets of their rollout", err);
    return code;
}
