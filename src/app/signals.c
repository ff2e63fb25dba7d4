/* Several jobs may listen at once, one within the other: each hears on its own loop. */
#include "signals.h"

#include <signal.h>
#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

static const int gw_signals_number[] = {SIGINT, SIGTERM, SIGHUP};

struct gw_signals {
    struct gw_signal *signal[GW_COUNT_OF(gw_signals_number)]; /* NULL: it was ignored */
    void (*caught)(void *user, int number);
    void *user;
};

static void gw_signals_caught(void *user, int number)
{
    const struct gw_signals *signals = user;

    signals->caught(signals->user, number == SIGHUP ? SIGTERM : number);
}

struct gw_signals *gw_signals_new(struct gw_loop *loop, void (*caught)(void *user, int number), void *user)
{
    struct gw_signals *signals = gw_mem_new(1, sizeof(*signals));
    struct sigaction inherited;

    signals->caught = caught;
    signals->user = user;
    for (size_t i = 0; i < GW_COUNT_OF(gw_signals_number); i++)
        if (sigaction(gw_signals_number[i], NULL, &inherited) == 0 && inherited.sa_handler != SIG_IGN)
            signals->signal[i] = gw_signal_new(loop, gw_signals_number[i], gw_signals_caught, signals);
    return signals;
}

void gw_signals_free(struct gw_signals *signals)
{
    if (!signals)
        return;
    for (size_t i = 0; i < GW_COUNT_OF(gw_signals_number); i++)
        gw_signal_free(signals->signal[i]);
    free(signals);
}
