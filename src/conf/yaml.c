/*
 * libfyaml's events to a tree. The text is checked first, because libfyaml 0.7.12 takes malformed UTF-8 for
 * the end of the input and lets control bytes through. Its diagnostics are collected and become problems with
 * places like ours; nothing is printed.
 */
#include "yaml.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libfyaml.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#define GW_YAML_BLANKS_MAX    UINT64_C(100000000)
#define GW_YAML_MARKS_MAX     100000
#define GW_YAML_DIRECTIVE_MAX 100

#define GW_JSON_SHORT_MAX (64 * 1024)
#define GW_JSON_MARKS_MAX 10000

struct gw_yaml_reader {
    struct gw_report *report;
    struct gw_yaml *root;
    struct gw_yaml **hole[GW_YAML_DEPTH_MAX]; /* of each open mapping and list: where its next child goes */
    size_t depth;
    size_t n_nodes;
    size_t end; /* of the last token seen: the place of a value that is not there */
    bool whole; /* the first document is complete, whatever follows it */
};

void gw_yaml_free(struct gw_yaml *node)
{
    while (node) {
        struct gw_yaml *next = node->next;

        gw_yaml_free(node->first); /* depth is bounded by GW_YAML_DEPTH_MAX */
        free(node->text);
        free(node);
        node = next;
    }
}

/* ---- before libfyaml sees it ---- */

