#ifndef GATEWAVE_TESTS_FUZZ_WIRES_H
#define GATEWAVE_TESTS_FUZZ_WIRES_H
/* Requests as gatewave-sim sees them, from the text of one, without a socket. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/net/http.h"
#include "gatewave/sim/cloud.h"

#include "verify.h"
#include "wire.h"

struct fuzz_request {
    const char *wrong; /* with the parameters; NULL: they were read, and the signature was looked at */
    bool proven;       /* the signature holds */
    struct gw_wire wire;
    struct gw_params params;
    struct gw_keyring keys;
    struct gw_claim claim;
    uint64_t now_ms;
    char *memory;
};

/*
 * "METHOD TARGET", headers "Name: value", an empty line, the body; lines end in LF. What is missing is empty, and what
 * has no colon is no header. keys are as gatewave-sim takes them, NULL behind the last; now_ms is the cloud's clock.
 */
void fuzz_request_read(struct fuzz_request *request, const char *bytes, size_t len, const char *const *keys,
                       uint64_t now_ms);
/* The same from what is handed to the net floor. */
void fuzz_request_take(struct fuzz_request *request, const struct gw_http_request *from,
                       const char *const *keys, uint64_t now_ms);
void fuzz_request_release(struct fuzz_request *request);
/* What the model makes of it, whoever signed it, for that account. */
void fuzz_request_ask(const struct fuzz_request *request, struct gw_cloud *cloud, const char *account,
                      struct gw_cloud_response *ret);

#endif
