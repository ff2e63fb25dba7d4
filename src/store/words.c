/* Two tables with open addressing, at most half full, that only ever grow. */
#include "words.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"

#define FIRST_SIZE 256

/* The hash is kept so that neither growing nor passing a stranger reads its text. */
struct gw_words_slot {
    uint32_t hash;
    uint32_t word; /* + 1; 0: free */
};

void gw_words_init(struct gw_words *words)
{
    *words = (struct gw_words){.slot = gw_mem_new(FIRST_SIZE, sizeof(*words->slot)), .mask = FIRST_SIZE - 1};
}

void gw_words_release(struct gw_words *words)
{
    free(words->text);
    free(words->slot);
    *words = (struct gw_words){0};
}

static uint32_t add(struct gw_words *words, const char *text, size_t len)
{
    size_t at = words->len;

    GW_CHECK(len < UINT32_MAX - 1 - at);
    if (len + 1 > words->size - at) {
        words->size = 2 * (at + len + 1);
        words->text = gw_mem_resize(words->text, words->size, 1);
    }
    memcpy(words->text + at, text, len + 1);
    words->len = at + len + 1;
    return (uint32_t)at;
}

uint32_t gw_words_add(struct gw_words *words, const char *text)
{
    return add(words, text, strlen(text));
}

static void put(struct gw_words *words, struct gw_words_slot slot)
{
    uint32_t at = slot.hash & words->mask;

    while (words->slot[at].word)
        at = (at + 1) & words->mask;
    words->slot[at] = slot;
}

static void widen_words(struct gw_words *words)
{
    struct gw_words_slot *old = words->slot;
    uint32_t old_mask = words->mask;

    words->mask = 2 * old_mask + 1;
    words->slot = gw_mem_new((size_t)words->mask + 1, sizeof(*words->slot));
    for (uint32_t i = 0; i <= old_mask; i++)
        if (old[i].word)
            put(words, old[i]);
    free(old);
}

uint32_t gw_words_keep(struct gw_words *words, const char *text)
{
    size_t len = strlen(text);
    uint32_t hash = (uint32_t)gw_hash(text, len, 0), at, word;

    for (at = hash & words->mask; words->slot[at].word; at = (at + 1) & words->mask)
        if (words->slot[at].hash == hash && strcmp(words->text + words->slot[at].word - 1, text) == 0)
            return words->slot[at].word - 1;
    if (++words->n > words->mask / 2)
        widen_words(words);
    word = add(words, text, len);
    put(words, (struct gw_words_slot){hash, word + 1});
    return word;
}

const char *gw_words_text(const struct gw_words *words, uint32_t word)
{
    GW_CHECK(word < words->len);
    return words->text + word;
}

void gw_tally_init(struct gw_tally *tally)
{
    *tally = (struct gw_tally){.slot = gw_mem_new(FIRST_SIZE, sizeof(*tally->slot)), .mask = FIRST_SIZE - 1};
}

void gw_tally_release(struct gw_tally *tally)
{
    free(tally->row);
    free(tally->slot);
    *tally = (struct gw_tally){0};
}

/* Where the key is, or the free slot where it belongs. */
static uint32_t find(const struct gw_tally *tally, const uint32_t key[GW_TALLY_KEYS])
{
    uint32_t at = (uint32_t)gw_hash(key, GW_TALLY_KEYS * sizeof(*key), 0) & tally->mask;

    while (tally->slot[at] &&
           memcmp(tally->row[tally->slot[at] - 1].key, key, GW_TALLY_KEYS * sizeof(*key)) != 0)
        at = (at + 1) & tally->mask;
    return at;
}

static void widen_tally(struct gw_tally *tally)
{
    free(tally->slot);
    tally->mask = 2 * tally->mask + 1;
    tally->slot = gw_mem_new((size_t)tally->mask + 1, sizeof(*tally->slot));
    for (uint32_t i = 0; i < tally->n; i++)
        tally->slot[find(tally, tally->row[i].key)] = i + 1;
}

uint32_t gw_tally_count(struct gw_tally *tally, const uint32_t key[GW_TALLY_KEYS])
{
    uint32_t at = find(tally, key);

    if (!tally->slot[at]) {
        if (tally->n == tally->size) {
            tally->size = tally->size ? 2 * tally->size : FIRST_SIZE;
            tally->row = gw_mem_resize(tally->row, tally->size, sizeof(*tally->row));
        }
        tally->row[tally->n] = (struct gw_tally_row){.n = 0};
        memcpy(tally->row[tally->n].key, key, sizeof(tally->row->key));
        tally->slot[at] = ++tally->n;
        if (tally->n > tally->mask / 2) {
            widen_tally(tally);
            at = find(tally, key);
        }
    }
    tally->row[tally->slot[at] - 1].n++;
    return tally->slot[at] - 1;
}
