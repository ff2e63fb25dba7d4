#ifndef GATEWAVE_TESTS_FUZZ_TWISTS_H
#define GATEWAVE_TESTS_FUZZ_TWISTS_H
/* What a hostile cloud does to an honest reply, as the bytes say. */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/buf.h"

#include "fuzz.h"

/* In the order of their bytes. Those before TWISTS_HONEST lose or delay, and do not lie. */
enum twist {
    TWIST_NONE = 0,
    TWIST_UNSENT,       /* no byte of the request leaves */
    TWIST_LOST_REQUEST, /* it leaves, and never comes to anything */
    TWIST_LOST_REPLY,   /* it is carried out, and the connection breaks */
    TWIST_LATE,
    TWISTS_HONEST,
    TWIST_STATUS = TWISTS_HONEST,
    TWIST_CODE,    /* a refusal by a code of the book, with whatever effect there was */
    TWIST_FLIP,    /* some bytes of the body are others */
    TWIST_CUT,     /* the body ends too early, and says so */
    TWIST_INSERT,  /* bytes, or the body's own beginning, in the middle of it */
    TWIST_EARLIER, /* the body of an earlier reply */
    TWIST_BODY,    /* another body */
    TWIST_HEADERS, /* more headers */
    TWIST_DATE,    /* the cloud's clock is off */
    TWIST_WHOLE,   /* other bytes for the whole response */
    TWIST_BROKEN,  /* the response ends anywhere */
    TWISTS
};

struct twist_reply {
    int status;
    bool xml;
    struct gw_buf body, headers;
    int64_t date_unix_ms;
};

void twist_reply_init(struct twist_reply *reply, bool xml);
void twist_reply_release(struct twist_reply *reply);
/* Takes what it needs of the bytes. */
void twist_apply(enum twist twist, struct fuzz_bytes *bytes, const struct gw_buf *earlier,
                 struct twist_reply *reply);
/* Status line, headers and body as they go over the wire; WHOLE and BROKEN are done here. */
void twist_write(enum twist twist, struct fuzz_bytes *bytes, const struct twist_reply *reply,
                 struct gw_buf *ret);

#endif
