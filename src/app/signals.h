#ifndef GATEWAVE_SRC_APP_SIGNALS_H
#define GATEWAVE_SRC_APP_SIGNALS_H
/*
 * The signals that ask a job to end: SIGINT, SIGTERM, and SIGHUP, which is told as SIGTERM. Whoever started the program with
 * one of them ignored (nohup, a script's background job) meant it: that one stays ignored.
 */
#include "gatewave/net/loop.h"

struct gw_signals;

struct gw_signals *gw_signals_new(struct gw_loop *loop, void (*caught)(void *user, int number), void *user);
void gw_signals_free(struct gw_signals *signals);

#endif
