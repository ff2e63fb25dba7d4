/* Questions to the database, one statement each; where there is no schema yet, nothing is there. */
#include "nights/books.h"

#include "gatewave/base/text.h"

#include "check/local.h"

static void ask_text(sqlite3_stmt *stmt, int at, const char *text)
{
    if (stmt)
        sqlite3_bind_text(stmt, at, text, -1, SQLITE_TRANSIENT);
}

static void ask_number(sqlite3_stmt *stmt, int at, int64_t number)
{
    if (stmt)
        sqlite3_bind_int64(stmt, at, number);
}

static int64_t one_number(sqlite3 *image, sqlite3_stmt *stmt)
{
    int64_t number = 0;

    while (sim_check_step(image, stmt))
        number = sqlite3_column_int64(stmt, 0);
    return number;
}

/* ---- rollouts ---- */

#define ROLLOUT                                                                                          \
    "SELECT r.id, r.name, coalesce(p.policy, ''), r.version, r.phase, coalesce(p.ended, '') <> '',"      \
    " r.phase = 'paused' OR EXISTS (SELECT 1 FROM waves WHERE rollout = r.id AND phase = 'waiting'),"    \
    " (SELECT count(*) FROM waves WHERE rollout = r.id),"                                                \
    " coalesce((SELECT verdict FROM verdicts WHERE rollout = r.id ORDER BY id DESC LIMIT 1), 'promote')" \
    " FROM rollouts r LEFT JOIN policy_rollouts p ON p.rollout = r.id WHERE r.membership <> '' AND "

static bool read_rollout(sqlite3 *image, sqlite3_stmt *stmt, struct sim_book_rollout *ret)
{
    char verdict[16];
    bool found = false;

    while (sim_check_step(image, stmt)) {
        *ret = (struct sim_book_rollout){.rollout = sqlite3_column_int64(stmt, 0),
                                         .replaced = sqlite3_column_int(stmt, 5),
                                         .waits = sqlite3_column_int(stmt, 6),
                                         .waves = (uint32_t)sqlite3_column_int64(stmt, 7)};
        sim_check_text(stmt, 1, ret->name, sizeof(ret->name));
        sim_check_text(stmt, 2, ret->policy, sizeof(ret->policy));
        sim_check_text(stmt, 3, ret->version, sizeof(ret->version));
        sim_check_text(stmt, 4, ret->phase, sizeof(ret->phase));
        sim_check_text(stmt, 8, verdict, sizeof(verdict));
        ret->approve = !gw_text_equal(ret->phase, "paused") && !gw_text_equal(verdict, "abort");
        found = true;
    }
    return found;
}

bool sim_book_rollout(sqlite3 *image, int64_t rollout, struct sim_book_rollout *ret)
{
    sqlite3_stmt *stmt = sim_check_prepare(image, ROLLOUT "r.id = ?1");

    ask_number(stmt, 1, rollout);
    return read_rollout(image, stmt, ret);
}

bool sim_book_last(sqlite3 *image, const char *policy, struct sim_book_rollout *ret)
{
    sqlite3_stmt *stmt = sim_check_prepare(image, ROLLOUT "p.policy = ?1 ORDER BY r.id DESC LIMIT 1");

    ask_text(stmt, 1, policy);
    return read_rollout(image, stmt, ret);
}

bool sim_book_named(sqlite3 *image, const char *name, struct sim_book_rollout *ret)
{
    sqlite3_stmt *stmt = sim_check_prepare(image, ROLLOUT "r.name = ?1");

    ask_text(stmt, 1, name);
    return read_rollout(image, stmt, ret);
}

uint32_t sim_book_rollouts(sqlite3 *image, int64_t *ret, uint32_t most)
{
    sqlite3_stmt *stmt =
        sim_check_prepare(image, "SELECT id FROM rollouts WHERE membership <> '' ORDER BY id");
    uint32_t n = 0;

    while (sim_check_step(image, stmt))
        if (n < most)
            ret[n++] = sqlite3_column_int64(stmt, 0);
    return n;
}

int64_t sim_book_created(sqlite3 *image, int64_t rollout)
{
    sqlite3_stmt *stmt = sim_check_prepare(image, "SELECT created_unix_ms FROM rollouts WHERE id = ?1");

    ask_number(stmt, 1, rollout);
    return one_number(image, stmt);
}

int64_t sim_book_newest(sqlite3 *image)
{
    return one_number(
        image, sim_check_prepare(image, "SELECT coalesce(max(id), 0) FROM rollouts WHERE membership <> ''"));
}

int64_t sim_book_nonce(sqlite3 *image, const char *nonce)
{
    sqlite3_stmt *stmt = sim_check_prepare(
        image, "SELECT t.rollout FROM attempts c JOIN targets t ON t.id = c.target WHERE c.nonce = ?1");

    ask_text(stmt, 1, nonce);
    return one_number(image, stmt);
}

/* ---- manners ---- */

