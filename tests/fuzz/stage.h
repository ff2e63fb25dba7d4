#ifndef GATEWAVE_TESTS_FUZZ_STAGE_H
#define GATEWAVE_TESTS_FUZZ_STAGE_H
/*
 * A stage for the production pump and exchanges in virtual time: a loop, a writer and a net floor (the functions of
 * loop.h, writer.h and http.h, in their place) that do nothing by themselves. What they are asked for waits until
 * stage_step() comes to it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/core/record.h"
#include "gatewave/net/http.h"
#include "gatewave/net/loop.h"

/* The wall clock is this much ahead of the loop's. */
#define STAGE_UNIX_MS INT64_C(1767323045000)
#define STAGE_SLOTS   64

/* How an exchange ends, and when: COMPLETE by what the bytes are (status line, headers, body), else by its cause. */
struct stage_end {
    enum gw_http_end end;
    enum gw_http_cause cause;
    uint64_t at_ms;
    struct gw_buf bytes; /* the stage's, to be filled */
};

/* Whoever plays on it. */
struct stage_play {
    /* A record is durable from now on. */
    void (*durable)(void *user, const struct gw_record *record);
    /* How long the disk takes for a batch. */
    uint64_t (*commit_ms)(void *user);
    /* A request leaves this machine. */
    void (*serve)(void *user, const struct gw_http_request *request, struct stage_end *ret);
    void *user;
};

/* One at a time: the clock has no argument. */
struct gw_loop *stage_new(const struct stage_play *play);
void stage_free(struct gw_loop *loop);
/* A turn of the pump, and then what comes next in time. False when the pump has stopped the loop. */
bool stage_step(struct gw_loop *loop);

#endif
