#ifndef GATEWAVE_SRC_SIMSERVER_TURN_H
#define GATEWAVE_SRC_SIMSERVER_TURN_H
/*
 * One request's turn: examined, put to the cloud, and answered in bytes. Pure: no socket, no lock, no clock;
 * whoever carries the bytes, over a socket or in virtual time, gets the same ones for the same requests.
 *
 *     gw_turn_init(&turn, method, target, body, body_len);
 *     turn.wire.header[turn.wire.n_headers++] = ...;
 *     turn.sts = ...; (when keys are given out, too)
 *     gw_turn_examine(&turn, keys, body_too_long, now_ms);
 *     gw_turn_answer(&turn, cloud, now_ms, rng, bare);
 *     ... send status, headers and body, unless turn.dropped ...
 *     gw_turn_release(&turn);
 *
 * Examining costs the most and shares nothing but the keyring; answering belongs under the lock of whoever has
 * threads, and changes the keyring when the turn is for_sts. All times are the cloud's clock.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "claim.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/rng.h"
#include "gatewave/sim/cloud.h"
#include "keyring.h"
#include "sts.h"
#include "wire.h"

#define GW_TURN_BODY_MAX        (256u * 1024) /* of a request */
#define GW_TURN_HEADERS_MAX     5
#define GW_TURN_HEADER_SIZE     128
#define GW_TURN_REQUEST_ID_SIZE 40

struct gw_turn {
    /* The request: text is the caller's, and outlives the turn. */
    struct gw_wire wire;
    struct gw_sts *sts; /* NULL: nobody gives out keys */
    struct gw_params params;
    struct gw_claim claim; /* in the end also the reply's code and message, whoever refused */
    bool xml;
    /* What the cloud made of it; all zero when it never saw it. */
    struct gw_cloud_response response;
    /* What the office made of it that gives out keys. */
    bool for_sts;
    struct gw_sts_grant grant;
    const char *garbage; /* the reply's body; NULL: it is one that makes sense */
    /* The reply. */
    bool dropped; /* there is none: the connection is closed without a byte */
    int http_status;
    char request_id[GW_TURN_REQUEST_ID_SIZE];
    struct {
        const char *name;
        char value[GW_TURN_HEADER_SIZE];
    } header[GW_TURN_HEADERS_MAX]; /* what is left to the carrier: lengths and the connection's own */
    size_t n_headers;
    struct gw_buf body;
};

/* target is as it stood in the request line; it is cut in two at its question mark. */
void gw_turn_init(struct gw_turn *turn, const char *method, char *target, const char *body, size_t body_len);
void gw_turn_release(struct gw_turn *turn);
/* Everything before the cloud sees it: method, path, parameters, signature, the API's version. */
void gw_turn_examine(struct gw_turn *turn, const struct gw_keyring *keys, bool body_too_long,
                     uint64_t now_ms);
/* bare: the container style of lists. rng gives the request ids. */
void gw_turn_answer(struct gw_turn *turn, struct gw_cloud *cloud, uint64_t now_ms, struct gw_rng *rng,
                    bool bare);

#endif
