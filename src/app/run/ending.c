/* Each stop is a row here, so that a new one cannot end as a success without being thought of. */
#include "ending.h"

#include <stdbool.h>

#include "gatewave/app/exit.h"

int gw_ending_well(uint64_t good, uint32_t relapsed, uint32_t targets)
{
    return good == targets && relapsed == 0 ? GW_EXIT_OK : GW_EXIT_PARTLY;
}

static int gw_ending_finished(const struct gw_rollout *rollout)
{
    const uint32_t *count = gw_rollout_counts(rollout);

    return gw_ending_well(count[GW_STATE_SUCCEEDED] + (uint64_t)count[GW_STATE_SKIPPED],
                          gw_rollout_relapsed(rollout), gw_rollout_total(rollout));
}

int gw_ending_exit(const struct gw_rollout *rollout, int signaled)
{
    enum gw_stop stop = gw_rollout_stopped(rollout);

    if (signaled)
        return GW_EXIT_SIGNAL + signaled;
    /* What was stopped or paused when nothing was left to do is finished; a wrong account is told of all the same. */
    if ((stop == GW_STOP_GATE || stop == GW_STOP_PAUSE) && gw_rollout_is_finished(rollout))
        return gw_ending_finished(rollout);
    switch (stop) {
    case GW_STOP_CREDENTIALS:
    case GW_STOP_CLOCK:
    case GW_STOP_IDENTITY:
    case GW_STOP_RISK:
        return GW_EXIT_KEYS;
    case GW_STOP_PLAN:
        return GW_EXIT_INPUT;
    case GW_STOP_NOT_FOUND:
    case GW_STOP_UNTRUSTED:
    case GW_STOP_ENDPOINT:
    case GW_STOP_HOLD:
    case GW_STOP_APPROVAL:
    case GW_STOP_PAUSE:
    case GW_STOP_SOAK:
        return GW_EXIT_WAITS;
    case GW_STOP_GATE:
    case GW_STOP_ABORT:
        return GW_EXIT_STOPPED;
    case GW_STOP_WINDOW:
        return GW_EXIT_WINDOW;
    case GW_STOP_DRAIN:
    case GW_STOP_NONE:
        break;
    }
    return gw_ending_finished(rollout);
}
