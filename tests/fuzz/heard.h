#ifndef GATEWAVE_TESTS_FUZZ_HEARD_H
#define GATEWAVE_TESTS_FUZZ_HEARD_H
/* A response's bytes to what the net floor makes of them, in the place of libcurl. */
#include <stddef.h>

#include "gatewave/net/http.h"

#include "response-local.h"

/*
 * Feeds a response that has begun with these bytes: lines up to the empty one that ends the head, then the body in
 * pieces. NONE or REDIRECT when it is believed as a whole. Its limits hold at each step.
 */
enum gw_http_cause fuzz_hear(struct gw_http_response *response, const char *bytes, size_t len);
/* What whoever submitted the request is told; valid as long as the response. */
struct gw_http_result fuzz_heard(const struct gw_http_response *response, enum gw_http_cause cause);

#endif
