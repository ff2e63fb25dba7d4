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

/*
 * The first row counts everything, and names the model whose chart a gate has stopped it by; each other one is a candidate.
 * An unknown value explains nothing.
 */
static const char find_candidates[] =
    "WITH attribute (attribute) AS (VALUES (0), (1), (2), (3), (4)),"
    " failure AS MATERIALIZED (SELECT model, version_before, version_listed, site, region, isp " FROM_JUDGED
    "AND " HAS_FAILED "),"
    " total (n) AS MATERIALIZED (SELECT count(*) FROM failure),"
    " candidate AS MATERIALIZED (SELECT attribute, " ITS_VALUE "AS value, count(*) AS n"
    " FROM attribute CROSS JOIN failure GROUP BY 1, 2"
    " HAVING value <> '' AND 2 * count(*) >= (SELECT n FROM total) AND (SELECT n FROM total) >= 3)"
    " SELECT -1 AS attribute, coalesce((SELECT model FROM verdicts WHERE rollout = ?1 AND verdict = 'abort'"
    " ORDER BY id DESC LIMIT 1), '') AS value, n, (SELECT count(*) " FROM_JUDGED ") FROM total UNION ALL"
    " SELECT * FROM (SELECT attribute, value, n, (SELECT count(*) " FROM_JUDGED "AND value = " ITS_VALUE ")"
    " FROM candidate ORDER BY attribute, value)";

#define CANDIDATES_MAX (2 * GW_COUNT_OF(attribute_name))

struct candidate {
    int attribute; /* by number in attribute_name */
    char value[sizeof(((struct gw_culprit *)0)->value)];
    int64_t failed_with, judged_with;
    int64_t excess; /* of its share of the failures over its share of all; in 1 / (failed x judged) */
};

struct search {
    char tripped[sizeof(((struct gw_culprit *)0)->value)]; /* the model; "" */
    int64_t failed, judged;
    struct candidate candidate[CANDIDATES_MAX];
    size_t n;
};

static bool candidate_row(void *user, sqlite3_stmt *stmt)
{
    struct search *search = user;
    struct candidate *candidate;
    int attribute = sqlite3_column_int(stmt, 0);
    int64_t with = sqlite3_column_int64(stmt, 2), judged_with = sqlite3_column_int64(stmt, 3);
    int64_t share, share_of_all;

    if (attribute < 0) {
        gw_text_copy(search->tripped, sizeof(search->tripped), gw_sql_text(stmt, 1));
        search->failed = with;
        search->judged = judged_with;
        return true;
    }
    share = with * search->judged;
    share_of_all = judged_with * search->failed;
    if (share < 2 * share_of_all)
        return true;
    GW_CHECK((size_t)attribute < GW_COUNT_OF(attribute_name) && search->n < CANDIDATES_MAX);
    candidate = &search->candidate[search->n++];
    *candidate = (struct candidate){.attribute = attribute,
                                    .failed_with = with,
                                    .judged_with = judged_with,
                                    .excess = share - share_of_all};
    gw_text_copy(candidate->value, sizeof(candidate->value), gw_sql_text(stmt, 1));
    return true;
}

/* But for one, or a tenth of all. */
static bool is_about(int64_t one, int64_t other, int64_t all)
{
    int64_t apart = one > other ? one - other : other - one;

    return apart <= 1 || 10 * apart <= all;
}

/* Two attributes that most of the failures share may differ by the chance of one device. */
static bool explains_as_much(const struct search *search, const struct candidate *one,
                             const struct candidate *other)
{
    return is_about(one->failed_with, other->failed_with, search->failed) &&
           is_about(one->judged_with, other->judged_with, search->judged);
}

static bool is_tripped(const struct search *search, const struct candidate *candidate)
{
    return candidate->attribute == 0 && gw_text_equal(candidate->value, search->tripped);
}

/* The one with the largest excess, the first of equals; not of that attribute; NULL: there is none. */
static const struct candidate *most_excessive(const struct search *search, int but)
{
    const struct candidate *most = NULL;

    for (size_t i = 0; i < search->n; i++)
        if (search->candidate[i].attribute != but && (!most || search->candidate[i].excess > most->excess))
            most = &search->candidate[i];
    return most;
}

/* Candidates come by attribute, the more telling first. */
static const struct candidate *choose(const struct search *search)
{
    const struct candidate *most = most_excessive(search, -1);

    if (!most)
        return NULL;
    for (size_t i = 0; i < search->n; i++)
        if (is_tripped(search, &search->candidate[i]))
            return &search->candidate[i];
    for (size_t i = 0; i < search->n; i++)
        if (explains_as_much(search, &search->candidate[i], most))
            return &search->candidate[i];
    return most;
}

static void write_found(const struct search *search, struct gw_culprit *ret)
{
    const struct candidate *chosen = choose(search), *also;

    *ret = (struct gw_culprit){
        .attribute = "", .failed = (uint64_t)search->failed, .judged = (uint64_t)search->judged};
    if (!chosen)
        return;
    ret->attribute = attribute_name[chosen->attribute];
    gw_text_copy(ret->value, sizeof(ret->value), chosen->value);
    ret->failed_with = (uint64_t)chosen->failed_with;
    ret->judged_with = (uint64_t)chosen->judged_with;
    also = most_excessive(search, chosen->attribute);
    /* What has more excess than the model that tripped fits as well, however far apart they are. */
    if (!also || (also->excess <= chosen->excess && !explains_as_much(search, also, chosen)))
        return;
    ret->also_attribute = attribute_name[also->attribute];
    gw_text_copy(ret->also_value, sizeof(ret->also_value), also->value);
    ret->also_failed_with = (uint64_t)also->failed_with;
    ret->also_judged_with = (uint64_t)also->judged_with;
}

enum gw_code gw_culprit_find(struct gw_store *store, int64_t rollout, struct gw_culprit *ret,
                             struct gw_err *err)
{
    struct search search = {.n = 0};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, find_candidates, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    code = gw_sql_each(store, stmt, candidate_row, &search, err);
    if (code == GW_OK)
        write_found(&search, ret);
    return code;
}
