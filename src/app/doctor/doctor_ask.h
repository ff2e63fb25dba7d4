#ifndef GATEWAVE_SRC_APP_DOCTOR_DOCTOR_ASK_H
#define GATEWAVE_SRC_APP_DOCTOR_DOCTOR_ASK_H
/* Harmless questions to the cloud: what each region answers, how fast, and what its clock shows. */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/app/keys.h"
#include "gatewave/conf/spec.h"
#include "gatewave/core/answer.h"
#include "gatewave/net/http.h"
#include "gatewave/smartag/endpoint.h"

/* One after the other; each is asked when the one before it was accepted. */
enum gw_question {
    GW_QUESTION_LIST = 0, /* one gateway of the list; without a key, only whether somebody is there */
    GW_QUESTION_GATEWAY,
    GW_QUESTION_VERSIONS,
    GW_QUESTION_COUNT,
};

struct gw_reply_heard {
    bool asked, whole; /* whole: a complete response, whatever it says */
    enum gw_http_cause cause;
    char detail[200];
    uint64_t took_ms;
    bool has_date;
    int64_t skew_ms; /* the server's clock is ahead by so much */
    struct gw_answer answer;
    uint32_t total; /* LIST that was accepted: gateways */
};

/* An account in a region. Everything above `heard` is for the caller to say. */
struct gw_probe {
    const char *account, *region, *gateway_id; /* gateway_id "": the list's first one, if it has one */
    struct gw_keys *keys;                      /* NULL: there is no key for the account */
    struct gw_endpoint endpoint;
    struct gw_reply_heard heard[GW_QUESTION_COUNT];
};

/*
 * Asks all of them at once, each its questions in turn; returns when all have their answers or their time is over; the keys are
 * on that loop.
 */
enum gw_code gw_probe_all(struct gw_loop *loop, const struct gw_config *config, struct gw_probe *probe,
                          uint32_t n, uint64_t limit_ms, struct gw_err *err);

#endif
