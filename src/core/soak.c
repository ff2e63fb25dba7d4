/*
 * The soak: between the last outcome of a wave and its verdict. It lasts as long as was asked for by the machine's clock
 * and by the wall's; then every device that had succeeded is looked at once more, because a version that takes a device
 * down an hour later is no better than one that does at once. A device that nobody can read for long, or that is seen
 * not to be well in several looks, has relapsed.
 */
#include "gatewave/base/text.h"

#include "machine.h"

#define NEVER UINT64_MAX
/* So often a device is looked at before it is said not to be well. */
#define LOOKS 3

/* ---- how long ---- */

uint64_t gw_soak_due_ms(const struct gw_rollout *r)
{
    const struct gw_wave *wave = r->now_wave < r->shape.waves ? &r->wave[r->now_wave] : NULL;
    uint64_t by_wall_ms;

    if (!wave || wave->plan.phase != GW_PHASE_SOAKING || wave->looking || r->stop != GW_STOP_NONE)
        return NEVER;
    /* Its time must have passed on this run's clock and on the wall's, as that goes now. */
    by_wall_ms = wave->plan.soaks_until_unix_ms > r->wall_ms[1]
                     ? (uint64_t)(wave->plan.soaks_until_unix_ms - r->wall_ms[1])
                     : 0;
    return by_wall_ms > wave->plan.soaks_until_ms ? by_wall_ms : wave->plan.soaks_until_ms;
}

void gw_soak_begin(struct gw_rollout *r)
{
    struct gw_wave *wave = gw_wave_now(r);

    wave->plan.soaks_until_ms = r->now_ms + wave->plan.soak_ms;
    wave->plan.soaks_until_unix_ms = (int64_t)wave->plan.soaks_until_ms + r->wall_ms[1];
    gw_wave_phase(r, GW_PHASE_SOAKING);
}

/* Where nothing is well, there is nothing to see; what a gate has stopped is judged already. */
bool gw_soak_is_needed(const struct gw_rollout *r, const struct gw_wave *wave)
{
    return wave->plan.soak_ms > 0 && wave->well > 0 && r->drive.verify &&
           wave->plan.verdict != GW_VERDICT_ABORT;
}

/* ---- the look at its end ---- */

void gw_soak_look(struct gw_rollout *r)
{
    struct gw_wave *wave = gw_wave_now(r);

    wave->looking = true;
    wave->look_ms = r->now_ms;
    for (uint32_t t = wave->plan.first; t < wave->plan.first + wave->plan.targets; t++) {
        if (r->target[t].state != GW_STATE_SUCCEEDED || r->target[t].relapsed)
            continue;
        wave->to_look_at++;
        r->lane[r->target[t].lane].open++;
        r->target[t].looks = 0;
        /* An earlier look that a gate cut short may still be under way. */
        if (r->target[t].place == GW_PLACE_END)
            gw_queue_look(r, t);
    }
}

void gw_soak_relapsed(struct gw_rollout *r, uint32_t t, const char *version, const char *reason)
{
    struct gw_record *record = gw_target_record(r, t, GW_RECORD_RELAPSED);
    struct gw_wave *wave = gw_wave_now(r);

    r->target[t].relapsed = true;
    r->relapsed++;
    wave->well--;
    wave->not_well++;
    gw_text_copy(record->version, sizeof(record->version), version);
    gw_text_copy(record->reason, sizeof(record->reason), reason);
    gw_wave_mark(r, t, GW_MARK_RELAPSED);
}

/* Which way it is not well. */
static void gw_soak_is_not_well(struct gw_rollout *r, uint32_t t, const struct gw_event *ev, bool told)
{
    if (!told)
        gw_soak_relapsed(r, t, "",
                         "was at the version, and the cloud does not tell what became of it in the soak");
    else if (ev->presence == GW_PRESENCE_ONLINE)
        gw_soak_relapsed(r, t, ev->version, "was at the version, and is no longer after the soak");
    else
        gw_soak_relapsed(r, t, "", "was at the version, and is not online after the soak");
}

bool gw_soak_looks_at(const struct gw_rollout *r, uint32_t t)
{
    return r->target[t].wave == r->now_wave && r->wave[r->now_wave].looking;
}

void gw_soak_looked_at(struct gw_rollout *r, uint32_t t, const struct gw_event *ev, bool told)
{
    struct gw_target *target = &r->target[t];
    struct gw_wave *wave = gw_wave_now(r);
    bool well = told && ev->presence == GW_PRESENCE_ONLINE && gw_target_order(r, ev->version) >= 0;

    if (!gw_soak_looks_at(r, t)) {
        target->place = GW_PLACE_END;
        return;
    }
    if (told && ev->asked_ms < wave->look_ms) {
        gw_queue_look(r, t);
        return;
    }
    if (!well && told && ev->read == GW_READ_PAGE) {
        target->by_one = true;
        gw_queue_look(r, t);
        return;
    }
    if (!well && told && ++target->looks < LOOKS) {
        gw_target_sleep(r, t, gw_grid_ms(r, ev->now_ms, r->drive.every_ms));
        return;
    }
    target->place = GW_PLACE_END;
    wave->to_look_at--;
    r->lane[target->lane].open--;
    if (!well)
        gw_soak_is_not_well(r, t, ev, told);
}

/* ---- looking at it ---- */

uint64_t gw_rollout_soaks_until_ms(const struct gw_rollout *r)
{
    uint64_t due_ms = gw_soak_due_ms(r);

    return due_ms == NEVER ? 0 : due_ms;
}
