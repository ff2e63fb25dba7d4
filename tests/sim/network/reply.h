#ifndef GATEWAVE_TESTS_SIM_REPLY_H
#define GATEWAVE_TESTS_SIM_REPLY_H
/*
 * A reply on its way back, and what becomes of it there. None of it may turn one answer into another: TLS sees to that
 * in the world, so that what is changed here can be known for what it is.
 */
#include <stdbool.h>
#include <stddef.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/rng.h"
#include "gatewave/net/http.h"

#include "network/ledger.h"

#define SIM_HEADER_SIZE 128

struct sim_reply {
    enum gw_http_cause
        cause;          /* NONE or REDIRECT: it is whole. Else it broke off, and the rest is what came. */
    const char *detail; /* static */
    int status;         /* 0: nothing came */
    char content_type[SIM_HEADER_SIZE], date[SIM_HEADER_SIZE], retry_after[SIM_HEADER_SIZE],
        ratelimit_user_api[SIM_HEADER_SIZE], request_id[SIM_HEADER_SIZE];
    struct gw_buf body;
    struct sim_line *line; /* of the ledger, for as long as the reply is what the cloud said */
};

/* The connection is closed without a byte. */
void sim_reply_init(struct sim_reply *reply);
void sim_reply_release(struct sim_reply *reply);
/* A header of the cloud's; those that the product does not read are passed over. */
void sim_reply_add_header(struct sim_reply *reply, const char *name, const char *value);

/* It breaks off somewhere in its body. */
void sim_reply_cut(struct sim_reply *reply, struct gw_rng *rng);
/* It comes whole, and is no well-formed reply any more. */
void sim_reply_garble(struct sim_reply *reply, struct gw_rng *rng);
/* Something between answers in its place. */
void sim_reply_foreign(struct sim_reply *reply, struct gw_rng *rng);

#endif