static bool gw_yaml_check_text(struct gw_report *report)
{
    const unsigned char *p = (const unsigned char *)report->text;
    size_t len = report->len, valid;

    if (len > GW_YAML_SIZE_MAX) {
        gw_report_at(report, 0, "%zu bytes: such a file has at most %d", len, GW_YAML_SIZE_MAX);
        return false;
    }
    if (len >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff))) {
        gw_report_at(report, 0, "UTF-16 text; save the file as UTF-8");
        return false;
    }
    valid = gw_text_utf8_prefix(report->text, len);
    for (size_t i = 0; i < valid; i++)
        if ((p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r') || p[i] == 0x7f)
            valid = i;
    if (valid == len)
        return true;
    if (p[valid] < 0x80)
        gw_report_at(report, valid, "a control byte, 0x%02x, has no place in this file", p[valid]);
    else
        gw_report_at(report, valid, "not UTF-8 text: byte 0x%02x", p[valid]);
    return false;
}

/*
 * libfyaml 0.7.12 remembers each bracket, quote or sign that may yet turn out to begin a key (350 bytes for one), and
 * takes time with the square of a run of blanks and of a directive's length. The limits are far beyond what people and
 * gw_spec_write() write, and keep such a file below a second and 64 MiB.
 */
static bool gw_yaml_check_cost(struct gw_report *report)
{
    size_t line = 0, run = 0, marks = 0;
    uint64_t blanks = 0; /* the squares of all runs until now */

    for (size_t i = 0; i < report->len; i++) {
        char c = report->text[i];

        run = c == ' ' || c == '\t' ? run + 1 : 0;
        blanks += run > 0 ? 2 * run - 1 : 0;
        marks += c != '\0' && strchr("[]{}\"'&*!", c) != NULL;
        if (c == '\n')
            line = i + 1;
        if (blanks > GW_YAML_BLANKS_MAX)
            gw_report_at(report, i - run + 1, "so many blanks in a row are no indentation");
        else if (marks > GW_YAML_MARKS_MAX)
            gw_report_at(report, i, "more brackets, quotes and signs than such a file can need");
        else if (i > line + GW_YAML_DIRECTIVE_MAX && report->text[line] == '%')
            gw_report_at(report, line, "a directive (%%) has at most %d bytes", GW_YAML_DIRECTIVE_MAX);
        else
            continue;
        return false;
    }
    return true;
}

/* Short is cheap; else they are counted, outside of texts. */
bool gw_yaml_is_cheap_json(const char *text, size_t len)
{
    size_t marks = 0;
    bool inside = false;

    for (size_t i = 0; len > GW_JSON_SHORT_MAX && i < len; i++) {
        if (inside && text[i] == '\\') {
            i++;
            continue;
        }
        marks += text[i] == '"' || (!inside && (text[i] == '[' || text[i] == '{'));
        inside ^= text[i] == '"';
    }
    return marks <= GW_JSON_MARKS_MAX;
}

/* ---- events ---- */

static bool gw_yaml_add(struct gw_yaml_reader *r, struct gw_yaml *node)
{
    if (r->depth == 0)
        r->root = node;
    else {
        *r->hole[r->depth - 1] = node;
        r->hole[r->depth - 1] = &node->next;
    }
    if (++r->n_nodes <= GW_YAML_NODES_MAX)
        return true;
    gw_report_at(r->report, node->offset, "too many values: such a file has at most %d", GW_YAML_NODES_MAX);
    return false;
}

static size_t gw_yaml_place(struct gw_yaml_reader *r, struct fy_token *token)
{
    const struct fy_mark *start = token ? fy_token_start_mark(token) : NULL;
    const struct fy_mark *end = token ? fy_token_end_mark(token) : NULL;

    if (!start || !end)
        return r->end;
    r->end = end->input_pos < r->report->len ? end->input_pos : r->report->len;
    return start->input_pos < r->report->len ? start->input_pos : r->report->len;
}

/* What YAML can do and our files do not need. */
static void gw_yaml_refuse_extras(struct gw_yaml_reader *r, struct fy_token *anchor, struct fy_token *tag)
{
    if (anchor)
        gw_report_at(r->report, gw_yaml_place(r, anchor) - 1, "anchors (&) are not used here");
    if (tag)
        gw_report_at(r->report, gw_yaml_place(r, tag),
                     "tags (!) are not used here: every value is plain text");
}

static bool gw_yaml_open(struct gw_yaml_reader *r, enum gw_yaml_kind kind, struct fy_token *token)
{
    struct gw_yaml *node = gw_mem_new(1, sizeof(*node));

    node->kind = kind;
    node->offset = gw_yaml_place(r, token);
    if (!gw_yaml_add(r, node))
        return false;
    if (r->depth == GW_YAML_DEPTH_MAX) {
        gw_report_at(r->report, node->offset, "nested more than %d deep", GW_YAML_DEPTH_MAX);
        return false;
    }
    r->hole[r->depth++] = &node->first;
    return true;
}

static bool gw_yaml_scalar(struct gw_yaml_reader *r, struct fy_token *value)
{
    struct gw_yaml *node = gw_mem_new(1, sizeof(*node));
    enum fy_scalar_style style = fy_token_scalar_style(value);
    size_t len = 0;
    const char *text = fy_token_get_text(value, &len);

    node->kind = GW_YAML_SCALAR;
    node->offset = gw_yaml_place(r, value);
    node->plain = style == FYSS_PLAIN;
    node->text = gw_mem_text(text ? text : "", text ? len : 0);
    node->exact = node->plain && len <= r->report->len - node->offset &&
                  memcmp(r->report->text + node->offset, node->text, len) == 0;
    /* The token of a quoted scalar begins behind the quote. */
    if ((style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) && node->offset > 0)
        node->offset--;
    if (strlen(node->text) != len) {
        gw_report_at(r->report, node->offset, "a NUL byte (\\0) has no place in a value");
        node->refused = true;
    }
    return gw_yaml_add(r, node);
}

static bool gw_yaml_alias(struct gw_yaml_reader *r, struct fy_token *token)
{
    struct gw_yaml *node = gw_mem_new(1, sizeof(*node));

    node->kind = GW_YAML_SCALAR;
    node->offset = gw_yaml_place(r, token) - 1;
    node->text = gw_mem_dup("");
    node->refused = true;
    gw_report_at(r->report, node->offset, "aliases (*) are not used here: write the value again");
    return gw_yaml_add(r, node);
}

/* False when there is no sense in reading on. */
static bool gw_yaml_event(struct gw_yaml_reader *r, struct fy_event *event)
{
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (!r->root)
            return true;
        gw_report_at(r->report, gw_yaml_place(r, event->document_start.document_start),
                     "a second document: such a file has only one");
        return false;
    case FYET_DOCUMENT_END:
        r->whole = r->root != NULL;
        return true;
    case FYET_MAPPING_START:
        gw_yaml_refuse_extras(r, event->mapping_start.anchor, event->mapping_start.tag);
        return gw_yaml_open(r, GW_YAML_MAPPING, event->mapping_start.mapping_start);
    case FYET_SEQUENCE_START:
        gw_yaml_refuse_extras(r, event->sequence_start.anchor, event->sequence_start.tag);
        return gw_yaml_open(r, GW_YAML_LIST, event->sequence_start.sequence_start);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        GW_CHECK(r->depth > 0);
        r->depth--;
        return true;
    case FYET_SCALAR:
        gw_yaml_refuse_extras(r, event->scalar.anchor, event->scalar.tag);
        return gw_yaml_scalar(r, event->scalar.value);
    case FYET_ALIAS:
        return gw_yaml_alias(r, event->alias.anchor);
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
        break;
    }
    return true;
}

