#ifndef GATEWAVE_SRC_SIMSERVER_SERVER_H
#define GATEWAVE_SRC_SIMSERVER_SERVER_H
/* The cloud behind a socket: HTTP/1.1 with keep-alive, TLS or plain, on loopback. */
#include <stdbool.h>
#include <stdint.h>

#include "certificate.h"
#include "clock.h"
#include "gatewave/base/err.h"
#include "gatewave/sim/cloud.h"
#include "keyring.h"
#include "ledger.h"
#include "metadata.h"
#include "sts.h"

struct gw_server;

/* Everything is the caller's and outlives the server. */
struct gw_server_config {
    struct gw_cloud *cloud;
    const struct gw_keyring *keys;
    struct gw_sts *sts;           /* it gives out keys of that ring; NULL: nobody does */
    struct gw_metadata *metadata; /* with sts, on a port of its own without TLS; NULL: there is none */
    uint16_t metadata_port;       /* 0: any that is free */
    const struct gw_clock *clock;
    struct gw_ledger *ledger;
    const struct gw_certificate *certificate; /* NULL: plain http */
    const char *host;                         /* 127.0.0.1, localhost or ::1; anything else is refused */
    uint16_t port;                            /* 0: any that is free */
    unsigned threads;
    bool bare; /* container style of lists */
    uint64_t seed;
};

/* Listens when it returns GW_OK. */
enum gw_code gw_server_start(const struct gw_server_config *config, struct gw_server **ret,
                             struct gw_err *err);
uint16_t gw_server_port(const struct gw_server *server);
/* 0: there is no metadata server. */
uint16_t gw_server_metadata_port(const struct gw_server *server);
/* Finishes the requests in hand and closes every connection; NULL is fine. */
void gw_server_stop(struct gw_server *server);

#endif
