#ifndef GATEWAVE_APP_OUTPUT_H
#define GATEWAVE_APP_OUTPUT_H
/*
 * Results on stdout, one mechanism for all commands: rows of named text columns, written as an aligned table,
 * one JSON array, JSON lines or CSV, in constant memory for any number of rows.
 */
#include <stdbool.h>
#include <stddef.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"

enum gw_output_format {
    GW_OUTPUT_NONE = 0, /* not said: the command's own default */
    GW_OUTPUT_TABLE,
    GW_OUTPUT_JSON,
    GW_OUTPUT_JSONL,
    GW_OUTPUT_CSV,
};

/* NONE for an unknown word. */
enum gw_output_format gw_output_format_find(const char *name);

/* Where text goes, unbuffered. A write that failed is remembered and nothing is written after it. */
struct gw_sink {
    int fd;
    bool colour; /* the reader is a terminal that wants colour */
    int error;   /* errno of the first write that failed; 0 */
};

/* False once a write has failed: a loop that feeds it may stop. */
bool gw_sink_write(struct gw_sink *sink, const char *bytes, size_t len);
/* Writes what buf holds and empties it. */
bool gw_sink_drain(struct gw_sink *sink, struct gw_buf *buf);
/* How the writes went. A reader that went away (`| head`) is no error; a full disk is GW_ERR_STORE. */
enum gw_code gw_sink_check(const struct gw_sink *sink, struct gw_err *err);

enum gw_output_kind {
    GW_OUTPUT_TEXT = 0,
    GW_OUTPUT_NUMBER, /* decimal digits: right-aligned in a table, a number in JSON */
    GW_OUTPUT_WORD,   /* a state or an outcome: coloured where colour is wanted */
};

struct gw_output_column {
    const char *name; /* the JSON key and the CSV header; upper case in a table */
    enum gw_output_kind kind;
    bool detail; /* left out of the table form */
};

/* ROWS: an array in JSON. ONE: exactly one row, an object in JSON. */
enum gw_output_shape {
    GW_OUTPUT_ROWS = 0,
    GW_OUTPUT_ONE,
};

/* Widths of a table are measured on this many rows; a later cell that is wider pushes its own line only. */
#define GW_OUTPUT_SAMPLE_ROWS 1000
/* A wider cell is never cut, and the cells of other lines are not moved for it. */
#define GW_OUTPUT_COLUMN_MAX 48

struct gw_output;

/* columns must outlive it. */
struct gw_output *gw_output_new(struct gw_sink *sink, enum gw_output_format format,
                                enum gw_output_shape shape, const struct gw_output_column *columns,
                                size_t n_columns);
/* One cell a column; NULL is null in JSON, nothing in CSV, "-" in a table. False once the sink has failed. */
bool gw_output_row(struct gw_output *output, const char *const *cells);
/* Writes what is left and frees output; output may be NULL. */
void gw_output_end(struct gw_output *output);

#endif
