/*
 * CSV in one pass over the bytes of a whole file, a million rows in a fraction of a second: a field is a slice of those
 * bytes, and only a quoted field with quotes inside is copied, into memory that is there once. A broken row is
 * reported and left at the end of its line, so that the next one is read whatever this one was.
 */
#include <stdlib.h>
#include <string.h>

#include "rows.h"

#include "gatewave/base/mem.h"

/* All unescaped fields of one row fit: what is longer than a field may be is never kept. */
#define GW_SCRATCH_SIZE ((size_t)GW_TABLE_COLUMNS_MAX * (GW_TABLE_FIELD_MAX + 1))

struct gw_csv_column {
    enum gw_column column; /* NONE: unknown, its cells are passed over */
    struct gw_slice name;  /* as the header says it, for a tag without tag: */
};

enum gw_csv_end {
    GW_CSV_COMMA = 0,
    GW_CSV_LINE,   /* the end of the row, behind its line end */
    GW_CSV_BROKEN, /* reported; the reader stands where the next line begins */
};

struct gw_csv {
    struct gw_rows *rows;
    const char *text;
    size_t len;
    size_t at;
    uint64_t line; /* of at, from 1 */
    char *scratch; /* NULL until the first field that needs it: most files have none */
    size_t scratch_len;
    bool usable; /* the header has what a row needs */
    size_t n_columns;
    struct gw_csv_column column[GW_TABLE_COLUMNS_MAX];
};

/* ---- fields ---- */

static enum gw_csv_end gw_csv_broken(struct gw_csv *csv, size_t from)
{
    const char *newline = memchr(csv->text + from, '\n', csv->len - from);

    csv->at = newline ? (size_t)(newline + 1 - csv->text) : csv->len;
    csv->line += newline != NULL;
    return GW_CSV_BROKEN;
}

/* What may stand behind a field: a comma, or LF, CRLF or the end of the file. */
static enum gw_csv_end gw_csv_end(struct gw_csv *csv, size_t at, bool quoted)
{
    if (at == csv->len) {
        csv->at = at;
        return GW_CSV_LINE;
    }
    if (csv->text[at] == ',') {
        csv->at = at + 1;
        return GW_CSV_COMMA;
    }
    if (csv->text[at] == '\r' && at + 1 < csv->len && csv->text[at + 1] == '\n')
        at++;
    if (csv->text[at] == '\n') {
        csv->at = at + 1;
        csv->line++;
        return GW_CSV_LINE;
    }
    if (csv->text[at] == '\r')
        gw_report_at(&csv->rows->report, at, "a carriage return alone; lines end in LF or CRLF");
    else if (quoted)
        gw_report_at(&csv->rows->report, at,
                     "expected a comma or the end of the line after the closing quote");
    else
        gw_report_at(&csv->rows->report, at,
                     "a quote inside a field; put the whole field in quotes and write this one twice");
    return gw_csv_broken(csv, at);
}

/* The text of a quoted field, from one quote to the other, with "" made one. False when it is too long to be kept. */
static bool gw_csv_unescape(struct gw_csv *csv, size_t from, size_t to, struct gw_slice *ret)
{
    size_t len = 0;
    char *copy;

    if (!csv->scratch)
        csv->scratch = gw_mem_new(GW_SCRATCH_SIZE, 1);
    copy = csv->scratch + csv->scratch_len;
    for (; from < to && len <= GW_TABLE_FIELD_MAX; from++) {
        copy[len++] = csv->text[from];
        from += csv->text[from] == '"';
    }
    *ret = (struct gw_slice){copy, len};
    if (len > GW_TABLE_FIELD_MAX)
        return false;
    csv->scratch_len += len;
    return true;
}

static enum gw_csv_end gw_csv_quoted(struct gw_csv *csv, struct gw_cell *ret)
{
    const char *text = csv->text;
    size_t open = csv->at, at = open + 1;
    uint64_t line = csv->line;
    bool doubled = false;

    for (;; at++) {
        const char *quote = memchr(text + at, '"', csv->len - at);
        const char *p = text + at, *newline;

        if (!quote) {
            gw_report_at(&csv->rows->report, open, "this quote is never closed");
            return gw_csv_broken(csv, open);
        }
        while ((newline = memchr(p, '\n', (size_t)(quote - p)))) {
            p = newline + 1;
            line++;
        }
        at = (size_t)(quote - text) + 1;
        if (at == csv->len || text[at] != '"')
            break;
        doubled = true;
    }
    csv->line = line;
    *ret = (struct gw_cell){{text + open + 1, at - open - 2}, open + 1, true};
    if (doubled) {
        ret->exact = false;
        ret->first = open;
        if (!gw_csv_unescape(csv, open + 1, at - 1, &ret->value)) {
            gw_report_at(&csv->rows->report, open, "a field of more than %d bytes", GW_TABLE_FIELD_MAX);
            ret->value.len = 0;
        }
    }
    return gw_csv_end(csv, at, true);
}

