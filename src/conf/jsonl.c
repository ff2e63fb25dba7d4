/*
 * JSON lines: one object on each line, read by libfyaml in its JSON mode as events. Values must be texts (null is
 * empty); keys are columns, "tag:NAME", or "tags" with an object of NAME: value. Values are copied per line into memory
 * that is there once, because an event's text goes with the event.
 */
#include <stdlib.h>
#include <string.h>

#include <libfyaml.h>

#include "rows.h"
#include "yaml.h"

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

/* Names and values of one line: its columns and as many tags as a row may have, and what else is only looked at. */
#define GW_SCRATCH_SIZE \
    ((size_t)(GW_COLUMN_TAG + GW_TABLE_TAGS_MAX + 1) * (GW_TABLE_FIELD_MAX + GW_TAG_NAME_MAX))

/* What the value that comes next belongs to. */
struct gw_jsonl_key {
    enum gw_column column; /* NONE: unknown or refused, its value is passed over */
    bool tags;             /* the key was "tags" */
    struct gw_slice name;  /* of a tag */
};

struct gw_jsonl {
    struct gw_rows *rows;
    struct fy_diag *diag;
    struct fy_parser *parser;
    size_t start; /* of the line */
    size_t end;
    size_t depth; /* 1 in the object, 2 in "tags"; deeper is refused and passed over */
    bool object;  /* the line is one */
    bool in_tags;
    bool tags_seen;
    bool have_key;
    struct gw_jsonl_key key;
    char *scratch;
    size_t scratch_len;
};

/* ---- libfyaml ---- */

static void gw_jsonl_open(struct gw_jsonl *jsonl)
{
    struct fy_diag_cfg diag_config;
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_FORCE};

    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    jsonl->diag = config.diag = fy_diag_create(&diag_config);
    GW_CHECK(jsonl->diag);
    fy_diag_set_collect_errors(jsonl->diag, true);
    jsonl->parser = fy_parser_create(&config);
    GW_CHECK(jsonl->parser);
}

static void gw_jsonl_close(struct gw_jsonl *jsonl)
{
    fy_parser_destroy(jsonl->parser);
    fy_diag_destroy(jsonl->diag);
}

static const char *gw_jsonl_words(const char *message)
{
    static const struct {
        const char *theirs, *ours;
    } words[] = {
        {"missing document start", "something behind the object; each line has one"},
        {"Invalid JSON plain scalar", "not JSON: texts and names stand in double quotes"},
        {"missing comma in flow mapping", "not JSON: expected a comma or }"},
        {"JSON does not allow empty values in a mapping", "not JSON: a name without a value"},
        {"single quoted scalars not supported in JSON mode", "not JSON: texts stand in double quotes"},
    };

    for (size_t i = 0; i < GW_COUNT_OF(words); i++)
        if (strcmp(message, words[i].theirs) == 0)
            return words[i].ours;
    return NULL;
}

/* The first of what libfyaml says of a line; what follows from it would only confuse. */
static void gw_jsonl_broken(struct gw_jsonl *jsonl)
{
    struct gw_report *report = &jsonl->rows->report;
    void *iterator = NULL;
    struct fy_diag_error *error = fy_diag_errors_iterate(jsonl->diag, &iterator);
    const char *ours;
    size_t offset;

    if (!error) {
        gw_report_at(report, jsonl->start, "not JSON");
        return;
    }
    ours = gw_jsonl_words(error->msg);
    offset =
        gw_yaml_offset(report->text + jsonl->start, jsonl->end - jsonl->start, error->line, error->column);
    if (ours)
        gw_report_at(report, jsonl->start + offset, "%s", ours);
    else
        gw_report_at(report, jsonl->start + offset, "not JSON: %s", error->msg);
}

/* ---- keys and values ---- */

static size_t gw_jsonl_place(const struct gw_jsonl *jsonl, struct fy_token *token)
{
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;

    return mark && mark->input_pos <= jsonl->end - jsonl->start ? jsonl->start + mark->input_pos
                                                                : jsonl->start;
}

