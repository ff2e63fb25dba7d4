#ifndef GATEWAVE_SMARTAG_ENDPOINT_H
#define GATEWAVE_SMARTAG_ENDPOINT_H
/* Where a region is served: the vendor's table of 2025-07-31. */
#include <stdbool.h>
#include <stddef.h>

#include "gatewave/base/err.h"

struct gw_region {
    const char *region;
    const char *host;
    const char *vpc_host; /* NULL: none listed */
    bool closed;          /* the vendor takes no new work there */
};

/* NULL for a region that is not in the table. */
const struct gw_region *gw_region_find(const char *region);
/* Row i of the table; NULL behind its end. */
const struct gw_region *gw_region_at(size_t i);

struct gw_endpoint {
    char url[256];  /* scheme://host[:port] and no path */
    char host[200]; /* as the Host header says it */
    bool loopback;
};

/*
 * The endpoint of a region. override is the configuration's cloud.endpoint ("" for the table): a host,
 * host:port or URL; http:// is accepted for a loopback address only. Unknown and closed regions are errors
 * that list the known ones.
 */
enum gw_code gw_endpoint_resolve(const char *region, const char *override, bool vpc, struct gw_endpoint *ret,
                                 struct gw_err *err);
/* One that was written down: a host, host:port or URL with nothing behind it. what names it in the error. */
enum gw_code gw_endpoint_read(const char *what, const char *text, struct gw_endpoint *ret,
                              struct gw_err *err);
/*
 * A whole URL: its endpoint, and the target that stands behind it in the text ("/" when there is none). Plain http to
 * loopback and to the vendor's metadata service only. NULL, or what is wrong, to stand behind its name; the URL itself
 * may hold a password and is never shown.
 */
const char *gw_endpoint_split(const char *url, struct gw_endpoint *ret, const char **ret_target);

#endif
