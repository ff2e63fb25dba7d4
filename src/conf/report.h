#ifndef GATEWAVE_SRC_CONF_REPORT_H
#define GATEWAVE_SRC_CONF_REPORT_H
/*
 * Problems with a text, collected for one answer: `file:line:column: reason` for each of the first max, in
 * the order in which they are found, with the source line and a caret under the place where the reader asks
 * for that. Lines and columns count from 1; columns count bytes.
 */
#include <stdbool.h>
#include <stddef.h>

#include "gatewave/base/buf.h"

struct gw_report {
    const char *file;
    const char *text;
    size_t len;
    struct gw_buf *buf;
    size_t max;
    bool show_line;
    size_t n; /* all that were found, the unprinted ones too */
    /* Where the last place was: the next one is most often behind it, and texts may have a million lines. */
    size_t last_offset, last_line, last_start;
};

void gw_report_init(struct gw_report *report, const char *file, const char *text, size_t len, size_t max,
                    bool show_line, struct gw_buf *buf);
/* offset may be len: the end of the text. */
void gw_report_at(struct gw_report *report, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The line of a place, for messages that name a second one. */
size_t gw_report_line(struct gw_report *report, size_t offset);
/* Says how many problems were not printed. */
void gw_report_close(struct gw_report *report);

/* Foreign text as a message may quote it: escaped, cut. Lives until the end of the full expression. */
struct gw_shown {
    char text[64];
};
struct gw_shown gw_shown(const char *text, size_t len);

#endif
