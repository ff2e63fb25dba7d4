/*
 * The two devices of one gateway are one unit of care. The one with the lower number (standby, by dispatch
 * order) goes first; the other starts only when the first was verified at the version and has stayed for a
 * while, or needed nothing.
 * Whatever else became of the first, the second is not touched: a site must keep one device that works.
 */

#include "machine.h"

enum gw_pair_word gw_pair_ask(const struct gw_rollout *r, uint32_t t)
{
    const struct gw_target *mate;

    if (r->target[t].mate == GW_NO_TARGET)
        return GW_PAIR_GO;
    mate = &r->target[r->target[t].mate];
    switch ((enum gw_state)mate->state) {
    case GW_STATE_WAITING:
        /* Whoever was called before must come to an end first; of two alike, the lower number. */
        if ((mate->sent > 0) != (r->target[t].sent > 0))
            return mate->sent > 0 ? GW_PAIR_WAIT : GW_PAIR_GO;
        return t < r->target[t].mate ? GW_PAIR_GO : GW_PAIR_WAIT;
    case GW_STATE_IN_FLIGHT:
    case GW_STATE_UPGRADING:
    case GW_STATE_IN_DOUBT:
        return GW_PAIR_WAIT;
    case GW_STATE_SUCCEEDED:
        if (mate->accepted_only || mate->relapsed)
            return GW_PAIR_NEVER;
        return r->now_ms < gw_pair_soaks_until_ms(r, t) ? GW_PAIR_SOAK : GW_PAIR_GO;
    case GW_STATE_SKIPPED:
        return GW_PAIR_GO;
    default:
        return GW_PAIR_NEVER;
    }
}

uint64_t gw_pair_soaks_until_ms(const struct gw_rollout *r, uint32_t t)
{
    return r->target[r->target[t].mate].ended_ms + r->drive.pair_soak_ms;
}

void gw_pair_ended(struct gw_rollout *r, uint32_t t)
{
    uint32_t mate = r->target[t].mate;

    if (mate == GW_NO_TARGET || r->target[mate].place != GW_PLACE_MATE)
        return;
    r->target[mate].place = GW_PLACE_NONE;
    /* It is asked again when its turn comes; what may never start ends there. */
    gw_queue_wait(r, mate);
}
