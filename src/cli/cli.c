/* One command line: parse, open what the command needs, run it, report an error once, answer with an exit code. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/app/exit.h"
#include "gatewave/app/screen.h"
#include "gatewave/base/text.h"
#include "gatewave/obs/log.h"

#include "commands.h"
#include "parse.h"
#include "usage.h"

static bool gw_cli_wants_colour(void)
{
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && !(no_colour && no_colour[0]) && !(term && gw_text_equal(term, "dumb"));
}

/* Adds " --name value" as a shell reads it. */
static void gw_cli_add_option(struct gw_buf *buf, const char *name, const char *value)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,";

    if (!value)
        return;
    gw_buf_addf(buf, " --%s ", name);
    if (value[0] && strspn(value, safe) == strlen(value)) {
        gw_buf_add_text(buf, value);
        return;
    }
    gw_buf_add_char(buf, '\'');
    for (const char *p = value; *p; p++)
        gw_buf_add_text(buf, *p == '\'' ? "'\\''" : (char[]){*p, '\0'});
    gw_buf_add_char(buf, '\'');
}

static void gw_cli_open_log(const struct gw_invocation *inv)
{
    static const char *const levels[] = {
        [GW_LOG_ERROR] = "error", [GW_LOG_WARN] = "warn", [GW_LOG_INFO] = "info", [GW_LOG_DEBUG] = "debug"};
    const char *level = gw_invocation_value(inv, "log");

    if (!gw_invocation_has(inv, "log"))
        return;
    for (int i = GW_LOG_ERROR; i <= GW_LOG_DEBUG; i++)
        if (gw_text_equal(level ? level : "info", levels[i]))
            gw_log_open((enum gw_log_level)i);
}

/* Problems first, then the one error line; all of it escaped. */
static void gw_cli_report(struct gw_session *session, const struct gw_err *err)
{
    struct gw_buf text;

    gw_buf_init(&text, 0);
    gw_screen_lines(&text, gw_buf_text(&session->problems));
    gw_buf_add_text(&text, "gatewave: ");
    gw_screen_lines(&text, err->text);
    gw_sink_drain(&session->talk, &text);
    gw_buf_release(&text);
}

/* --help, --version and the bare program name; true when that was all. */
static bool gw_cli_inform(const struct gw_invocation *inv, struct gw_session *session, int *ret_exit)
{
    bool informs = gw_invocation_informs(inv);
    struct gw_sink *sink = &session->out;
    struct gw_buf text;

    *ret_exit = 0;
    gw_buf_init(&text, 0);
    if (gw_invocation_has(inv, "help") && inv->command) {
        gw_usage_command(&text, inv->table, inv->command);
    } else if (gw_invocation_has(inv, "help")) {
        gw_usage_program(&text, inv->table, inv->n_words ? inv->word[0] : NULL);
    } else if (informs) {
        gw_version_write(&text);
    } else if (!inv->command) {
        sink = &session->talk;
        gw_usage_program(&text, inv->table, NULL);
        *ret_exit = gw_exit_code(GW_ERR_USAGE);
    } else {
        return false;
    }
    gw_sink_drain(sink, &text);
    gw_buf_release(&text);
    return true;
}

static enum gw_code gw_cli_run_command(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    struct gw_session *session = inv->session;
    const char *output = gw_invocation_value(inv, "output");
    enum gw_need need = inv->command->need;
    enum gw_code code = GW_OK;
    bool created;

    if (output)
        session->format = gw_output_format_find(output);
    gw_cli_open_log(inv);
    if (need >= GW_NEED_CONFIG)
        code = gw_session_configure(session, gw_invocation_value(inv, "config"),
                                    gw_invocation_value(inv, "db"), err);
    created = need == GW_NEED_CREATE && access(session->config.database, F_OK) != 0;
    if (code == GW_OK && need >= GW_NEED_READ)
        code = gw_session_open(session, need == GW_NEED_READ ? GW_STORE_READ : GW_STORE_CREATE, err);
    if (code == GW_OK && created)
        gw_session_say(session, "created the database %s", gw_store_file(session->store));
    if (code == GW_OK)
        code = inv->command->run(inv, ret_exit, err);
    return code;
}

int gw_cli_run(int argc, char *const *argv)
{
    struct gw_err err = {0};
    struct gw_session session;
    struct gw_invocation inv;
    struct gw_buf program;
    enum gw_code code;
    int exit_code = 0;

    gw_session_init(&session, STDOUT_FILENO, STDERR_FILENO);
    session.out.colour = gw_cli_wants_colour();
    gw_buf_init(&program, 0);
    code = gw_invocation_parse(&inv, &gw_commands, argc, argv, &err);
    if (code == GW_OK && !gw_cli_inform(&inv, &session, &exit_code)) {
        gw_buf_add_text(&program, "gatewave");
        gw_cli_add_option(&program, "config", gw_invocation_value(&inv, "config"));
        gw_cli_add_option(&program, "db", gw_invocation_value(&inv, "db"));
        session.program = gw_buf_text(&program);
        inv.session = &session;
        code = gw_cli_run_command(&inv, &exit_code, &err);
    }
    if (code == GW_OK)
        code = gw_sink_check(&session.out, &err);
    if (code) {
        gw_cli_report(&session, &err);
        exit_code = gw_exit_code(code);
    }
    gw_buf_release(&program);
    gw_invocation_release(&inv);
    gw_session_release(&session);
    return exit_code;
}
