/*
 * Text for terminals: escaped, measured, padded. Nearly all of it is plain ASCII, which takes the short way;
 * a report has millions of cells.
 */
#include "gatewave/app/screen.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

static bool gw_screen_is_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    return true;
}

/*
 * Unicode's marks that turn the direction of a line, all three bytes long: U+200E, U+200F, U+202A to U+202E
 * and U+2066 to U+2069. They are printable, and can make one name look like another.
 */
static unsigned gw_screen_mark(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    if (p[0] != 0xe2)
        return 0;
    if (p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xaa && p[2] <= 0xae)))
        return 0x2000u + p[2] - 0x80u;
    if (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)
        return 0x2040u + p[2] - 0x80u;
    return 0;
}

void gw_screen_text_n(struct gw_buf *buf, const char *text, size_t len)
{
    size_t size = 4 * len + 1; /* every byte as \xNN */
    const char *from;
    char *escaped;

    if (gw_screen_is_ascii(text, len)) {
        gw_buf_add(buf, text, len);
        return;
    }
    escaped = gw_mem_new(size, 1);
    gw_text_escape(escaped, size, text, len);
    from = escaped;
    for (const char *p = escaped; *p; p++) {
        unsigned mark = gw_screen_mark(p);

        if (mark == 0)
            continue;
        gw_buf_add(buf, from, (size_t)(p - from));
        gw_buf_addf(buf, "\\u{%04X}", mark);
        from = p + 3;
        p += 2;
    }
    gw_buf_add_text(buf, from);
    free(escaped);
}

void gw_screen_text(struct gw_buf *buf, const char *text)
{
    gw_screen_text_n(buf, text, strlen(text));
}

void gw_screen_lines(struct gw_buf *buf, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");

        gw_screen_text_n(buf, text, len);
        gw_buf_add_char(buf, '\n');
        text += len + (text[len] == '\n');
    }
}

struct gw_screen_range {
    uint32_t first, last;
    unsigned columns;
};

/*
 * What takes two columns (East Asian scripts and most emoji) and what takes none (marks that combine with the
 * letter before them), by whole blocks. A block that is missing here costs the alignment of one line, nothing
 * else.
 */
static const struct gw_screen_range gw_screen_ranges[] = {
    {0x0300, 0x036f, 0},   {0x0483, 0x0489, 0},   {0x0591, 0x05bd, 0},   {0x0610, 0x061a, 0},
    {0x064b, 0x065f, 0},   {0x0e34, 0x0e3a, 0},   {0x0e47, 0x0e4e, 0},   {0x1100, 0x115f, 2},
    {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},   {0x200b, 0x200f, 0},   {0x2060, 0x2064, 0},
    {0x20d0, 0x20ff, 0},   {0x2e80, 0x303e, 2},   {0x3041, 0x33ff, 2},   {0x3400, 0x4dbf, 2},
    {0x4e00, 0x9fff, 2},   {0xa000, 0xa4cf, 2},   {0xa960, 0xa97f, 2},   {0xac00, 0xd7a3, 2},
    {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},   {0xfe20, 0xfe2f, 0},   {0xfe30, 0xfe6f, 2},
    {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x1f300, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2},
    {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2},
};

static unsigned gw_screen_columns(uint32_t character)
{
    if (character < gw_screen_ranges[0].first)
        return 1;
    for (size_t i = 0; i < GW_COUNT_OF(gw_screen_ranges); i++)
        if (character >= gw_screen_ranges[i].first && character <= gw_screen_ranges[i].last)
            return gw_screen_ranges[i].columns;
    return 1;
}

size_t gw_screen_width(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t width = 0;

    while (*p) {
        uint32_t character = *p < 0x80 ? *p : *p < 0xe0 ? *p & 0x1fu : *p < 0xf0 ? *p & 0x0fu : *p & 0x07u;

        for (p++; (*p & 0xc0) == 0x80; p++)
            character = character << 6 | (*p & 0x3fu);
        width += gw_screen_columns(character);
    }
    return width;
}

static void gw_screen_blanks(struct gw_buf *buf, size_t n)
{
    static const char blanks[] = "                                                                ";

    for (; n > sizeof(blanks) - 1; n -= sizeof(blanks) - 1)
        gw_buf_add(buf, blanks, sizeof(blanks) - 1);
    gw_buf_add(buf, blanks, n);
}

void gw_screen_pad(struct gw_buf *buf, const char *text, size_t width, bool right)
{
    size_t taken = gw_screen_width(text);
    size_t blanks = taken < width ? width - taken : 0;

    if (right)
        gw_screen_blanks(buf, blanks);
    gw_buf_add_text(buf, text);
    if (!right)
        gw_screen_blanks(buf, blanks);
}
