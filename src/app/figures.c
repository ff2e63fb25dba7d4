/* Counts with commas, shares in percent: what screens and evidence have in common. */
#include "figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"

void gw_figure_count(struct gw_buf *buf, uint64_t count)
{
    char digits[24];
    size_t n = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, count);

    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            gw_buf_add_char(buf, ',');
        gw_buf_add_char(buf, digits[i]);
    }
}

void gw_figure_of(struct gw_buf *buf, uint64_t count, const char *one, const char *many)
{
    gw_figure_count(buf, count);
    gw_buf_addf(buf, " %s", count == 1 ? one : many);
}

void gw_figure_share(struct gw_buf *buf, uint64_t share_bp)
{
    gw_figure_count(buf, share_bp / 100);
    if (share_bp % 10)
        gw_buf_addf(buf, ".%02" PRIu64, share_bp % 100);
    else if (share_bp % 100)
        gw_buf_addf(buf, ".%" PRIu64, share_bp % 100 / 10);
    gw_buf_add_text(buf, " %");
}

void gw_figure_part(struct gw_buf *buf, uint64_t part, uint64_t whole)
{
    uint64_t share_bp;

    GW_CHECK(whole > 0 && part <= whole && whole <= UINT64_MAX / 20000);
    share_bp = (part * 10000 + whole / 2) / whole;
    if (share_bp >= 100)
        share_bp = (part * 1000 + whole / 2) / whole * 10;
    gw_figure_share(buf, share_bp);
}
