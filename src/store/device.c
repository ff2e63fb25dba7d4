/* Reading the inventory: devices by selection, with their tags. */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/store/inventory.h"

#include "sql.h"
#include "sql_error.h"
#include "where.h"

/* By enum gw_column. The serial order of a pair without roles is as stable as any. */
#define SELECT_DEVICES                                                                                  \
    "SELECT d.id, g.gateway_id, g.region, d.serial, d.ha_role, d.version, d.dpi_version, g.model,"      \
    " g.name, g.site, g.timezone, g.account, g.isp, s.auto_upgrade, s.online, coalesce(s.gone_unix_ms," \
    " p.gone_unix_ms, 0)"                                                                               \
    " FROM gateways g JOIN devices d ON d.gateway = g.id LEFT JOIN devices_seen s ON s.device = d.id"   \
    " LEFT JOIN gateways_seen p ON p.gateway = g.id WHERE "
#define IN_ORDER                                                                                    \
    " ORDER BY g.gateway_id, CASE d.ha_role WHEN 'active' THEN 0 WHEN 'standby' THEN 1 ELSE 2 END," \
    " d.serial, d.id"

_Static_assert(GW_COLUMN_GATEWAY_ID == 1 && GW_COLUMN_ISP == 12,
               "the columns of SELECT_DEVICES are by enum gw_column");

struct each_device {
    bool (*each)(void *user, const struct gw_device *device);
    void *user;
    struct gw_store *store;
    struct gw_err *err;
    enum gw_code code;  /* of reading the tags */
    sqlite3_stmt *tags; /* NULL: there are none in the inventory */
    struct gw_buf text; /* name NUL value NUL ... of the device at hand */
    const char **name, **value;
    size_t size; /* of both */
};

/* The texts first and the pointers into them after, because the buffer moves while it grows. */
static enum gw_code read_tags(struct each_device *e, int64_t device, size_t *ret_n)
{
    size_t n = 0;
    int rc;

    gw_buf_reset(&e->text);
    gw_sql_bind_int(e->tags, 1, device);
    while ((rc = sqlite3_step(e->tags)) == SQLITE_ROW) {
        for (int column = 0; column < 2; column++)
            gw_buf_add(&e->text, gw_sql_text(e->tags, column), strlen(gw_sql_text(e->tags, column)) + 1);
        n++;
    }
    sqlite3_reset(e->tags);
    if (rc != SQLITE_DONE)
        return gw_sql_error(e->store, rc, e->err);
    if (n > e->size) {
        e->size = n * 2;
        e->name = gw_mem_resize(e->name, e->size, sizeof(*e->name));
        e->value = gw_mem_resize(e->value, e->size, sizeof(*e->value));
    }
    for (size_t i = 0, at = 0; i < n; i++) {
        e->name[i] = e->text.data + at;
        at += strlen(e->name[i]) + 1;
        e->value[i] = e->text.data + at;
        at += strlen(e->value[i]) + 1;
    }
    *ret_n = n;
    return GW_OK;
}

static bool device_row(void *user, sqlite3_stmt *stmt)
{
    struct each_device *e = user;
    struct gw_device device = {.id = sqlite3_column_int64(stmt, 0)};

    device.column[GW_COLUMN_NONE] = "";
    for (int column = GW_COLUMN_GATEWAY_ID; column < GW_COLUMN_TAG; column++)
        device.column[column] = gw_sql_text(stmt, column);
    device.auto_upgrade = gw_sql_text(stmt, GW_COLUMN_TAG);
    device.online_known = sqlite3_column_type(stmt, GW_COLUMN_TAG + 1) != SQLITE_NULL;
    device.online = sqlite3_column_int(stmt, GW_COLUMN_TAG + 1) != 0;
    device.gone_unix_ms = sqlite3_column_int64(stmt, GW_COLUMN_TAG + 2);
    if (e->tags) {
        e->code = read_tags(e, device.id, &device.n_tags);
        if (e->code != GW_OK)
            return false;
    }
    device.tag_name = e->name;
    device.tag_value = e->value;
    return e->each(e->user, &device);
}

/* Prepares head, the selection and tail; the selection must outlive the statement. */
static enum gw_code prepare(struct gw_store *store, const char *head, const struct gw_select *select,
                            const char *tail, sqlite3_stmt **ret, struct gw_err *err)
{
    struct gw_where where;
    struct gw_buf sql;
    enum gw_code code;

    gw_where_init(&where, select, 1);
    gw_buf_init(&sql, 0);
    gw_buf_addf(&sql, "%s%s%s", head, gw_buf_text(&where.sql), tail);
    code = gw_sql_prepare(store, gw_buf_text(&sql), ret, err);
    if (code == GW_OK)
        gw_where_bind(&where, *ret);
    gw_buf_release(&sql);
    gw_where_release(&where);
    return code;
}

enum gw_code gw_devices_each(struct gw_store *store, const struct gw_select *select,
                             bool (*each)(void *user, const struct gw_device *device), void *user,
                             struct gw_err *err)
{
    struct each_device e = {.each = each, .user = user, .store = store, .err = err};
    int64_t any_tags;
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_number(store, "SELECT EXISTS (SELECT 1 FROM tags)", &any_tags, err);

