/* Places for the store's tests. */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int place_set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    /* Syncs cost nothing in memory; what a power cut does is tested elsewhere. */
    snprintf(place->directory, sizeof(place->directory), "%s/gatewave-store-XXXXXX",
             access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->file, sizeof(place->file), "%s/fleet.db", place->directory);
    assert_int_equal(gw_store_open(place->file, GW_STORE_CREATE, &place->store, &place->err), GW_OK);
    *state = place;
    return 0;
}

int place_tear_down(void **state)
{
    static const char *const names[] = {"fleet.db",      "fleet.db-wal", "fleet.db-shm",
                                        "fleet.db.lock", "other.db",     "link.db",
                                        "other.db-wal",  "other.db-shm", "other.db.lock"};
    struct place *place = *state;
    char path[160];

    gw_store_close(place->store);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", place->directory, names[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(place->directory), 0);
    free(place);
    return 0;
}

int place_try(const struct place *place, const char *sql)
{
    sqlite3 *db;
    int rc;

    assert_int_equal(sqlite3_open(place->file, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 1000);
    rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return rc;
}

void place_exec(const struct place *place, const char *sql)
{
    int rc = place_try(place, sql);

    if (rc != SQLITE_OK)
        fail_msg("%s: %s", sqlite3_errstr(rc), sql);
}

const char *place_text(const struct place *place, const char *sql)
{
    static char text[1024];
    sqlite3 *db;
    sqlite3_stmt *stmt;
    const char *found = NULL;

    assert_int_equal(sqlite3_open_v2(place->file, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sqlite3_errmsg(db), sql);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        found = (const char *)sqlite3_column_text(stmt, 0);
    snprintf(text, sizeof(text), "%s", found ? found : "");
    sqlite3_finalize(stmt);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return text;
}

int64_t place_number(const struct place *place, const char *sql)
{
    return strtoll(place_text(place, sql), NULL, 10);
}

void place_fleet(const struct place *place, int n)
{
    char sql[1024];

    snprintf(sql, sizeof(sql),
             "WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i + 1 < %d) "
             "INSERT INTO gateways (id, gateway_id, region, account, model) "
             "SELECT i + 1, printf('gw-%%04d', i), 'cn-shanghai', 'main', 'sag-1000' FROM c;"
             "INSERT INTO devices (id, gateway, serial, version) "
             "SELECT id, id, 'SN' || gateway_id, '2.3.0' FROM gateways;",
             n);
    place_exec(place, sql);
}

const struct gw_select *place_select(const char *text)
{
    static struct gw_select select;
    struct gw_select_error error;

    if (!gw_select_parse(text, &select, &error))
        fail_msg("%s at %zu: %s", error.reason, error.offset, text);
    return &select;
}

struct gw_rollout_row place_rollout(struct place *place, const char *name)
{
    const struct gw_rollout_new new_ = {
        .name = name,
        .version = "2.4.0",
        .verify = true,
        .selection = "all",
        .spec = "rollout: it\n",
        .created_by = "tester",
        .now_unix_ms = 1700000000000,
        .select = place_select("all"),
    };
    struct gw_rollout_row row;

    if (gw_rollout_create(place->store, &new_, &row, &place->err) != GW_OK)
        fail_msg("%s", place->err.text);
    return row;
}

void place_error_has(const struct place *place, const char *a, const char *b)
{
    if (!strstr(place->err.text, a) || !strstr(place->err.text, b))
        fail_msg("neither \"%s\" nor \"%s\" may be missing from: %s", a, b, place->err.text);
}
