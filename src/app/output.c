/*
 * Rows to a table, JSON, JSON lines or CSV. A report has up to a million rows, so nothing is kept but the
 * first rows of a table, which decide its widths. Bytes are gathered to chunks before they are written.
 */
#include "gatewave/app/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/check.h"
#include "gatewave/base/json.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/parse.h"
#include "gatewave/conf/table.h"

#define GW_OUTPUT_CHUNK 65536

struct gw_output {
    struct gw_sink *sink;
    enum gw_output_format format;
    enum gw_output_shape shape;
    const struct gw_output_column *columns;
    size_t n_columns;
    struct gw_buf chunk;
    size_t n_rows;
    /* A table only: */
    size_t *width;        /* by column */
    struct gw_buf sample; /* escaped cells of the first rows, each closed by a NUL */
    bool measured;        /* the sample is written, widths are fixed */
};

static const char *const gw_output_formats[] = {
    [GW_OUTPUT_TABLE] = "table",
    [GW_OUTPUT_JSON] = "json",
    [GW_OUTPUT_JSONL] = "jsonl",
    [GW_OUTPUT_CSV] = "csv",
};

enum gw_output_format gw_output_format_find(const char *name)
{
    for (size_t i = GW_OUTPUT_TABLE; i < GW_COUNT_OF(gw_output_formats); i++)
        if (strcmp(name, gw_output_formats[i]) == 0)
            return (enum gw_output_format)i;
    return GW_OUTPUT_NONE;
}

bool gw_sink_write(struct gw_sink *sink, const char *bytes, size_t len)
{
    while (sink->error == 0 && len > 0) {
        ssize_t n = write(sink->fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            sink->error = errno;
        } else {
            bytes += n;
            len -= (size_t)n;
        }
    }
    return sink->error == 0;
}

bool gw_sink_drain(struct gw_sink *sink, struct gw_buf *buf)
{
    bool written = gw_sink_write(sink, gw_buf_text(buf), buf->len);

    gw_buf_reset(buf);
    return written;
}

enum gw_code gw_sink_check(const struct gw_sink *sink, struct gw_err *err)
{
    if (sink->error == 0 || sink->error == EPIPE)
        return GW_OK;
    return gw_err_set(err, GW_ERR_STORE,
                      "the results could not be written: %s; what was written is not all of them",
                      strerror(sink->error));
}

struct gw_output *gw_output_new(struct gw_sink *sink, enum gw_output_format format,
                                enum gw_output_shape shape, const struct gw_output_column *columns,
                                size_t n_columns)
{
    struct gw_output *output = gw_mem_new(1, sizeof(*output));

    GW_CHECK(format != GW_OUTPUT_NONE && n_columns > 0);
    *output = (struct gw_output){
        .sink = sink, .format = format, .shape = shape, .columns = columns, .n_columns = n_columns};
    gw_buf_init(&output->chunk, 0);
    gw_buf_init(&output->sample, 0);
    if (format == GW_OUTPUT_TABLE) {
        output->width = gw_mem_new(n_columns, sizeof(*output->width));
        for (size_t i = 0; i < n_columns; i++)
            output->width[i] = gw_screen_width(columns[i].name);
    } else if (format == GW_OUTPUT_CSV) {
        for (size_t i = 0; i < n_columns; i++)
            gw_csv_cell(&output->chunk, columns[i].name, i == 0);
        gw_buf_add_char(&output->chunk, '\n');
    } else if (format == GW_OUTPUT_JSON && shape == GW_OUTPUT_ROWS) {
        gw_buf_add_char(&output->chunk, '[');
    }
    return output;
}

/* ---- the table ---- */

struct gw_output_tone {
    const char *word;
    const char *colour;
};

/* The word says it all; colour only helps the eye to find it. */
static const char *gw_output_colour(const char *word)
{
    static const struct gw_output_tone tones[] = {
        {"succeeded", "32"}, {"finished", "32"}, {"failed", "31"},   {"unresolved", "31"},
        {"aborted", "31"},   {"deferred", "33"}, {"in_doubt", "33"}, {"paused", "33"},
        {"aborting", "33"},  {"waiting", "36"},  {"running", "36"},  {"upgrading", "36"},
        {"in_flight", "36"},
    };

    for (size_t i = 0; i < GW_COUNT_OF(tones); i++)
        if (strcmp(tones[i].word, word) == 0)
            return tones[i].colour;
    return NULL;
}

static bool gw_output_is_last(const struct gw_output *output, size_t column)
{
    for (size_t i = column + 1; i < output->n_columns; i++)
        if (!output->columns[i].detail)
            return false;
    return true;
}