    gw_buf_init(&e.text, 0);
    if (code == GW_OK && any_tags)
        code = gw_sql_prepare(store, "SELECT name, value FROM tags WHERE device = ?1 ORDER BY name", &e.tags,
                              err);
    if (code == GW_OK)
        code = prepare(store, SELECT_DEVICES, select, IN_ORDER, &stmt, err);
    if (code == GW_OK)
        code = gw_sql_each(store, stmt, device_row, &e, err);
    sqlite3_finalize(e.tags);
    gw_buf_release(&e.text);
    free(e.name);
    free(e.value);
    return code == GW_OK ? e.code : code;
}

enum gw_code gw_devices_any_gone(struct gw_store *store, bool *ret, struct gw_err *err)
{
    int64_t any;
    enum gw_code code =
        gw_sql_number(store,
                      "SELECT EXISTS (SELECT 1 FROM gateways_seen WHERE gone_unix_ms IS NOT NULL)"
                      " OR EXISTS (SELECT 1 FROM devices_seen WHERE gone_unix_ms IS NOT NULL)",
                      &any, err);

    if (code == GW_OK)
        *ret = any != 0;
    return code;
}

struct counts {
    uint64_t devices, gateways;
};

static bool counts_row(void *user, sqlite3_stmt *stmt)
{
    struct counts *counts = user;

    counts->devices = (uint64_t)sqlite3_column_int64(stmt, 0);
    counts->gateways = (uint64_t)sqlite3_column_int64(stmt, 1);
    return false;
}

enum gw_code gw_devices_count(struct gw_store *store, const struct gw_select *select, uint64_t *ret_devices,
                              uint64_t *ret_gateways, struct gw_err *err)
{
    struct counts counts = {0};
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = prepare(store,
                   "SELECT count(*), count(DISTINCT d.gateway)"
                   " FROM gateways g JOIN devices d ON d.gateway = g.id WHERE ",
                   select, "", &stmt, err);
    if (code == GW_OK)
        code = gw_sql_each(store, stmt, counts_row, &counts, err);
    if (code != GW_OK)
        return code;
    *ret_devices = counts.devices;
    *ret_gateways = counts.gateways;
    return GW_OK;
}

struct found {
    void (*each)(void *user, const struct gw_gateway *gateway);
    void *user;
};

static bool gateway_row(void *user, sqlite3_stmt *stmt)
{
    const struct found *found = user;
    const struct gw_gateway gateway = {.gateway_id = gw_sql_text(stmt, 0),
                                       .region = gw_sql_text(stmt, 1),
                                       .account = gw_sql_text(stmt, 2),
                                       .model = gw_sql_text(stmt, 3),
                                       .name = gw_sql_text(stmt, 4),
                                       .site = gw_sql_text(stmt, 5),
                                       .timezone = gw_sql_text(stmt, 6),
                                       .isp = gw_sql_text(stmt, 7),
                                       .status = gw_sql_text(stmt, 8),
                                       .ha_mode = gw_sql_text(stmt, 9),
                                       .seen_unix_ms = sqlite3_column_int64(stmt, 10),
                                       .read_unix_ms = sqlite3_column_int64(stmt, 11),
                                       .gone_unix_ms = sqlite3_column_int64(stmt, 12)};

    found->each(found->user, &gateway);
    return false;
}

enum gw_code gw_gateway_find(struct gw_store *store, const char *gateway_id,
                             void (*each)(void *user, const struct gw_gateway *gateway), void *user,
                             struct gw_err *err)
{
    struct found found = {each, user};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(
        store,
        "SELECT g.gateway_id, g.region, g.account, g.model, g.name, g.site, g.timezone, g.isp,"
        " s.status, s.ha_mode, s.seen_unix_ms, s.read_unix_ms, s.gone_unix_ms"
        " FROM gateways g LEFT JOIN gateways_seen s ON s.gateway = g.id WHERE g.gateway_id = ?1",
        &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_text(stmt, 1, gateway_id);
    return gw_sql_each(store, stmt, gateway_row, &found, err);
}

struct names {
    char **name;
    size_t n, size;
};

static bool name_row(void *user, sqlite3_stmt *stmt)
{
    struct names *names = user;

    if (names->n == names->size) {
        names->size = names->size ? names->size * 2 : 16;
        names->name = gw_mem_resize(names->name, names->size, sizeof(*names->name));
    }
    names->name[names->n++] = gw_mem_dup(gw_sql_text(stmt, 0));
    return true;
}

enum gw_code gw_tag_names(struct gw_store *store, char ***ret, size_t *ret_n, struct gw_err *err)
{
    struct names names = {0};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, "SELECT DISTINCT name FROM tags ORDER BY name", &stmt, err);

    if (code == GW_OK)
        code = gw_sql_each(store, stmt, name_row, &names, err);
    if (code != GW_OK) {
        for (size_t i = 0; i < names.n; i++)
            free(names.name[i]);
        free(names.name);
        return code;
    }
    *ret = names.name;
    *ret_n = names.n;
    return GW_OK;
}
