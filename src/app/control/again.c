/*
 * Going on from a rollout that is over: a retry, and what a rollback shares with it. Outcomes never change; what is to
 * be tried again is a rollout of its own, selected by what became of the devices in the old one.
 */
#include "again.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/app/control.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "rollout/begin.h"
#include "rollout/freeze.h"
#include "tell/summary.h"

#define NAME_MAX_LEN 100 /* as a rollout file may name it */
#define NUMBERS_MAX  1000u

/* ---- what retry and rollback share ---- */

enum gw_code gw_again_open(struct gw_session *session, struct gw_err *err)
{
    return session->store ? GW_OK : gw_session_open(session, GW_STORE_WRITE, err);
}

void gw_again_set(char **text, const char *value)
{
    char *copy = gw_mem_dup(value);

    free(*text);
    *text = copy;
}

void gw_again_quote(struct gw_buf *buf, const char *value)
{
    gw_buf_add_char(buf, '\'');
    for (const char *p = value; *p; p++)
        gw_buf_add_text(buf, *p == '\'' ? "''" : (char[]){*p, '\0'});
    gw_buf_add_char(buf, '\'');
}

static enum gw_code gw_again_refuse_open(struct gw_session *session, const struct gw_rollout_row *row,
                                         struct gw_err *err)
{
    uint64_t count[GW_STATE_COUNT], under_way;
    enum gw_code code = gw_targets_count(session->store, row->id, 0, count, err);

    if (code != GW_OK)
        return code;
    under_way = count[GW_STATE_IN_FLIGHT] + count[GW_STATE_UPGRADING] + count[GW_STATE_IN_DOUBT];
    if (under_way > 0)
        return gw_err_set(err, GW_ERR_INPUT,
                          "rollout %s is not over: %" PRIu64
                          " device%s upgrading or in doubt; let a run of it end",
                          row->name, under_way, under_way == 1 ? " is" : "s are");
    if (count[GW_STATE_WAITING] > 0)
        return gw_err_set(err, GW_ERR_INPUT,
                          "rollout %s is not over: %" PRIu64
                          " devices wait; run it to its end, or abort it first",
                          row->name, count[GW_STATE_WAITING]);
    return GW_OK;
}

enum gw_code gw_again_load(struct gw_session *session, const char *name, struct gw_rollout_row *ret_row,
                           struct gw_spec *ret_spec, struct gw_err *err)
{
    struct gw_rollout_row row;
    char *text = NULL;
    enum gw_code code = gw_summary_rollout(session, name, &row, err);

    if (code == GW_OK)
        code = gw_again_refuse_open(session, &row, err);
    if (code == GW_OK)
        code = gw_rollout_spec(session->store, row.id, &text, err);
    if (code == GW_OK)
        code = gw_spec_parse(text, strlen(text), row.name, ret_spec, &session->problems, err);
    if (code == GW_OK)
        *ret_row = row;
    free(text);
    return code;
}

enum gw_code gw_again_name(struct gw_session *session, const char *stem, bool numbered, struct gw_spec *spec,
                           struct gw_err *err)
{
    char name[GW_ROLLOUT_NAME_MAX];

    for (uint32_t number = numbered ? 1 : 0; number < NUMBERS_MAX; number++) {
        struct gw_rollout_row taken;
        enum gw_code code;
        int len = number == 0 ? snprintf(name, sizeof(name), "%s", stem)
                              : snprintf(name, sizeof(name), "%s-%u", stem, number);

        if (len > NAME_MAX_LEN)
            return gw_err_set(err, GW_ERR_INPUT, "%s: the name gets longer than %d bytes; say another", stem,
                              NAME_MAX_LEN);
        code = gw_rollout_find(session->store, name, &taken, err);
        if (code == GW_ERR_NOT_FOUND) {
            gw_again_set(&spec->name, name);
            return GW_OK;
        }
        if (code != GW_OK)
            return code;
    }
    return gw_err_set(err, GW_ERR_INPUT, "%s-1 to %s-%u are all taken; say another name", stem, stem,
                      NUMBERS_MAX - 1);
}

struct gw_output *gw_again_output(struct gw_session *session)
{
    static const struct gw_output_column columns[] = {
        {.name = "rollout"},
        {.name = "version"},
        {.name = "devices", .kind = GW_OUTPUT_NUMBER},
        {.name = "after"},
    };

