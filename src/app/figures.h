#ifndef GATEWAVE_SRC_APP_FIGURES_H
#define GATEWAVE_SRC_APP_FIGURES_H
/* Numbers as a sentence for a person has them. */
#include <stdint.h>

#include "gatewave/base/buf.h"

/* 1,234,567 */
void gw_figure_count(struct gw_buf *buf, uint64_t count);
/* "1 device", "1,234 devices" */
void gw_figure_of(struct gw_buf *buf, uint64_t count, const char *one, const char *many);
/* Basis points as "20 %", "1.2 %", "0.05 %". */
void gw_figure_share(struct gw_buf *buf, uint64_t share_bp);
/* part of whole as gw_figure_share, rounded to a tenth of a percent, below one percent to a hundredth. */
void gw_figure_part(struct gw_buf *buf, uint64_t part, uint64_t whole);

#endif
