#ifndef GATEWAVE_SRC_SIMSERVER_CANONICAL_H
#define GATEWAVE_SRC_SIMSERVER_CANONICAL_H
/* Parameters as signatures see them. */
#include <stddef.h>

#include "gatewave/base/buf.h"
#include "wire.h"

/* Percent encoding: everything but A-Z a-z 0-9 - _ . ~ */
void gw_canonical_text(struct gw_buf *buf, const char *text);
/* The first n parameters but one as name=value joined by &, sorted by name in byte order. but may be NULL. */
void gw_canonical_params(struct gw_buf *buf, const struct gw_params *params, size_t n, const char *but);

#endif
