#ifndef GATEWAVE_SRC_APP_TALK_H
#define GATEWAVE_SRC_APP_TALK_H
/* Talk of jobs that go on for hours: on stderr, and never waited for. Talk that nobody reads is dropped. */
#include "gatewave/base/buf.h"

/* One line; a newline is added. */
void gw_talk(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A line as it stands, at most what a pipe takes at once. */
void gw_talk_line(const struct gw_buf *line);

#endif
