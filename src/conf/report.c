/*
 * Problems with their places. The text is foreign: nothing of it reaches the report that a terminal would act
 * on, and no more of a line than a person reads.
 */
#include "report.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "gatewave/base/text.h"

#define GW_REASON_SIZE    512
#define GW_LINE_SHOWN_MAX 160
#define GW_LINE_LEAD_MAX  120 /* bytes before the place that are shown of a longer line */

void gw_report_init(struct gw_report *report, const char *file, const char *text, size_t len, size_t max,
                    bool show_line, struct gw_buf *buf)
{
    *report = (struct gw_report){.file = file,
                                 .text = text,
                                 .len = len,
                                 .buf = buf,
                                 .max = max,
                                 .show_line = show_line,
                                 .last_line = 1};
}

struct gw_shown gw_shown(const char *text, size_t len)
{
    struct gw_shown shown = {0};

    gw_text_escape(shown.text, sizeof(shown.text), text, len);
    return shown;
}

size_t gw_report_line(struct gw_report *report, size_t offset)
{
    const char *newline;

    if (offset < report->last_offset) {
        report->last_start = 0;
        report->last_line = 1;
    }
    while ((newline = memchr(report->text + report->last_start, '\n', offset - report->last_start))) {
        report->last_start = (size_t)(newline + 1 - report->text);
        report->last_line++;
    }
    report->last_offset = offset;
    return report->last_line;
}

/* One character of the text: its length in bytes, its columns on a screen, and whether it may be shown. */
struct gw_glyph {
    size_t len;
    unsigned width;
    bool shown;
};

static struct gw_glyph gw_glyph_at(const char *text, size_t len)
{
    /* Blocks whose characters take two columns; the place after them would be marked wrong otherwise. */
    static const uint32_t wide[][2] = {{0x1100, 0x115f},   {0x2e80, 0xa4cf},  {0xac00, 0xd7a3},
                                       {0xf900, 0xfaff},   {0xfe30, 0xfe6f},  {0xff00, 0xff60},
                                       {0x1f300, 0x1f64f}, {0x20000, 0x3fffd}};
    const unsigned char *p = (const unsigned char *)text;
    struct gw_glyph glyph = {.len = 1, .width = 1};
    uint32_t point;

    if (p[0] < 0x80) {
        glyph.shown = p[0] >= 0x20 && p[0] != 0x7f;
        return glyph;
    }
    while (glyph.len < len && glyph.len < 4 && (p[glyph.len] & 0xc0) == 0x80)
        glyph.len++;
    if (!gw_text_is_utf8(text, glyph.len)) {
        glyph.len = 1;
        return glyph;
    }
    point = p[0] & (0x7fu >> glyph.len);
    for (size_t i = 1; i < glyph.len; i++)
        point = point << 6 | (p[i] & 0x3f);
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
        if (point >= wide[i][0] && point <= wide[i][1])
            glyph.width = 2;
    glyph.shown = point >= 0xa0;
    return glyph;
}

/*
 * The webhooks of a configuration are as secret as keys, and a line is shown for whatever is wrong with it: what stands
 * behind `url:` or `://` is not. Where that begins in the line; len: nowhere.
 */
static size_t gw_report_secret(const char *line, size_t len)
{
    for (size_t at = 0; at + 3 <= len; at++) {
        size_t end = at + 3;

        if (memcmp(line + at, "://", 3) == 0)
            return end;
        if (memcmp(line + at, "url", 3) != 0)
            continue;
        while (end < len && strchr("\"' \t", line[end]))
            end++;
        if (end < len && line[end] == ':')
            return end + 1;
    }
    return len;
}

static void gw_report_show(const struct gw_report *report, size_t start, size_t offset)
{
    const char *newline = memchr(report->text + offset, '\n', report->len - offset);
    size_t end = newline ? (size_t)(newline - report->text) : report->len;
    struct gw_buf *buf = report->buf;
    size_t secret = start + gw_report_secret(report->text + start, end - start);
    unsigned caret = 2;

    if (offset - start > GW_LINE_LEAD_MAX) {
        start = offset - GW_LINE_LEAD_MAX;
        while (start < offset && ((unsigned char)report->text[start] & 0xc0) == 0x80)
            start++;
    }
    if (end > start && report->text[end - 1] == '\r')
        end--;
    (void)gw_buf_add_text(buf, "  ");
    for (size_t at = start; at < end && at - start < GW_LINE_SHOWN_MAX;) {
        struct gw_glyph glyph = gw_glyph_at(report->text + at, end - at);

        if (at >= secret && report->text[at] != ' ')
            (void)gw_buf_add_text(buf, glyph.width == 2 ? "**" : "*");
        else if (glyph.shown)
            (void)gw_buf_add(buf, report->text + at, glyph.len);
        else
            (void)gw_buf_add_char(buf, report->text[at] == '\t' ? ' ' : '?');
        if (at < offset)
            caret += glyph.width;
        at += glyph.len;
    }
    (void)gw_buf_addf(buf, "\n%*s^\n", (int)caret, "");
}

void gw_report_at(struct gw_report *report, size_t offset, const char *format, ...)
{
    char shown[GW_REASON_SIZE];
    struct gw_buf reason;
    size_t line;
    va_list args;

    if (report->n++ >= report->max)
        return;
    gw_buf_init(&reason, 0);
    va_start(args, format);
    (void)gw_buf_vaddf(&reason, format, args);
    va_end(args);
    /* libfyaml quotes characters of the text as they are. */
    gw_text_escape(shown, sizeof(shown), gw_buf_text(&reason), reason.len);
    gw_buf_release(&reason);
    line = gw_report_line(report, offset);
    (void)gw_buf_addf(report->buf, "%s:%zu:%zu: %s\n", report->file, line, offset - report->last_start + 1,
                      shown);
    if (report->show_line)
        gw_report_show(report, report->last_start, offset);
}

void gw_report_close(struct gw_report *report)
{
    if (report->n > report->max)
        (void)gw_buf_addf(report->buf, "%s: %zu more problem%s\n", report->file, report->n - report->max,
                          report->n - report->max == 1 ? "" : "s");
}
