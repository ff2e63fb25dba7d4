#ifndef GATEWAVE_TESTS_CONF_SEEN_H
#define GATEWAVE_TESTS_CONF_SEEN_H
/* Reads an inventory text and spells out what came of it, so that one comparison checks a whole case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/conf/table.h"

/* What row() answers for a gateway_id that begins with this. */
#define REFUSED_ID "refuse-"

static inline bool seen_row(void *user, const struct gw_row *row, char reason[160])
{
    struct gw_buf *seen = user;

    if (row->field[GW_COLUMN_GATEWAY_ID].len > strlen(REFUSED_ID) &&
        memcmp(row->field[GW_COLUMN_GATEWAY_ID].text, REFUSED_ID, strlen(REFUSED_ID)) == 0) {
        (void)gw_text_copy(reason, 160, "refused by the test");
        return false;
    }
    (void)gw_buf_addf(seen, "%u:", (unsigned)row->line);
    for (enum gw_column column = GW_COLUMN_NONE + 1; column < GW_COLUMN_TAG; column++)
        if (row->given[column])
            (void)gw_buf_addf(seen, " %s=[%.*s]", gw_column_name(column), (int)row->field[column].len,
                              row->field[column].text);
        else
            assert_int_equal(row->field[column].len, 0);
    for (size_t i = 0; i < row->n_tags; i++)
        (void)gw_buf_addf(seen, " %.*s:[%.*s]", (int)row->tag_name[i].len, row->tag_name[i].text,
                          (int)row->tag_value[i].len, row->tag_value[i].text);
    (void)gw_buf_add_char(seen, '\n');
    return true;
}

/* Both results as text, and their counts checked against them. The file is called `f`. */
struct seen {
    struct gw_buf rows, report;
    uint64_t n_rows;
    size_t n_problems;
};

static inline void seen_release(struct seen *seen)
{
    gw_buf_release(&seen->rows);
    gw_buf_release(&seen->report);
}

static inline void seen_read(struct seen *seen, const char *bytes, size_t len, enum gw_table_format format)
{
    size_t n = 0;

    gw_buf_init(&seen->rows, 0);
    gw_buf_init(&seen->report, 0);
    seen->n_problems =
        gw_table_read(bytes, len, "f", format, seen_row, &seen->rows, &seen->n_rows, &seen->report);
    for (const char *p = gw_buf_text(&seen->report); *p; p++)
        n += *p == '\n';
    assert_int_equal(n,
                     seen->n_problems > GW_TABLE_PROBLEMS_MAX ? GW_TABLE_PROBLEMS_MAX + 1 : seen->n_problems);
}

static inline void check_rows(const char *bytes, size_t len, enum gw_table_format format, const char *want)
{
    struct seen seen;

    seen_read(&seen, bytes, len, format);
    assert_string_equal(gw_buf_text(&seen.report), "");
    assert_string_equal(gw_buf_text(&seen.rows), want);
    assert_int_equal(seen.n_problems, 0);
    seen_release(&seen);
}

static inline void check_report(const char *bytes, size_t len, enum gw_table_format format, const char *want)
{
    struct seen seen;

    seen_read(&seen, bytes, len, format);
    assert_string_equal(gw_buf_text(&seen.report), want);
    assert_true(seen.n_problems > 0);
    seen_release(&seen);
}

#endif
