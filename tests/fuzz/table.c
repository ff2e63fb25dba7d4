/* The laws of inventory rows, for both readers. */
#include "table.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "fuzz.h"

/* Rows that are written and read again: each costs a file of its own. */
#define AGAIN_MAX 64
/* A row whose site says so is refused by whoever takes it. */
#define REFUSED "refuse"

struct taking {
    uint64_t line;
    uint64_t rows;
    struct gw_buf file;
};

static bool same(struct gw_slice a, struct gw_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.text, b.text, a.len) == 0);
}

static void check_id(struct gw_slice slice)
{
    for (size_t i = 0; i < slice.len; i++)
        GW_CHECK(gw_tag_name_char(slice.text[i]));
}

static void check_row(const struct gw_row *row)
{
    static const enum gw_column ids[] = {GW_COLUMN_GATEWAY_ID, GW_COLUMN_REGION,      GW_COLUMN_SERIAL,
                                         GW_COLUMN_VERSION,    GW_COLUMN_DPI_VERSION, GW_COLUMN_ACCOUNT};
    struct gw_slice role = row->field[GW_COLUMN_HA_ROLE];

    for (enum gw_column column = GW_COLUMN_NONE + 1; column < GW_COLUMN_TAG; column++) {
        fuzz_check_text(row->field[column].text, row->field[column].len, GW_TABLE_FIELD_MAX);
        GW_CHECK(row->given[column] || row->field[column].len == 0);
    }
    for (size_t i = 0; i < GW_COUNT_OF(ids); i++) {
        fuzz_check_text(row->field[ids[i]].text, row->field[ids[i]].len, 63);
        check_id(row->field[ids[i]]);
    }
    GW_CHECK(row->field[GW_COLUMN_GATEWAY_ID].len > 0 && row->field[GW_COLUMN_REGION].len > 0);
    GW_CHECK(same(role, (struct gw_slice){"", 0}) || same(role, (struct gw_slice){"active", 6}) ||
             same(role, (struct gw_slice){"standby", 7}));
    GW_CHECK(row->n_tags <= GW_TABLE_TAGS_MAX);
    for (size_t i = 0; i < row->n_tags; i++) {
        GW_CHECK(row->tag_name[i].len > 0 && row->tag_name[i].len <= 64 && row->tag_value[i].len > 0);
        check_id(row->tag_name[i]);
        fuzz_check_text(row->tag_value[i].text, row->tag_value[i].len, GW_TABLE_FIELD_MAX);
        for (size_t other = 0; other < i; other++)
            GW_CHECK(!same(row->tag_name[i], row->tag_name[other]));
    }
}

static bool same_row(void *user, const struct gw_row *row, char reason[160])
{
    const struct gw_row *first = user;

    (void)reason;
    for (enum gw_column column = GW_COLUMN_NONE + 1; column < GW_COLUMN_TAG; column++)
        GW_CHECK(same(first->field[column], row->field[column]));
    GW_CHECK(first->n_tags == row->n_tags);
    for (size_t i = 0; i < row->n_tags; i++)
        GW_CHECK(same(first->tag_name[i], row->tag_name[i]) && same(first->tag_value[i], row->tag_value[i]));
    return true;
}

static void add_cell(struct gw_buf *file, struct gw_slice slice, bool first)
{
    struct gw_buf text;

    gw_buf_init(&text, 0);
    gw_buf_add(&text, slice.text, slice.len);
    gw_csv_cell(file, gw_buf_text(&text), first);
    gw_buf_release(&text);
}

static void check_again(struct gw_buf *file, const struct gw_row *row)
{
    struct gw_buf report;
    uint64_t rows;

    gw_buf_reset(file);
    gw_buf_init(&report, 0);
    for (enum gw_column column = GW_COLUMN_NONE + 1; column < GW_COLUMN_TAG; column++)
        gw_buf_addf(file, "%s%s", file->len ? "," : "", gw_column_name(column));
    for (size_t i = 0; i < row->n_tags; i++)
        gw_buf_addf(file, ",tag:%.*s", (int)row->tag_name[i].len, row->tag_name[i].text);
    gw_buf_add_char(file, '\n');
    for (enum gw_column column = GW_COLUMN_NONE + 1; column < GW_COLUMN_TAG; column++)
        add_cell(file, row->field[column], column == GW_COLUMN_NONE + 1);
    for (size_t i = 0; i < row->n_tags; i++)
        add_cell(file, row->tag_value[i], false);
    gw_buf_add_char(file, '\n');
    GW_CHECK(gw_table_read(file->data, file->len, "f", GW_TABLE_CSV, same_row, (void *)row, &rows, &report) ==
             0);
    GW_CHECK(rows == 1 && report.len == 0);
    gw_buf_release(&report);
}

static bool take(void *user, const struct gw_row *row, char reason[160])
{
    struct taking *taking = user;

    GW_CHECK(row->line > taking->line);
    taking->line = row->line;
    check_row(row);
    if (same(row->field[GW_COLUMN_SITE], (struct gw_slice){REFUSED, strlen(REFUSED)})) {
        (void)gw_text_copy(reason, 160, "refused");
        return false;
    }
    if (taking->rows++ < AGAIN_MAX)
        check_again(&taking->file, row);
    return true;
}

void fuzz_table(const uint8_t *data, size_t size, enum gw_table_format format)
{
    struct taking taking = {0};
    struct gw_buf report;
    uint64_t rows;
    size_t problems;

    gw_buf_init(&taking.file, 0);
    gw_buf_init(&report, 0);
    problems = gw_table_read((const char *)data, size, "f", format, take, &taking, &rows, &report);
    GW_CHECK(rows == taking.rows);
    if (problems > 0)
        fuzz_check_report(&report, data, size);
    else
        GW_CHECK(report.len == 0);
    (void)gw_table_guess((const char *)data, size);
    gw_buf_release(&report);
    gw_buf_release(&taking.file);
}
