#ifndef GATEWAVE_SRC_APP_MARKDOWN_H
#define GATEWAVE_SRC_APP_MARKDOWN_H
/*
 * Foreign text inside Markdown (CommonMark, and GitHub's tables): it shows as itself, whatever it holds, and can neither
 * format, nor link, nor end a cell. Not for the beginning of a line.
 */
#include "gatewave/base/buf.h"

/* Adds text as prose; what a terminal would act on is escaped as gw_screen_text does. */
void gw_markdown_text(struct gw_buf *buf, const char *text);
/* Adds a name or a code as `code`, where its characters allow that, and else as prose; "" as an en dash. */
void gw_markdown_code(struct gw_buf *buf, const char *text);

#endif
