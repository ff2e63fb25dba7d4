/*
 * The order of the questions is the order of what a person wants to hear: that there is nothing to do, before why it is not
 * done; what people said, before what the past says; and a site's budget last, because it is for those who would go.
 */
#include "gatewave/core/manners.h"

#include "gatewave/base/check.h"

const char *gw_standing_name(enum gw_standing standing)
{
    static const char *const name[GW_STANDING_COUNT] = {
        [GW_STANDING_NONE] = "",
        [GW_STANDING_CONVERGED] = "converged",
        [GW_STANDING_DRIFTED] = "drifted",
        [GW_STANDING_AHEAD] = "ahead",
        [GW_STANDING_HELD] = "held",
        [GW_STANDING_RESTING] = "resting",
        [GW_STANDING_GIVEN_UP] = "given_up",
        [GW_STANDING_SPENT] = "spent",
        [GW_STANDING_STOPPED] = "stopped",
        [GW_STANDING_BUSY] = "busy",
    };

    GW_CHECK((unsigned)standing < GW_STANDING_COUNT);
    return name[standing];
}

static bool gw_manners_rests(const struct gw_manners *manners, const struct gw_night_facts *facts,
                             int64_t now_unix_ms)
{
    if (facts->failed_unix_ms == 0)
        return false;
    return facts->failed_unix_ms > now_unix_ms ||
           (uint64_t)(now_unix_ms - facts->failed_unix_ms) < manners->rest_ms;
}

enum gw_standing gw_manners_judge(const struct gw_manners *manners, const struct gw_night_facts *facts,
                                  int64_t now_unix_ms)
{
    if (facts->reached)
        return facts->exact ? GW_STANDING_CONVERGED : GW_STANDING_AHEAD;
    if (facts->held)
        return GW_STANDING_HELD;
    if (facts->stopped)
        return GW_STANDING_STOPPED;
    if (facts->busy)
        return GW_STANDING_BUSY;
    if (facts->failed_nights >= manners->give_up)
        return GW_STANDING_GIVEN_UP;
    if (gw_manners_rests(manners, facts, now_unix_ms))
        return GW_STANDING_RESTING;
    if (manners->site_restarts > 0 &&
        (uint64_t)facts->site_restarts + facts->restarts > manners->site_restarts)
        return GW_STANDING_SPENT;
    return GW_STANDING_DRIFTED;
}
