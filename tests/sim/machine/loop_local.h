#ifndef GATEWAVE_TESTS_SIM_LOOP_LOCAL_H
#define GATEWAVE_TESTS_SIM_LOOP_LOCAL_H
/* What the network and the writer of the simulator ask of its loop. */
#include "gatewave/net/loop.h"

struct sim_process;

/*
 * call runs in a turn of that loop, in its process, when that is not frozen. Forgotten when the process is dead or the
 * loop is gone: so that calls hold no memory of their own.
 */
void gw_loop_post(struct gw_loop *loop, void (*call)(void *user), void *user);
/* Takes back what was posted for a user who goes away. */
void gw_loop_forget(struct gw_loop *loop, const void *user);
struct sim_process *gw_loop_process(const struct gw_loop *loop);

#endif
