#ifndef GATEWAVE_SRC_CONF_ROWS_H
#define GATEWAVE_SRC_CONF_ROWS_H
/* What both readers of inventory files share: the checks of single values, and the way of a row to who asked for it. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"

#include "gatewave/conf/table.h"

#define GW_TAG_NAME_MAX 64

typedef bool gw_row_fn(void *user, const struct gw_row *row, char reason[160]);

struct gw_rows {
    struct gw_report report;
    bool clean; /* the whole text is known to be UTF-8 without NUL */
    gw_row_fn *take;
    void *user;
    uint64_t n;        /* rows taken */
    size_t n_before;   /* problems before the row that is being read */
    struct gw_row row; /* filled in place, one after the other */
};

/*
 * A value with its place. first is the offset of its first byte; where escapes make bytes of the value and of the text
 * differ, exact is false and first is where the value begins as a whole.
 */
struct gw_cell {
    struct gw_slice value;
    size_t first;
    bool exact;
};

/* Before and after each row; done() hands it on when nothing was found wrong with it. */
void gw_rows_begin(struct gw_rows *rows, uint64_t line);
void gw_rows_done(struct gw_rows *rows, size_t offset);

/* Checks a value and puts it into the row. */
void gw_rows_field(struct gw_rows *rows, enum gw_column column, const struct gw_cell *cell);
void gw_rows_tag(struct gw_rows *rows, struct gw_slice name, const struct gw_cell *cell);
/* NULL when the name of a tag is good, else the reason; *ret_at is the byte that is wrong. */
const char *gw_tag_name_wrong(struct gw_slice name, size_t *ret_at);
/* The nearest column to a name that is none; NULL when none is near. */
const char *gw_column_near(struct gw_slice name);

/* csv_cell.c: takes away the ' that gw_csv_cell() put before what a spreadsheet would run. */
void gw_csv_strip(struct gw_cell *cell);

void gw_csv_read(struct gw_rows *rows);
void gw_jsonl_read(struct gw_rows *rows);

#endif
