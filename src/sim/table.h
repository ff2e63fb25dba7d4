#ifndef GATEWAVE_SRC_SIM_TABLE_H
#define GATEWAVE_SRC_SIM_TABLE_H
/*
 * Text to dense numbers: the i-th text added has number i, so that arrays beside the table hold what belongs
 * to it. Keys are copied and stay where they are until release.
 */
#include <stdbool.h>
#include <stdint.h>

#define GW_TABLE_NONE UINT32_MAX

struct gw_table {
    char **key;
    uint32_t len, room;
    uint32_t *slot; /* open addressing; number + 1, 0 is free */
    uint32_t n_slots;
};

void gw_table_init(struct gw_table *table);
void gw_table_release(struct gw_table *table);
/* GW_TABLE_NONE when it is not there. */
uint32_t gw_table_find(const struct gw_table *table, const char *key);
/* Adds it if need be. */
uint32_t gw_table_add(struct gw_table *table, const char *key);
/* Adds it if need be; the table's own copy, one for all equal texts. */
const char *gw_table_keep(struct gw_table *table, const char *key);

#endif
