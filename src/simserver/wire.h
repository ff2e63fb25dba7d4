#ifndef GATEWAVE_SRC_SIMSERVER_WIRE_H
#define GATEWAVE_SRC_SIMSERVER_WIRE_H
/*
 * A request as it came over the wire, and its parameters decoded. Text is the request's own and lives as long
 * as it; everything in it may be hostile.
 */
#include <stdbool.h>
#include <stddef.h>

#include "gatewave/sim/cloud.h"

#define GW_WIRE_HEADERS_MAX 64

struct gw_wire {
    const char *method;
    const char *path;
    const char *query; /* behind the ?, still encoded; "" when there is none */
    const char *body;
    size_t body_len;
    struct {
        const char *name, *value;
    } header[GW_WIRE_HEADERS_MAX];
    size_t n_headers;
};

/* The first header of that name, whatever its case, or NULL. */
const char *gw_wire_header(const struct gw_wire *wire, const char *name);
size_t gw_wire_header_count(const struct gw_wire *wire, const char *name);
/* Whether the body is an HTML form, by its Content-Type. */
bool gw_wire_is_form(const struct gw_wire *wire);

struct gw_params {
    const char *pair[GW_CLOUD_PAIRS_MAX][2];
    size_t n, n_query; /* all of them; the first n_query are the query's */
    char *memory;
};

/* Decodes query and form body. Returns NULL, or what is wrong with them as a static phrase; release in both
 * cases. */
const char *gw_params_read(struct gw_params *params, const struct gw_wire *wire);
void gw_params_release(struct gw_params *params);
/* NULL when it was not sent. */
const char *gw_params_get(const struct gw_params *params, const char *name);

#endif
