#ifndef GATEWAVE_TESTS_FUZZ_WIRES_H
#define GATEWAVE_TESTS_FUZZ_WIRES_H
/*
 * Requests as gatewave-sim sees them, without a socket. Behind a wall of its own, because the verifier's struct gw_proof
 * and the core's enum gw_proof cannot be in one file.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/net/http.h"
#include "gatewave/sim/cloud.h"

struct fuzz_inside;

/* Text lives as long as the request; NULL where it does not say. */
struct fuzz_request {
    const char *wrong; /* with the parameters; NULL: they were read, and the signature was looked at */
    bool proven;       /* the signature holds */
    const char *action, *version, *nonce;
    const char *account; /* once proven */
    uint64_t signed_ms;
    int refused_status; /* when it was not proven, with a code and a message */
    const char *refused_code, *refused_message;
    struct fuzz_inside *inside;
};

/*
 * "METHOD TARGET", headers "Name: value", an empty line, the body; lines end in LF. What is missing is empty, and what
 * has no colon is no header. keys are as gatewave-sim takes them, NULL behind the last.
 */
void fuzz_request_read(struct fuzz_request *request, const char *bytes, size_t len, const char *const *keys);
/* The same from what is handed to the net floor. */
void fuzz_request_take(struct fuzz_request *request, const struct gw_http_request *from,
                       const char *const *keys);
void fuzz_request_release(struct fuzz_request *request);
const char *fuzz_request_param(const struct fuzz_request *request, const char *name);
/* What the model makes of it, whoever signed it, for that account. */
void fuzz_request_ask(const struct fuzz_request *request, struct gw_cloud *cloud, const char *account,
                      uint64_t now_ms, struct gw_cloud_response *ret);

#endif
