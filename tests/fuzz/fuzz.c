/* What the fuzz targets share: bytes as decisions, and the laws of what is said to people. */
#include "fuzz.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

uint8_t fuzz_byte(struct fuzz_bytes *bytes)
{
    if (bytes->left == 0)
        return 0;
    bytes->left--;
    return *bytes->at++;
}

struct fuzz_bytes fuzz_text(struct fuzz_bytes *bytes)
{
    struct fuzz_bytes text = *bytes;
    const uint8_t *end = text.left > 0 ? memchr(text.at, 0, text.left) : NULL;

    if (end)
        text.left = (size_t)(end - text.at);
    bytes->at += text.left + (end ? 1 : 0);
    bytes->left -= text.left + (end ? 1 : 0);
    return text;
}

void fuzz_check_text(const char *text, size_t len, size_t max)
{
    GW_CHECK(len <= max);
    GW_CHECK(gw_text_is_utf8(text, len));
}

static void fuzz_check_line(const char *text, size_t len)
{
    fuzz_check_text(text, len, SIZE_MAX);
    for (size_t i = 0; i < len; i++)
        GW_CHECK((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
}

void fuzz_check_said(const char *text)
{
    GW_CHECK(text[0] != '\0');
    fuzz_check_line(text, strlen(text));
}

/* Takes a number and the sign behind it. */
static size_t fuzz_take_number(const char **p, char sign)
{
    size_t number = 0;

    GW_CHECK(**p >= '1' && **p <= '9');
    for (; **p >= '0' && **p <= '9'; ++*p)
        number = number * 10 + (size_t)(**p - '0');
    GW_CHECK(**p == sign);
    ++*p;
    return number;
}

/* The bytes of line n, from 1, with one for its end. */
static size_t fuzz_line_len(const char *bytes, size_t len, size_t n)
{
    for (; n > 1; n--) {
        const char *newline = len > 0 ? memchr(bytes, '\n', len) : NULL;

        GW_CHECK(newline != NULL);
        len -= (size_t)(newline + 1 - bytes);
        bytes = newline + 1;
    }
    for (size_t i = 0; i < len; i++)
        if (bytes[i] == '\n')
            return i + 1;
    return len + 1;
}

void fuzz_check_report(const struct gw_buf *report, const void *bytes, size_t len)
{
    const char *line = gw_buf_text(report), *end;
    bool more = false;

    GW_CHECK(gw_text_starts(line, "f:"));
    for (; *line; line = end + 1) {
        end = strchr(line, '\n');
        GW_CHECK(end != NULL);
        fuzz_check_line(line, (size_t)(end - line));
        if (gw_text_starts(line, "  "))
            continue;
        GW_CHECK(!more && gw_text_starts(line, "f:"));
        line += 2;
        more = *line == ' ';
        if (!more) {
            size_t n = fuzz_take_number(&line, ':');

            GW_CHECK(fuzz_take_number(&line, ':') <= fuzz_line_len(bytes, len, n));
            GW_CHECK(*line == ' ');
        }
        GW_CHECK(end - line > 1);
    }
}