/* The text of a scalar in memory that outlives its event; cut, when it is too long for any field, to one byte more. */
static struct gw_slice gw_jsonl_keep(struct gw_jsonl *jsonl, struct fy_token *token)
{
    struct gw_slice slice = {"", 0};
    const char *text = fy_token_get_text(token, &slice.len);

    if (slice.len > GW_TABLE_FIELD_MAX + 1)
        slice.len = GW_TABLE_FIELD_MAX + 1;
    if (!text || slice.len == 0 || jsonl->scratch_len + slice.len > GW_SCRATCH_SIZE)
        return (struct gw_slice){"", 0};
    slice.text = memcpy(jsonl->scratch + jsonl->scratch_len, text, slice.len);
    jsonl->scratch_len += slice.len;
    return slice;
}

/* No escape in it: byte n of the value is byte n behind its place. */
static bool gw_jsonl_is_exact(struct fy_token *token, size_t len)
{
    const struct fy_mark *start = fy_token_start_mark(token), *end = fy_token_end_mark(token);

    return start && end && end->input_pos - start->input_pos == len;
}

static bool gw_jsonl_has_tag(const struct gw_row *row, struct gw_slice name)
{
    for (size_t i = 0; i < row->n_tags; i++)
        if (row->tag_name[i].len == name.len && memcmp(row->tag_name[i].text, name.text, name.len) == 0)
            return true;
    return false;
}

static bool gw_jsonl_is(struct gw_slice slice, const char *word)
{
    return slice.len == strlen(word) && memcmp(slice.text, word, slice.len) == 0;
}

static void gw_jsonl_tag_key(struct gw_jsonl *jsonl, struct gw_slice name, size_t offset, bool exact)
{
    struct gw_report *report = &jsonl->rows->report;
    size_t at;
    const char *wrong = gw_tag_name_wrong(name, &at);

    if (wrong) {
        gw_report_at(report, offset + (exact ? at : 0), "%s", wrong);
    } else if (gw_jsonl_has_tag(&jsonl->rows->row, name)) {
        gw_report_at(report, offset, "tag `%s` is there twice", gw_shown(name.text, name.len).text);
    } else {
        jsonl->key.column = GW_COLUMN_TAG;
        jsonl->key.name = name;
    }
}

static void gw_jsonl_unknown(struct gw_jsonl *jsonl, struct gw_slice name, size_t offset)
{
    struct gw_report *report = &jsonl->rows->report;
    const char *near = gw_column_near(name);

    if (near)
        gw_report_at(report, offset, "unknown key `%s`; did you mean `%s`?",
                     gw_shown(name.text, name.len).text, near);
    else
        gw_report_at(report, offset, "unknown key `%s`; what is yours alone goes into \"tags\"",
                     gw_shown(name.text, name.len).text);
}

static void gw_jsonl_key(struct gw_jsonl *jsonl, struct fy_token *token)
{
    struct gw_row *row = &jsonl->rows->row;
    struct gw_report *report = &jsonl->rows->report;
    struct gw_slice name = gw_jsonl_keep(jsonl, token);
    size_t offset = gw_jsonl_place(jsonl, token);
    bool exact = gw_jsonl_is_exact(token, name.len);

    jsonl->key = (struct gw_jsonl_key){0};
    if (jsonl->in_tags) {
        gw_jsonl_tag_key(jsonl, name, offset, exact);
        return;
    }
    if (name.len >= 4 && memcmp(name.text, "tag:", 4) == 0) {
        gw_jsonl_tag_key(jsonl, (struct gw_slice){name.text + 4, name.len - 4}, offset + (exact ? 4 : 0),
                         exact);
        return;
    }
    if (gw_jsonl_is(name, "tags")) {
        jsonl->key.tags = true;
        if (jsonl->tags_seen)
            gw_report_at(report, offset, "`tags` is there twice");
        jsonl->tags_seen = true;
        return;
    }
    jsonl->key.column = gw_column_find(name.text, name.len);
    if (jsonl->key.column == GW_COLUMN_NONE) {
        gw_jsonl_unknown(jsonl, name, offset);
    } else if (row->given[jsonl->key.column]) {
        gw_report_at(report, offset, "`%s` is there twice", gw_column_name(jsonl->key.column));
        jsonl->key.column = GW_COLUMN_NONE;
    } else {
        row->given[jsonl->key.column] = true;
    }
}