static enum gw_csv_end gw_csv_field(struct gw_csv *csv, struct gw_cell *ret)
{
    /* The four bytes that end a plain field. */
    static const bool stops[256] = {[','] = true, ['\n'] = true, ['\r'] = true, ['"'] = true};
    const char *text = csv->text;
    size_t at = csv->at;

    if (at < csv->len && text[at] == '"')
        return gw_csv_quoted(csv, ret);
    while (at < csv->len && !stops[(unsigned char)text[at]])
        at++;
    *ret = (struct gw_cell){{text + csv->at, at - csv->at}, csv->at, true};
    return gw_csv_end(csv, at, false);
}

/* ---- the header ---- */

static bool gw_slice_starts(struct gw_slice slice, const char *prefix)
{
    size_t len = strlen(prefix);

    return slice.len >= len && memcmp(slice.text, prefix, len) == 0;
}

static void gw_csv_unknown(struct gw_csv *csv, const struct gw_cell *cell)
{
    struct gw_slice name = cell->value;
    struct gw_report *report = &csv->rows->report;
    const char *near = gw_column_near(name);

    if (name.len == 0)
        gw_report_at(report, cell->first, "a column without a name; is there a comma too many?");
    else if (gw_slice_starts(name, "tag."))
        gw_report_at(report, cell->first, "unknown column `%s`; a tag's column is called tag:NAME",
                     gw_shown(name.text, name.len).text);
    else if (near)
        gw_report_at(report, cell->first, "unknown column `%s`; did you mean `%s`?",
                     gw_shown(name.text, name.len).text, near);
    else
        gw_report_at(report, cell->first, "unknown column `%s`; what is yours alone goes into tag:NAME",
                     gw_shown(name.text, name.len).text);
}

static struct gw_csv_column gw_csv_column_of(struct gw_csv *csv, const struct gw_cell *cell)
{
    struct gw_csv_column column = {.name = cell->value};
    const char *wrong;
    size_t at;

    if (!gw_slice_starts(cell->value, "tag:")) {
        column.column = gw_column_find(cell->value.text, cell->value.len);
        if (column.column == GW_COLUMN_NONE)
            gw_csv_unknown(csv, cell);
        return column;
    }
    column.name.text += 4;
    column.name.len -= 4;
    wrong = gw_tag_name_wrong(column.name, &at);
    if (wrong)
        gw_report_at(&csv->rows->report, cell->first + (cell->exact ? 4 + at : 0), "%s", wrong);
    else
        column.column = GW_COLUMN_TAG;
    return column;
}

static bool gw_csv_is_repeated(const struct gw_csv *csv, struct gw_csv_column column)
{
    for (size_t i = 0; i < csv->n_columns; i++) {
        const struct gw_csv_column *other = &csv->column[i];

        if (other->column == column.column && other->name.len == column.name.len &&
            memcmp(other->name.text, column.name.text, column.name.len) == 0)
            return true;
    }
    return false;
}

/* A first line that cannot be a header gets one message, not one for each field. */
static bool gw_csv_looks_like_a_header(struct gw_csv *csv, size_t start)
{
    const char *newline = memchr(csv->text + start, '\n', csv->len - start);
    size_t len = newline ? (size_t)(newline - csv->text) - start : csv->len - start;
    const char *line = csv->text + start;
    static const struct {
        char sign;
        const char *name;
    } others[] = {{';', "semicolons"}, {'\t', "tabs"}, {'|', "bars"}};

    if (line[0] == '[') {
        gw_report_at(&csv->rows->report, start, "a JSON array? JSON lines have one object on each line");
        return false;
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const char *sign = memchr(line, others[i].sign, len);

        if (!sign || memchr(line, ',', len))
            continue;
        gw_report_at(&csv->rows->report, (size_t)(sign - csv->text),
                     "the columns are separated by %s; save the file with commas", others[i].name);
        return false;
    }
    for (size_t from = 0, to; from <= len; from = to + 1) {
        struct gw_slice word = {line + from, 0};

        for (to = from; to < len && line[to] != ',' && line[to] != '\r'; to++)
            word.len++;
        if (word.len > 1 && word.text[0] == '"')
            word = (struct gw_slice){word.text + 1, word.len - 2};
        if (gw_column_near(word) || gw_slice_starts(word, "tag:"))
            return true;
    }
    gw_report_at(&csv->rows->report, start,
                 "no header: the first line names the columns, gateway_id and region among them");
    return false;
}