    return gw_output_new(&session->out, session->format ? session->format : GW_OUTPUT_TABLE, GW_OUTPUT_ROWS,
                         columns, GW_COUNT_OF(columns));
}

void gw_again_row(struct gw_output *output, const struct gw_rollout_row *old,
                  const struct gw_rollout_row *new_)
{
    char devices[16];
    const char *cells[] = {new_->name, new_->version, devices, old->name};

    (void)snprintf(devices, sizeof(devices), "%u", new_->targets);
    (void)gw_output_row(output, cells);
}

/* ---- retry ---- */

#define RETRY_DEFAULT "failed,unresolved,deferred,relapsed"

struct gw_retry_only {
    bool state[GW_STATE_COUNT];
    bool relapsed; /* their state is that they succeeded */
};

/* The outcomes of a comma-separated list, each once. */
static enum gw_code gw_retry_parse_only(const char *text, struct gw_retry_only *ret, struct gw_err *err)
{
    size_t n;

    *ret = (struct gw_retry_only){.relapsed = false};
    for (const char *p = text;; p += n + 1) {
        char word[24];
        enum gw_state state = GW_STATE_NONE;
        bool relapsed = false;

        n = strcspn(p, ",");
        if (gw_text_copy_n(word, sizeof(word), p, n)) {
            state = gw_state_find(word);
            relapsed = gw_text_equal(word, "relapsed");
        }
        if (!relapsed && state != GW_STATE_FAILED && state != GW_STATE_UNRESOLVED &&
            state != GW_STATE_DEFERRED && state != GW_STATE_CANCELED)
            return gw_err_set(err, GW_ERR_INPUT,
                              "--only %s: `%.*s` is none of failed, unresolved, deferred, relapsed, canceled",
                              text, (int)n, p);
        if (relapsed)
            ret->relapsed = true;
        else
            ret->state[state] = true;
        if (!p[n])
            return GW_OK;
    }
}

/* A retry of a retry is numbered on, not nested. */
static void gw_retry_stem(const char *name, char *ret, size_t size)
{
    static const char mark[] = ".retry-";
    const char *found = NULL;

    for (const char *p = strstr(name, mark); p; p = strstr(p + 1, mark))
        found = p;
    if (found && found > name && found[sizeof(mark) - 1] &&
        strspn(found + sizeof(mark) - 1, "0123456789") == strlen(found + sizeof(mark) - 1))
        (void)gw_text_copy_n(ret, size, name, (size_t)(found - name));
    else
        (void)gw_text_copy(ret, size, name);
}

/* Adds the selection of targets that ended with one of these outcomes, and says how many did. */
static enum gw_code gw_retry_by_outcome(struct gw_session *session, const struct gw_rollout_row *row,
                                        const char *only, struct gw_buf *select, struct gw_err *err)
{
    struct gw_retry_only wanted;
    uint64_t count[GW_STATE_COUNT], found = 0;
    struct gw_buf words;
    enum gw_code code = gw_retry_parse_only(only, &wanted, err);

    if (code == GW_OK)
        code = gw_targets_count(session->store, row->id, 0, count, err);
    if (code != GW_OK)
        return code;
    gw_buf_init(&words, 0);
    for (int state = GW_STATE_SUCCEEDED; state < GW_STATE_COUNT; state++) {
        if (!wanted.state[state])
            continue;
        gw_buf_addf(&words, "%s%s", words.len ? ", " : "", gw_state_name((enum gw_state)state));
        found += count[state];
    }
    if (wanted.relapsed) {
        gw_buf_addf(&words, "%srelapsed", words.len ? ", " : "");
        found += row->relapsed;
    }
    gw_buf_addf(select, "outcome.%s in (%s)", row->name, gw_buf_text(&words));
    if (found == 0)
        code =
            gw_err_set(err, GW_ERR_INPUT, "nothing to try again: no device of rollout %s ended as one of %s",
                       row->name, gw_buf_text(&words));
    gw_buf_release(&words);
    return code;
}

struct gw_retry_codes {
    const char *code;
    bool found;
    struct gw_buf known;
};

