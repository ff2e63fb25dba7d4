#ifndef GATEWAVE_CONF_TABLE_H
#define GATEWAVE_CONF_TABLE_H
/*
 * Inventory files: CSV (RFC 4180, header row, UTF-8 with or without BOM, LF or CRLF) and JSON lines, to rows
 * of checked text. Every problem is reported as file:line:column with the reason, at most
 * GW_TABLE_PROBLEMS_MAX.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/core/select.h"

#define GW_TABLE_PROBLEMS_MAX 50
#define GW_TABLE_FIELD_MAX    4096
#define GW_TABLE_COLUMNS_MAX  256
#define GW_TABLE_TAGS_MAX     200

/* A piece of text that is not NUL-terminated. */
struct gw_slice {
    const char *text;
    size_t len;
};

/* One device. Slices are valid during the row call only. */
struct gw_row {
    uint64_t line;                        /* where it begins, from 1 */
    struct gw_slice field[GW_COLUMN_TAG]; /* by enum gw_column; empty where the file has none */
    bool given[GW_COLUMN_TAG]; /* the file has this column (an empty cell clears, a missing column keeps) */
    size_t n_tags;
    struct gw_slice tag_name[GW_TABLE_TAGS_MAX]; /* tags with a value in this row */
    struct gw_slice tag_value[GW_TABLE_TAGS_MAX];
};

enum gw_table_format {
    GW_TABLE_NONE = 0,
    GW_TABLE_CSV,
    GW_TABLE_JSONL,
};

/*
 * Reads the len bytes of a whole file and calls row() for each good row, in order. A row() that returns false
 * reports a problem of its own: it fills reason (and column 1 is meant). When a problem has been found, later
 * rows are still read and checked (row() included), so that all problems come in one go; only a header that
 * cannot be read or lacks a needed column keeps row() from being called. Returns the number of problems;
 * *report has one line for each of the first GW_TABLE_PROBLEMS_MAX, in the order in which they were found, and
 * says how many more there are. Columns count bytes from 1. *ret_rows is the number of rows that row() took.
 *
 * JSON lines have one object a line, with the columns as keys, and tags as "tag:NAME" or in an object "tags";
 * every value is a string, null is the empty one.
 *
 * Checked here: the header (unknown, repeated, missing columns), field counts, quotes, UTF-8, NUL, UTF-16
 * (named), a wrong delimiter (guessed and named), gateway_id and region present, lengths, ha_role in {active,
 * standby, ""}, blanks around identifiers, characters of identifiers (letters, digits, - _ . only), IANA
 * shape of timezone.
 */
size_t gw_table_read(const char *bytes, size_t len, const char *file, enum gw_table_format format,
                     bool (*row)(void *user, const struct gw_row *row, char reason[160]), void *user,
                     uint64_t *ret_rows, struct gw_buf *report);
/* By the first byte that is no blank: '{' is JSON lines, anything else CSV. */
enum gw_table_format gw_table_guess(const char *bytes, size_t len);

/*
 * One CSV cell, with a comma before all but the first of a row, quoted where needed. Text that a spreadsheet
 * would run (= + - @ tab CR at the start, also behind a run of ') gets one more ' in front, and the reader takes
 * one away, so that any text reads back as it was.
 */
void gw_csv_cell(struct gw_buf *buf, const char *text, bool first);

#endif
