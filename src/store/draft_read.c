/*
 * From the inventory to units in their stable order: one pass over the tables, without a sort in SQL, and a
 * sort of numbers after it. The order follows from the hash of the gateway's id, seeded by the rollout's name:
 * the same for the same fleet however its rows lie, and another one for the next rollout, so that it is not
 * always the same gateways that go first.
 */
#include <stdlib.h>
#include <string.h>

#include "draft_local.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"
#include "where.h"

/* How many half pairs a refusal names. */
#define HALVES_NAMED 3

#define FIRST_SIZE 1024

/* What the cloud does not have any more cannot be upgraded, and is nobody's mate. */
#define GONE_DEVICES  "(SELECT device FROM devices_seen WHERE gone_unix_ms IS NOT NULL)"
#define GONE_GATEWAYS "(SELECT gateway FROM gateways_seen WHERE gone_unix_ms IS NOT NULL)"

/* On hold at ?2. */
#define HELD_GATEWAYS "(SELECT gateway_id FROM holds WHERE lifted_unix_ms IS NULL AND until_unix_ms > ?2)"

static const char select_devices[] =
    "SELECT d.id,"
    " (SELECT count(*) FROM devices s WHERE s.gateway = d.gateway AND s.id NOT IN " GONE_DEVICES "),"
    " d.ha_role = 'active', g.gateway_id, d.serial, g.region, g.account, g.model, g.site, g.isp, g.timezone,"
    " CASE ?1 WHEN 1 THEN d.dpi_version ELSE d.version END, d.ha_role,"
    " g.gateway_id IN " HELD_GATEWAYS " FROM devices d JOIN gateways g ON g.id = d.gateway"
    " WHERE d.id NOT IN " GONE_DEVICES " AND g.id NOT IN " GONE_GATEWAYS " AND ";

struct reading {
    struct gw_draft *draft;
    const struct gw_gateway_list *only;
};

