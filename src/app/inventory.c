/* What the inventory holds: for people (list, show) and for import to read back (export). Rows stream. */
#include "gatewave/app/inventory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/store/inventory.h"
#include "gatewave/store/rollout.h"
#include "gatewave/store/sync.h"

#include "one.h"

/* The order of the columns in everything that is printed of a device: the inventory file's. */
static const enum gw_column gw_inventory_columns[] = {
    GW_COLUMN_GATEWAY_ID, GW_COLUMN_REGION,      GW_COLUMN_SERIAL,  GW_COLUMN_HA_ROLE,
    GW_COLUMN_VERSION,    GW_COLUMN_DPI_VERSION, GW_COLUMN_MODEL,   GW_COLUMN_NAME,
    GW_COLUMN_SITE,       GW_COLUMN_TIMEZONE,    GW_COLUMN_ACCOUNT, GW_COLUMN_ISP,
};

#define GW_INVENTORY_COLUMNS GW_COUNT_OF(gw_inventory_columns)

/* tag=value pairs in one text. */
static void gw_inventory_tags(struct gw_buf *buf, const struct gw_device *device)
{
    gw_buf_reset(buf);
    for (size_t i = 0; i < device->n_tags; i++)
        gw_buf_addf(buf, "%s%s=%s", i ? " " : "", device->tag_name[i], device->tag_value[i]);
}

/* ---- what is newer ---- */

struct gw_inventory_since {
    int64_t unix_ms;
    char rollout[GW_ROLLOUT_NAME_MAX]; /* the newest one that was at work since; "" */
};

static bool gw_inventory_rollout(void *user, const struct gw_rollout_row *row)
{
    struct gw_inventory_since *since = user;

    if (row->started_unix_ms == 0 || (row->ended_unix_ms != 0 && row->ended_unix_ms <= since->unix_ms))
        return true;
    (void)gw_text_copy(since->rollout, sizeof(since->rollout), row->name);
    return false;
}

/* A rollout keeps what it saw to itself: versions in the inventory are what a person or a sync has put there. */
enum gw_code gw_inventory_say_since(struct gw_session *session, struct gw_err *err)
{
    struct gw_inventory_since since = {.rollout = ""};
    enum gw_code code = gw_sync_last_unix_ms(session->store, &since.unix_ms, err);

    if (code == GW_OK)
        code = gw_rollouts_each(session->store, gw_inventory_rollout, &since, err);
    if (code == GW_OK && since.rollout[0])
        gw_session_say(
            session,
            "versions are as they were imported or synced; what rollout %s has seen since is in `%s report "
            "%s`, and `%s inventory sync` reads them anew",
            since.rollout, session->program, since.rollout, session->program);
    return code;
}

/* ---- list ---- */

struct gw_inventory_list {
    struct gw_output *output;
    struct gw_buf tags;
    uint64_t devices;
};

static bool gw_inventory_list_row(void *user, const struct gw_device *device)
{
    struct gw_inventory_list *list = user;
    const char *cells[GW_INVENTORY_COLUMNS + 2];
    char gone[GW_WHEN_TEXT_SIZE] = "";

    for (size_t i = 0; i < GW_INVENTORY_COLUMNS; i++)
        cells[i] = device->column[gw_inventory_columns[i]];
    gw_inventory_tags(&list->tags, device);
    if (device->gone_unix_ms)
        gw_when_text(device->gone_unix_ms, gone);
    cells[GW_INVENTORY_COLUMNS] = gw_buf_text(&list->tags);
    cells[GW_INVENTORY_COLUMNS + 1] = gone;
    list->devices++;
    return gw_output_row(list->output, cells);
}

/* Lists what select holds; *ret_devices of them. */
static enum gw_code gw_inventory_rows(struct gw_session *session, const struct gw_select *select,
                                      uint64_t *ret_devices, struct gw_err *err)
{
    struct gw_output_column columns[GW_INVENTORY_COLUMNS + 2];
    struct gw_inventory_list list = {0};
    bool gone = false;
    enum gw_code code;

    for (size_t i = 0; i < GW_INVENTORY_COLUMNS; i++) {
        enum gw_column column = gw_inventory_columns[i];

        columns[i] = (struct gw_output_column){
            .name = gw_column_name(column),
            .detail = column == GW_COLUMN_DPI_VERSION || column == GW_COLUMN_TIMEZONE ||
                      column == GW_COLUMN_ACCOUNT || column == GW_COLUMN_ISP};
    }
    columns[GW_INVENTORY_COLUMNS] = (struct gw_output_column){.name = "tags"};
    code = gw_devices_any_gone(session->store, &gone, err);
    if (code != GW_OK)
        return code;
    columns[GW_INVENTORY_COLUMNS + 1] = (struct gw_output_column){.name = "gone", .detail = !gone};
    gw_buf_init(&list.tags, 0);
    list.output = gw_output_new(&session->out, session->format ? session->format : GW_OUTPUT_TABLE,
                                GW_OUTPUT_ROWS, columns, GW_COUNT_OF(columns));
    code = gw_devices_each(session->store, select, gw_inventory_list_row, &list, err);
    gw_output_end(list.output);
    gw_buf_release(&list.tags);
    *ret_devices = list.devices;
    return code;
}

