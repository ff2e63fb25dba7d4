/*
 * Saved plans. A million lines are read, so a line is taken apart by the one shape in which it was written, and only the
 * head, which holds the texts of people, is read as the YAML that JSON is. What must stay true: whatever the writer
 * writes the reader takes, and of any other file it says so.
 */
#include "gatewave/conf/plan_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/json.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/rng.h"
#include "gatewave/base/when.h"

#include "keys.h"
#include "yaml.h"

#define GW_PLAN_WAVE_MAX 1000
#define END_BEFORE       "{\"end\":\""
#define END_SIZE         (sizeof(END_BEFORE) - 1 + 16 + 2) /* the sum, the closing "} and no newline */

/* ---- writing ---- */

static void gw_plan_file_close(struct gw_buf *ret, size_t from, uint64_t *sum)
{
    gw_buf_add_char(ret, '\n');
    *sum = gw_hash(ret->data + from, ret->len - from, *sum);
}

void gw_plan_file_head(struct gw_buf *ret, const struct gw_plan_head *head, uint64_t *sum)
{
    size_t from = ret->len;
    char when[GW_WHEN_TEXT_SIZE];
    struct gw_json json;

    gw_when_text(head->planned_unix_ms, when);
    gw_json_init(&json, ret);
    gw_json_open(&json, NULL, '{');
    gw_json_int(&json, "gatewave_plan", 1);
    gw_json_text(&json, "rollout", head->rollout);
    gw_json_text(&json, "version", head->version);
    gw_json_text(&json, "planned_at", when);
    gw_json_text(&json, "source", head->source);
    gw_json_text(&json, "membership", head->membership);
    gw_json_int(&json, "devices", head->targets);
    gw_json_text(&json, "spec", head->spec);
    gw_json_close(&json, '}');
    gw_plan_file_close(ret, from, sum);
}

void gw_plan_file_target(struct gw_buf *ret, const char *gateway_id, const char *serial, uint32_t wave,
                         const char *model, const char *version, uint64_t *sum)
{
    size_t from = ret->len;
    struct gw_json json;

    gw_json_init(&json, ret);
    gw_json_open(&json, NULL, '{');
    gw_json_text(&json, "gateway_id", gateway_id);
    gw_json_text(&json, "serial", serial);
    gw_json_int(&json, "wave", wave);
    gw_json_text(&json, "model", model);
    gw_json_text(&json, "version", version);
    gw_json_close(&json, '}');
    gw_plan_file_close(ret, from, sum);
}

void gw_plan_file_end(struct gw_buf *ret, uint64_t sum)
{
    gw_buf_addf(ret, END_BEFORE "%016" PRIx64 "\"}\n", sum);
}

/* ---- a device ---- */

struct gw_plan_cursor {
    const char *p, *end;
};

static bool gw_plan_scan_mark(struct gw_plan_cursor *at, const char *mark)
{
    size_t len = strlen(mark);

    if ((size_t)(at->end - at->p) < len || memcmp(at->p, mark, len) != 0)
        return false;
    at->p += len;
    return true;
}

/* The mark, which ends with a quote, and the text up to the next quote that is not escaped. */
static bool gw_plan_scan_text(struct gw_plan_cursor *at, const char *mark, struct gw_slice *ret)
{
    const char *p;

    if (!gw_plan_scan_mark(at, mark))
        return false;
    for (p = at->p; p < at->end && *p != '"'; p++)
        if (*p == '\\' && ++p == at->end)
            return false;
    if (p >= at->end)
        return false;
    *ret = (struct gw_slice){.text = at->p, .len = (size_t)(p - at->p)};
    at->p = p + 1;
    return true;
}

static bool gw_plan_scan_wave(struct gw_plan_cursor *at, uint32_t *ret)
{
    uint32_t wave = 0;

    if (!gw_plan_scan_mark(at, ",\"wave\":"))
        return false;
    for (; at->p < at->end && *at->p >= '0' && *at->p <= '9' && wave < GW_PLAN_WAVE_MAX; at->p++)
        wave = wave * 10 + (uint32_t)(*at->p - '0');
    *ret = wave;
    return wave > 0 && wave < GW_PLAN_WAVE_MAX;
}

bool gw_plan_line_scan(const char *text, size_t len, struct gw_plan_line *ret)
{
    struct gw_plan_cursor at = {.p = text, .end = text + len};
    struct gw_plan_line line = {.whole = {.text = text, .len = len}};

    if (!gw_plan_scan_text(&at, "{\"gateway_id\":\"", &line.gateway_id) ||
        !gw_plan_scan_text(&at, ",\"serial\":\"", &line.serial) || !gw_plan_scan_wave(&at, &line.wave) ||
        !gw_plan_scan_text(&at, ",\"model\":\"", &line.model) ||
        !gw_plan_scan_text(&at, ",\"version\":\"", &line.version) || !gw_plan_scan_mark(&at, "}") ||
        at.p != at.end)
        return false;
    *ret = line;
    return true;
}

