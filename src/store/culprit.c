/*
 * What the failures of a rollout have in common. Only a value that half of them share can explain them, so an
 * attribute has two candidates at most, and most rollouts have none; each is looked for among all that was judged.
 */
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/store/control.h"
#include "sql.h"

/* The more telling first: of those that explain as much, that is the one to name. */
static const char *const attribute_name[] = {"model", "version_before", "site", "region", "isp"};

#define FROM_JUDGED                                                                                        \
    "FROM rollouts r CROSS JOIN targets t ON t.id >= r.first_target AND t.id < r.first_target + r.targets" \
    " CROSS JOIN facts f ON f.target = t.id LEFT JOIN relapses b ON b.target = t.id"                       \
    " WHERE r.id = ?1 AND (t.state = 'succeeded' OR t.state = 'failed' OR t.state = 'unresolved') "
#define HAS_FAILED "(t.state <> 'succeeded' OR b.target IS NOT NULL) "

/* Of an attribute, by its number in attribute_name. Who was not read ran what was listed. */
#define ITS_VALUE                                                                           \
    "CASE attribute WHEN 0 THEN model WHEN 1 THEN coalesce(version_before, version_listed)" \
    " WHEN 2 THEN site WHEN 3 THEN region WHEN 4 THEN isp END "

/* The first row counts everything; each other one is a candidate. An unknown value explains nothing. */
static const char find_candidates[] =
    "WITH attribute (attribute) AS (VALUES (0), (1), (2), (3), (4)),"
    " failure AS MATERIALIZED (SELECT model, version_before, version_listed, site, region, isp " FROM_JUDGED
    "AND " HAS_FAILED "),"
    " total (n) AS MATERIALIZED (SELECT count(*) FROM failure),"
    " candidate AS MATERIALIZED (SELECT attribute, " ITS_VALUE "AS value, count(*) AS n"
    " FROM attribute CROSS JOIN failure GROUP BY 1, 2"
    " HAVING value <> '' AND 2 * count(*) >= (SELECT n FROM total) AND (SELECT n FROM total) >= 3)"
    " SELECT -1 AS attribute, '' AS value, n, (SELECT count(*) " FROM_JUDGED ") FROM total UNION ALL"
    " SELECT * FROM (SELECT attribute, value, n, (SELECT count(*) " FROM_JUDGED "AND value = " ITS_VALUE ")"
    " FROM candidate ORDER BY attribute, value)";

struct search {
    struct gw_culprit best;
    int64_t excess; /* of its share of the failures over its share of all; in 1 / (failed x judged) */
};

static bool candidate_row(void *user, sqlite3_stmt *stmt)
{
    struct search *search = user;
    struct gw_culprit *best = &search->best;
    int attribute = sqlite3_column_int(stmt, 0);
    int64_t with = sqlite3_column_int64(stmt, 2), judged_with = sqlite3_column_int64(stmt, 3);
    int64_t share, share_of_all;

    if (attribute < 0) {
        best->failed = (uint64_t)with;
        best->judged = (uint64_t)judged_with;
        return true;
    }
    GW_CHECK((size_t)attribute < GW_COUNT_OF(attribute_name));
    share = with * (int64_t)best->judged;
    share_of_all = judged_with * (int64_t)best->failed;
    if (share < 2 * share_of_all || share - share_of_all <= search->excess)
        return true;
    search->excess = share - share_of_all;
    best->attribute = attribute_name[attribute];
    gw_text_copy(best->value, sizeof(best->value), gw_sql_text(stmt, 1));
    best->failed_with = (uint64_t)with;
    best->judged_with = (uint64_t)judged_with;
    return true;
}

enum gw_code gw_culprit_find(struct gw_store *store, int64_t rollout, struct gw_culprit *ret,
                             struct gw_err *err)
{
    struct search search = {.best.attribute = ""};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, find_candidates, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    code = gw_sql_each(store, stmt, candidate_row, &search, err);
    if (code == GW_OK)
        *ret = search.best;
    return code;
}
