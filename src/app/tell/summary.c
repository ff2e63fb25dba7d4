/* What status, report and explain say in the same words. */
#include "summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"

const char *gw_summary_reason(const char *reason, const char *code)
{
    const struct gw_code_entry *entry = reason[0] ? NULL : gw_code_find(code);

    return entry ? entry->meaning : reason;
}

const char *gw_summary_when(int64_t unix_ms, char ret[32])
{
    if (unix_ms)
        gw_when_text(unix_ms, ret);
    else
        ret[0] = '\0';
    return ret;
}

void gw_summary_title(struct gw_buf *buf, const struct gw_rollout_row *rollout)
{
    int64_t since = rollout->ended_unix_ms ? rollout->ended_unix_ms : rollout->started_unix_ms;
    char when[GW_WHEN_TEXT_SIZE];

    gw_buf_add_text(buf, "rollout ");
    gw_screen_text(buf, rollout->name);
    gw_buf_add_text(buf, " to version ");
    gw_screen_text(buf, rollout->version);
    gw_buf_addf(buf, " (%s): %s", rollout->dpi ? "Dpi" : "Device", gw_phase_name(rollout->phase));
    if (since)
        gw_buf_addf(buf, ", %s %s", rollout->ended_unix_ms ? "ended" : "started",
                    gw_summary_when(since, when));
    gw_buf_add_char(buf, '\n');
}

void gw_summary_begin(struct gw_buf *buf, size_t at)
{
    if (at < buf->len && buf->data[at] >= 'a' && buf->data[at] <= 'z')
        buf->data[at] = (char)(buf->data[at] - 'a' + 'A');
}

void gw_summary_counts(struct gw_buf *buf, const uint64_t count[GW_STATE_COUNT], bool accepted_only)
{
    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++) {
        if (count[state] == 0)
            continue;
        gw_buf_addf(buf, "  %-10s  %8" PRIu64, gw_state_name((enum gw_state)state), count[state]);
        if (state == GW_STATE_SUCCEEDED && accepted_only)
            gw_buf_add_text(buf, "  accepted only: verification was off");
        gw_buf_add_char(buf, '\n');
    }
}

struct gw_summary_codes_job {
    struct gw_buf *buf;
    bool any;
};

static bool gw_summary_code(void *user, enum gw_state state, const char *code, uint64_t count)
{
    struct gw_summary_codes_job *job = user;
    const struct gw_code_entry *entry = gw_code_find(code);

    if (!job->any)
        gw_buf_add_text(job->buf, "\ncodes:\n");
    job->any = true;
    gw_buf_addf(job->buf, "  %-10s  %8" PRIu64 "  ", gw_state_name(state), count);
    gw_screen_text(job->buf, code[0] ? code : "(no code)");
    if (entry)
        gw_buf_addf(job->buf, ": %s\n%26s%s\n", entry->meaning, "do: ", entry->advice);
    else
        gw_buf_add_text(job->buf, code[0] ? ": a code that is not in the code book\n" : "\n");
    return true;
}

enum gw_code gw_summary_codes(struct gw_session *session, int64_t rollout, struct gw_buf *buf,
                              struct gw_err *err)
{
    struct gw_summary_codes_job job = {.buf = buf};

    return gw_codes_each(session->store, rollout, gw_summary_code, &job, err);
}

static bool gw_wave_names_add(void *user, const struct gw_wave_row *row)
{
    struct gw_wave_names *names = user;

    names->wave = gw_mem_resize(names->wave, names->n + 1, sizeof(*names->wave));
    names->wave[names->n++] = *row;
    return true;
}

enum gw_code gw_wave_names_load(struct gw_store *store, int64_t rollout, struct gw_wave_names *ret,
                                struct gw_err *err)
{
    struct gw_wave_names names = {0};
    enum gw_code code = gw_waves_each(store, rollout, gw_wave_names_add, &names, err);

    if (code)
        gw_wave_names_release(&names);
    else
        *ret = names;
    return code;
}

const char *gw_wave_names_find(const struct gw_wave_names *names, uint32_t number)
{
    for (size_t i = 0; i < names->n; i++)
        if (names->wave[i].number == number)
            return names->wave[i].name;
    return "";
}

void gw_wave_names_release(struct gw_wave_names *names)
{
    free(names->wave);
    *names = (struct gw_wave_names){0};
}

enum gw_code gw_summary_rollout(struct gw_session *session, const char *name, struct gw_rollout_row *ret,
                                struct gw_err *err)
{
    enum gw_code code = gw_rollout_find(session->store, name, ret, err);

    if (code != GW_ERR_NOT_FOUND)
        return code;
    if (!name)
        return gw_err_set(err, code, "no rollout yet in %s: `%s run --version V --select EXPR` begins one",
                          gw_store_file(session->store), session->program);
    return gw_err_set(err, code, "no rollout %s in %s: `%s status` shows those that there are", name,
                      gw_store_file(session->store), session->program);
}