enum gw_code gw_inventory_list(struct gw_session *session, const char *select, struct gw_err *err)
{
    struct gw_select parsed;
    uint64_t devices = 0;
    enum gw_code code = gw_session_select(session, select ? select : "all", &parsed, err);

    if (code == GW_OK)
        code = gw_inventory_rows(session, &parsed, &devices, err);
    if (code == GW_OK)
        gw_session_say(session, "%" PRIu64 " device%s", devices, devices == 1 ? "" : "s");
    return code == GW_OK ? gw_inventory_say_since(session, err) : code;
}

/* ---- show ---- */

struct gw_inventory_show {
    struct gw_buf text;
    struct gw_buf tags;
    bool found;
};

static void gw_inventory_show_fact(struct gw_buf *text, const char *name, const char *value)
{
    gw_screen_pad(text, name, 12, false);
    gw_buf_add_text(text, "  ");
    gw_screen_text(text, value[0] ? value : "-");
    gw_buf_add_char(text, '\n');
}

static void gw_inventory_show_time(struct gw_buf *text, const char *name, int64_t unix_ms)
{
    char when[GW_WHEN_TEXT_SIZE];

    if (unix_ms == 0)
        return;
    gw_when_text(unix_ms, when);
    gw_inventory_show_fact(text, name, when);
}

/* What the cloud says of the gateway, once a sync has seen it; without a device it is all that there is to show. */
static void gw_inventory_show_gateway(void *user, const struct gw_gateway *gateway)
{
    struct gw_inventory_show *show = user;

    show->found = true;
    if (show->text.len == 0) {
        gw_inventory_show_fact(&show->text, "gateway_id", gateway->gateway_id);
        gw_inventory_show_fact(&show->text, "region", gateway->region);
        gw_inventory_show_fact(&show->text, "model", gateway->model);
        gw_inventory_show_fact(&show->text, "name", gateway->name);
        gw_inventory_show_fact(&show->text, "account", gateway->account);
        gw_inventory_show_fact(&show->text, "devices", "none");
    }
    if (gateway->seen_unix_ms == 0 && gateway->gone_unix_ms == 0)
        return;
    gw_buf_add_text(&show->text, "\nthe cloud says\n");
    gw_inventory_show_fact(&show->text, "status", gateway->status);
    gw_inventory_show_fact(&show->text, "ha_mode", gateway->ha_mode);
    gw_inventory_show_time(&show->text, "seen", gateway->seen_unix_ms);
    gw_inventory_show_time(&show->text, "read", gateway->read_unix_ms);
    gw_inventory_show_time(&show->text, "gone since", gateway->gone_unix_ms);
}

static bool gw_inventory_show_device(void *user, const struct gw_device *device)
{
    struct gw_inventory_show *show = user;

    if (show->text.len > 0)
        gw_buf_add_char(&show->text, '\n');
    for (size_t i = 0; i < GW_INVENTORY_COLUMNS; i++)
        gw_inventory_show_fact(&show->text, gw_column_name(gw_inventory_columns[i]),
                               device->column[gw_inventory_columns[i]]);
    for (size_t i = 0; i < device->n_tags; i++) {
        gw_buf_reset(&show->tags);
        gw_buf_addf(&show->tags, "tag.%s", device->tag_name[i]);
        gw_inventory_show_fact(&show->text, gw_buf_text(&show->tags), device->tag_value[i]);
    }
    if (device->online_known)
        gw_inventory_show_fact(&show->text, "online", device->online ? "yes" : "no");
    if (device->auto_upgrade[0])
        gw_inventory_show_fact(&show->text, "auto_upgrade", device->auto_upgrade);
    gw_inventory_show_time(&show->text, "gone since", device->gone_unix_ms);
    return true;
}

static enum gw_code gw_inventory_facts(struct gw_session *session, const char *gateway_id,
                                       const struct gw_select *select, bool *ret_found, struct gw_err *err)
{
    struct gw_inventory_show show = {0};
    enum gw_code code;

    gw_buf_init(&show.text, 0);
    gw_buf_init(&show.tags, 0);
    code = gw_devices_each(session->store, select, gw_inventory_show_device, &show, err);
    if (code == GW_OK)
        code = gw_gateway_find(session->store, gateway_id, gw_inventory_show_gateway, &show, err);
    gw_sink_drain(&session->out, &show.text);
    *ret_found = show.found;
    gw_buf_release(&show.text);
    gw_buf_release(&show.tags);
    return code;
}