bool sim_book_had_part(sqlite3 *image, const char *gateway_id, int64_t but)
{
    sqlite3_stmt *stmt = sim_check_prepare(
        image, "SELECT count(*) FROM facts f JOIN targets t ON t.id = f.target WHERE f.gateway_id = ?1"
               " AND t.rollout <> ?2 AND t.sent > 0 AND t.state IN ('succeeded', 'failed', 'unresolved')"
               " AND t.ended_unix_ms >= (SELECT started_unix_ms FROM nights ORDER BY id DESC LIMIT 1)");

    ask_text(stmt, 1, gateway_id);
    ask_number(stmt, 2, but);
    return one_number(image, stmt) > 0;
}

bool sim_book_is_held(sqlite3 *image, const char *gateway_id, int64_t unix_ms)
{
    sqlite3_stmt *stmt =
        sim_check_prepare(image, "SELECT count(*) FROM holds WHERE gateway_id = ?1 AND until_unix_ms > ?2"
                                 " AND lifted_unix_ms IS NULL");

    ask_text(stmt, 1, gateway_id);
    ask_number(stmt, 2, unix_ms);
    return one_number(image, stmt) > 0;
}

void sim_book_failures(sqlite3 *image, const char *gateway_id, const char *version, int64_t but,
                       struct sim_book_failures *ret)
{
    sqlite3_stmt *stmt = sim_check_prepare(
        image,
        "SELECT count(DISTINCT t.rollout), coalesce(max(max(coalesce(b.at_unix_ms, 0), t.ended_unix_ms)), 0)"
        " FROM targets t JOIN facts f ON f.target = t.id JOIN rollouts r ON r.id = t.rollout"
        " LEFT JOIN relapses b ON b.target = t.id"
        " WHERE f.gateway_id = ?1 AND r.version = ?2 AND r.id <> ?3"
        " AND (t.state = 'failed' OR t.state = 'unresolved' OR b.target IS NOT NULL)");

    *ret = (struct sim_book_failures){0};
    ask_text(stmt, 1, gateway_id);
    ask_text(stmt, 2, version);
    ask_number(stmt, 3, but);
    while (sim_check_step(image, stmt)) {
        ret->rollouts = (uint32_t)sqlite3_column_int64(stmt, 0);
        ret->last_unix_ms = sqlite3_column_int64(stmt, 1);
    }
}

/* ---- nights and syncs ---- */

int sim_book_result(sqlite3 *image, int64_t since_unix_ms)
{
    sqlite3_stmt *stmt = sim_check_prepare(
        image,
        "SELECT coalesce(result, -1) + 1 FROM nights WHERE started_unix_ms >= ?1 ORDER BY id DESC LIMIT 1");

    ask_number(stmt, 1, since_unix_ms);
    return (int)one_number(image, stmt) - 1;
}

int64_t sim_book_read(sqlite3 *image, const char *gateway_id)
{
    sqlite3_stmt *stmt =
        sim_check_prepare(image, "SELECT coalesce(s.read_unix_ms, 0) FROM gateways g"
                                 " JOIN gateways_seen s ON s.gateway = g.id WHERE g.gateway_id = ?1");

    ask_text(stmt, 1, gateway_id);
    return one_number(image, stmt);
}

int64_t sim_book_listed(sqlite3 *image, const char *region)
{
    sqlite3_stmt *stmt = sim_check_prepare(
        image, "SELECT coalesce(max(p.at_unix_ms), 0) FROM sync_parts p JOIN syncs s ON s.id = p.sync"
               " WHERE p.region = ?1 AND p.problem = '' AND s.ended_unix_ms IS NOT NULL");

    ask_text(stmt, 1, region);
    return one_number(image, stmt);
}

bool sim_book_device(sqlite3 *image, const char *gateway_id, const char *serial, struct sim_book_device *ret)
{
    sqlite3_stmt *stmt = sim_check_prepare(
        image, "SELECT d.version, d.ha_role, g.site, g.timezone, s.gone_unix_ms IS NOT NULL,"
               " (SELECT value FROM tags WHERE device = d.id AND name = 'held')"
               " FROM devices d JOIN gateways g ON g.id = d.gateway"
               " LEFT JOIN gateways_seen s ON s.gateway = g.id WHERE g.gateway_id = ?1 AND d.serial = ?2");
    bool found = false;

    ask_text(stmt, 1, gateway_id);
    ask_text(stmt, 2, serial);
    while (sim_check_step(image, stmt)) {
        sim_check_text(stmt, 0, ret->version, sizeof(ret->version));
        sim_check_text(stmt, 1, ret->role, sizeof(ret->role));
        sim_check_text(stmt, 2, ret->site, sizeof(ret->site));
        sim_check_text(stmt, 3, ret->timezone, sizeof(ret->timezone));
        sim_check_text(stmt, 5, ret->held, sizeof(ret->held));
        ret->gone = sqlite3_column_int(stmt, 4);
        found = true;
    }
    return found;
}
