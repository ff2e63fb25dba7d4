/*
 * Single values of an inventory. What is an identifier in the vendor's API holds letters, digits, - _ . only: a blank or
 * a letter that only looks like one would make a gateway that no call finds.
 */
#include "rows.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/core/answer.h"
#include "gatewave/core/near.h"

enum gw_field_kind {
    GW_FIELD_TEXT = 0, /* anything */
    GW_FIELD_WORD,     /* anything, without blanks around */
    GW_FIELD_ID,       /* letters, digits, - _ . */
    GW_FIELD_ROLE,
    GW_FIELD_ZONE,
};

static const struct {
    enum gw_field_kind kind;
    bool needed;
    size_t max;
} fields[GW_COLUMN_TAG] = {
    [GW_COLUMN_GATEWAY_ID] = {GW_FIELD_ID, true, GW_GATEWAY_ID_MAX - 1},
    [GW_COLUMN_REGION] = {GW_FIELD_ID, true, 63},
    [GW_COLUMN_SERIAL] = {GW_FIELD_ID, false, GW_SERIAL_MAX - 1},
    [GW_COLUMN_HA_ROLE] = {GW_FIELD_ROLE, false, GW_TABLE_FIELD_MAX},
    [GW_COLUMN_VERSION] = {GW_FIELD_ID, false, GW_VERSION_MAX - 1},
    [GW_COLUMN_DPI_VERSION] = {GW_FIELD_ID, false, GW_VERSION_MAX - 1},
    [GW_COLUMN_MODEL] = {GW_FIELD_WORD, false, 63},
    [GW_COLUMN_NAME] = {GW_FIELD_TEXT, false, GW_TABLE_FIELD_MAX},
    [GW_COLUMN_SITE] = {GW_FIELD_TEXT, false, GW_TABLE_FIELD_MAX},
    [GW_COLUMN_TIMEZONE] = {GW_FIELD_ZONE, false, 63},
    [GW_COLUMN_ACCOUNT] = {GW_FIELD_ID, false, 63},
    [GW_COLUMN_ISP] = {GW_FIELD_WORD, false, GW_TABLE_FIELD_MAX},
};

static size_t gw_cell_offset(const struct gw_cell *cell, size_t at)
{
    return cell->first + (cell->exact ? at : 0);
}

static bool gw_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* ---- kinds ---- */

static bool gw_check_blanks(struct gw_rows *rows, const char *name, const struct gw_cell *cell)
{
    struct gw_slice value = cell->value;

    if (value.len > 0 && gw_is_blank(value.text[0]))
        gw_report_at(&rows->report, gw_cell_offset(cell, 0), "%s: a blank before it", name);
    else if (value.len > 0 && gw_is_blank(value.text[value.len - 1]))
        gw_report_at(&rows->report, gw_cell_offset(cell, value.len - 1), "%s: a blank after it", name);
    else
        return true;
    return false;
}

/* The code point of a sequence that is known to be well formed. */
static unsigned gw_code_point(const char *text, size_t *ret_len)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    unsigned point = p[0] & (0x7fu >> len);

    for (size_t i = 1; i < len; i++)
        point = point << 6 | (p[i] & 0x3fu);
    *ret_len = len;
    return point;
}

static void gw_check_id(struct gw_rows *rows, const char *name, const struct gw_cell *cell)
{
    struct gw_slice value = cell->value;
    size_t at = 0, len;
    unsigned point;

    while (at < value.len && gw_tag_name_char(value.text[at]))
        at++;
    if (at == value.len || !gw_check_blanks(rows, name, cell))
        return;
    if ((unsigned char)value.text[at] < 0x80) {
        gw_report_at(&rows->report, gw_cell_offset(cell, at),
                     "%s: `%s` is none of the letters, digits, - _ . that it is made of", name,
                     gw_shown(value.text + at, 1).text);
        return;
    }
    point = gw_code_point(value.text + at, &len);
    gw_report_at(
        &rows->report, gw_cell_offset(cell, at),
        "%s: `%s` (U+%04X) is none of the letters, digits, - _ . that it is made of, though it may look like "
        "one",
        name, gw_shown(value.text + at, len).text, point);
}

static void gw_check_role(struct gw_rows *rows, const char *name, const struct gw_cell *cell)
{
    struct gw_slice value = cell->value;

    if (value.len == 0 || (value.len == 6 && memcmp(value.text, "active", 6) == 0) ||
        (value.len == 7 && memcmp(value.text, "standby", 7) == 0))
        return;
    gw_report_at(&rows->report, gw_cell_offset(cell, 0), "%s: must be active, standby or empty, not `%s`",
                 name, gw_shown(value.text, value.len).text);
}