static bool gw_csv_header(struct gw_csv *csv)
{
    struct gw_report *report = &csv->rows->report;
    static const enum gw_column needed[] = {GW_COLUMN_GATEWAY_ID, GW_COLUMN_REGION};
    size_t start = csv->at, n_tags = 0;
    enum gw_csv_end end;

    if (!gw_csv_looks_like_a_header(csv, start))
        return false;
    do {
        struct gw_csv_column column;
        struct gw_cell cell;

        if (csv->n_columns == GW_TABLE_COLUMNS_MAX) {
            gw_report_at(report, csv->at, "more than %d columns", GW_TABLE_COLUMNS_MAX);
            return false;
        }
        end = gw_csv_field(csv, &cell);
        if (end == GW_CSV_BROKEN)
            return false;
        column = gw_csv_column_of(csv, &cell);
        n_tags += column.column == GW_COLUMN_TAG;
        if (n_tags > GW_TABLE_TAGS_MAX) {
            gw_report_at(report, cell.first, "more than %d tags", GW_TABLE_TAGS_MAX);
            return false;
        }
        if (column.column != GW_COLUMN_NONE && gw_csv_is_repeated(csv, column))
            gw_report_at(report, cell.first, "column `%s` is there twice",
                         gw_shown(cell.value.text, cell.value.len).text);
        if (column.column != GW_COLUMN_NONE && column.column != GW_COLUMN_TAG)
            csv->rows->row.given[column.column] = true;
        csv->column[csv->n_columns++] = column;
    } while (end == GW_CSV_COMMA);
    csv->usable = true;
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        if (csv->rows->row.given[needed[i]])
            continue;
        gw_report_at(report, start, "the header has no column `%s`", gw_column_name(needed[i]));
        csv->usable = false;
    }
    return true;
}

/* ---- rows ---- */

static bool gw_csv_blank_line(struct gw_csv *csv)
{
    size_t at = csv->at;

    while (at < csv->len && (csv->text[at] == ' ' || csv->text[at] == '\t' || csv->text[at] == '\r'))
        at++;
    if (at < csv->len && csv->text[at] != '\n')
        return false;
    csv->line += at < csv->len;
    csv->at = at < csv->len ? at + 1 : at;
    return true;
}

static void gw_csv_cell_to_row(struct gw_csv *csv, size_t n, struct gw_cell *cell)
{
    const struct gw_csv_column *column = &csv->column[n];

    if (cell->value.len > 1 && cell->value.text[0] == '\'')
        gw_csv_strip(cell);
    if (column->column == GW_COLUMN_TAG)
        gw_rows_tag(csv->rows, column->name, cell);
    else if (column->column != GW_COLUMN_NONE)
        gw_rows_field(csv->rows, column->column, cell);
}

static void gw_csv_row(struct gw_csv *csv)
{
    struct gw_report *report = &csv->rows->report;
    size_t start = csv->at, n = 0, extra = 0;
    enum gw_csv_end end;

    csv->scratch_len = 0;
    gw_rows_begin(csv->rows, csv->line);
    do {
        struct gw_cell cell;

        if (n >= csv->n_columns)
            csv->scratch_len = 0; /* nobody will look at this field */
        end = gw_csv_field(csv, &cell);
        if (end == GW_CSV_BROKEN)
            return;
        if (n < csv->n_columns)
            gw_csv_cell_to_row(csv, n, &cell);
        else if (n == csv->n_columns)
            extra = cell.first;
        n++;
    } while (end == GW_CSV_COMMA);
    if (n > csv->n_columns)
        gw_report_at(report, extra, "%zu fields, but the header has %zu columns%s", n, csv->n_columns,
                     n == csv->n_columns + 1 ? "; is there a comma too many?" : "");
    else if (n < csv->n_columns)
        gw_report_at(report, start, "only %zu field%s, but the header has %zu columns", n, n == 1 ? "" : "s",
                     csv->n_columns);
    if (csv->usable)
        gw_rows_done(csv->rows, start);
}

void gw_csv_read(struct gw_rows *rows)
{
    struct gw_csv *csv = gw_mem_new(1, sizeof(*csv));

    csv->rows = rows;
    csv->text = rows->report.text;
    csv->len = rows->report.len;
    csv->line = 1;
    if (csv->len >= 3 && memcmp(csv->text, "\xef\xbb\xbf", 3) == 0)
        csv->at = 3;
    while (csv->at < csv->len && gw_csv_blank_line(csv))
        continue;
    if (csv->at == csv->len)
        gw_report_at(&rows->report, 0, "empty: expected a header that names the columns");
    else if (gw_csv_header(csv))
        while (csv->at < csv->len)
            if (!gw_csv_blank_line(csv))
                gw_csv_row(csv);
    free(csv->scratch);
    free(csv);
}