/* Adds one cell, escaped already; the last of a line gets no blanks behind it. */
static void gw_output_cell(struct gw_output *output, size_t column, const char *text)
{
    const struct gw_output_column *spec = &output->columns[column];
    const char *colour = NULL;
    size_t width = output->width[column];

    if (spec->kind == GW_OUTPUT_WORD && output->sink->colour)
        colour = gw_output_colour(text);
    if (gw_output_is_last(output, column) && spec->kind != GW_OUTPUT_NUMBER)
        width = 0;
    if (colour)
        gw_buf_addf(&output->chunk, "\033[%sm", colour);
    gw_screen_pad(&output->chunk, text, width, spec->kind == GW_OUTPUT_NUMBER);
    if (colour)
        gw_buf_add_text(&output->chunk, "\033[0m");
    gw_buf_add_text(&output->chunk, gw_output_is_last(output, column) ? "\n" : "  ");
}

static void gw_output_header(struct gw_output *output)
{
    for (size_t i = 0; i < output->n_columns; i++) {
        char name[64];
        size_t len = strlen(output->columns[i].name);

        if (output->columns[i].detail)
            continue;
        GW_CHECK(len < sizeof(name));
        for (size_t k = 0; k <= len; k++) {
            char c = output->columns[i].name[k];

            name[k] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        }
        gw_output_cell(output, i, name);
    }
}

/* The sample is complete: its widths are the table's, and it can be written. */
static void gw_output_measured(struct gw_output *output)
{
    const char *cell = gw_buf_text(&output->sample), *end = cell + output->sample.len;

    output->measured = true;
    gw_output_header(output);
    while (cell < end) {
        for (size_t i = 0; i < output->n_columns; i++) {
            if (output->columns[i].detail)
                continue;
            gw_output_cell(output, i, cell);
            cell += strlen(cell) + 1;
        }
    }
    gw_buf_release(&output->sample);
}

static void gw_output_table_row(struct gw_output *output, const char *const *cells)
{
    for (size_t i = 0; i < output->n_columns; i++) {
        const char *cell = cells[i] && cells[i][0] ? cells[i] : "-";
        size_t from = output->sample.len, width;

        if (output->columns[i].detail)
            continue;
        gw_screen_text(&output->sample, cell);
        width = gw_screen_width(output->sample.data + from);
        if (output->measured) {
            gw_output_cell(output, i, output->sample.data + from);
            gw_buf_reset(&output->sample);
            continue;
        }
        gw_buf_add_char(&output->sample, '\0');
        if (width > output->width[i])
            output->width[i] = width < GW_OUTPUT_COLUMN_MAX ? width : GW_OUTPUT_COLUMN_MAX;
    }
    if (!output->measured && output->n_rows == GW_OUTPUT_SAMPLE_ROWS)
        gw_output_measured(output);
}

/* ---- the other forms ---- */

static void gw_output_json_row(struct gw_output *output, const char *const *cells)
{
    struct gw_json json;

    if (output->format == GW_OUTPUT_JSON && output->shape == GW_OUTPUT_ROWS)
        gw_buf_add_text(&output->chunk, output->n_rows > 1 ? ",\n" : "\n");
    gw_json_init(&json, &output->chunk);
    gw_json_open(&json, NULL, '{');
    for (size_t i = 0; i < output->n_columns; i++) {
        const char *name = output->columns[i].name;
        uint64_t number;

        if (cells[i] && output->columns[i].kind == GW_OUTPUT_NUMBER) {
            GW_CHECK(gw_parse_u64(cells[i], 0, INT64_MAX, &number) == NULL);
            gw_json_int(&json, name, (int64_t)number);
        } else {
            gw_json_text(&json, name, cells[i]);
        }
    }
    gw_json_close(&json, '}');
    if (output->format == GW_OUTPUT_JSONL || output->shape == GW_OUTPUT_ONE)
        gw_buf_add_char(&output->chunk, '\n');
}

static void gw_output_csv_row(struct gw_output *output, const char *const *cells)
{
    for (size_t i = 0; i < output->n_columns; i++)
        gw_csv_cell(&output->chunk, cells[i] ? cells[i] : "", i == 0);
    gw_buf_add_char(&output->chunk, '\n');
}

bool gw_output_row(struct gw_output *output, const char *const *cells)
{
    output->n_rows++;
    GW_CHECK(output->shape == GW_OUTPUT_ROWS || output->n_rows == 1);
    switch (output->format) {
    case GW_OUTPUT_TABLE:
        gw_output_table_row(output, cells);
        break;
    case GW_OUTPUT_CSV:
        gw_output_csv_row(output, cells);
        break;
    default:
        gw_output_json_row(output, cells);
    }
    if (output->chunk.len >= GW_OUTPUT_CHUNK)
        gw_sink_drain(output->sink, &output->chunk);
    return output->sink->error == 0;
}

void gw_output_end(struct gw_output *output)
{
    if (!output)
        return;
    if (output->format == GW_OUTPUT_TABLE && !output->measured)
        gw_output_measured(output);
    if (output->format == GW_OUTPUT_JSON && output->shape == GW_OUTPUT_ROWS)
        gw_buf_add_text(&output->chunk, output->n_rows ? "\n]\n" : "]\n");
    gw_sink_drain(output->sink, &output->chunk);
    gw_buf_release(&output->chunk);
    gw_buf_release(&output->sample);
    free(output->width);
    free(output);
}
