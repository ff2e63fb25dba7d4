#ifndef GATEWAVE_CORE_NEAR_H
#define GATEWAVE_CORE_NEAR_H
/*
 * "Did you mean ...": the nearest of the known words to one that nobody knows, by insertions, deletions,
 * changes and swaps of neighbours, case ignored; the beginning of a word is one slip away from it. Offer every known word; best is then the nearest one, or
 * NULL when none is near enough to be worth saying (about one slip in three letters). Words of more than
 * GW_NEAR_WORD_MAX bytes are near nothing.
 */
#include <stddef.h>

#define GW_NEAR_WORD_MAX 32

struct gw_near {
    const char *word;
    size_t len;
    const char *best; /* one of the words offered, not a copy */
    size_t slips;
};

void gw_near_init(struct gw_near *near, const char *word, size_t len);
void gw_near_offer(struct gw_near *near, const char *known);

#endif
