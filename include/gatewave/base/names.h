#ifndef GATEWAVE_BASE_NAMES_H
#define GATEWAVE_BASE_NAMES_H
/* Texts that come again and again, each kept once and numbered 0, 1, 2, ... in the order of their first coming. */
#include <stdint.h>

#define GW_NO_NAME UINT32_MAX

struct gw_names {
    char **name;
    uint32_t n, size;
    uint32_t *slot; /* hash -> number + 1; 0: free */
    uint32_t slots; /* a power of two, or 0 */
};

/* A zeroed one is empty. */
void gw_names_release(struct gw_names *names);
/* The number of a text; a new one when it was not there. */
uint32_t gw_names_add(struct gw_names *names, const char *text);
/* GW_NO_NAME when it is not there. */
uint32_t gw_names_find(const struct gw_names *names, const char *text);

#endif
