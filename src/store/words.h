#ifndef GATEWAVE_SRC_STORE_WORDS_H
#define GATEWAVE_SRC_STORE_WORDS_H
/*
 * Texts by number, one behind the other in one block: a million rows that say the same few models, sites and
 * versions hold four bytes for each. And keys of such numbers by row, to count what occurs together.
 */
#include <stddef.h>
#include <stdint.h>

struct gw_words {
    char *text; /* each with its NUL; a word's number is its offset */
    size_t len, size;
    struct gw_words_slot *slot;
    uint32_t mask, n;
};

void gw_words_init(struct gw_words *words);
void gw_words_release(struct gw_words *words);
/* A number of its own, for what differs from row to row. */
uint32_t gw_words_add(struct gw_words *words, const char *text);
/* The same number for the same text. */
uint32_t gw_words_keep(struct gw_words *words, const char *text);
/* Valid until the next word is added. */
const char *gw_words_text(const struct gw_words *words, uint32_t word);

#define GW_TALLY_KEYS 4

struct gw_tally_row {
    uint32_t key[GW_TALLY_KEYS];
    uint32_t n;     /* how often it was counted */
    uint32_t first; /* for its owner */
};

struct gw_tally {
    struct gw_tally_row *row; /* in the order of their first occurrence */
    uint32_t n, size;
    uint32_t *slot; /* row + 1; 0: free */
    uint32_t mask;
};

void gw_tally_init(struct gw_tally *tally);
void gw_tally_release(struct gw_tally *tally);
/* Counts one more; returns its row's number. */
uint32_t gw_tally_count(struct gw_tally *tally, const uint32_t key[GW_TALLY_KEYS]);

#endif
