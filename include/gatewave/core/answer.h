#ifndef GATEWAVE_CORE_ANSWER_H
#define GATEWAVE_CORE_ANSWER_H
/*
 * What one call came to, in two independent words: what is proven of it (did it take effect?) and what the
 * answer asks of the rollout. The transport and the vendor's code book decide both; the core acts on them and
 * knows no vendor code.
 */
#include <stdint.h>

/* Decided by proof, never by HTTP status. What is not proven is in doubt. */
enum gw_proof {
    GW_PROOF_NONE = 0,
    GW_PROOF_NEVER_SENT, /* no byte of the request left this machine */
    GW_PROOF_REFUSED,    /* a complete, well-formed refusal whose code is known to mean "not executed" */
    GW_PROOF_ACCEPTED,   /* 2xx, complete, parses, has a RequestId */
    GW_PROOF_IN_DOUBT,   /* everything else, every surprise included */
};

/* What the answer asks for. For a read, IN_DOUBT proof with any class is simply a read that failed. */
enum gw_class {
    GW_CLASS_NONE = 0,
    GW_CLASS_ACCEPTED,
    GW_CLASS_TRANSIENT, /* may pass: try again with backoff, costs an attempt */
    GW_CLASS_THROTTLED, /* a quota: the whole lane pauses, costs nothing */
    GW_CLASS_OFFLINE,   /* the device cannot be reached now: wait for it */
    GW_CLASS_BUSY, /* something is at work on the device; after an earlier attempt it may be our own call */
    GW_CLASS_READ_BACK,  /* "too old": it may be there already, only a read can tell */
    GW_CLASS_PERMANENT,  /* this device cannot be upgraded until somebody does something */
    GW_CLASS_NOT_FOUND,  /* permanent, and suspicious when many: wrong account or region */
    GW_CLASS_IDENTITY,   /* not allowed: permanent for the device; several in a row stop the run */
    GW_CLASS_CREDENTIAL, /* key, token or signature refused: the run stops, costs nothing */
    GW_CLASS_RENEWING,   /* the key has ended and another one is on its way: the lane waits, costs nothing */
    GW_CLASS_CLOCK,      /* our clock and the server's differ too much: the run stops, costs nothing */
    GW_CLASS_PLAN,       /* the request itself is wrong (a version that does not exist): the run stops */
    GW_CLASS_RISK,       /* the account is blocked (risk control, balance): the run stops at once */
    GW_CLASS_UNTRUSTED, /* certificate refused, redirect, foreign page: the run stops, likely a proxy or worse
                         */
    GW_CLASS_ENDPOINT,  /* the endpoint could not be reached at all: the lane backs off, costs nothing */
    GW_CLASS_UNKNOWN,   /* a code that nobody has seen yet */
};

const char *gw_proof_name(enum gw_proof proof);

/* Foreign text that goes with an answer to the store and to people; escaped by whoever prints it. */
#define GW_CODE_MAX       64
#define GW_REQUEST_ID_MAX 64
#define GW_MESSAGE_MAX    200
#define GW_VERSION_MAX    64
#define GW_SERIAL_MAX     64
#define GW_GATEWAY_ID_MAX 64
#define GW_NONCE_SIZE     33 /* 32 hex digits and NUL */

struct gw_answer {
    enum gw_proof proof;
    enum gw_class class_;
    uint32_t retry_after_ms; /* what a throttle asked for; 0: it did not say */
    int32_t http_status;     /* 0: none */
    char code[GW_CODE_MAX];  /* the vendor's Code, or our word for a transport end (timeout, reset, ...) */
    char request_id[GW_REQUEST_ID_MAX];
    char message[GW_MESSAGE_MAX];
};

#endif
