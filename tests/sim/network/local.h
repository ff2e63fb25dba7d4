#ifndef GATEWAVE_TESTS_SIM_NETWORK_LOCAL_H
#define GATEWAVE_TESTS_SIM_NETWORK_LOCAL_H
/* Between a client (http.c), the network (network.c) and the cloud (cloud.c). */
#include "network/message.h"
#include "network/network.h"
#include "network/reply.h"

/* ---- the network, for a client ---- */

struct sim_connect {
    uint64_t at_ms;           /* the connection is there, or has failed; SIM_NEVER: nobody answers */
    enum gw_http_cause cause; /* NONE: it is there */
    const char *detail;
};

/* Somebody wants to send that; warm: over a connection that he has. */
void sim_network_connect(const struct sim_message *message, bool warm, struct sim_connect *ret);

/* One exchange: the request's copies on their way, and the reply. */
struct sim_trip;
/* From an event, once at most; the reply is the receiver's, and the trip is over for him. */
typedef void sim_heard(void *user, struct sim_reply *reply);
/*
 * The first byte leaves, in the process that sends it; whatever the message holds is the network's from now on. The
 * sender waits for patience_ms at most. NULL: the process died before.
 */
struct sim_trip *sim_network_send(struct sim_message *message, bool warm, uint64_t patience_ms,
                                  sim_heard *heard, void *user);
/* He does not wait any longer. */
void sim_network_let_go(struct sim_trip *trip);

/* ---- the cloud, for the network ---- */

void sim_cloud_begin(const struct sim_swarm *swarm);
void sim_cloud_end(void);
void sim_cloud_calm(void);
/* Who sent a message, when. */
struct sim_sender {
    uint32_t pid;
    uint64_t sent_ms;
};
/* It arrives: the line of the ledger that tells of it, and the reply. */
const struct sim_line *sim_cloud_take(const struct sim_message *message, const struct sim_sender *sender,
                                      bool copy, struct sim_reply *ret);

#endif
