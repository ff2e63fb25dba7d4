/*
 * From a saved plan back to what it says, if it still holds: the draft is made again and compared with the file, device
 * by device. What has changed is listed; nothing is adapted, for what was looked at and slept over is what runs.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"
#include "gatewave/base/text.h"
#include "gatewave/conf/plan_file.h"
#include "gatewave/store/rollout.h"

#include "figures.h"

#include "plan-local.h"
#include "whole.h"

#define PLAN_SIZE_MAX ((size_t)2 << 30)
#define CHANGES_SHOWN 5
#define LINES_SHOWN   5

bool gw_plan_is_file(const char *file)
{
    char begin[sizeof(GW_PLAN_FILE_MARK) - 1];
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return false;
    n = read(fd, begin, sizeof(begin));
    (void)close(fd);
    return n == (ssize_t)sizeof(begin) && memcmp(begin, GW_PLAN_FILE_MARK, sizeof(begin)) == 0;
}

/* ---- devices ---- */

struct gw_plan_planned {
    uint64_t key;
    const char *line; /* in the file's bytes */
    uint32_t len;
    bool seen; /* it is in the draft too */
};

enum gw_plan_change {
    CHANGE_ADDED,
    CHANGE_REMOVED,
    CHANGE_WAVE,
    CHANGE_MODEL,
    CHANGE_VERSION,
    CHANGE_COUNT
};

struct gw_plan_comparison {
    struct gw_plan_planned *planned; /* by key, once all are there */
    size_t n, size;
    struct gw_buf line;
    uint64_t count[CHANGE_COUNT];
    struct gw_buf shown[CHANGE_COUNT];
};

static uint64_t gw_plan_key(const struct gw_plan_line *line)
{
    return gw_hash(line->serial.text, line->serial.len,
                   gw_hash(line->gateway_id.text, line->gateway_id.len, 0));
}

static void gw_plan_add_planned(void *user, const struct gw_plan_line *line)
{
    struct gw_plan_comparison *comparison = user;

    if (comparison->n == comparison->size) {
        comparison->size = comparison->size ? comparison->size * 2 : 1024;
        comparison->planned =
            gw_mem_resize(comparison->planned, comparison->size, sizeof(*comparison->planned));
    }
    comparison->planned[comparison->n++] = (struct gw_plan_planned){
        .key = gw_plan_key(line), .line = line->whole.text, .len = (uint32_t)line->whole.len};
}

static int gw_plan_by_key(const void *a, const void *b)
{
    const struct gw_plan_planned *left = a, *right = b;

    return (left->key > right->key) - (left->key < right->key);
}

/* Counts a change, and names the device if it is among the first. True: what changed may be added to *buf. */
static bool gw_plan_changed(struct gw_plan_comparison *comparison, enum gw_plan_change change,
                            const struct gw_plan_line *line)
{
    struct gw_buf *buf = &comparison->shown[change];

    if (comparison->count[change]++ >= CHANGES_SHOWN)
        return false;
    gw_buf_add_text(buf, buf->len ? ", " : "");
    gw_screen_text_n(buf, line->gateway_id.text, line->gateway_id.len);
    if (line->serial.len > 0) {
        gw_buf_add_text(buf, " (");
        gw_screen_text_n(buf, line->serial.text, line->serial.len);
        gw_buf_add_char(buf, ')');
    }
    return true;
}

static void gw_plan_changed_text(struct gw_plan_comparison *comparison, enum gw_plan_change change,
                                 const struct gw_plan_line *line, struct gw_slice was, struct gw_slice is)
{
    struct gw_buf *buf = &comparison->shown[change];

    if (was.len == is.len && memcmp(was.text, is.text, is.len) == 0)
        return;
    if (!gw_plan_changed(comparison, change, line))
        return;
    gw_buf_add_text(buf, " from ");
    gw_screen_text_n(buf, was.len ? was.text : "none", was.len ? was.len : 4);
    gw_buf_add_text(buf, " to ");
    gw_screen_text_n(buf, is.len ? is.text : "none", is.len ? is.len : 4);
}

