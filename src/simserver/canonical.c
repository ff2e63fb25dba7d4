/* Parameters as both signatures see them: percent-encoded, and sorted by name. */
#include "canonical.h"

#include <stdlib.h>
#include <string.h>

void gw_canonical_text(struct gw_buf *buf, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

    for (const char *p = text; *p;) {
        size_t n = strspn(p, plain);

        gw_buf_add(buf, p, n);
        p += n;
        if (*p)
            gw_buf_addf(buf, "%%%02X", (unsigned char)*p++);
    }
}

static int gw_canonical_by_name(const void *a, const void *b)
{
    const char *const *x = *(const char *const *const *)a, *const *y = *(const char *const *const *)b;

    return strcmp(x[0], y[0]);
}

void gw_canonical_params(struct gw_buf *buf, const struct gw_params *params, size_t n, const char *but)
{
    const char *const *sorted[GW_CLOUD_PAIRS_MAX] = {NULL};

    for (size_t i = 0; i < n; i++)
        sorted[i] = params->pair[i];
    qsort(sorted, n, sizeof(*sorted), gw_canonical_by_name);
    for (size_t i = 0, written = 0; i < n; i++) {
        if (but && strcmp(sorted[i][0], but) == 0)
            continue;
        if (written++ > 0)
            gw_buf_add_char(buf, '&');
        gw_canonical_text(buf, sorted[i][0]);
        gw_buf_add_char(buf, '=');
        gw_canonical_text(buf, sorted[i][1]);
    }
}
