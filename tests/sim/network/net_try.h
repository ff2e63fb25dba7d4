#ifndef GATEWAVE_TESTS_SIM_NET_TRY_H
#define GATEWAVE_TESTS_SIM_NET_TRY_H
/* For the network's own tests: a small world without faults, and processes that send what they are told to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gatewave/net/http.h"
#include "gatewave/smartag/reply.h"

#include "network/ledger.h"
#include "network/network.h"
#include "stage/fault.h"
#include "stage/stage.h"
#include "stage/swarm.h"

#define TRY_CALLS_MAX 400

#define TRY_DELAY_MS    100
#define TRY_CONNECT_MS  1000
#define TRY_CALL_MS     8000
#define TRY_STALL_MS    5000
#define TRY_VALIDITY_MS 52000

/* What a process sends, and what comes of it. */
struct try_call {
    enum gw_action action;
    uint32_t device;   /* of the swarm's; a list asks for its region, 50 at most */
    uint64_t after_ms; /* the process began */
    uint64_t leave_by_ms;
    bool withheld;
    /* ... */
    bool submitted;
    uint32_t n_done;
    uint64_t done_ms;
    enum gw_http_end end;
    enum gw_http_cause cause;
    int status;
    char content_type[64], date[64], request_id[64];
    size_t body_len;
    struct gw_answer answer; /* the product's judgement */
    struct gw_seen_page page;
    struct gw_seen_gateway gateway;
    char nonce[33];
};

struct try_client {
    struct try_call *call;
    uint32_t n;
    uint32_t slots;       /* 0: one for each */
    uint64_t lasts_ms;    /* it ends then, with what is under way; 0: when all is done */
    bool waits_for_first; /* each call leaves when the one before it has ended */
    struct sim_process *process;
    /* ... */
    const struct sim_swarm *swarm;
    struct gw_loop *loop;
    struct gw_http *http;
};

/* Eight devices: six alone, two a pair, in two regions; all well, and all online at the old version. */
void try_swarm(struct sim_swarm *swarm, uint64_t seed);
/* The world, from its beginning; and its end. */
void try_begin(const struct sim_swarm *swarm);
void try_end(void);
/* n calls of that kind for the devices in turn, one every every_ms. */
void try_calls(struct try_call *call, uint32_t n, enum gw_action action, uint64_t every_ms);
/* Its process begins. */
void try_start(struct try_client *client, const struct sim_swarm *swarm);
/* Plays on for so long. */
void try_play(uint64_t for_ms);
/* Until nothing more happens. */
void try_play_out(void);
/* Begins, sends, plays it out; try_end is left to the test. */
void try_world(const struct sim_swarm *swarm, struct try_client *client);
/* All lines of the ledger as text; free it. */
char *try_ledger(void);
/* The line of that nonce that is no copy, or the one that is; NULL: there is none. */
const struct sim_line *try_line(const char *nonce, bool copy);

#endif
