/* The heap. Nothing above asks whether memory was there: a crash at any instant is survived, half-done work
 * is not. */
#include "gatewave/base/mem.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"

void *gw_mem_new(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);

    GW_CHECK(p != NULL);
    return p;
}

void *gw_mem_resize(void *p, size_t count, size_t size)
{
    void *grown = reallocarray(p, count ? count : 1, size ? size : 1);

    GW_CHECK(grown != NULL);
    return grown;
}

char *gw_mem_text(const char *text, size_t len)
{
    char *copy = gw_mem_new(len + 1, 1);

    if (len > 0)
        memcpy(copy, text, len);
    return copy;
}

char *gw_mem_dup(const char *text)
{
    return gw_mem_text(text, strlen(text));
}