static bool gw_plan_compare_target(void *user, const struct gw_draft_target *target)
{
    struct gw_plan_comparison *comparison = user;
    struct gw_plan_line now, was;
    struct gw_plan_planned wanted, *planned;
    uint64_t sum = 0;

    gw_buf_reset(&comparison->line);
    gw_plan_file_target(&comparison->line, target->gateway_id, target->serial, target->wave + 1,
                        target->model, target->version, &sum);
    GW_CHECK(gw_plan_line_scan(comparison->line.data, comparison->line.len - 1, &now));
    wanted = (struct gw_plan_planned){.key = gw_plan_key(&now)};
    planned = bsearch(&wanted, comparison->planned, comparison->n, sizeof(*planned), gw_plan_by_key);
    if (!planned) {
        (void)gw_plan_changed(comparison, CHANGE_ADDED, &now);
        return true;
    }
    planned->seen = true;
    GW_CHECK(gw_plan_line_scan(planned->line, planned->len, &was));
    if (was.wave != now.wave && gw_plan_changed(comparison, CHANGE_WAVE, &now))
        gw_buf_addf(&comparison->shown[CHANGE_WAVE], " from %u to %u", was.wave, now.wave);
    gw_plan_changed_text(comparison, CHANGE_MODEL, &now, was.model, now.model);
    gw_plan_changed_text(comparison, CHANGE_VERSION, &now, was.version, now.version);
    return true;
}

/* True when something was found; it is added to problems, and a summary to *summary. */
static bool gw_plan_tell_changes(struct gw_plan_comparison *comparison, struct gw_buf *problems,
                                 struct gw_buf *summary)
{
    static const char *const words[CHANGE_COUNT] = {"added", "removed", "in another wave",
                                                    "with another model", "with another version"};
    bool any = false;

    for (int i = 0; i < CHANGE_COUNT; i++) {
        if (comparison->count[i] == 0)
            continue;
        gw_buf_add_text(summary, any ? ", " : "");
        gw_figure_count(summary, comparison->count[i]);
        gw_buf_addf(summary, " %s", words[i]);
        gw_buf_addf(problems, "%s: %s", words[i], gw_buf_text(&comparison->shown[i]));
        if (comparison->count[i] > CHANGES_SHOWN) {
            gw_buf_add_text(problems, ", and ");
            gw_figure_count(problems, comparison->count[i] - CHANGES_SHOWN);
            gw_buf_add_text(problems, " more");
        }
        gw_buf_add_char(problems, '\n');
        any = true;
    }
    return any;
}

static enum gw_code gw_plan_compare(struct gw_plan_comparison *comparison, struct gw_session *session,
                                    const struct gw_spec *spec, const struct gw_plan_head *head,
                                    const char *file, struct gw_err *err)
{
    struct gw_draft *draft;
    struct gw_buf summary;
    enum gw_code code = gw_plan_draft(session, spec, NULL, &draft, err);

    if (code != GW_OK) {
        (void)gw_err_prefix(err, "%s no longer fits the inventory", file);
        return code;
    }
    qsort(comparison->planned, comparison->n, sizeof(*comparison->planned), gw_plan_by_key);
    gw_draft_targets_each(draft, gw_plan_compare_target, comparison);
    for (size_t i = 0; i < comparison->n; i++) {
        struct gw_plan_line line;

        if (comparison->planned[i].seen)
            continue;
        GW_CHECK(gw_plan_line_scan(comparison->planned[i].line, comparison->planned[i].len, &line));
        (void)gw_plan_changed(comparison, CHANGE_REMOVED, &line);
    }
    gw_buf_init(&summary, 0);
    if (gw_plan_tell_changes(comparison, &session->problems, &summary))
        code = gw_err_set(err, GW_ERR_INPUT,
                          "%s no longer fits the inventory (devices: %s): nothing was called; plan again",
                          file, gw_buf_text(&summary));
    else if (!gw_text_equal(gw_draft_membership(draft), head->membership))
        code = gw_err_set(
            err, GW_ERR_INPUT,
            "%s no longer fits the inventory: the devices would be called in another order, as when "
            "the roles of a pair were changed; nothing was called; plan again",
            file);
    gw_buf_release(&summary);
    gw_draft_free(draft);
    return code;
}