enum gw_code gw_gateway_select(struct gw_session *session, const char *gateway_id, struct gw_select *ret,
                               struct gw_err *err)
{
    struct gw_buf select;
    enum gw_code code;

    gw_buf_init(&select, 0);
    gw_buf_add_text(&select, "gateway_id = '");
    for (const char *p = gateway_id; *p; p++) {
        if (*p == '\'')
            gw_buf_add_char(&select, '\'');
        gw_buf_add_char(&select, *p);
    }
    gw_buf_add_char(&select, '\'');
    code = gw_session_select(session, gw_buf_text(&select), ret, err);
    gw_buf_release(&select);
    return code;
}

enum gw_code gw_inventory_show(struct gw_session *session, const char *gateway_id, struct gw_err *err)
{
    bool people = session->format == GW_OUTPUT_NONE || session->format == GW_OUTPUT_TABLE, found = true;
    struct gw_select parsed;
    uint64_t devices = 1;
    enum gw_code code = gw_gateway_select(session, gateway_id, &parsed, err);

    if (code == GW_OK)
        code = people ? gw_inventory_facts(session, gateway_id, &parsed, &found, err)
                      : gw_inventory_rows(session, &parsed, &devices, err);
    if (code == GW_OK && (devices == 0 || !found))
        code = gw_err_set(err, GW_ERR_NOT_FOUND, "no gateway %s in the inventory of %s", gateway_id,
                          gw_store_file(session->store));
    return code == GW_OK ? gw_inventory_say_since(session, err) : code;
}

/* ---- export ---- */

struct gw_inventory_export {
    struct gw_output *output;
    char **tag_name; /* sorted */
    size_t n_tags;
    const char **cells;
};

static int gw_inventory_compare(const void *key, const void *item)
{
    return strcmp(key, *(char *const *)item);
}

static bool gw_inventory_export_row(void *user, const struct gw_device *device)
{
    struct gw_inventory_export *export = user;

    for (size_t i = 0; i < GW_INVENTORY_COLUMNS; i++)
        export->cells[i] = device->column[gw_inventory_columns[i]];
    for (size_t i = 0; i < export->n_tags; i++)
        export->cells[GW_INVENTORY_COLUMNS + i] = "";
    for (size_t i = 0; i < device->n_tags; i++) {
        char **known = bsearch(device->tag_name[i], export->tag_name, export->n_tags,
                               sizeof(*export->tag_name), gw_inventory_compare);

        /* A tag that an import has added since the names were read has no column; its value waits for the
         * next export. */
        if (known)
            export->cells[GW_INVENTORY_COLUMNS + (size_t)(known - export->tag_name)] = device->tag_value[i];
    }
    return gw_output_row(export->output, export->cells);
}

static enum gw_code gw_inventory_export_rows(struct gw_session *session, const struct gw_select *select,
                                             struct gw_inventory_export *export, struct gw_err *err)
{
    size_t n = GW_INVENTORY_COLUMNS + export->n_tags;
    struct gw_output_column *columns = gw_mem_new(n, sizeof(*columns));
    struct gw_buf *names = gw_mem_new(export->n_tags + 1, sizeof(*names));
    enum gw_code code;

    for (size_t i = 0; i < GW_INVENTORY_COLUMNS; i++)
        columns[i].name = gw_column_name(gw_inventory_columns[i]);
    for (size_t i = 0; i < export->n_tags; i++) {
        gw_buf_addf(&names[i], "tag:%s", export->tag_name[i]);
        columns[GW_INVENTORY_COLUMNS + i].name = gw_buf_text(&names[i]);
    }
    export->cells = gw_mem_new(n, sizeof(*export->cells));
    export->output = gw_output_new(&session->out, session->format ? session->format : GW_OUTPUT_CSV,
                                   GW_OUTPUT_ROWS, columns, n);
    code = gw_devices_each(session->store, select, gw_inventory_export_row, export, err);
    gw_output_end(export->output);
    free(export->cells);
    for (size_t i = 0; i < export->n_tags; i++)
        gw_buf_release(&names[i]);
    free(names);
    free(columns);
    return code;
}

enum gw_code gw_inventory_export(struct gw_session *session, const char *select, struct gw_err *err)
{
    struct gw_inventory_export export = {0};
    struct gw_select parsed;
    enum gw_code code;

    if (session->format == GW_OUTPUT_TABLE || session->format == GW_OUTPUT_JSON)
        return gw_err_set(err, GW_ERR_USAGE, "an export is csv or jsonl, the forms that import reads back");
    code = gw_session_select(session, select ? select : "all", &parsed, err);
    if (code == GW_OK)
        code = gw_tag_names(session->store, &export.tag_name, &export.n_tags, err);
    if (code)
        return code;
    code = gw_inventory_export_rows(session, &parsed, &export, err);
    for (size_t i = 0; i < export.n_tags; i++)
        free(export.tag_name[i]);
    free(export.tag_name);
    return code;
}
