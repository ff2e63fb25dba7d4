/*
 * The order of the questions is the order of what a person wants to hear: that there is nothing to do, before why it is not
 * done; what people said, before what the past says; and a site's budget last, because it is for those who would go.
 */
#include "gatewave/core/manners.h"

#include "gatewave/base/check.h"

const char *gw_stance_name(enum gw_stance stance)
{
    static const char *const name[GW_STANCE_COUNT] = {
        [GW_STANCE_NONE] = "",
        [GW_STANCE_CONVERGED] = "converged",
        [GW_STANCE_DRIFTED] = "drifted",
        [GW_STANCE_AHEAD] = "ahead",
        [GW_STANCE_HELD] = "held",
        [GW_STANCE_RESTING] = "resting",
        [GW_STANCE_GIVEN_UP] = "given_up",
        [GW_STANCE_SPENT] = "spent",
        [GW_STANCE_STOPPED] = "stopped",
        [GW_STANCE_BUSY] = "busy",
    };

    GW_CHECK((unsigned)stance < GW_STANCE_COUNT);
    return name[stance];
}

static bool gw_manners_rests(const struct gw_manners *manners, const struct gw_night_facts *facts,
                             int64_t now_unix_ms)
{
    if (facts->failed_unix_ms == 0)
        return false;
    return facts->failed_unix_ms > now_unix_ms ||
           (uint64_t)(now_unix_ms - facts->failed_unix_ms) < manners->rest_ms;
}

enum gw_stance gw_manners_judge(const struct gw_manners *manners, const struct gw_night_facts *facts,
                                int64_t now_unix_ms)
{
    if (facts->reached)
        return facts->exact ? GW_STANCE_CONVERGED : GW_STANCE_AHEAD;
    if (facts->held)
        return GW_STANCE_HELD;
    if (facts->stopped)
        return GW_STANCE_STOPPED;
    if (facts->busy)
        return GW_STANCE_BUSY;
    if (facts->failed_nights >= manners->give_up)
        return GW_STANCE_GIVEN_UP;
    if (gw_manners_rests(manners, facts, now_unix_ms))
        return GW_STANCE_RESTING;
    if (manners->site_restarts > 0 &&
        (uint64_t)facts->site_restarts + facts->restarts > manners->site_restarts)
        return GW_STANCE_SPENT;
    return GW_STANCE_DRIFTED;
}
