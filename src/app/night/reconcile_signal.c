/*
 * A night that is asked to end. Sync and rollouts hear of signals themselves; what lies between them (what is frozen, taken
 * over, written down) is asked here, so that a signal never finds a night that would leave devices taken over.
 */
#include <unistd.h>

#include "gatewave/app/exit.h"
#include "gatewave/obs/service.h"

#include "reconcile-local.h"
#include "signals.h"

/* The first asks for an orderly end, the second leaves at once; the next night goes on from there. */
static void gw_reconcile_caught(void *user, int number)
{
    struct gw_reconcile *reconcile = user;

    if (reconcile->signaled)
        _exit(GW_EXIT_SIGNAL + number);
    reconcile->signaled = number;
    gw_service_stopping();
}

static void gw_reconcile_heard(void *user)
{
    gw_loop_stop(user);
}

void gw_reconcile_listen(struct gw_reconcile *reconcile)
{
    reconcile->ears = gw_loop_new();
    gw_loop_on_turn(reconcile->ears, gw_reconcile_heard, reconcile->ears);
    reconcile->signals = gw_signals_new(reconcile->ears, gw_reconcile_caught, reconcile);
}

void gw_reconcile_listen_no_more(struct gw_reconcile *reconcile)
{
    gw_signals_free(reconcile->signals);
    gw_loop_free(reconcile->ears);
    reconcile->signals = NULL;
    reconcile->ears = NULL;
}

int gw_reconcile_signaled(struct gw_reconcile *reconcile)
{
    /* One turn, which waits for nothing. */
    gw_loop_run(reconcile->ears);
    return reconcile->signaled;
}