static int compare_gateway(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

static bool is_left_out(const struct gw_gateway_list *only, const char *gateway_id)
{
    return only &&
           !bsearch(gateway_id, only->gateway_id, only->n, sizeof(*only->gateway_id), compare_gateway);
}

static bool device_row(void *user, sqlite3_stmt *stmt)
{
    const struct reading *reading = user;
    struct gw_draft *draft = reading->draft;
    struct gw_words *words = &draft->words;
    struct gw_draft_device *device;

    if (is_left_out(reading->only, gw_sql_text(stmt, 3)))
        return true;
    if (sqlite3_column_int(stmt, 13)) {
        draft->held++;
        return true;
    }
    if (draft->n == draft->size) {
        GW_CHECK(draft->n < UINT32_MAX / 4);
        draft->size = draft->n ? 2 * draft->n : FIRST_SIZE;
        draft->device = gw_mem_resize(draft->device, draft->size, sizeof(*draft->device));
    }
    device = &draft->device[draft->n++];
    *device = (struct gw_draft_device){
        .id = sqlite3_column_int64(stmt, 0),
        .siblings = (uint32_t)sqlite3_column_int64(stmt, 1),
        .active = sqlite3_column_int(stmt, 2) != 0,
        .gateway_id = gw_words_add(words, gw_sql_text(stmt, 3)),
        .serial = gw_words_add(words, gw_sql_text(stmt, 4)),
        .region = gw_words_keep(words, gw_sql_text(stmt, 5)),
        .account = gw_words_keep(words, gw_sql_text(stmt, 6)),
        .model = gw_words_keep(words, gw_sql_text(stmt, 7)),
        .site = gw_words_keep(words, gw_sql_text(stmt, 8)),
        .isp = gw_words_keep(words, gw_sql_text(stmt, 9)),
        .timezone = gw_words_keep(words, gw_sql_text(stmt, 10)),
        .version = gw_words_keep(words, gw_sql_text(stmt, 11)),
        .ha_role = gw_words_keep(words, gw_sql_text(stmt, 12)),
    };
    return true;
}

enum gw_code gw_draft_read(struct gw_draft *draft, struct gw_store *store,
                           const struct gw_draft_request *request, struct gw_err *err)
{
    struct reading reading = {draft, request->only};
    struct gw_where where;
    struct gw_buf sql;
    sqlite3_stmt *stmt;
    enum gw_code code;

    gw_where_init(&where, request->select, 3);
    gw_buf_init(&sql, 0);
    gw_buf_addf(&sql, "%s%s", select_devices, request->only ? "1" : gw_buf_text(&where.sql));
    code = gw_sql_prepare(store, gw_buf_text(&sql), &stmt, err);
    if (code == GW_OK) {
        gw_sql_bind_int(stmt, 1, request->dpi);
        gw_sql_bind_int(stmt, 2, request->now_unix_ms);
        if (!request->only)
            gw_where_bind(&where, stmt);
        code = gw_sql_each(store, stmt, device_row, &reading, err);
    }
    gw_buf_release(&sql);
    gw_where_release(&where);
    return code;
}

/* ---- order ---- */

struct place {
    uint64_t hash;
    uint32_t device;
};

/*
 * A pair stands together because its devices share the hash; unknown roles keep the order of their serials.
 */
static int compare_places(const void *a, const void *b, void *user)
{
    const struct place *left = a, *right = b;
    const struct gw_draft *draft = user;
    const struct gw_draft_device *x, *y;
    int order;

    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    x = &draft->device[left->device];
    y = &draft->device[right->device];
    order = strcmp(gw_draft_text(draft, x->gateway_id), gw_draft_text(draft, y->gateway_id));
    if (order == 0)
        order = x->active - y->active;
    if (order == 0)
        order = strcmp(gw_draft_text(draft, x->serial), gw_draft_text(draft, y->serial));
    return order ? order : (x->id > y->id) - (x->id < y->id);
}

static uint32_t *devices_in_order(const struct gw_draft *draft, const char *name)
{
    uint64_t seed = gw_hash(name, strlen(name), 0);
    struct place *place = gw_mem_new(draft->n, sizeof(*place));
    uint32_t *order = gw_mem_new(draft->n, sizeof(*order));

    for (uint32_t i = 0; i < draft->n; i++) {
        const char *id = gw_draft_text(draft, draft->device[i].gateway_id);

        place[i] = (struct place){gw_hash(id, strlen(id), seed), i};
    }
    qsort_r(place, draft->n, sizeof(*place), compare_places, (void *)(uintptr_t)draft);
    for (uint32_t i = 0; i < draft->n; i++)
        order[i] = place[i].device;
    free(place);
    return order;
}

/* ---- units ---- */

static bool same_gateway(const struct gw_draft *draft, uint32_t a, uint32_t b)
{
    return strcmp(gw_draft_text(draft, draft->device[a].gateway_id),
                  gw_draft_text(draft, draft->device[b].gateway_id)) == 0;
}

static bool serial_row(void *user, sqlite3_stmt *stmt)
{
    const char *serial = gw_sql_text(stmt, 0);

    if (serial[0] == '\0')
        gw_buf_add_text(user, "its device without a serial");
    else
        gw_buf_add_text(user, serial);
    return false;
}

/* Adds "GATEWAY lacks SERIAL" to the list. */
static enum gw_code name_half(const struct gw_draft *draft, struct gw_store *store,
                              const struct gw_draft_device *half, struct gw_buf *list, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code =
        gw_sql_prepare(store,
                       "SELECT o.serial FROM devices d JOIN devices o ON o.gateway = d.gateway"
                       " AND o.id <> d.id AND o.id NOT IN " GONE_DEVICES " WHERE d.id = ?1 ORDER BY o.id",
                       &stmt, err);

    if (code != GW_OK)
        return code;
    gw_buf_addf(list, "%s%s lacks ", list->len ? ", " : "", gw_draft_text(draft, half->gateway_id));
    gw_sql_bind_int(stmt, 1, half->id);
    return gw_sql_each(store, stmt, serial_row, list, err);
}

/* Refuses what has a device outside of the selection. */
static enum gw_code check_whole(const struct gw_draft *draft, struct gw_store *store, const char *name,
                                const struct gw_draft_units *units, struct gw_err *err)
{
    enum gw_code code = GW_OK;
    struct gw_buf list;
    uint32_t halves = 0;

    gw_buf_init(&list, 0);
    for (uint32_t u = 0; u < units->n && code == GW_OK; u++) {
        const struct gw_draft_device *device = &draft->device[units->device[units->first[u]]];

        if (units->first[u + 1] - units->first[u] == device->siblings)
            continue;
        if (halves++ < HALVES_NAMED)
            code = name_half(draft, store, device, &list, err);
    }
    if (code == GW_OK && halves > HALVES_NAMED)
        gw_buf_addf(&list, ", and %u more", halves - HALVES_NAMED);
    if (code == GW_OK && halves > 0)
        code =
            gw_err_set(err, GW_ERR_INPUT,
                       "rollout %s: %u pair%s half in the selection: %s; a pair is upgraded as one: select "
                       "both of its devices or neither",
                       name, halves, halves == 1 ? " is" : "s are", gw_buf_text(&list));
    gw_buf_release(&list);
    return code;
}

enum gw_code gw_draft_group(const struct gw_draft *draft, struct gw_store *store,
                            const struct gw_draft_request *request, struct gw_draft_units *ret,
                            struct gw_err *err)
{
    uint32_t n = 0;

    ret->device = devices_in_order(draft, request->name);
    ret->first = gw_mem_new((size_t)draft->n + 1, sizeof(*ret->first));
    for (uint32_t i = 0; i < draft->n; i++)
        if (i == 0 || !same_gateway(draft, ret->device[i - 1], ret->device[i]))
            ret->first[n++] = i;
    ret->first[n] = draft->n;
    ret->n = n;
    return check_whole(draft, store, request->name, ret, err);
}

void gw_draft_units_release(struct gw_draft_units *units)
{
    free(units->device);
    free(units->first);
    free(units->kind);
}
