/* A binary min-heap with places, so that moving or removing any item is O(log n) too. */
#include "gatewave/base/heap.h"

#include "gatewave/base/check.h"

static bool gw_heap_before(const struct gw_heap_entry *a, const struct gw_heap_entry *b)
{
    return a->due_ms < b->due_ms || (a->due_ms == b->due_ms && a->item < b->item);
}

static void gw_heap_put(struct gw_heap *heap, uint32_t at, struct gw_heap_entry entry)
{
    heap->entry[at] = entry;
    heap->place[entry.item] = at;
}

static void gw_heap_up(struct gw_heap *heap, uint32_t at)
{
    struct gw_heap_entry entry = heap->entry[at];

    while (at > 0 && gw_heap_before(&entry, &heap->entry[(at - 1) / 2])) {
        gw_heap_put(heap, at, heap->entry[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    gw_heap_put(heap, at, entry);
}

static void gw_heap_down(struct gw_heap *heap, uint32_t at)
{
    struct gw_heap_entry entry = heap->entry[at];

    for (;;) {
        uint32_t child = 2 * at + 1;

        if (child >= heap->len)
            break;
        if (child + 1 < heap->len && gw_heap_before(&heap->entry[child + 1], &heap->entry[child]))
            child++;
        if (!gw_heap_before(&heap->entry[child], &entry))
            break;
        gw_heap_put(heap, at, heap->entry[child]);
        at = child;
    }
    gw_heap_put(heap, at, entry);
}

void gw_heap_init(struct gw_heap *heap, struct gw_heap_entry *entry, uint32_t *place, uint32_t n)
{
    *heap = (struct gw_heap){.entry = entry, .place = place, .n = n};
    for (uint32_t i = 0; i < n; i++)
        place[i] = GW_HEAP_NOWHERE;
}

void gw_heap_set(struct gw_heap *heap, uint32_t item, uint64_t due_ms)
{
    uint32_t at;

    GW_CHECK(item < heap->n);
    at = heap->place[item];
    if (at == GW_HEAP_NOWHERE)
        at = heap->len++;
    gw_heap_put(heap, at, (struct gw_heap_entry){.due_ms = due_ms, .item = item});
    gw_heap_up(heap, at);
    gw_heap_down(heap, heap->place[item]);
}

void gw_heap_clear(struct gw_heap *heap, uint32_t item)
{
    uint32_t at = heap->place[item];
    struct gw_heap_entry last;

    if (at == GW_HEAP_NOWHERE)
        return;
    heap->place[item] = GW_HEAP_NOWHERE;
    last = heap->entry[--heap->len];
    if (last.item == item)
        return;
    gw_heap_put(heap, at, last);
    gw_heap_up(heap, at);
    gw_heap_down(heap, heap->place[last.item]);
}

uint64_t gw_heap_due_ms(const struct gw_heap *heap)
{
    return heap->len > 0 ? heap->entry[0].due_ms : UINT64_MAX;
}

bool gw_heap_pop(struct gw_heap *heap, uint64_t now_ms, uint32_t *ret_item)
{
    if (heap->len == 0 || heap->entry[0].due_ms > now_ms)
        return false;
    *ret_item = heap->entry[0].item;
    gw_heap_clear(heap, *ret_item);
    return true;
}
