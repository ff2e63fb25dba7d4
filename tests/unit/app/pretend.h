#ifndef GATEWAVE_TESTS_APP_PRETEND_H
#define GATEWAVE_TESTS_APP_PRETEND_H
/*
 * The net floor in pretended time, for what waits long: a loop whose time jumps to what is due next, and programs that
 * are a function of the test's. Exchanges are refused. It stands before the archives, so that it is what is linked.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/net/loop.h"

#define PRETEND_UNIX_MS  1767323045000 /* 2026-01-02T03:04:05Z, when the loop's clock is 0 */
#define PRETEND_TAKES_MS 20            /* for a program to run */

struct pretend {
    /* Prints into out and returns what it ends with; -1: it hangs until it is killed. */
    int (*program)(void *user, struct gw_buf *out);
    void *user;
    int64_t set_ms; /* the wall clock was set by so much */
};

/* The one loop that there is; it keeps a pointer to play. */
void pretend_play(struct pretend *play);
/* Lets so much time pass. */
void pretend_pass(struct gw_loop *loop, uint64_t ms);

#endif
