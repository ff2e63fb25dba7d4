#ifndef GATEWAVE_APP_SCREEN_H
#define GATEWAVE_APP_SCREEN_H
/*
 * Text for a person's terminal. Foreign text (names from an inventory, messages from the cloud, arguments)
 * may hold escapes that a terminal would act on: whatever is printed for people goes through
 * gw_screen_text(). Widths are columns of a terminal that speaks UTF-8, whatever the locale.
 */
#include <stdbool.h>
#include <stddef.h>

#include "gatewave/base/buf.h"

/* Adds the len bytes at text: control bytes and malformed UTF-8 as \xNN, marks that reverse the line as
 * \u{NNNN}. */
void gw_screen_text_n(struct gw_buf *buf, const char *text, size_t len);
void gw_screen_text(struct gw_buf *buf, const char *text);
/* The same for text of several lines: newlines stay, everything else is escaped; ends with a newline. */
void gw_screen_lines(struct gw_buf *buf, const char *text);
/* Columns that text takes; text is escaped already. */
size_t gw_screen_width(const char *text);
/*
 * Adds text, escaped already, and the blanks that fill it up to width columns: before it when right is set.
 */
void gw_screen_pad(struct gw_buf *buf, const char *text, size_t width, bool right);

#endif
