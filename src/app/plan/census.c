/* An open hash table that is never more than half full. */
#include "census.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"

#define FIRST_SIZE 64

static struct gw_census_slot *gw_census_find(const struct gw_census *census, uint64_t key)
{
    size_t at = (size_t)key & (census->size - 1);

    while (census->slot[at].key != 0 && census->slot[at].key != key)
        at = (at + 1) & (census->size - 1);
    return &census->slot[at];
}

static void gw_census_grow(struct gw_census *census)
{
    struct gw_census larger = {.n = census->n, .size = census->size ? census->size * 2 : FIRST_SIZE};

    larger.slot = gw_mem_new(larger.size, sizeof(*larger.slot));
    for (size_t i = 0; i < census->size; i++)
        if (census->slot[i].key != 0)
            *gw_census_find(&larger, census->slot[i].key) = census->slot[i];
    free(census->slot);
    *census = larger;
}

uint32_t gw_census_add(struct gw_census *census, uint64_t kind, const char *text)
{
    uint64_t key = gw_hash(text, strlen(text), kind);
    struct gw_census_slot *slot;

    if (key == 0)
        key = 1;
    if (census->n * 2 >= census->size)
        gw_census_grow(census);
    slot = gw_census_find(census, key);
    census->n += slot->key == 0;
    slot->key = key;
    return ++slot->count;
}

void gw_census_release(struct gw_census *census)
{
    free(census->slot);
    *census = (struct gw_census){0};
}
