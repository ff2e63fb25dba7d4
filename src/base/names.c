/* Numbered texts: an array in order, and an open-addressed table of it that is never more than half full. */
#include "gatewave/base/names.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"
#include "gatewave/base/text.h"

#define SLOTS_FIRST 64u

/* Where the text stands, or the free slot where it would. */
static uint32_t gw_names_slot(const struct gw_names *names, const char *text)
{
    uint32_t at = (uint32_t)gw_hash(text, strlen(text), 0) & (names->slots - 1);

    while (names->slot[at] != 0 && !gw_text_equal(names->name[names->slot[at] - 1], text))
        at = (at + 1) & (names->slots - 1);
    return at;
}

static void gw_names_grow(struct gw_names *names)
{
    names->slots = names->slots ? 2 * names->slots : SLOTS_FIRST;
    free(names->slot);
    names->slot = gw_mem_new(names->slots, sizeof(*names->slot));
    for (uint32_t i = 0; i < names->n; i++)
        names->slot[gw_names_slot(names, names->name[i])] = i + 1;
}

uint32_t gw_names_add(struct gw_names *names, const char *text)
{
    uint32_t at;

    if (2 * names->n >= names->slots)
        gw_names_grow(names);
    at = gw_names_slot(names, text);
    if (names->slot[at] != 0)
        return names->slot[at] - 1;
    if (names->n == names->size) {
        names->size = names->size ? 2 * names->size : SLOTS_FIRST;
        names->name = gw_mem_resize(names->name, names->size, sizeof(*names->name));
    }
    names->name[names->n] = gw_mem_dup(text);
    names->slot[at] = ++names->n;
    return names->n - 1;
}

uint32_t gw_names_find(const struct gw_names *names, const char *text)
{
    return names->n == 0 ? GW_NO_NAME : names->slot[gw_names_slot(names, text)] - 1;
}

void gw_names_release(struct gw_names *names)
{
    for (uint32_t i = 0; i < names->n; i++)
        free(names->name[i]);
    free(names->name);
    free(names->slot);
    *names = (struct gw_names){0};
}
