/* gatewave/net/child.h where there are no programs: none can be started. */
#include "gatewave/net/child.h"

struct gw_child *gw_child_start(struct gw_loop *loop, const struct gw_child_request *request,
                                gw_child_done *done, void *user, struct gw_err *err)
{
    (void)loop;
    (void)request;
    (void)done;
    (void)user;
    (void)gw_err_set(err, GW_ERR_CREDENTIALS, "cannot be started: there are no programs here");
    return NULL;
}

void gw_child_free(struct gw_child *child)
{
    (void)child;
}