/* ---- what libfyaml found ---- */

size_t gw_yaml_offset(const char *text, size_t len, int line, int column)
{
    const char *at = text, *end = text + len;

    for (; line > 1; line--) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));

        if (!newline)
            return len; /* it counts a line more than there is for what is missing at the end */
        at = newline + 1;
    }
    for (; column > 1 && at < end && *at != '\n'; column--) {
        at++;
        while (at < end && ((unsigned char)*at & 0xc0) == 0x80)
            at++;
    }
    return (size_t)(at - text);
}

/* libfyaml's words where they do not help a person who does not know its inside. */
static const char *gw_yaml_words(const char *message)
{
    static const struct {
        const char *theirs, *ours;
    } words[] = {
        {"invalid nested block mapping on the same line",
         "a `: ` inside a value; put the whole value in quotes"},
        {"invalid multiline plain key",
         "not a `key: value` line, or indented differently from the lines around it"},
        {"invalid tab as indendation in a mapping", "a tab at the start of a line; indent with spaces"},
    };

    for (size_t i = 0; i < GW_COUNT_OF(words); i++)
        if (strcmp(message, words[i].theirs) == 0)
            return words[i].ours;
    return message;
}

static void gw_yaml_collect(struct gw_report *report, struct fy_diag *diag)
{
    struct fy_diag_error *error;
    size_t before = report->n;
    void *iterator = NULL;

    while ((error = fy_diag_errors_iterate(diag, &iterator)))
        gw_report_at(report, gw_yaml_offset(report->text, report->len, error->line, error->column), "%s",
                     gw_yaml_words(error->msg));
    if (report->n == before)
        gw_report_at(report, report->len, "not YAML");
}

struct gw_yaml *gw_yaml_read(struct gw_report *report)
{
    struct gw_yaml_reader reader = {.report = report};
    struct fy_diag_cfg diag_config;
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE};
    struct fy_parser *parser;
    struct fy_event *event;
    bool more = true;

    if (!gw_yaml_check_text(report) || !gw_yaml_check_cost(report))
        return NULL;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    config.diag = fy_diag_create(&diag_config);
    GW_CHECK(config.diag);
    fy_diag_set_collect_errors(config.diag, true);
    parser = fy_parser_create(&config);
    GW_CHECK(parser && fy_parser_set_string(parser, report->text, report->len) == 0);
    while (more && (event = fy_parser_parse(parser))) {
        more = gw_yaml_event(&reader, event);
        fy_parser_event_free(parser, event);
    }
    if (fy_parser_get_stream_error(parser))
        gw_yaml_collect(report, config.diag);
    fy_parser_destroy(parser);
    fy_diag_destroy(config.diag);
    /* `---` and nothing behind it is a document, and says as little as an empty file. */
    if (reader.whole && !(reader.root->plain && reader.root->text[0] == '\0'))
        return reader.root;
    gw_yaml_free(reader.root);
    return NULL;
}
