/* An open hash table that is never more than half full. */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"

#define FIRST_SIZE 64

static struct gw_tally_slot *gw_tally_find(const struct gw_tally *tally, uint64_t key)
{
    size_t at = (size_t)key & (tally->size - 1);

    while (tally->slot[at].key != 0 && tally->slot[at].key != key)
        at = (at + 1) & (tally->size - 1);
    return &tally->slot[at];
}

static void gw_tally_grow(struct gw_tally *tally)
{
    struct gw_tally larger = {.n = tally->n, .size = tally->size ? tally->size * 2 : FIRST_SIZE};

    larger.slot = gw_mem_new(larger.size, sizeof(*larger.slot));
    for (size_t i = 0; i < tally->size; i++)
        if (tally->slot[i].key != 0)
            *gw_tally_find(&larger, tally->slot[i].key) = tally->slot[i];
    free(tally->slot);
    *tally = larger;
}

uint32_t gw_tally_add(struct gw_tally *tally, uint64_t kind, const char *text)
{
    uint64_t key = gw_hash(text, strlen(text), kind);
    struct gw_tally_slot *slot;

    if (key == 0)
        key = 1;
    if (tally->n * 2 >= tally->size)
        gw_tally_grow(tally);
    slot = gw_tally_find(tally, key);
    tally->n += slot->key == 0;
    slot->key = key;
    return ++slot->count;
}

void gw_tally_release(struct gw_tally *tally)
{
    free(tally->slot);
    *tally = (struct gw_tally){0};
}