/* ---- the rollout file ---- */

static bool gw_plan_has_line(const char *text, const char *line, size_t len)
{
    for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n')
        if (strcspn(p, "\n") == len && memcmp(p, line, len) == 0)
            return true;
    return false;
}

/* The first lines of one text that the other does not have. */
static void gw_plan_tell_lines(const char *of, const char *other, const char *mark, struct gw_buf *problems)
{
    size_t len, shown = 0;

    for (const char *p = of; *p && shown < LINES_SHOWN; p += len, p += *p == '\n') {
        len = strcspn(p, "\n");
        if (gw_plan_has_line(other, p, len))
            continue;
        gw_buf_addf(problems, "%s %.*s\n", mark, (int)len, p);
        shown++;
    }
}

/* A rollout file that is not there any more does not count: the plan has all that it said. */
static enum gw_code gw_plan_compare_source(struct gw_session *session, const struct gw_plan_head *head,
                                           const char *file, struct gw_err *err)
{
    struct gw_spec spec;
    struct gw_buf text;
    enum gw_code code;

    if (!head->source[0] || access(head->source, F_OK) != 0)
        return GW_OK;
    code = gw_spec_read(head->source, &spec, &session->problems, err);
    if (code)
        return code;
    gw_buf_init(&text, 0);
    gw_spec_write(&spec, &text);
    if (!gw_text_equal(gw_buf_text(&text), head->spec)) {
        gw_plan_tell_lines(head->spec, gw_buf_text(&text), "planned:", &session->problems);
        gw_plan_tell_lines(gw_buf_text(&text), head->spec, "now:    ", &session->problems);
        code = gw_err_set(err, GW_ERR_INPUT,
                          "%s was changed since %s was planned from it: nothing was called; plan again",
                          head->source, file);
    }
    gw_buf_release(&text);
    gw_spec_release(&spec);
    return code;
}

/* ---- all of it ---- */

static enum gw_code gw_plan_hold(struct gw_session *session, struct gw_plan_comparison *comparison,
                                 const struct gw_plan_head *head, const struct gw_spec *spec,
                                 const char *file, struct gw_err *err)
{
    struct gw_rollout_row row;
    enum gw_code code = gw_rollout_find(session->store, spec->name, &row, err);

    if (code == GW_OK && gw_text_equal(row.membership, head->membership))
        return GW_OK; /* what was begun is what was planned, and goes on whatever the inventory says by now */
    if (code == GW_OK)
        return gw_err_set(err, GW_ERR_INPUT,
                          "a rollout %s was begun already, and not from %s: give the plan's rollout a "
                          "name of its own",
                          spec->name, file);
    if (code != GW_ERR_NOT_FOUND)
        return code;
    code = gw_plan_compare_source(session, head, file, err);
    return code == GW_OK ? gw_plan_compare(comparison, session, spec, head, file, err) : code;
}

enum gw_code gw_plan_take(struct gw_session *session, const char *file, struct gw_spec *ret,
                          struct gw_err *err)
{
    struct gw_plan_comparison comparison = {0};
    struct gw_plan_head head = {0};
    struct gw_spec spec;
    struct gw_buf bytes;
    enum gw_code code;

    gw_buf_init(&bytes, PLAN_SIZE_MAX);
    gw_buf_init(&comparison.line, 0);
    code = gw_whole_read(file, &bytes, err);
    if (code == GW_OK)
        code = gw_plan_file_read(gw_buf_text(&bytes), bytes.len, file, gw_plan_add_planned, &comparison,
                                 &head, err);
    if (code == GW_OK)
        code = gw_spec_parse(head.spec, strlen(head.spec), file, &spec, &session->problems, err);
    if (code == GW_OK) {
        code = gw_plan_hold(session, &comparison, &head, &spec, file, err);
        if (code)
            gw_spec_release(&spec);
        else
            *ret = spec;
    }
    for (int i = 0; i < CHANGE_COUNT; i++)
        gw_buf_release(&comparison.shown[i]);
    gw_buf_release(&comparison.line);
    free(comparison.planned);
    gw_plan_head_release(&head);
    gw_buf_release(&bytes);
    return code;
}
