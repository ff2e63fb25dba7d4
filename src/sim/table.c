/*
 * Names to numbers, for fleets of up to a million devices: linear probing at a load of at most one half,
 * never a removal. The order of numbers is the order of adding, whatever the hash does.
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"

#define GW_TABLE_ROOM_FIRST 16u

void gw_table_init(struct gw_table *table)
{
    *table = (struct gw_table){0};
}

void gw_table_release(struct gw_table *table)
{
    for (uint32_t i = 0; i < table->len; i++)
        free(table->key[i]);
    free(table->key);
    free(table->slot);
    gw_table_init(table);
}

/* The slot that holds key, or the free one where it belongs. */
static uint32_t gw_table_probe(const struct gw_table *table, const char *key)
{
    uint32_t at = (uint32_t)gw_hash(key, strlen(key), 0) & (table->n_slots - 1);

    while (table->slot[at] && strcmp(table->key[table->slot[at] - 1], key) != 0)
        at = (at + 1) & (table->n_slots - 1);
    return at;
}

static void gw_table_grow(struct gw_table *table)
{
    uint32_t room = table->room ? table->room * 2 : GW_TABLE_ROOM_FIRST;

    GW_CHECK(room < UINT32_MAX / 4);
    table->key = gw_mem_resize(table->key, room, sizeof(*table->key));
    table->room = room;
    free(table->slot);
    table->n_slots = room * 2;
    table->slot = gw_mem_new(table->n_slots, sizeof(*table->slot));
    for (uint32_t i = 0; i < table->len; i++)
        table->slot[gw_table_probe(table, table->key[i])] = i + 1;
}

uint32_t gw_table_find(const struct gw_table *table, const char *key)
{
    /* A free slot's 0 becomes GW_TABLE_NONE. */
    return table->len ? table->slot[gw_table_probe(table, key)] - 1 : GW_TABLE_NONE;
}

uint32_t gw_table_add(struct gw_table *table, const char *key)
{
    uint32_t found = gw_table_find(table, key);

    if (found != GW_TABLE_NONE)
        return found;
    if (table->len == table->room)
        gw_table_grow(table);
    table->key[table->len] = gw_mem_dup(key);
    table->slot[gw_table_probe(table, key)] = table->len + 1;
    return table->len++;
}

const char *gw_table_keep(struct gw_table *table, const char *key)
{
    uint32_t index = gw_table_add(table, key); /* which may move table->key */

    return table->key[index];
}