static bool gw_retry_code_row(void *user, enum gw_state state, const char *code, uint64_t count)
{
    struct gw_retry_codes *codes = user;

    (void)state;
    (void)count;
    if (code[0] == '\0')
        return true;
    codes->found = codes->found || gw_text_equal(code, codes->code);
    gw_buf_addf(&codes->known, "%s%s", codes->known.len ? ", " : "", code);
    return true;
}

static enum gw_code gw_retry_by_code(struct gw_session *session, const struct gw_rollout_row *row,
                                     const char *wanted, struct gw_buf *select, struct gw_err *err)
{
    struct gw_retry_codes codes = {.code = wanted};
    enum gw_code code;

    gw_buf_init(&codes.known, GW_ERR_TEXT_MAX / 2);
    code = gw_codes_each(session->store, row->id, gw_retry_code_row, &codes, err);
    if (code == GW_OK && !codes.found)
        code = gw_err_set(err, GW_ERR_INPUT,
                          "nothing to try again: no device of rollout %s ended with %s; its codes are: %s",
                          row->name, wanted, codes.known.len ? gw_buf_text(&codes.known) : "none");
    gw_buf_release(&codes.known);
    gw_buf_addf(select, "code.%s = ", row->name);
    gw_again_quote(select, wanted);
    return code;
}

/* A few devices may be too few for the waves of the many; then they go as a rollout without waves does. */
static enum gw_code gw_retry_fit_waves(struct gw_session *session, struct gw_spec *spec, struct gw_err *err)
{
    struct gw_draft *draft = NULL;
    uint32_t wave;
    enum gw_code code = gw_freeze_draft(session->store, spec, &draft, &wave, err);

    gw_draft_free(draft);
    if (code == GW_OK || wave == UINT32_MAX)
        return code;
    gw_spec_keep_waves(spec, 0);
    gw_session_say(session, "its waves do not fit so few devices: %s goes without them", spec->name);
    return GW_OK;
}

static enum gw_code gw_retry_freeze(struct gw_session *session, const struct gw_retry_request *request,
                                    const struct gw_rollout_row *old, struct gw_spec *spec,
                                    struct gw_err *err)
{
    struct gw_rollout_row row;
    struct gw_output *output;
    struct gw_buf select, note;
    enum gw_code code;

    gw_buf_init(&select, 0);
    gw_buf_init(&note, 0);
    gw_buf_addf(&note, "tries again what ended %s%s in %s", request->code ? "with " : "",
                request->code   ? request->code
                : request->only ? request->only
                                : RETRY_DEFAULT,
                old->name);
    code = request->code ? gw_retry_by_code(session, old, request->code, &select, err)
                         : gw_retry_by_outcome(session, old, request->only ? request->only : RETRY_DEFAULT,
                                               &select, err);
    gw_again_set(&spec->select, gw_buf_text(&select));
    if (code == GW_OK)
        code = gw_retry_fit_waves(session, spec, err);
    if (code == GW_OK)
        code = gw_freeze(session->store, spec, gw_buf_text(&note), NULL, &row, err);
    if (code == GW_OK) {
        output = gw_again_output(session);
        gw_again_row(output, old, &row);
        gw_output_end(output);
        gw_begin_tell_held(row.held);
        gw_session_next(session, "run %s", row.name);
    }
    gw_buf_release(&note);
    gw_buf_release(&select);
    return code;
}

enum gw_code gw_retry(struct gw_session *session, const struct gw_retry_request *request, struct gw_err *err)
{
    char stem[GW_ROLLOUT_NAME_MAX + 8], base[GW_ROLLOUT_NAME_MAX];
    struct gw_rollout_row old;
    struct gw_spec *spec = gw_mem_new(1, sizeof(*spec));
    enum gw_code code = gw_again_open(session, err);

    if (code == GW_OK)
        code = gw_again_load(session, request->name, &old, spec, err);
    if (code != GW_OK) {
        free(spec);
        return code;
    }
    gw_retry_stem(old.name, base, sizeof(base));
    (void)snprintf(stem, sizeof(stem), "%s.retry", base);
    if (request->new_name)
        gw_again_set(&spec->name, request->new_name);
    else
        code = gw_again_name(session, stem, true, spec, err);
    if (code == GW_OK)
        code = gw_retry_freeze(session, request, &old, spec, err);
    gw_spec_release(spec);
    free(spec);
    return code;
}