static void gw_jsonl_value(struct gw_jsonl *jsonl, struct fy_token *token)
{
    struct gw_report *report = &jsonl->rows->report;
    struct gw_cell cell = {.value = gw_jsonl_keep(jsonl, token), .first = gw_jsonl_place(jsonl, token)};

    if (fy_token_scalar_style(token) == FYSS_PLAIN) {
        if (!gw_jsonl_is(cell.value, "null")) {
            gw_report_at(report, cell.first, "must be a text: write \"%s\"",
                         gw_shown(cell.value.text, cell.value.len).text);
            return;
        }
        cell.value.len = 0;
    }
    if (jsonl->key.tags) {
        if (cell.value.len > 0 || fy_token_scalar_style(token) != FYSS_PLAIN)
            gw_report_at(report, cell.first, "tags: must be an object, as in {\"ring\": \"1\"}");
        return;
    }
    cell.exact = gw_jsonl_is_exact(token, cell.value.len);
    if (jsonl->key.column == GW_COLUMN_TAG)
        gw_rows_tag(jsonl->rows, jsonl->key.name, &cell);
    else if (jsonl->key.column != GW_COLUMN_NONE)
        gw_rows_field(jsonl->rows, jsonl->key.column, &cell);
}

/* ---- lines ---- */

static void gw_jsonl_opened(struct gw_jsonl *jsonl, struct fy_token *token, bool object)
{
    struct gw_report *report = &jsonl->rows->report;
    size_t offset = gw_jsonl_place(jsonl, token);

    jsonl->depth++;
    if (jsonl->depth == 1)
        jsonl->object = object;
    if (jsonl->depth == 1 && !object)
        gw_report_at(report, offset,
                     "must be an object, as in {\"gateway_id\": \"...\", \"region\": \"...\"}");
    else if (jsonl->depth == 2 && object && jsonl->object && jsonl->key.tags && jsonl->have_key)
        jsonl->in_tags = true;
    else if (jsonl->object && (jsonl->depth == 2 || (jsonl->depth == 3 && jsonl->in_tags)))
        gw_report_at(report, offset, "must be a text, not %s", object ? "an object" : "a list");
    jsonl->have_key = false;
}

static void gw_jsonl_closed(struct gw_jsonl *jsonl)
{
    if (jsonl->depth == 2)
        jsonl->in_tags = false;
    jsonl->depth--;
    jsonl->have_key = false;
}

static void gw_jsonl_scalar(struct gw_jsonl *jsonl, struct fy_token *token)
{
    if (jsonl->depth == 0) {
        gw_report_at(&jsonl->rows->report, jsonl->start,
                     "must be an object, as in {\"gateway_id\": \"...\", \"region\": \"...\"}");
        return;
    }
    if (!jsonl->object || (jsonl->depth > 1 && !(jsonl->in_tags && jsonl->depth == 2)))
        return; /* within what was refused when it opened */
    if (jsonl->have_key)
        gw_jsonl_value(jsonl, token);
    else
        gw_jsonl_key(jsonl, token);
    jsonl->have_key = !jsonl->have_key;
}

