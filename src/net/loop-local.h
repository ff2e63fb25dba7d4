#ifndef GATEWAVE_SRC_NET_LOOP_LOCAL_H
#define GATEWAVE_SRC_NET_LOOP_LOCAL_H
/* What the rest of this floor may know of the loop. */
#include <uv.h>

#include "gatewave/net/loop.h"

/* Two places in every turn. The owner keeps the hook's memory until it has been removed. */
struct gw_loop_hook {
    void (*before_poll)(void *user); /* after the pump's turn, before the loop sleeps */
    void (*after_poll)(void *user);  /* when every descriptor that was ready has been served */
    void *user;
    struct gw_loop_hook *next;
};

uv_loop_t *gw_loop_uv(struct gw_loop *loop);
void gw_loop_hook_add(struct gw_loop *loop, struct gw_loop_hook *hook);
void gw_loop_hook_remove(struct gw_loop *loop, struct gw_loop_hook *hook);
/* The next poll looks at the descriptors and does not sleep. */
void gw_loop_hurry(struct gw_loop *loop);

#endif
