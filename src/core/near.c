/* The nearest known word: edit distance with swaps, over words short enough for three rows on the stack. */
#include "gatewave/core/near.h"

#include <stdbool.h>
#include <string.h>

static char gw_near_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t gw_near_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance; both words have at most GW_NEAR_WORD_MAX bytes. */
static size_t gw_near_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][GW_NEAR_WORD_MAX + 1];

    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        const size_t *before = rows[(i + 1) % 3]; /* row i - 2; read from i == 2 on */
        const size_t *above = rows[(i + 2) % 3];
        size_t *row = rows[i % 3];

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            char x = gw_near_lower(a[i - 1]), y = gw_near_lower(b[j - 1]);
            size_t best = above[j - 1] + (x != y);

            best = gw_near_least(best, above[j] + 1);
            best = gw_near_least(best, row[j - 1] + 1);
            if (i > 1 && j > 1 && x == gw_near_lower(b[j - 2]) && y == gw_near_lower(a[i - 2]))
                best = gw_near_least(best, before[j - 2] + 1);
            row[j] = best;
        }
    }
    return rows[a_len % 3][b_len];
}

/* Who stopped early has made no slip in what is there. */
static bool gw_near_begins(const char *known, const char *word, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (gw_near_lower(known[i]) != gw_near_lower(word[i]))
            return false;
    return len > 1;
}

void gw_near_init(struct gw_near *near, const char *word, size_t len)
{
    *near = (struct gw_near){.word = word, .len = len, .slips = 1 + len / 4 + 1};
}

void gw_near_offer(struct gw_near *near, const char *known)
{
    size_t len = strlen(known), slips;

    if (near->len == 0 || near->len > GW_NEAR_WORD_MAX || len > GW_NEAR_WORD_MAX)
        return;
    slips = gw_near_distance(near->word, near->len, known, len);
    if (slips > 1 && gw_near_begins(known, near->word, near->len))
        slips = 1;
    /* A word that shares no letter with the other is not a slip of it, however short both are. */
    if (slips >= near->slips || slips >= len || slips >= near->len)
        return;
    near->slips = slips;
    near->best = known;
}
