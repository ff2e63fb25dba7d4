/* Talk: a stopped pager or a full pipe must not stop a rollout. */
#include "talk.h"

#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <unistd.h>

void gw_talk_line(const struct gw_buf *line)
{
    struct pollfd terminal = {.fd = STDERR_FILENO, .events = POLLOUT};
    ssize_t ignored;

    if (line->len > PIPE_BUF || poll(&terminal, 1, 0) != 1 || !(terminal.revents & POLLOUT))
        return;
    ignored = write(STDERR_FILENO, gw_buf_text(line), line->len);
    (void)ignored;
}

void gw_talk(const char *format, ...)
{
    struct gw_buf line;
    va_list args;

    gw_buf_init(&line, 0);
    va_start(args, format);
    (void)gw_buf_vaddf(&line, format, args);
    va_end(args);
    (void)gw_buf_add_text(&line, "\n");
    gw_talk_line(&line);
    gw_buf_release(&line);
}
