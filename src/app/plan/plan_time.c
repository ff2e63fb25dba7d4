/* When: which clocks the targets of each wave live by, and how many nights that makes at the pace that is asked for. */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/core/version.h"

#include "census.h"
#include "plan-local.h"

/* Names that the tz database does not have may be as many as there are devices; beyond these they are not told apart. */
#define UNKNOWN_MOST 16
#define KIND_LANE    GW_SCOPE_COUNT
#define KINDS_COUNT  (GW_SCOPE_COUNT + 1)
/* An opening that is always open begins and ends far away, but where sums do not overflow. */
#define FAR_MS (INT64_MAX / 4)

struct gw_plan_scanner {
    struct gw_plan *plan;
    struct gw_census census;
    struct gw_buf lane;
};

static struct gw_plan_zone *gw_plan_zone(struct gw_plan_wave *wave, const char *name)
{
    struct gw_plan_zone *zone, *unknown = NULL;
    bool known;
    size_t n_unknown = 0;

    for (size_t i = 0; i < wave->n_zones; i++) {
        if (gw_text_equal(wave->zone[i].name, name))
            return &wave->zone[i];
        if (!wave->zone[i].known) {
            unknown = &wave->zone[i];
            n_unknown++;
        }
    }
    known = !wave->asked.window || gw_zone_is_known(name);
    if (!known && n_unknown == UNKNOWN_MOST)
        return unknown;
    wave->zone = gw_mem_resize(wave->zone, wave->n_zones + 1, sizeof(*wave->zone));
    zone = &wave->zone[wave->n_zones++];
    *zone = (struct gw_plan_zone){.name = gw_mem_dup(name), .known = known};
    return zone;
}

static void gw_plan_most(struct gw_census *census, uint32_t wave, uint32_t kind, const char *text,
                         uint32_t *most)
{
    uint32_t count = gw_census_add(census, (uint64_t)wave * KINDS_COUNT + kind, text);

    if (count > *most)
        *most = count;
}

static bool gw_plan_scan_target(void *user, const struct gw_draft_target *target)
{
    struct gw_plan_scanner *scanner = user;
    struct gw_plan_wave *wave = &scanner->plan->wave[target->wave];
    const char *const scope[GW_SCOPE_COUNT] = {
        [GW_SCOPE_SITE] = target->site, [GW_SCOPE_REGION] = target->region, [GW_SCOPE_ISP] = target->isp};
    const struct gw_window_spec *window = wave->asked.window;
    const char *clock = !window                                  ? ""
                        : gw_text_equal(window->zone, "gateway") ? target->timezone
                                                                 : window->zone;
    struct gw_plan_zone *zone = gw_plan_zone(wave, clock);

    zone->targets++;
    if (!zone->known && !zone->example)
        zone->example = gw_mem_dup(target->gateway_id);
    if (!zone->known) {
        wave->homeless++;
        scanner->plan->homeless++;
        return true;
    }
    if (gw_version_is_enough(target->version, scanner->plan->spec->version, scanner->plan->spec->downgrade))
        return true;
    zone->calls++;
    wave->load.targets++;
    gw_buf_reset(&scanner->lane);
    gw_buf_addf(&scanner->lane, "%s %s", target->account, target->region);
    gw_plan_most(&scanner->census, target->wave, KIND_LANE, gw_buf_text(&scanner->lane), &wave->load.lane);
    for (uint32_t i = 0; i < GW_SCOPE_COUNT; i++) {
        if (wave->limits.per[i] && scope[i][0])
            gw_plan_most(&scanner->census, target->wave, i, scope[i], &wave->load.scope[i]);
        wave->unplaced[i] += wave->limits.per[i] && !scope[i][0];
    }
    return true;
}

static int gw_plan_by_size(const void *a, const void *b)
{
    const struct gw_plan_zone *left = a, *right = b;
    int order = (left->targets < right->targets) - (left->targets > right->targets);

    return order ? order : strcmp(left->name, right->name);
}

void gw_plan_scan(struct gw_plan *plan)
{
    struct gw_plan_scanner scanner = {.plan = plan};

    gw_buf_init(&scanner.lane, 0);
    gw_draft_targets_each(plan->draft, gw_plan_scan_target, &scanner);
    gw_census_release(&scanner.census);
    gw_buf_release(&scanner.lane);
    for (uint32_t w = 0; w < plan->n_waves; w++) {
        plan->wave[w].load.pairs = plan->wave[w].size.pairs > 0;
        qsort(plan->wave[w].zone, plan->wave[w].n_zones, sizeof(*plan->wave[w].zone), gw_plan_by_size);
    }
}

/* ---- the forecast ---- */

