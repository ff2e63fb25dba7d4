/* gatewave run: a rollout file or a saved plan, or a rollout said in options, or the name of one to go on with. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/app/plan.h"
#include "gatewave/app/run.h"
#include "gatewave/app/status.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/store/rollout.h"

#include "confirm.h"
#include "invocation.h"

/* So many of the options say what to roll out, the first ones. */
#define GW_RUN_SPEC_OPTIONS 5
/* The exit code of a rollout that a person did not want after all: an abort. */
#define GW_RUN_REFUSED 6

static const struct gw_option gw_run_options[] = {
    {.name = "version", .value = "V", .help = "the version to go to (without a file)"},
    {.name = "select", .value = "EXPR", .help = "the devices; `all` for every one of them (without a file)"},
    {.name = "name", .value = "NAME", .help = "the rollout's name, instead of the version (without a file)"},
    {.name = "type",
     .value = "TYPE",
     .choices = "Device|Dpi",
     .help = "what the version is of (without a file)"},
    {.name = "verify",
     .value = "WORD",
     .choices = "on|off",
     .help = "off: an accepted call is the outcome (without a file)"},
    {.name = "wait", .value = "TIME", .help = "how long to stay for a person's word: 30m, 0s for not at all"},
    {.name = "yes", .help = "does not show the plan and ask, on a terminal too"},
    {.name = "quiet", .help = "no progress"},
};

/* What was said of the rollout, and how: only what was not looked at yet is shown and asked about. */
struct gw_run_said {
    struct gw_spec spec;
    const char *file; /* a rollout file; NULL: it came from elsewhere */
    bool fresh;       /* a rollout file, or options */
};

static void gw_run_set(char **text, const char *value)
{
    free(*text);
    *text = gw_mem_dup(value);
}

/* The characters of a version that a rollout's name may not have become dashes. */
static void gw_run_set_name(struct gw_spec *spec, const char *name, bool dpi)
{
    struct gw_buf word;

    gw_buf_init(&word, 0);
    if (dpi)
        gw_buf_add_text(&word, "dpi-");
    for (const char *p = name; *p; p++) {
        bool kept = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
                    strchr("-_.", *p) != NULL;

        gw_buf_add_char(&word, kept ? *p : '-');
    }
    gw_run_set(&spec->name, gw_buf_text(&word));
    gw_buf_release(&word);
}

/*
 * A rollout said in options. It goes through the text that the database will keep, so that the checks of a rollout
 * file hold for it too.
 */
static enum gw_code gw_run_from_options(const struct gw_invocation *inv, struct gw_spec *ret,
                                        struct gw_err *err)
{
    const char *version = gw_invocation_value(inv, "version"), *select = gw_invocation_value(inv, "select");
    const char *name = gw_invocation_value(inv, "name"), *type = gw_invocation_value(inv, "type");
    const char *verify = gw_invocation_value(inv, "verify");
    struct gw_select parsed;
    struct gw_spec spec;
    struct gw_buf text;
    enum gw_code code;

    if (!version || !select)
        return gw_err_set(err, GW_ERR_USAGE, "run needs a rollout file, or --version V and --select EXPR");
    if (select[strspn(select, " \t")] == '\0')
        return gw_err_set(err, GW_ERR_INPUT,
                          "an empty selection selects nothing: say `all` to mean every device");
    code = gw_session_select(inv->session, select, &parsed, err);
    if (code)
        return code;
    gw_spec_init(&spec);
    spec.dpi = type && gw_text_equal(type, "Dpi");
    spec.verify = !verify || gw_text_equal(verify, "on");
    gw_run_set(&spec.version, version);
    gw_run_set(&spec.select, select);
    if (name)
        gw_run_set(&spec.name, name);
    else
        gw_run_set_name(&spec, version, spec.dpi);
    gw_buf_init(&text, 0);
    gw_spec_write(&spec, &text);
    code = gw_spec_parse(gw_buf_text(&text), text.len, "the command line", ret, &inv->session->problems, err);
    gw_buf_release(&text);
    gw_spec_release(&spec);
    if (code == GW_OK && !name)
        gw_session_say(inv->session,
                       "this rollout is called %s, after its version (--name gives it another name)",
                       ret->name);
    return code;
}

/* A word that is no file, and does not look like one, names a rollout that was begun before. */
static bool gw_run_is_name(const char *word)
{
    const char *dot = strrchr(word, '.');

    return !strchr(word, '/') && !(dot && (gw_text_equal(dot, ".yaml") || gw_text_equal(dot, ".yml"))) &&
           access(word, F_OK) != 0;
}

/* What the database froze when the rollout was begun. */
static enum gw_code gw_run_from_store(struct gw_session *session, const char *name, struct gw_spec *ret,
                                      struct gw_err *err)
{
    struct gw_rollout_row row;
    char *text = NULL;
    enum gw_code code = gw_session_open(session, GW_STORE_READ, err);

    if (code)
        return code;
    code = gw_rollout_find(session->store, name, &row, err);
    if (code == GW_OK)
        code = gw_rollout_spec(session->store, row.id, &text, err);
    if (code == GW_ERR_NOT_FOUND)
        (void)gw_err_set(err, code, "%s is neither a rollout file nor the name of a rollout in %s", name,
                         gw_store_file(session->store));
    if (code == GW_OK)
        code = gw_spec_parse(text, strlen(text), name, ret, &session->problems, err);
    free(text);
    gw_session_close(session); /* the run opens connections of its own */
    return code;
}

