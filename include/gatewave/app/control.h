#ifndef GATEWAVE_APP_CONTROL_H
#define GATEWAVE_APP_CONTROL_H
/*
 * A person's word about a rollout, from any terminal on its database: orders to one that is under way, and new rollouts
 * that go on from what one has come to. An order is durable before anybody acts on it. Whoever runs the rollout answers
 * it; when nobody does, the command takes the lease for a moment and has the same machine answer.
 */
#include <stdbool.h>

#include "gatewave/app/session.h"
#include "gatewave/base/err.h"
#include "gatewave/core/order.h"

/* How long a command waits for the answer to its order. */
#define GW_CONTROL_PATIENCE_MS 15000u

struct gw_control_request {
    const char *name; /* of the rollout; NULL: the only one that was begun and is not over */
    enum gw_order_kind kind;
    const char *argument; /* as in struct gw_order_new; NULL: none */
    const char *reason;   /* NULL: none was given */
    bool revert;          /* ABORT: and then take back what was changed */
};

/*
 * Opens the session's database, gives the order and waits for the answer. Says the answer and the next command, and
 * *ret_exit is 0 when it was accepted; 8 when nobody has answered in time (the order stays, and the next run answers),
 * or when devices still have to end before they can be taken back. GW_ERR_INPUT with the sentence when it was refused, or
 * GW_ERR_NOT_FOUND, before anything was written, when there is no such rollout.
 */
enum gw_code gw_control_order(struct gw_session *session, const struct gw_control_request *request,
                              int *ret_exit, struct gw_err *err);

struct gw_retry_request {
    const char *name;
    const char *only;     /* outcomes, comma between them; NULL: failed,unresolved,deferred,relapsed */
    const char *code;     /* NULL; or the code that the devices ended with, instead of outcomes */
    const char *new_name; /* NULL: NAME.retry-1, or the next number that is free */
};

/*
 * Freezes a new rollout of the same version and spec for devices that did not get there. Its name is written to the
 * session's out. GW_ERR_INPUT when nothing matches, or while the old rollout has targets without an outcome.
 */
enum gw_code gw_retry(struct gw_session *session, const struct gw_retry_request *request, struct gw_err *err);

/*
 * Freezes one new rollout for each version that devices had before: to go back to it. What cannot go back is said,
 * with the reason; GW_ERR_INPUT when nothing can, or while the rollout may still change devices. `at_once`: without the
 * rollout's window.
 */
struct gw_rollback_request {
    const char *name;
    const char *reason; /* NULL: none was given */
    bool at_once;
};

enum gw_code gw_rollback(struct gw_session *session, const struct gw_rollback_request *request,
                         struct gw_err *err);

#endif
