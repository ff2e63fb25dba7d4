#ifndef GATEWAVE_BASE_HEAP_H
#define GATEWAVE_BASE_HEAP_H
/*
 * A binary min-heap of timers over items 0..n-1. Memory is the caller's: heap of n entries, place of n
 * entries. An item stands in the heap at most once; setting it again moves it. Ties break by item number, so
 * that the order of two runs with the same input is the same.
 */
#include <stdbool.h>
#include <stdint.h>

#define GW_HEAP_NOWHERE UINT32_MAX

struct gw_heap_entry {
    uint64_t due_ms;
    uint32_t item;
};

struct gw_heap {
    struct gw_heap_entry *entry;
    uint32_t *place; /* item -> index in entry, or GW_HEAP_NOWHERE */
    uint32_t len;
    uint32_t n;
};

void gw_heap_init(struct gw_heap *heap, struct gw_heap_entry *entry, uint32_t *place, uint32_t n);
void gw_heap_set(struct gw_heap *heap, uint32_t item, uint64_t due_ms);
void gw_heap_clear(struct gw_heap *heap, uint32_t item);
/* UINT64_MAX when empty. */
uint64_t gw_heap_due_ms(const struct gw_heap *heap);
/* Takes the first item if it is due at now_ms. */
bool gw_heap_pop(struct gw_heap *heap, uint64_t now_ms, uint32_t *ret_item);

#endif
