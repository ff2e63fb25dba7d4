#ifndef GATEWAVE_SRC_APP_NOTIFY_NOTICE_H
#define GATEWAVE_SRC_APP_NOTIFY_NOTICE_H
/* What is said to a webhook, and what its answer means. Pure: neither a socket nor a clock. */
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/conf/spec.h"
#include "gatewave/core/record.h"

/* So many gateways are named. */
#define GW_NOTICE_NAMES 5

/* What a night has come to. */
struct gw_notice_night {
    const char *policies; /* the file */
    int exit_code;
    uint64_t gateways, drifted, held, given_up; /* as it found them; drifted: the others included */
    char *newly[GW_NOTICE_NAMES];               /* given up since the night before, the first of them */
    size_t n_newly;                             /* all of them */
};

/* A moment of a rollout or of a night that somebody wants to hear of. Text is the caller's. */
struct gw_notice_facts {
    enum gw_notice event;
    uint32_t also;                 /* further events: who wants to hear of one of these hears it, too */
    const char *rollout, *version; /* rollout "": a test, or a night; one that could not begin has a reason */
    const char *wave;              /* the one that is under way; "": there is one only, or it is not known */
    const char *reason;            /* one sentence without a period; "": the counts say it all */
    enum gw_phase phase;           /* 0: of none */
    uint32_t count[GW_STATE_COUNT];
    uint32_t relapsed;
    const struct gw_notice_night *night; /* NIGHT and GIVEN_UP, with the counts of its rollouts' devices */
    bool goes_on;                        /* STARTED: an earlier run had begun it */
    bool died;                           /* the run came to no orderly end: its counts are not known */
    int64_t at_unix_ms;
};

/*
 * "gatewave: rollout os-2.4.0 to 2.4.0, wave tenth: a wave waits for an approval: ...; 31 of 410 done, 2 failed. Next:
 * gatewave approve os-2.4.0". Escaped for a screen.
 */
void gw_notice_text(const struct gw_notice_facts *facts, struct gw_buf *buf);
/* The body of a POST, JSON in the form that the receiver takes. */
void gw_notice_body(const struct gw_notice_facts *facts, enum gw_notify_form form, struct gw_buf *buf);

/* Room for why a message was not taken. */
#define GW_NOTICE_WHY_MAX 240

enum gw_notice_fate {
    GW_NOTICE_LOST = 0, /* refused: the same message would be refused again */
    GW_NOTICE_TAKEN,
    GW_NOTICE_AGAIN, /* not now */
};
/* What a whole reply means; ret_why is for people, "" when it was taken, and holds nothing foreign that is not escaped. */
enum gw_notice_fate gw_notice_judge(enum gw_notify_form form, int status, const char *body,
                                    char ret_why[GW_NOTICE_WHY_MAX]);

#endif
