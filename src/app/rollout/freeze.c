/* Freezing: the spec as canonical text, its selection as a tree, its waves as sizes, in one transaction. */
#include "freeze.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/core/select.h"

#include "asked.h"
#include "clock.h"

#define NOTE_MAX   512
#define PASSWD_MAX 4096 /* one entry; a longer one is as good as none */

void gw_freeze_by(char ret[GW_BY_SIZE])
{
    struct passwd entry, *user = NULL;
    char host[64] = "", words[PASSWD_MAX];

    if (gethostname(host, sizeof(host) - 1) != 0)
        (void)gw_text_copy(host, sizeof(host), "unknown");
    if (getpwuid_r(geteuid(), &entry, words, sizeof(words), &user) == 0 && user)
        (void)snprintf(ret, GW_BY_SIZE, "%s@%s", user->pw_name, host);
    else
        (void)snprintf(ret, GW_BY_SIZE, "%lu@%s", (unsigned long)geteuid(), host);
}

static enum gw_code gw_freeze_select(const struct gw_spec *spec, struct gw_select **ret, struct gw_err *err)
{
    struct gw_select *select = gw_mem_new(1, sizeof(*select));
    struct gw_select_error wrong;

    if (gw_select_parse(spec->select, select, &wrong)) {
        *ret = select;
        return GW_OK;
    }
    free(select);
    return gw_err_set(err, GW_ERR_INPUT, "select: %s", wrong.reason);
}

enum gw_code gw_freeze_draft(struct gw_store *store, const struct gw_spec *spec, struct gw_draft **ret,
                             uint32_t *ret_wave, struct gw_err *err)
{
    struct gw_draft_request request = {.name = spec->name,
                                       .dpi = spec->dpi,
                                       .version = spec->version,
                                       .downgrade = spec->downgrade,
                                       .now_unix_ms = gw_clock_unix_ms()};
    struct gw_asked_sizes sizes;
    struct gw_select *select = NULL;
    enum gw_code code = gw_freeze_select(spec, &select, err);

    *ret_wave = UINT32_MAX;
    if (code != GW_OK)
        return code;
    gw_asked_sizes(spec, &sizes);
    request.select = select;
    request.selection = spec->select;
    request.size = sizes.size;
    request.n_sizes = sizes.n;
    code = gw_draft_new(store, &request, ret, ret_wave, err);
    free(select);
    return code;
}

/* The note goes on one line, whatever it holds: what follows it must stay the spec. */
static void gw_freeze_text(const struct gw_spec *spec, const char *note, struct gw_buf *ret)
{
    char line[NOTE_MAX];

    if (note) {
        gw_text_escape(line, sizeof(line), note, strlen(note));
        gw_buf_addf(ret, "# %s\n", line);
    }
    gw_spec_write(spec, ret);
}

static enum gw_code gw_freeze_check(const struct gw_spec *spec, const struct gw_buf *text, struct gw_err *err)
{
    struct gw_buf problems;
    struct gw_spec back;
    enum gw_code code;

    gw_buf_init(&problems, 0);
    code = gw_spec_parse(gw_buf_text(text), text->len, spec->name, &back, &problems, err);
    if (code == GW_OK)
        gw_spec_release(&back);
    else
        code = gw_err_set(err, code, "%s", gw_buf_text(&problems));
    gw_buf_release(&problems);
    return code;
}

enum gw_code gw_freeze(struct gw_store *store, const struct gw_spec *spec, const char *note,
                       const struct gw_freeze_from *from, struct gw_rollout_row *ret, struct gw_err *err)
{
    struct gw_asked_sizes sizes;
    struct gw_select *select = NULL;
    char by[GW_BY_SIZE];
    struct gw_buf text;
    enum gw_code code;

    gw_buf_init(&text, 0);
    gw_freeze_text(spec, note, &text);
    gw_freeze_by(by);
    gw_asked_sizes(spec, &sizes);
    code = gw_freeze_check(spec, &text, err);
    if (code == GW_OK)
        code = gw_freeze_select(spec, &select, err);
    if (code == GW_OK) {
        struct gw_rollout_new new_ = {
            .name = spec->name,
            .version = spec->version,
            .dpi = spec->dpi,
            .downgrade = spec->downgrade,
            .verify = spec->verify,
            .selection = spec->select,
            .spec = gw_buf_text(&text),
            .created_by = by,
            .now_unix_ms = gw_clock_unix_ms(),
            .select = select,
            .size = sizes.size,
            .wave_name = sizes.name,
            .n_waves = sizes.n,
        };

        if (from) {
            new_.policy = from->policy;
            new_.night = from->night;
            new_.policy_last = from->last;
            new_.only = from->only;
            new_.takes_back = from->takes_back;
            new_.reason = from->reason;
        }
        code = gw_rollout_create(store, &new_, ret, err);
    }
    free(select);
    gw_buf_release(&text);
    return code;
}
