/*
 * The gateway's side of an import: finding it, and its facts, on which the rows of a pair must agree.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "import.h"

struct gw_import_place gw_import_place(uint64_t line)
{
    struct gw_import_place where;

    if (line)
        (void)snprintf(where.text, sizeof(where.text), "on line %" PRIu64, line);
    else
        (void)snprintf(where.text, sizeof(where.text), "in the inventory");
    return where;
}

bool gw_value_is(const struct gw_value *value, const char *text)
{
    return strlen(text) == value->len && memcmp(text, value->text, value->len) == 0;
}

/* Adds the row's text, or the old one where the row gives none. old may be NULL: "". */
void gw_value_add(struct gw_buf *buf, const struct gw_value *value, const char *old)
{
    if (value->given)
        gw_buf_add(buf, value->text, value->len);
    else if (old)
        gw_buf_add_text(buf, old);
    gw_buf_add_char(buf, '\0');
}

/* The facts that an earlier row of the file has set are not contradicted. */
static bool check_facts(const struct gw_fleet_gateway *gateway, const struct gw_device_row *row, char *reason)
{
    const char *old = gateway->text.text;

    for (unsigned i = 0; i < GW_GATEWAY_TEXTS; i++) {
        const struct gw_value *value = &row->column[gw_gateway_column[i]];

        if (value->given && (gateway->given >> i & 1) && !gw_value_is(value, old)) {
            (void)snprintf(reason, GW_IMPORT_REASON_SIZE,
                           "%s differs from the gateway's other row on line %" PRIu64,
                           gw_column_name(gw_gateway_column[i]), gateway->line);
            return false;
        }
        old += strlen(old) + 1;
    }
    return true;
}

static void merge_facts(struct gw_import *import, struct gw_fleet_gateway *gateway,
                        const struct gw_device_row *row)
{
    const char *old = gateway->text.text;
    struct gw_piece merged;

    gw_buf_reset(&import->text);
    for (unsigned i = 0; i < GW_GATEWAY_TEXTS; i++) {
        const struct gw_value *value = &row->column[gw_gateway_column[i]];

        gw_value_add(&import->text, value, old);
        if (value->given)
            gateway->given |= (uint8_t)(1u << i);
        old += strlen(old) + 1;
    }
    merged = (struct gw_piece){import->text.data, (uint32_t)import->text.len};
    if (!gw_piece_equal(merged, gateway->text)) {
        gateway->text = gw_fleet_keep(&import->fleet, merged.text, merged.len);
        gateway->changed = true;
    }
    if (!gateway->line)
        gateway->line = row->line;
}

/* The row's gateway, with its facts merged; GW_FLEET_NONE when the row is refused. */
uint32_t gw_import_gateway(struct gw_import *import, const struct gw_device_row *row, char *reason)
{
    struct gw_fleet *fleet = &import->fleet;
    const struct gw_value *id = &row->column[GW_COLUMN_GATEWAY_ID];
    uint32_t number = gw_fleet_find_gateway(fleet, id->text, id->len);

    if (number == GW_FLEET_NONE) {
        gw_buf_reset(&import->text);
        for (unsigned i = 0; i < GW_GATEWAY_TEXTS; i++)
            gw_value_add(&import->text, &row->column[gw_gateway_column[i]], NULL);
        number = gw_fleet_add_gateway(fleet, gw_fleet_keep(fleet, import->text.data, import->text.len));
    } else if (!gw_value_is(id, fleet->gateway[number].text.text)) {
        (void)snprintf(reason, GW_IMPORT_REASON_SIZE, "gateway_id differs only in case or blanks from %s %s",
                       fleet->gateway[number].text.text, gw_import_place(fleet->gateway[number].line).text);
        return GW_FLEET_NONE;
    }
    if (!check_facts(&fleet->gateway[number], row, reason))
        return GW_FLEET_NONE;
    merge_facts(import, &fleet->gateway[number], row);
    return number;
}
