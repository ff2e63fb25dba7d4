#ifndef GATEWAVE_TESTS_SIM_MESSAGE_H
#define GATEWAVE_TESTS_SIM_MESSAGE_H
/* A request's bytes, kept for as long as they are on their way, and what they say of themselves. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/net/http.h"

#include "network/ledger.h"
#include "stage/swarm.h"

#define SIM_MESSAGE_HEADERS_MAX 32

struct sim_message {
    /* The bytes, on the heap. */
    char *url, *target, *body;
    size_t body_len;
    struct {
        char *name, *value; /* of one line: name is where it begins */
    } header[SIM_MESSAGE_HEADERS_MAX];
    size_t n_headers;
    bool once; /* the transport may send it a single time */
    /* What they say, as far as it can be read. */
    enum sim_action action;
    char gateway_id[SIM_NAME_SIZE], serial[SIM_NAME_SIZE], region[SIM_NAME_SIZE], nonce[40], version[24];
};

/* NULL, or why such a request may not be sent, as a static phrase; release in both cases. */
const char *sim_message_init(struct sim_message *message, const struct gw_http_request *request);
/* Which device an update call names; SIM_NONE: it is no update call, or the fleet has no such device. */
uint32_t sim_message_device(const struct sim_message *message, const struct sim_swarm *swarm);
void sim_message_release(struct sim_message *message);

#endif
