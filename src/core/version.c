/*
 * Versions as people order them. Each version is a sequence of pieces: a run of digits, one separator, or a
 * run of other bytes. Two versions compare by their first differing piece, and pieces of different kinds by
 * their kind, so the order is total over the pieces and safe to sort and to index by.
 */
#include "gatewave/core/version.h"

#include <stddef.h>
#include <string.h>

/*
 * In the order in which they compare: where one version has ended and the other goes on, the first is older.
 */
enum gw_piece {
    GW_PIECE_END = 0,
    GW_PIECE_SEPARATOR,
    GW_PIECE_DIGITS,
    GW_PIECE_OTHER,
};

static enum gw_piece gw_piece_of(char c)
{
    if (c == '\0')
        return GW_PIECE_END;
    if (c == '.' || c == '_' || c == '-')
        return GW_PIECE_SEPARATOR;
    return c >= '0' && c <= '9' ? GW_PIECE_DIGITS : GW_PIECE_OTHER;
}

static size_t gw_piece_len(const char *text, enum gw_piece kind)
{
    size_t len = 1;

    if (kind == GW_PIECE_SEPARATOR)
        return len;
    while (gw_piece_of(text[len]) == kind)
        len++;
    return len;
}

/* By value without computing it: serials and dates have more digits than an integer holds. */
static int gw_digits_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    for (; a_len > 0 && *a == '0'; a++)
        a_len--;
    for (; b_len > 0 && *b == '0'; b++)
        b_len--;
    if (a_len != b_len)
        return a_len < b_len ? -1 : 1;
    return memcmp(a, b, a_len);
}

static int gw_bytes_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

    if (order != 0)
        return order;
    return (a_len > b_len) - (a_len < b_len);
}

int gw_version_compare(const char *a, const char *b)
{
    for (;;) {
        enum gw_piece kind = gw_piece_of(*a);
        enum gw_piece other = gw_piece_of(*b);
        size_t a_len, b_len;
        int order = 0;

        if (kind != other)
            return kind < other ? -1 : 1;
        if (kind == GW_PIECE_END)
            return 0;
        a_len = gw_piece_len(a, kind);
        b_len = gw_piece_len(b, kind);
        if (kind == GW_PIECE_DIGITS)
            order = gw_digits_compare(a, a_len, b, b_len);
        else if (kind == GW_PIECE_OTHER)
            order = gw_bytes_compare(a, a_len, b, b_len);
        if (order != 0)
            return order < 0 ? -1 : 1;
        a += a_len;
        b += b_len;
    }
}

bool gw_version_is_enough(const char *version, const char *wanted, bool downgrade)
{
    int order = gw_version_compare(version, wanted);

    return version[0] != '\0' && (downgrade ? order <= 0 : order >= 0);
}