static void gw_jsonl_events(struct gw_jsonl *jsonl)
{
    struct fy_event *event;

    while ((event = fy_parser_parse(jsonl->parser))) {
        if (event->type == FYET_MAPPING_START)
            gw_jsonl_opened(jsonl, event->mapping_start.mapping_start, true);
        else if (event->type == FYET_SEQUENCE_START)
            gw_jsonl_opened(jsonl, event->sequence_start.sequence_start, false);
        else if (event->type == FYET_MAPPING_END || event->type == FYET_SEQUENCE_END)
            gw_jsonl_closed(jsonl);
        else if (event->type == FYET_SCALAR)
            gw_jsonl_scalar(jsonl, event->scalar.value);
        fy_parser_event_free(jsonl->parser, event);
    }
}

static void gw_jsonl_line(struct gw_jsonl *jsonl)
{
    struct gw_rows *rows = jsonl->rows;
    static const enum gw_column needed[] = {GW_COLUMN_GATEWAY_ID, GW_COLUMN_REGION};

    for (size_t i = 0; i < GW_COLUMN_TAG; i++)
        rows->row.field[i] = (struct gw_slice){"", 0};
    memset(rows->row.given, 0, sizeof(rows->row.given));
    jsonl->depth = jsonl->scratch_len = 0;
    jsonl->object = jsonl->in_tags = jsonl->tags_seen = jsonl->have_key = false;
    (void)fy_parser_reset(jsonl->parser);
    GW_CHECK(fy_parser_set_string(jsonl->parser, rows->report.text + jsonl->start,
                                  jsonl->end - jsonl->start) == 0);
    gw_jsonl_events(jsonl);
    if (fy_parser_get_stream_error(jsonl->parser)) {
        gw_jsonl_broken(jsonl);
        gw_jsonl_close(jsonl); /* diagnostics stay until the end of their collector */
        gw_jsonl_open(jsonl);
    }
    if (rows->report.n > rows->n_before)
        return;
    for (size_t i = 0; i < GW_COUNT_OF(needed); i++)
        if (!rows->row.given[needed[i]])
            gw_report_at(&rows->report, jsonl->start, "%s is missing", gw_column_name(needed[i]));
    gw_rows_done(rows, jsonl->start);
}

/* The bytes that libfyaml must not see: it takes malformed text for the end of its input. */
static bool gw_jsonl_check_bytes(struct gw_rows *rows, size_t start, size_t end)
{
    size_t valid;

    if (rows->clean)
        return true;
    valid = start + gw_text_utf8_prefix(rows->report.text + start, end - start);
    if (valid == end)
        return true;
    if (rows->report.text[valid] == '\0')
        gw_report_at(&rows->report, valid, "a NUL byte");
    else
        gw_report_at(&rows->report, valid, "not UTF-8 text: byte 0x%02x",
                     (unsigned char)rows->report.text[valid]);
    return false;
}

static bool gw_jsonl_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

void gw_jsonl_read(struct gw_rows *rows)
{
    struct gw_jsonl jsonl = {.rows = rows};
    const char *text = rows->report.text;
    size_t len = rows->report.len, at = 0, next;
    uint64_t line = 1;

    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        at = 3;
    jsonl.scratch = gw_mem_new(GW_SCRATCH_SIZE, 1);
    gw_jsonl_open(&jsonl);
    for (; at < len; at = next, line++) {
        const char *newline = memchr(text + at, '\n', len - at);

        jsonl.end = newline ? (size_t)(newline - text) : len;
        next = newline ? jsonl.end + 1 : len;
        while (jsonl.end > at && gw_jsonl_is_blank(text[jsonl.end - 1]))
            jsonl.end--;
        while (at < jsonl.end && gw_jsonl_is_blank(text[at]))
            at++;
        jsonl.start = at;
        gw_rows_begin(rows, line);
        if (jsonl.end > at && !gw_yaml_is_cheap_json(text + at, jsonl.end - at))
            gw_report_at(&rows->report, at, "not an inventory: more brackets and texts than a device has");
        else if (jsonl.end > at && gw_jsonl_check_bytes(rows, at, jsonl.end))
            gw_jsonl_line(&jsonl);
    }
    gw_jsonl_close(&jsonl);
    free(jsonl.scratch);
}
