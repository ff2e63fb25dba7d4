/* Pure helpers on text: copying with a bound, UTF-8, escaping for people, globs. */
#include "gatewave/base/text.h"

#include <string.h>

bool gw_text_copy_n(char *ret, size_t size, const char *from, size_t len)
{
    size_t n = len < size ? len : size - 1;

    if (n > 0)
        memcpy(ret, from, n);
    ret[n] = '\0';
    return n == len;
}

bool gw_text_copy(char *ret, size_t size, const char *from)
{
    return gw_text_copy_n(ret, size, from, strlen(from));
}

bool gw_text_equal(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static char gw_text_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool gw_text_equal_nocase(const char *a, const char *b)
{
    while (*a && gw_text_lower(*a) == gw_text_lower(*b)) {
        a++;
        b++;
    }
    return gw_text_lower(*a) == gw_text_lower(*b);
}

bool gw_text_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Bytes of the well-formed sequence at p, 0 when it is malformed. Table 3-7 of the Unicode standard. */
static size_t gw_text_sequence(const unsigned char *p, size_t len)
{
    unsigned char low = 0x80, high = 0xbf;
    size_t n;

    if (p[0] == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        n = 2;
    else if (p[0] >= 0xe0 && p[0] <= 0xef)
        n = 3;
    else if (p[0] >= 0xf0 && p[0] <= 0xf4)
        n = 4;
    else
        return 0;
    if (p[0] == 0xe0)
        low = 0xa0;
    else if (p[0] == 0xed)
        high = 0x9f;
    else if (p[0] == 0xf0)
        low = 0x90;
    else if (p[0] == 0xf4)
        high = 0x8f;
    if (len < n || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if (p[i] < 0x80 || p[i] > 0xbf)
            return 0;
    return n;
}

size_t gw_text_utf8_prefix(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t at = 0;

    while (at < len) {
        size_t n = gw_text_sequence(p + at, len - at);

        if (n == 0)
            break;
        at += n;
    }
    return at;
}

bool gw_text_is_utf8(const char *text, size_t len)
{
    return gw_text_utf8_prefix(text, len) == len;
}

void gw_text_escape(char *ret, size_t size, const char *from, size_t len)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char *p = (const unsigned char *)from;
    size_t at = 0, kept = 0; /* kept: where "..." still fits */

    for (size_t i = 0; i < len;) {
        size_t n = gw_text_sequence(p + i, len - i);
        /* C1 controls are two bytes, c2 80 to c2 9f, and terminals act on them. */
        bool plain = n > 0 && p[i] >= 0x20 && p[i] != 0x7f && !(n == 2 && p[i] == 0xc2 && p[i + 1] < 0xa0);
        size_t need = plain ? n : 4;

        if (at + need + 1 > size) {
            if (kept + 4 <= size) {
                memcpy(ret + kept, "...", 3);
                at = kept + 3;
            }
            break;
        }
        if (plain) {
            memcpy(ret + at, p + i, n);
            i += n;
        } else {
            ret[at] = '\\';
            ret[at + 1] = 'x';
            ret[at + 2] = hex[p[i] >> 4];
            ret[at + 3] = hex[p[i] & 15];
            i++;
        }
        at += need;
        if (at + 4 <= size)
            kept = at;
    }
    ret[at] = '\0';
}

bool gw_text_glob(const char *pattern, const char *text)
{
    const char *star = NULL, *retry = NULL;

    /* Only the last * ever needs another try: work is bounded by the product of the lengths. */
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}