/* ---- the head ---- */

void gw_plan_head_release(struct gw_plan_head *head)
{
    free(head->rollout);
    free(head->version);
    free(head->source);
    free(head->membership);
    free(head->spec);
    *head = (struct gw_plan_head){0};
}

static bool gw_plan_head_text(const struct gw_yaml *mapping, const char *name, char **ret)
{
    const struct gw_yaml *value = gw_keys_find(mapping, name);

    if (!value || value->kind != GW_YAML_SCALAR)
        return false;
    *ret = gw_mem_dup(value->text);
    return true;
}

static bool gw_plan_head_scan(const char *text, size_t len, struct gw_plan_head *ret)
{
    struct gw_buf problems;
    struct gw_report report;
    struct gw_yaml *mapping;
    const struct gw_yaml *targets, *when;
    uint64_t n = 0;
    bool good;

    gw_buf_init(&problems, 0);
    gw_report_init(&report, "", text, len, 1, false, &problems);
    mapping = gw_yaml_read(&report);
    targets = gw_keys_find(mapping, "devices");
    when = gw_keys_find(mapping, "planned_at");
    good = gw_plan_head_text(mapping, "rollout", &ret->rollout) &&
           gw_plan_head_text(mapping, "version", &ret->version) &&
           gw_plan_head_text(mapping, "source", &ret->source) &&
           gw_plan_head_text(mapping, "membership", &ret->membership) &&
           gw_plan_head_text(mapping, "spec", &ret->spec) && targets && targets->kind == GW_YAML_SCALAR &&
           gw_parse_u64(targets->text, 1, UINT32_MAX, &n) == NULL && when && when->kind == GW_YAML_SCALAR &&
           gw_when_parse(when->text, &ret->planned_unix_ms);
    ret->targets = (uint32_t)n;
    gw_yaml_free(mapping);
    gw_buf_release(&problems);
    return good && report.n == 0;
}

/* ---- the file ---- */

/* Walks the lines between head and end; false when one is no device, or they are not as many as the head says. */
static bool gw_plan_file_lines(const char *p, const char *end,
                               void (*each)(void *user, const struct gw_plan_line *line), void *user,
                               uint32_t targets, uint64_t *sum)
{
    struct gw_plan_line line;
    uint32_t n = 0;

    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));

        if (!newline || n++ == targets || !gw_plan_line_scan(p, (size_t)(newline - p), &line))
            return false;
        *sum = gw_hash(p, (uint64_t)(newline + 1 - p), *sum);
        each(user, &line);
        p = newline + 1;
    }
    return n == targets;
}

enum gw_code gw_plan_file_read(const char *bytes, size_t len, const char *file,
                               void (*each)(void *user, const struct gw_plan_line *line), void *user,
                               struct gw_plan_head *ret, struct gw_err *err)
{
    const char *newline = memchr(bytes, '\n', len), *end;
    struct gw_plan_head head = {0};
    uint64_t sum = 0;
    struct gw_buf last;
    bool whole;

    if (len < sizeof(GW_PLAN_FILE_MARK) - 1 ||
        memcmp(bytes, GW_PLAN_FILE_MARK, sizeof(GW_PLAN_FILE_MARK) - 1) != 0)
        return gw_err_set(err, GW_ERR_INPUT, "%s is no plan file of this gatewave", file);
    whole = newline && (size_t)(bytes + len - newline - 1) > END_SIZE &&
            gw_plan_head_scan(bytes, (size_t)(newline - bytes), &head);
    if (whole) {
        end = bytes + len - END_SIZE - 1;
        sum = gw_hash(bytes, (uint64_t)(newline + 1 - bytes), sum);
        whole = gw_plan_file_lines(newline + 1, end, each, user, head.targets, &sum);
        gw_buf_init(&last, 0);
        gw_plan_file_end(&last, sum);
        whole = whole && memcmp(end, gw_buf_text(&last), END_SIZE + 1) == 0;
        gw_buf_release(&last);
    }
    if (!whole) {
        gw_plan_head_release(&head);
        return gw_err_set(err, GW_ERR_INPUT,
                          "%s was cut short or changed since it was planned: a plan file is run as it was "
                          "written, or not at all; plan again",
                          file);
    }
    *ret = head;
    return GW_OK;
}
