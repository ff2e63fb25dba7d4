/*
 * Which nonces were used, for thousands of calls a second over hours: 64-bit hashes in an open table that is
 * kept at most half full. Two nonces taken for one would show as a SignatureNonceUsed out of nowhere, once in
 * 10^12 calls.
 */
#include "nonce.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"

#define GW_NONCE_SLOTS_FIRST 1024u

static uint32_t gw_nonce_probe(const struct gw_nonce_set *set, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & (set->n_slots - 1);

    while (set->slot[at] && set->slot[at] != hash)
        at = (at + 1) & (set->n_slots - 1);
    return at;
}

static bool gw_nonce_has(const struct gw_nonce_set *set, uint64_t hash)
{
    return set->n_slots && set->slot[gw_nonce_probe(set, hash)] == hash;
}

static void gw_nonce_put(struct gw_nonce_set *set, uint64_t hash)
{
    if (set->len * 2 >= set->n_slots) {
        struct gw_nonce_set wide = {.n_slots = set->n_slots ? set->n_slots * 2 : GW_NONCE_SLOTS_FIRST,
                                    .len = set->len};

        wide.slot = gw_mem_new(wide.n_slots, sizeof(*wide.slot));
        for (uint32_t i = 0; i < set->n_slots; i++) {
            if (set->slot[i])
                wide.slot[gw_nonce_probe(&wide, set->slot[i])] = set->slot[i];
        }
        free(set->slot);
        *set = wide;
    }
    set->slot[gw_nonce_probe(set, hash)] = hash;
    set->len++;
}

void gw_nonce_init(struct gw_nonce_book *book, uint64_t memory_ms)
{
    *book = (struct gw_nonce_book){.memory_ms = memory_ms};
}

void gw_nonce_release(struct gw_nonce_book *book)
{
    free(book->young.slot);
    free(book->old.slot);
    gw_nonce_init(book, book->memory_ms);
}

bool gw_nonce_take(struct gw_nonce_book *book, const char *account, const char *nonce, uint64_t now_ms)
{
    uint64_t hash = gw_hash(nonce, strlen(nonce), gw_hash(account, strlen(account), 0)) | 1;

    if (book->young.len == 0) {
        book->turned_ms = now_ms;
    } else if (now_ms - book->turned_ms > book->memory_ms || book->young.len >= GW_NONCE_SEEN_MAX) {
        free(book->old.slot);
        book->old = book->young;
        book->young = (struct gw_nonce_set){0};
        book->turned_ms = now_ms;
    }
    if (gw_nonce_has(&book->young, hash) || gw_nonce_has(&book->old, hash))
        return false;
    gw_nonce_put(&book->young, hash);
    return true;
}
