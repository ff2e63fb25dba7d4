/* Secrets: one copy, wiped before it goes back to the heap. */
#include "gatewave/base/secret.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"

void gw_secret_wipe(void *bytes, size_t len)
{
    if (bytes)
        explicit_bzero(bytes, len);
}

void gw_secret_set(struct gw_secret *secret, const char *bytes, size_t len)
{
    /* Copied first: bytes may be a part of what is replaced. */
    char *copy = gw_mem_text(bytes, len);

    gw_secret_release(secret);
    secret->bytes = copy;
    secret->len = len;
}

void gw_secret_release(struct gw_secret *secret)
{
    gw_secret_wipe(secret->bytes, secret->len);
    free(secret->bytes);
    *secret = (struct gw_secret){0};
}
