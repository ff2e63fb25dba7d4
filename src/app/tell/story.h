#ifndef GATEWAVE_SRC_APP_TELL_STORY_H
#define GATEWAVE_SRC_APP_TELL_STORY_H
/* What happened to one target, in the order of time: its attempts and its events, merged. */
#include <stddef.h>
#include <stdint.h>

#include "gatewave/app/session.h"
#include "gatewave/base/err.h"

/* Texts are the story's own and never NULL; "" where the moment has none. */
struct gw_moment {
    int64_t at_unix_ms;
    int64_t
        sort_unix_ms; /* when it was, as near as can be told; at_unix_ms of a signing is cut to the second */
    size_t order;     /* of moments at the same time */
    uint32_t attempt; /* 0: not of an attempt */
    char *kind;       /* "signed", "answered", or the event's kind */
    char *proof, *code, *request_id, *text;
};

struct gw_story {
    struct gw_moment *moment;
    size_t n;
    int64_t answered_unix_ms; /* while loading: of the attempt before */
};

enum gw_code gw_story_load(struct gw_session *session, int64_t rollout, uint32_t target, struct gw_story *ret,
                           struct gw_err *err);
void gw_story_release(struct gw_story *story);

#endif
