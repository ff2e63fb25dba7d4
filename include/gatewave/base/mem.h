#ifndef GATEWAVE_BASE_MEM_H
#define GATEWAVE_BASE_MEM_H
/*
 * The heap, for the floors that may use it (core may not). Out of memory aborts: nothing here returns NULL.
 */
#include <stddef.h>

/* size zeroed bytes for count items; aborts on overflow. Free with free(). */
void *gw_mem_new(size_t count, size_t size);
/* Grows or shrinks *p, a block of count items of size bytes; new bytes are not zeroed. */
void *gw_mem_resize(void *p, size_t count, size_t size);
/* A copy of the len bytes at text, and a NUL after them. */
char *gw_mem_text(const char *text, size_t len);
char *gw_mem_dup(const char *text);

#endif
