#ifndef GATEWAVE_NET_CHILD_H
#define GATEWAVE_NET_CHILD_H
/*
 * One program that is started, listened to, and waited for, on the loop. No shell; its standard input is empty, its
 * standard error goes nowhere, its standard output is kept up to a limit. It leads a group of its own, and whoever is
 * left in it when the time is up is killed; so is whom it leaves behind there, holding its output, when it ends.
 */
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/net/loop.h"

struct gw_child_request {
    const char *const *argv; /* argv[0] is looked up in the environment's PATH; ended by NULL */
    const char *const *env;  /* NAME=value, all that it gets; ended by NULL */
    uint64_t timeout_ms;
    size_t out_max; /* more output than that ends it */
};

/* Valid during the completion call only. out is foreign text, and may be a secret: it is wiped afterwards. */
struct gw_child_result {
    const char *why; /* NULL: it ended by itself; else a clause: "took too long", "was ended by signal 9" */
    int status;      /* what it ended with */
    const char *out;
    size_t out_len;
};

/* May free the child. */
typedef void gw_child_done(void *user, const struct gw_child_result *result);

struct gw_child;

/*
 * Starts it; request is read during the call only. Exactly one completion follows, from the loop. NULL, and a clause in
 * err, when it cannot be started.
 */
struct gw_child *gw_child_start(struct gw_loop *loop, const struct gw_child_request *request,
                                gw_child_done *done, void *user, struct gw_err *err);
/* Kills what still runs; then there is no completion. */
void gw_child_free(struct gw_child *child);

#endif
