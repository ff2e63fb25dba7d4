/*
 * What gates read and what they said: charts, verdicts, and what earlier rollouts teach about what is normal. The
 * last looks at every target that was ever judged, a million in about a second.
 */
#include "verdict.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/store/control.h"
#include "sql.h"

static const char *const trip_word[] = {
    [GW_TRIP_NONE] = "",
    [GW_TRIP_CHART] = "chart",
    [GW_TRIP_FAILED] = "failed",
    [GW_TRIP_SHARE] = "share",
};

const char *gw_trip_word(enum gw_trip trip)
{
    GW_CHECK((size_t)trip < GW_COUNT_OF(trip_word));
    return trip_word[trip];
}

enum gw_trip gw_trip_find(const char *word)
{
    for (size_t trip = 1; trip < GW_COUNT_OF(trip_word); trip++)
        if (strcmp(trip_word[trip], word) == 0)
            return (enum gw_trip)trip;
    return GW_TRIP_NONE;
}

struct each_verdict {
    bool (*each)(void *user, const struct gw_verdict_row *row);
    void *user;
};

static bool verdict_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_verdict *e = user;
    struct gw_verdict_row row = {
        .wave = (uint32_t)sqlite3_column_int64(stmt, 0),
        .wave_name = gw_sql_text(stmt, 1),
        .at_unix_ms = sqlite3_column_int64(stmt, 2),
        .verdict = gw_verdict_find(gw_sql_text(stmt, 3)),
        .model = gw_sql_text(stmt, 4),
        .evidence = gw_sql_text(stmt, 5),
    };

    return e->each(e->user, &row);
}

enum gw_code gw_verdicts_each(struct gw_store *store, int64_t rollout,
                              bool (*each)(void *user, const struct gw_verdict_row *row), void *user,
                              struct gw_err *err)
{
    struct each_verdict e = {each, user};
    sqlite3_stmt *stmt;
    enum gw_code code;

    code =
        gw_sql_prepare(store,
                       "SELECT v.wave, w.name, v.at_unix_ms, v.verdict, v.model, v.evidence FROM verdicts v"
                       " JOIN waves w ON w.rollout = v.rollout AND w.number = v.wave"
                       " WHERE v.rollout = ?1 ORDER BY v.id",
                       &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    return gw_sql_each(store, stmt, verdict_row, &e, err);
}

struct each_chart {
    bool (*each)(void *user, uint32_t model, const char *name, const struct gw_chart *chart);
    void *user;
    int64_t next;
    const char *wrong;
};

/* More than a chart can rise in a rollout of as many devices as there are numbers. */
#define LEVEL_MAX_UNATS (INT64_MAX / 2)

/* Numbered from 0, and of a level and counts that outcomes can lead to. */
static bool chart_fits(struct each_chart *e, sqlite3_stmt *stmt)
{
    int64_t level = sqlite3_column_int64(stmt, 2), failed = sqlite3_column_int64(stmt, 3);
    int64_t judged = sqlite3_column_int64(stmt, 4), refused = sqlite3_column_int64(stmt, 6);

    return sqlite3_column_int64(stmt, 0) == e->next++ && level >= 0 && level <= LEVEL_MAX_UNATS &&
           refused >= 0 && refused <= failed && failed <= judged && judged <= UINT32_MAX;
}

static bool chart_row(void *user, sqlite3_stmt *stmt)
{
    struct each_chart *e = user;
    int64_t number = sqlite3_column_int64(stmt, 0);
    struct gw_chart chart = {
        .level_unats = sqlite3_column_int64(stmt, 2),
        .failed = (uint32_t)sqlite3_column_int64(stmt, 3),
        .judged = (uint32_t)sqlite3_column_int64(stmt, 4),
        .refused = (uint32_t)sqlite3_column_int64(stmt, 6),
        .trip = gw_trip_find(gw_sql_text(stmt, 5)),
    };

    if (!chart_fits(e, stmt)) {
        e->wrong = "a gate's chart that no outcomes lead to";
        return false;
    }
    return e->each(e->user, number == 0 ? GW_NO_MODEL : (uint32_t)(number - 1), gw_sql_text(stmt, 1), &chart);
}

enum gw_code gw_charts_each(struct gw_store *store, int64_t rollout,
                            bool (*each)(void *user, uint32_t model, const char *name,
                                         const struct gw_chart *chart),
                            void *user, struct gw_err *err)
{
    struct each_chart e = {.each = each, .user = user};
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = gw_sql_prepare(store,
                          "SELECT number, model, level_unats, failed, judged, trip, refused FROM charts"
                          " WHERE rollout = ?1 ORDER BY number",
                          &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    return gw_sql_each_sound(store, stmt, chart_row, &e, &e.wrong, err);
}

/*
 * A failure tells something of the version when a call may have taken effect: it was accepted, is in doubt, or never got
 * an answer. Who was refused throughout has not run it.
 */
#define MAY_HAVE_TAKEN_EFFECT                                                         \
    "(t.state = 'unresolved' OR t.code = 'stuck' OR EXISTS (SELECT 1 FROM attempts c" \
    " LEFT JOIN answers a ON a.target = c.target AND a.number = c.number"             \
    " WHERE c.target = t.id AND (a.proof IS NULL OR a.proof = 'accepted' OR a.proof = 'in_doubt')))"

/* CROSS JOIN keeps the rollouts on the outside: each is two runs of ids, read side by side. */
static const char find_normal[] =
    "WITH learned AS MATERIALIZED (SELECT r.id AS rollout, f.model,"
    " count(*) FILTER (WHERE t.state <> 'succeeded' OR b.target IS NOT NULL) AS failed, count(*) AS judged"
    " FROM rollouts r"
    " CROSS JOIN targets t ON t.id >= r.first_target AND t.id < r.first_target + r.targets"
    " CROSS JOIN facts f ON f.target = t.id"
    " LEFT JOIN relapses b ON b.target = t.id"
    " WHERE r.phase = 'finished' AND r.type = ?1 AND r.verify = 1"
    " AND NOT EXISTS (SELECT 1 FROM verdicts v WHERE v.rollout = r.id AND v.verdict = 'abort')"
    " AND (t.state = 'succeeded' OR (t.state = 'failed' OR t.state = 'unresolved') AND " MAY_HAVE_TAKEN_EFFECT
    ") GROUP BY r.id, f.model)"
    " SELECT '' AS model, total(failed), total(judged), count(DISTINCT rollout) FROM learned UNION ALL"
    " SELECT * FROM (SELECT model, sum(failed), sum(judged), count(*) FROM learned WHERE model <> ''"
    " GROUP BY model ORDER BY model)";

struct each_normal {
    bool (*each)(void *user, const char *model, uint64_t failed, uint64_t judged, uint32_t rollouts);
    void *user;
};

static bool normal_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_normal *e = user;

    return e->each(e->user, gw_sql_text(stmt, 0), (uint64_t)sqlite3_column_int64(stmt, 1),
                   (uint64_t)sqlite3_column_int64(stmt, 2), (uint32_t)sqlite3_column_int64(stmt, 3));
}

enum gw_code gw_normal_each(struct gw_store *store, bool dpi,
                            bool (*each)(void *user, const char *model, uint64_t failed, uint64_t judged,
                                         uint32_t rollouts),
                            void *user, struct gw_err *err)
{
    struct each_normal e = {each, user};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, find_normal, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_text(stmt, 1, dpi ? "Dpi" : "Device");
    return gw_sql_each(store, stmt, normal_row, &e, err);
}