/* A plan that was kept, if it still holds. */
static enum gw_code gw_run_from_plan(struct gw_session *session, const char *file, struct gw_spec *ret,
                                     struct gw_err *err)
{
    enum gw_code code = gw_session_open(session, GW_STORE_READ, err);

    if (code == GW_OK)
        code = gw_plan_take(session, file, ret, err);
    gw_session_close(session);
    return code;
}

static enum gw_code gw_run_hear(const struct gw_invocation *inv, struct gw_run_said *ret, struct gw_err *err)
{
    const char *word = inv->n_arguments ? inv->argument[0] : NULL;

    ret->fresh = true;
    if (!word)
        return gw_run_from_options(inv, &ret->spec, err);
    for (size_t i = 0; i < inv->n_given; i++) {
        const struct gw_option *option = inv->given[i].option;

        if (option >= gw_run_options && option < gw_run_options + GW_RUN_SPEC_OPTIONS)
            return gw_err_set(err, GW_ERR_USAGE,
                              "--%s and %s both say what to roll out: leave one of them away", option->name,
                              word);
    }
    ret->fresh = !gw_run_is_name(word) && !gw_plan_is_file(word);
    if (ret->fresh) {
        ret->file = word;
        return gw_spec_read(word, &ret->spec, &inv->session->problems, err);
    }
    if (gw_run_is_name(word))
        return gw_run_from_store(inv->session, word, &ret->spec, err);
    return gw_run_from_plan(inv->session, word, &ret->spec, err);
}

static enum gw_code gw_run_begin(const struct gw_invocation *inv, const struct gw_run_said *said,
                                 struct gw_run_request *request, int *ret_exit, struct gw_err *err)
{
    struct gw_session *session = inv->session;
    enum gw_code code = GW_OK;
    bool yes = true;

    if (said->fresh && !gw_invocation_has(inv, "yes"))
        code = gw_confirm_plan(session, &said->spec, said->file, &yes, err);
    if (code)
        return code;
    if (!yes) {
        *ret_exit = GW_RUN_REFUSED;
        gw_session_say(session, "not begun: nothing was touched");
        return GW_OK;
    }
    request->spec = &said->spec;
    code = gw_run_job(request, ret_exit, err);
    if (code == GW_ERR_INPUT && said->file)
        gw_confirm_place(session, &said->spec, said->file, err);
    return code;
}

static enum gw_code gw_run_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    struct gw_buf next;
    struct gw_run_request request = {.config = &inv->session->config,
                                     .taken = &inv->session->taken,
                                     .profile = gw_invocation_value(inv, "profile"),
                                     .quiet = gw_invocation_has(inv, "quiet"),
                                     .next = &next};
    const char *wait = gw_invocation_value(inv, "wait");
    const char *wrong = wait ? gw_parse_duration(wait, &request.wait_ms) : NULL;
    struct gw_run_said said = {0};
    enum gw_code code;

    if (wrong)
        return gw_err_set(err, GW_ERR_USAGE, "--wait %s: %s", wait, wrong);
    request.wait_said = wait != NULL;
    code = gw_run_hear(inv, &said, err);
    if (code)
        return code;
    gw_buf_init(&next, 0);
    code = gw_run_begin(inv, &said, &request, ret_exit, err);
    if (next.len > 0)
        gw_session_next(inv->session, "%s", gw_buf_text(&next));
    gw_buf_release(&next);
    gw_spec_release(&said.spec);
    return code;
}

const struct gw_command gw_command_run = {
    .name = "run",
    .arguments = "[ROLLOUT.yaml|PLANFILE|NAME]",
    .max_arguments = 1,
    .files = true,
    .need = GW_NEED_CONFIG,
    .summary = "rolls a version out, or goes on with a rollout",
    .text =
        "  gatewave run os-2.4.0.yaml\n"
        "  gatewave run --version 2.4.0 --select 'region = cn-shanghai and not tag.freeze'\n"
        "  gatewave run os-2.4.0.plan\n"
        "  gatewave run 2.4.0\n\n"
        "Freezes the selection, then brings each device to an outcome: reads it, calls, verifies by reading. "
        "The\n"
        "same rollout again goes on where it stopped; nothing is called twice. A word that is no file is the "
        "name\n"
        "of a rollout that was begun before. On a terminal the plan of a new rollout is shown, and nothing "
        "begins\n"
        "without a yes; a plan that `gatewave plan -o` kept was seen already, and is run exactly, or not at "
        "all "
        "when\n"
        "the inventory or its rollout file has changed. Ctrl-C drains, a second one leaves at once; nothing "
        "is lost.\n"
        "The keys come from the vendor's default chain: $CREDENTIALS_DIRECTORY, ALIBABA_CLOUD_ACCESS_KEY_ID "
        "and _SECRET,\n"
        "an OIDC role, ~/.aliyun/config.json, ~/.alibabacloud/credentials, the machine's metadata service, "
        "a\n"
        "credentials URI; they are never options.\n",
    .options = gw_run_options,
    .n_options = GW_COUNT_OF(gw_run_options),
    .run = gw_run_run,
};
