/*
 * What a sync found to be otherwise. A version is somebody else's when the cloud has told another one of the same box
 * before, and no call of ours can have brought the new one: what a file said of it proves nothing.
 */
#include "gatewave/base/buf.h"
#include "gatewave/base/text.h"
#include "sync_local.h"

enum gw_code gw_sync_note(struct gw_sync *sync, const struct gw_change_row *row, struct gw_err *err)
{
    const char *const text[] = {row->what, row->before, row->after, row->rollout};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sync_statement(sync, GW_SYNC_CHANGE, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, sync->id);
    gw_sql_bind_text(stmt, 2, row->gateway_id);
    gw_sql_bind_text(stmt, 3, row->serial);
    gw_sql_bind_int(stmt, 4, row->at_unix_ms);
    for (int i = 0; i < 4; i++)
        gw_sql_bind_text(stmt, 5 + i, text[i]);
    gw_sql_bind_int(stmt, 9, row->foreign);
    return gw_sql_run(sync->store, stmt, NULL, err);
}

static bool name_row(void *user, sqlite3_stmt *stmt)
{
    gw_buf_add_text(user, gw_sql_text(stmt, 0));
    return false;
}

/* The rollout of ours that may have brought the version since it was told last; nothing is added when there is none. */
static enum gw_code find_ours(struct gw_sync *sync, const struct gw_sync_version *version,
                              struct gw_buf *name, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sync_statement(sync, GW_SYNC_OURS, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, version->device);
    gw_sql_bind_text(stmt, 2, version->now);
    gw_sql_bind_text(stmt, 3, version->dpi ? "Dpi" : "Device");
    gw_sql_bind_text(stmt, 4, version->serial);
    gw_sql_bind_int(stmt, 5, version->read_unix_ms);
    return gw_sql_each_again(sync->store, stmt, name_row, name, err);
}

enum gw_code gw_sync_note_version(struct gw_sync *sync, const struct gw_sync_version *version,
                                  int64_t now_unix_ms, struct gw_err *err)
{
    bool retold = version->told[0] && !gw_text_equal(version->told, version->now);
    const char *before = retold ? version->told : version->listed;
    struct gw_buf ours;
    enum gw_code code;

    if (version->now[0] == '\0' || before[0] == '\0' || gw_text_equal(before, version->now))
        return GW_OK;
    gw_buf_init(&ours, 0);
    code = find_ours(sync, version, &ours, err);
    if (code == GW_OK)
        code = gw_sync_note(sync,
                            &(struct gw_change_row){.at_unix_ms = now_unix_ms,
                                                    .gateway_id = version->gateway_id,
                                                    .serial = version->serial,
                                                    .what = version->dpi ? "dpi_version" : "version",
                                                    .before = before,
                                                    .after = version->now,
                                                    .rollout = gw_buf_text(&ours),
                                                    .foreign = retold && ours.len == 0},
                            err);
    gw_buf_release(&ours);
    return code;
}

struct each {
    bool (*each)(void *user, const struct gw_change_row *row);
    void *user;
};

static bool change_row(void *user, sqlite3_stmt *stmt)
{
    const struct each *each = user;
    const struct gw_change_row row = {.at_unix_ms = sqlite3_column_int64(stmt, 0),
                                      .gateway_id = gw_sql_text(stmt, 1),
                                      .serial = gw_sql_text(stmt, 2),
                                      .what = gw_sql_text(stmt, 3),
                                      .before = gw_sql_text(stmt, 4),
                                      .after = gw_sql_text(stmt, 5),
                                      .rollout = gw_sql_text(stmt, 6),
                                      .foreign = sqlite3_column_int(stmt, 7) != 0};

    return each->each(each->user, &row);
}

enum gw_code gw_sync_changes_each(struct gw_store *store, int64_t sync,
                                  bool (*each)(void *user, const struct gw_change_row *row), void *user,
                                  struct gw_err *err)
{
    struct each all = {each, user};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(
        store,
        "SELECT at_unix_ms, gateway_id, serial, what, before, after, rollout, foreigner FROM changes"
        " WHERE sync = ?1 ORDER BY foreigner DESC, gateway_id, serial, id",
        &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, sync);
    return gw_sql_each(store, stmt, change_row, &all, err);
}