static void gw_plan_openings(const struct gw_plan_wave *wave, const struct gw_plan_zone *zone,
                             int64_t from_unix_ms, struct gw_forecast_zone *ret)
{
    uint64_t work_ms = wave->work_ms * zone->calls / wave->load.targets;

    *ret = (struct gw_forecast_zone){.work_ms = work_ms > 0 ? work_ms : 1};
    if (wave->asked.window) {
        ret->n_open = gw_window_intervals(wave->asked.window, zone->name, from_unix_ms, ret->open,
                                          GW_FORECAST_OPENINGS);
    } else {
        ret->open[0] = (struct gw_interval){.opens_unix_ms = -FAR_MS, .closes_unix_ms = FAR_MS};
        ret->n_open = 1;
    }
}

static void gw_plan_forget_nights(struct gw_plan_wave *wave)
{
    wave->nights = 0;
    for (size_t i = 0; i < wave->n_zones; i++) {
        wave->zone[i].nights = 0;
        wave->zone[i].next = (struct gw_interval){0};
    }
}

/* When the last call of a wave that begins then has left. */
static int64_t gw_plan_calls(struct gw_plan_wave *wave, int64_t begins_unix_ms)
{
    struct gw_forecast_zone *work = gw_mem_new(wave->n_zones, sizeof(*work));
    int64_t last_unix_ms;
    size_t n = 0;

    for (size_t i = 0; i < wave->n_zones; i++)
        if (wave->zone[i].known && wave->zone[i].calls > 0)
            gw_plan_openings(wave, &wave->zone[i], begins_unix_ms, &work[n++]);
    last_unix_ms =
        gw_forecast_calls(work, n, wave->asked.window ? wave->asked.window->cutoff_ms : 0, begins_unix_ms);
    for (size_t i = wave->n_zones; wave->asked.window && i-- > 0;) {
        struct gw_plan_zone *zone = &wave->zone[i];

        if (!zone->known || zone->calls == 0)
            continue;
        n--;
        zone->nights = work[n].nights;
        zone->last_opens_unix_ms = work[n].last_opens_unix_ms;
        for (size_t k = 0; k < work[n].n_open && zone->nights > 0; k++)
            if (work[n].open[k].opens_unix_ms == work[n].first_opens_unix_ms)
                zone->next = work[n].open[k];
        if (zone->nights > wave->nights)
            wave->nights = zone->nights;
    }
    free(work);
    return last_unix_ms;
}

/* The openings that a zone's gateways see calls in over all waves; two waves may share one. */
static uint32_t gw_plan_nights_of(const struct gw_plan *plan, const char *zone_name)
{
    int64_t last_unix_ms = 0;
    uint32_t nights = 0;

    for (uint32_t w = 0; w < plan->n_waves; w++) {
        for (size_t i = 0; i < plan->wave[w].n_zones; i++) {
            const struct gw_plan_zone *zone = &plan->wave[w].zone[i];

            if (zone->nights == 0 || !gw_text_equal(zone->name, zone_name))
                continue;
            nights += zone->nights - (zone->next.opens_unix_ms == last_unix_ms);
            last_unix_ms = zone->last_opens_unix_ms;
        }
    }
    return nights;
}

void gw_plan_forecast(struct gw_plan *plan)
{
    int64_t begins_unix_ms = plan->now_unix_ms;

    plan->nights = 0;
    for (uint32_t w = 0; w < plan->n_waves; w++) {
        struct gw_plan_wave *wave = &plan->wave[w];

        gw_plan_forget_nights(wave);
        wave->begins_unix_ms = begins_unix_ms;
        wave->ends_unix_ms = begins_unix_ms;
        wave->work_ms =
            gw_forecast_work_ms(&wave->load, &wave->limits, plan->spec->pair_soak_ms, plan->spec->verify);
        wave->tail_ms = plan->spec->verify && wave->load.targets > 0 ? GW_FORECAST_UPGRADE_MS : 0;
        if (begins_unix_ms != GW_FORECAST_NEVER && wave->load.targets > 0)
            wave->ends_unix_ms = gw_plan_calls(wave, begins_unix_ms);
        if (wave->ends_unix_ms != GW_FORECAST_NEVER)
            wave->ends_unix_ms += (int64_t)(wave->tail_ms + wave->soak_ms);
        begins_unix_ms = wave->ends_unix_ms;
    }
    for (uint32_t w = 0; w < plan->n_waves; w++) {
        for (size_t i = 0; i < plan->wave[w].n_zones; i++) {
            uint32_t nights = gw_plan_nights_of(plan, plan->wave[w].zone[i].name);

            if (nights > plan->nights)
                plan->nights = nights;
        }
    }
}
