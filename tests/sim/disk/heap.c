/*
 * SQLite's memory. Reading a schema and compiling statements is a great many small blocks that live for a moment, a
 * tenth of what a world costs with malloc. Here a block that is freed goes onto the list of its size, and the next one
 * of that size comes from there; what the lists have stays theirs. Large blocks are malloc's.
 */
#include "disk/local.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"

#define STEP        16  /* small sizes are multiples of it */
#define CLASSES     513 /* the largest small one is 8192: a page with what is kept beside it, and more */
#define CHUNK_BYTES 1048576

/* Before each block; keeps what follows aligned as SQLite wants it. */
struct sim_block {
    uint32_t class; /* its size in steps; 0: it is malloc's */
    uint32_t bytes;
};

struct sim_spare {
    struct sim_spare *next;
};

static struct {
    struct sim_spare *spare[CLASSES];
    uint8_t *chunk; /* what is left of the newest */
    size_t left;
} heap;

static struct sim_block *block_of(void *at)
{
    return (struct sim_block *)at - 1;
}

/* Of a size that no spare block has. */
static void *carve(uint32_t class, size_t bytes)
{
    size_t whole = sizeof(struct sim_block) + bytes;
    struct sim_block *block;

    if (heap.left < whole) {
        heap.chunk = gw_mem_new(1, CHUNK_BYTES);
        heap.left = CHUNK_BYTES;
    }
    block = (struct sim_block *)heap.chunk;
    heap.chunk += whole;
    heap.left -= whole;
    *block = (struct sim_block){.class = class, .bytes = (uint32_t)bytes};
    return block + 1;
}

static void *take(int size)
{
    uint32_t class = ((uint32_t)size + STEP - 1) / STEP;
    struct sim_spare *spare;
    struct sim_block *block;

    if (class >= CLASSES) {
        block = malloc(sizeof(*block) + (size_t)size);
        if (!block)
            return NULL;
        *block = (struct sim_block){.bytes = (uint32_t)size};
        return block + 1;
    }
    spare = heap.spare[class];
    if (!spare)
        return carve(class, (size_t) class * STEP);
    heap.spare[class] = spare->next;
    return spare;
}

static void give(void *at)
{
    struct sim_block *block;
    struct sim_spare *spare = at;

    if (!at)
        return;
    block = block_of(at);
    if (block->class == 0) {
        free(block);
        return;
    }
    spare->next = heap.spare[block->class];
    heap.spare[block->class] = spare;
}

static int size_of(void *at)
{
    return at ? (int)block_of(at)->bytes : 0;
}

static void *resize(void *at, int size)
{
    void *moved;

    if (size <= size_of(at))
        return at;
    moved = take(size);
    if (!moved)
        return NULL;
    memcpy(moved, at, (size_t)size_of(at));
    give(at);
    return moved;
}

static int round_up(int size)
{
    return (size + STEP - 1) / STEP * STEP;
}

static int begin(void *user)
{
    (void)user;
    return SQLITE_OK;
}

static void end(void *user)
{
    (void)user;
}

const struct sqlite3_mem_methods *sim_heap(void)
{
    static const struct sqlite3_mem_methods methods = {take,     give,  resize, size_of,
                                                       round_up, begin, end,    NULL};

    return &methods;
}
