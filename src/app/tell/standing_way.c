/*
 * What a person does about a rollout, from where it stands. What must stay true: no command is named that may break more devices
 * before somebody has looked at those that are broken already.
 */
#include "standing.h"

#include <string.h>

#include "culprit.h"

/* Devices of the wave failed or nobody knows, or some did not stay well; or none of it got there at all. */
static bool gw_standing_went_wrong(const struct gw_standing *standing, const struct gw_wave_row *wave)
{
    const uint64_t *count = standing->wave_count[wave - standing->waves.wave];

    return count[GW_STATE_FAILED] + count[GW_STATE_UNRESOLVED] + standing->rollout.relapsed > 0 ||
           count[GW_STATE_SUCCEEDED] == 0;
}

/* No device could be called with the version, and a rollout has no other. */
static bool gw_standing_lacks_version(const struct gw_standing *standing)
{
    return standing->rollout.phase == GW_PHASE_WAITING &&
           standing->count[GW_STATE_SUCCEEDED] + standing->count[GW_STATE_UPGRADING] == 0 &&
           strstr(standing->rollout.reason, ": VersionNotExist");
}

/* Of what was called, a second call may break more; what is refused or was not reached is as it was. */
static enum gw_way gw_standing_way_on(const struct gw_standing *standing)
{
    const uint64_t *count = standing->count;

    if (standing->unproven + standing->rollout.relapsed > 0)
        return GW_WAY_LOOK;
    return count[GW_STATE_FAILED] + count[GW_STATE_DEFERRED] > 0 ? GW_WAY_RETRY : GW_WAY_REPORT;
}

enum gw_way gw_standing_way(const struct gw_standing *standing)
{
    const struct gw_wave_row *wave = gw_standing_wave(standing);

    switch (standing->rollout.phase) {
    case GW_PHASE_PAUSED:
        return GW_WAY_RESUME;
    case GW_PHASE_FINISHED:
        return gw_standing_way_on(standing);
    case GW_PHASE_ABORTED:
        return GW_WAY_REPORT;
    case GW_PHASE_ABORTING:
        /* Some run must see what becomes of those. */
        return standing->count[GW_STATE_IN_FLIGHT] + standing->count[GW_STATE_UPGRADING] +
                           standing->count[GW_STATE_IN_DOUBT] >
                       0
                   ? GW_WAY_RUN
                   : GW_WAY_REPORT;
    default:
        break;
    }
    if (wave->phase == GW_PHASE_WAITING && wave->verdict == GW_VERDICT_ABORT)
        return gw_standing_has_culprit(standing) ? GW_WAY_WITHOUT : GW_WAY_JUDGE;
    if (wave->phase == GW_PHASE_WAITING && wave->verdict == GW_VERDICT_HOLD &&
        gw_standing_went_wrong(standing, wave))
        return GW_WAY_REVIEW;
    if (wave->phase == GW_PHASE_WAITING)
        return GW_WAY_APPROVE;
    if (gw_standing_lacks_version(standing))
        return GW_WAY_ABORT;
    return standing->rollout.phase == GW_PHASE_WAITING || standing->unattended ? GW_WAY_RUN : GW_WAY_REPORT;
}

const struct gw_choice *gw_way_choices(enum gw_way way)
{
    static const struct gw_choice choices[][GW_CHOICES_MOST] = {
        [GW_WAY_REPORT] = {{.verb = "report"}},
        [GW_WAY_RUN] = {{.verb = "run"}},
        [GW_WAY_RESUME] = {{.verb = "resume"}, {.verb = "abort"}},
        [GW_WAY_WITHOUT] = {{.verb = "resume", .without = true}, {.verb = "abort"}},
        [GW_WAY_JUDGE] = {{.verb = "resume", .does = "goes on all the same"},
                          {.verb = "abort", .does = "ends it"}},
        [GW_WAY_APPROVE] = {{.verb = "approve"}, {.verb = "abort"}},
        [GW_WAY_REVIEW] = {{.verb = "approve", .does = "goes on all the same"},
                           {.verb = "abort", .does = "ends it"}},
        [GW_WAY_LOOK] = {{.verb = "retry", .does = "calls them again"},
                         {.verb = "rollback", .does = "takes back", .whole = true}},
        [GW_WAY_RETRY] = {{.verb = "retry"}},
        [GW_WAY_ABORT] = {{.verb = "abort"}, {.verb = "run", .does = "once the cloud has the version"}},
    };

    return choices[way];
}

bool gw_way_looks_first(enum gw_way way)
{
    return way == GW_WAY_JUDGE || way == GW_WAY_REVIEW || way == GW_WAY_LOOK;
}

void gw_standing_command(const struct gw_standing *standing, const struct gw_choice *choice,
                         struct gw_buf *buf)
{
    gw_buf_addf(buf, "%s %s", choice->verb, standing->rollout.name);
    if (choice->without) {
        gw_buf_add_text(buf, " --without ");
        gw_culprit_select(&standing->culprit, standing->rollout.name, buf);
    }
}

void gw_standing_next(const struct gw_standing *standing, struct gw_buf *buf)
{
    enum gw_way way = gw_standing_way(standing);

    gw_standing_command(standing, gw_way_choices(gw_way_looks_first(way) ? GW_WAY_REPORT : way), buf);
}
