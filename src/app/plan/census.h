#ifndef GATEWAVE_SRC_APP_PLAN_CENSUS_H
#define GATEWAVE_SRC_APP_PLAN_CENSUS_H
/*
 * Counts how often each of many texts occurs, by their hash: 16 to 64 bytes a text, whatever its length. Two texts of one
 * hash would be counted as one; among a million there are none, and only an estimate would suffer.
 */
#include <stddef.h>
#include <stdint.h>

struct gw_census_slot {
    uint64_t key; /* 0: free */
    uint32_t count;
};

struct gw_census {
    struct gw_census_slot *slot;
    size_t n, size;
};

/* All zero is an empty one. Returns how often that text was there now; kind tells equal texts of different things apart. */
uint32_t gw_census_add(struct gw_census *census, uint64_t kind, const char *text);
void gw_census_release(struct gw_census *census);

#endif
