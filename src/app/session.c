/* What a command works with, and its two voices: results and talk. */
#include "gatewave/app/session.h"

#include <stdarg.h>
#include <stdlib.h>

#include "gatewave/app/config.h"
#include "gatewave/app/screen.h"

#define GW_SESSION_PROBLEMS_MAX (1 << 20)

void gw_session_init(struct gw_session *session, int out_fd, int talk_fd)
{
    *session = (struct gw_session){.out = {.fd = out_fd}, .talk = {.fd = talk_fd}, .program = "gatewave"};
    gw_config_init(&session->config);
    gw_buf_init(&session->problems, GW_SESSION_PROBLEMS_MAX);
}

void gw_session_release(struct gw_session *session)
{
    gw_session_close(session);
    gw_config_release(&session->config);
    gw_buf_release(&session->problems);
    gw_taken_release(&session->taken);
}

enum gw_code gw_session_configure(struct gw_session *session, const char *file, const char *database,
                                  struct gw_err *err)
{
    struct gw_config_places places = {
        .xdg_config_home = getenv("XDG_CONFIG_HOME"), .home = getenv("HOME"), .etc = "/etc"};
    struct gw_config config;
    enum gw_code code = gw_config_load(file, database, &places, &config, &session->problems, err);

    if (code)
        return code;
    gw_config_release(&session->config);
    session->config = config;
    return GW_OK;
}

enum gw_code gw_session_open(struct gw_session *session, enum gw_store_mode mode, struct gw_err *err)
{
    return gw_store_open(session->config.database, mode, &session->store, err);
}

void gw_session_close(struct gw_session *session)
{
    if (session->store)
        gw_store_close(session->store);
    session->store = NULL;
}

static void gw_session_line(struct gw_session *session, const char *lead, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void gw_session_line(struct gw_session *session, const char *lead, const char *format, va_list args)
{
    struct gw_buf raw, line;

    gw_buf_init(&raw, 0);
    gw_buf_init(&line, 0);
    gw_buf_vaddf(&raw, format, args);
    gw_buf_add_text(&line, lead);
    gw_screen_text(&line, gw_buf_text(&raw));
    gw_buf_add_char(&line, '\n');
    gw_sink_drain(&session->talk, &line);
    gw_buf_release(&line);
    gw_buf_release(&raw);
}

void gw_session_say(struct gw_session *session, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    gw_session_line(session, "", format, args);
    va_end(args);
}

void gw_session_next(struct gw_session *session, const char *format, ...)
{
    struct gw_buf lead;
    va_list args;

    gw_buf_init(&lead, 0);
    gw_buf_add_text(&lead, "next: ");
    gw_screen_text(&lead, session->program);
    gw_buf_add_char(&lead, ' ');
    va_start(args, format);
    gw_session_line(session, gw_buf_text(&lead), format, args);
    va_end(args);
    gw_buf_release(&lead);
}

/* The expression on one line, a caret under the byte at offset on the next. */
static void gw_session_point(struct gw_buf *problems, const char *text, size_t offset)
{
    struct gw_buf before;

    gw_buf_init(&before, 0);
    gw_screen_text_n(&before, text, offset);
    gw_buf_add_text(problems, "  ");
    gw_screen_text(problems, text);
    gw_buf_addf(problems, "\n  %*s^\n", (int)gw_screen_width(gw_buf_text(&before)), "");
    gw_buf_release(&before);
}

enum gw_code gw_session_select(struct gw_session *session, const char *text, struct gw_select *ret,
                               struct gw_err *err)
{
    struct gw_select_error wrong;

    if (gw_select_parse(text, ret, &wrong))
        return GW_OK;
    gw_session_point(&session->problems, text, wrong.offset);
    return gw_err_set(err, GW_ERR_INPUT, "selection: %s", wrong.reason);
}
