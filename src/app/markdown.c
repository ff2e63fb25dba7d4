/* Escapes for Markdown. A backslash before punctuation is all that is used: what it makes still reads well as text. */
#include "markdown.h"

#include <string.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/text.h"

static bool gw_markdown_ends_www(const struct gw_buf *shown, const char *end)
{
    const char *from = gw_buf_text(shown);

    return end - from >= 3 && gw_text_starts(end - 3, "www.");
}

void gw_markdown_text(struct gw_buf *buf, const char *text)
{
    static const char special[] = "\\`*_[]<>|~&";
    struct gw_buf shown;

    gw_buf_init(&shown, 0);
    gw_screen_text(&shown, text);
    for (const char *p = gw_buf_text(&shown); *p; p++) {
        /* What a bare address becomes a link by. */
        bool links = gw_text_starts(p, "://") || (gw_text_starts(p, ".") && gw_markdown_ends_www(&shown, p));

        if (strchr(special, *p) || links)
            gw_buf_add_char(buf, '\\');
        gw_buf_add_char(buf, *p);
    }
    gw_buf_release(&shown);
}

void gw_markdown_code(struct gw_buf *buf, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+:/=";

    if (text[0] == '\0')
        gw_buf_add_text(buf, "–");
    else if (text[strspn(text, plain)] == '\0')
        gw_buf_addf(buf, "`%s`", text);
    else
        gw_markdown_text(buf, text);
}