/* The shape of names in the IANA database: UTC, Asia/Shanghai, America/Argentina/Salta, Etc/GMT+8. */
static bool gw_is_zone(struct gw_slice value)
{
    size_t parts = 1;
    bool first = true;

    for (size_t i = 0; i < value.len; i++) {
        char c = value.text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (c == '/') {
            if (first || ++parts > 3)
                return false;
            first = true;
            continue;
        }
        if (!letter &&
            (first || !((c >= '0' && c <= '9') || c == '_' || c == '-' || (c == '+' && parts > 1))))
            return false;
        first = false;
    }
    return !first;
}

static void gw_check_zone(struct gw_rows *rows, const char *name, const struct gw_cell *cell)
{
    if (cell->value.len > 0 && !gw_is_zone(cell->value))
        gw_report_at(&rows->report, gw_cell_offset(cell, 0),
                     "%s: must be a name of the IANA database, as in Asia/Shanghai or UTC, not `%s`", name,
                     gw_shown(cell->value.text, cell->value.len).text);
}

/* ---- values ---- */

/* Encoding and length, before anybody looks at the characters. */
static bool gw_check_bytes(struct gw_rows *rows, const char *name, const struct gw_cell *cell, size_t max)
{
    struct gw_slice value = cell->value;
    size_t valid = value.len;

    /* An escape may have made what the text itself does not hold. */
    if (!rows->clean || !cell->exact)
        valid = gw_text_utf8_prefix(value.text, value.len);
    if (valid < value.len && value.text[valid] == '\0')
        gw_report_at(&rows->report, gw_cell_offset(cell, valid), "%s: a NUL byte", name);
    else if (valid < value.len)
        gw_report_at(&rows->report, gw_cell_offset(cell, valid), "%s: not UTF-8 text: byte 0x%02x", name,
                     (unsigned char)value.text[valid]);
    else if (value.len > max)
        gw_report_at(&rows->report, gw_cell_offset(cell, 0), "%s: longer than %zu bytes", name, max);
    else
        return true;
    return false;
}

void gw_rows_field(struct gw_rows *rows, enum gw_column column, const struct gw_cell *cell)
{
    const char *name = gw_column_name(column);

    rows->row.field[column] = cell->value;
    if (cell->value.len == 0) {
        if (fields[column].needed)
            gw_report_at(&rows->report, cell->first, "%s is empty", name);
        return;
    }
    if (!gw_check_bytes(rows, name, cell, fields[column].max))
        return;
    switch (fields[column].kind) {
    case GW_FIELD_TEXT:
        break;
    case GW_FIELD_WORD:
        (void)gw_check_blanks(rows, name, cell);
        break;
    case GW_FIELD_ID:
        gw_check_id(rows, name, cell);
        break;
    case GW_FIELD_ROLE:
        gw_check_role(rows, name, cell);
        break;
    case GW_FIELD_ZONE:
        gw_check_zone(rows, name, cell);
        break;
    }
}

void gw_rows_tag(struct gw_rows *rows, struct gw_slice name, const struct gw_cell *cell)
{
    struct gw_row *row = &rows->row;
    char label[sizeof("tag:") + GW_TAG_NAME_MAX];

    if (cell->value.len == 0)
        return;
    (void)gw_text_copy(label, sizeof(label), "tag:");
    (void)gw_text_copy_n(label + 4, sizeof(label) - 4, name.text, name.len);
    if (!gw_check_bytes(rows, label, cell, GW_TABLE_FIELD_MAX))
        return;
    if (row->n_tags == GW_TABLE_TAGS_MAX) {
        gw_report_at(&rows->report, cell->first, "more than %d tags", GW_TABLE_TAGS_MAX);
        return;
    }
    row->tag_name[row->n_tags] = name;
    row->tag_value[row->n_tags++] = cell->value;
}

const char *gw_tag_name_wrong(struct gw_slice name, size_t *ret_at)
{
    *ret_at = 0;
    if (name.len == 0)
        return "a tag without a name: write tag:NAME";
    if (name.len > GW_TAG_NAME_MAX)
        return "a tag's name has at most 64 characters";
    for (size_t i = 0; i < name.len; i++) {
        if (gw_tag_name_char(name.text[i]))
            continue;
        *ret_at = i;
        return "a tag's name is made of letters, digits, - _ . only";
    }
    return NULL;
}

const char *gw_column_near(struct gw_slice name)
{
    struct gw_near near;

    gw_near_init(&near, name.text, name.len);
    for (enum gw_column column = GW_COLUMN_NONE + 1; column < GW_COLUMN_TAG; column++)
        gw_near_offer(&near, gw_column_name(column));
    return near.best;
}

/* ---- rows ---- */

void gw_rows_begin(struct gw_rows *rows, uint64_t line)
{
    rows->n_before = rows->report.n;
    rows->row.line = line;
    rows->row.n_tags = 0;
}

void gw_rows_done(struct gw_rows *rows, size_t offset)
{
    char reason[160] = "";

    if (rows->report.n > rows->n_before)
        return;
    if (rows->take(rows->user, &rows->row, reason))
        rows->n++;
    else
        gw_report_at(&rows->report, offset, "%s", reason);
}
