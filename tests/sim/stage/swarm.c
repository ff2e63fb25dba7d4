/*
 * Drawing a world. What is asked of the product is drawn within what it allows; that our rate is above the cloud's, or
 * that windows close too soon, is no mistake but what happens to people.
 */
#include "stage/swarm.h"

#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"

#define SECOND  1000u
#define MINUTE  (60 * SECOND)
#define HOUR_MS ((uint64_t)3600000)
#define DAY_MS  INT64_C(86400000)

/* Time zones whose clocks a quarter of an hour lies between, without summer time. */
static const struct {
    const char *name;
    int32_t east_ms;
} zones[] = {{"Asia/Kathmandu", 345 * MINUTE}, {"Asia/Kolkata", 330 * MINUTE}};

static bool sim_draw(struct gw_rng *rng, uint32_t percent)
{
    return gw_rng_below(rng, 100) < percent;
}

static uint64_t sim_between(struct gw_rng *rng, uint64_t least, uint64_t most)
{
    return least + gw_rng_below(rng, most - least + 1);
}

/* A class of faults that `percent` of the worlds have, with a rate of up to most. */
static uint32_t sim_class(struct gw_rng *rng, uint32_t percent, uint32_t most)
{
    uint64_t rate = sim_between(rng, 1, most);

    return sim_draw(rng, percent) ? (uint32_t)rate : 0;
}

/* ---- the fleet ---- */

static void sim_draw_device(struct sim_swarm *swarm, struct gw_rng *rng, uint32_t i, uint32_t gateway,
                            enum sim_role role)
{
    static const char *const regions[SIM_LANES_MAX] = {"cn-shanghai", "cn-hangzhou", "ap-southeast-1",
                                                       "eu-central-1"};
    static const char *const models[] = {"sag-1000", "sag-100wm", "sag-vcpe"};
    static const char *const sites[] = {"s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"};
    struct sim_device *device = &swarm->device[i];
    uint64_t draw = gw_hash(&gateway, sizeof(gateway), swarm->seed);

    (void)snprintf(device->gateway_id, sizeof(device->gateway_id), "sag-%04u", gateway);
    (void)snprintf(device->serial, sizeof(device->serial), "sag0%04u%c", gateway,
                   role == SIM_STANDBY ? 'b' : 'a');
    device->account = "";
    device->lane = (uint32_t)(draw % swarm->n_lanes);
    device->region = regions[device->lane];
    device->model = models[(draw >> 8) % GW_COUNT_OF(models)];
    device->site = sites[(draw >> 16) % GW_COUNT_OF(sites)];
    device->timezone = zones[(draw >> 24) % GW_COUNT_OF(zones)].name;
    device->version = sim_draw(rng, 3)   ? SIM_VERSION_NEW
                      : sim_draw(rng, 2) ? SIM_VERSION_NEWER
                                         : SIM_VERSION_OLD;
    device->mate = UINT32_MAX;
    device->role = role;
    device->known = role != SIM_SINGLE || sim_draw(rng, 80);
}

/* Gateways one after the other, some of them pairs; the last few are not asked for. */
static void sim_draw_fleet(struct sim_swarm *swarm, struct gw_rng *rng, uint32_t selected, uint32_t others)
{
    uint32_t pairs = sim_class(rng, 70, 40), gateway = 0;

    swarm->n_lanes = (uint32_t)sim_between(rng, 1, SIM_LANES_MAX - 1);
    for (uint32_t i = 0; i < selected + others; gateway++) {
        bool room = i + 1 != selected && i + 2 <= selected + others;
        bool pair = room && sim_draw(rng, pairs);

        sim_draw_device(swarm, rng, i, gateway, pair ? SIM_ACTIVE : SIM_SINGLE);
        swarm->device[i].selected = i < selected;
        if (pair) {
            sim_draw_device(swarm, rng, i + 1, gateway, SIM_STANDBY);
            swarm->device[i + 1].selected = i < selected;
            swarm->device[i].mate = i + 1;
            swarm->device[i + 1].mate = i;
        }
        i += pair ? 2 : 1;
    }
    swarm->n_devices = selected + others;
}

/* ---- what is asked for ---- */

static void sim_draw_times(struct sim_swarm *swarm, struct gw_rng *rng)
{
    if (swarm->true_times) {
        swarm->fence_ms = 17 * MINUTE;
        swarm->validity_ms = 15 * MINUTE;
        swarm->agree_ms = MINUTE;
        swarm->pair_soak_ms = 5 * MINUTE;
        swarm->every_ms = 30 * SECOND;
        swarm->stuck_ms = 60 * MINUTE;
        swarm->offline_ms = 30 * MINUTE;
        swarm->upgrade_min_ms = 3 * MINUTE;
        swarm->upgrade_max_ms = 15 * MINUTE;
    } else {
        swarm->fence_ms = 172 * SECOND; /* as with the true times: two minutes behind the rule */
        swarm->validity_ms = 52 * SECOND;
        swarm->agree_ms = 3 * SECOND;
        swarm->pair_soak_ms = 10 * SECOND;
        swarm->every_ms = 3 * SECOND;
        swarm->stuck_ms = 3 * MINUTE;
        swarm->offline_ms = sim_between(rng, 10, 90) * SECOND;
        swarm->upgrade_min_ms = 5 * SECOND;
        swarm->upgrade_max_ms = 40 * SECOND;
    }
    swarm->fresh_ms = MINUTE;
    swarm->attempts = (uint32_t)sim_between(rng, 1, 5);
}

static void sim_draw_waves(struct sim_swarm *swarm, struct gw_rng *rng)
{
    static const char *const names[SIM_WAVES_MAX] = {"canary", "few", "many", "rest"};
    uint64_t unit_ms = swarm->true_times ? MINUTE : 2 * SECOND;

    swarm->n_waves = (uint32_t)gw_rng_below(rng, SIM_WAVES_MAX + 1);
    for (uint32_t i = 0; i < swarm->n_waves; i++) {
        struct sim_wave_wish *wave = &swarm->wave[i];
        bool last = i + 1 == swarm->n_waves;

        (void)snprintf(wave->name, sizeof(wave->name), "%s", names[last ? SIM_WAVES_MAX - 1 : i]);
        wave->count = last ? 0 : (uint32_t)sim_between(rng, 1, 10);
        wave->soak_ms = sim_draw(rng, 60) ? sim_between(rng, 1, 15) * unit_ms : 0;
        wave->approve = sim_draw(rng, 15);
    }
}

/* Some gateways' window is open when the play begins and closes before long, others' opens in a few minutes. */
static void sim_draw_windows(struct sim_swarm *swarm, struct gw_rng *rng)
{
    static const int64_t open_ms = 19 * MINUTE, begun_ms = 14 * MINUTE;

    swarm->windows = sim_draw(rng, 12);
    swarm->cutoff_ms = swarm->windows ? sim_between(rng, 1, swarm->true_times ? 15 : 4) * MINUTE : 0;
    for (uint32_t i = 0; swarm->windows && i < swarm->n_devices; i++) {
        struct sim_device *device = &swarm->device[i];
        int64_t east_ms = strcmp(device->timezone, zones[0].name) == 0 ? zones[0].east_ms : zones[1].east_ms;

        device->opens_unix_ms = INT64_C(1800000000000) - begun_ms + (zones[0].east_ms - east_ms);
        device->closes_unix_ms = device->opens_unix_ms + open_ms;
    }
}

static void sim_draw_limits(struct sim_swarm *swarm, struct gw_rng *rng)
{
    static const struct gw_rate rates[] = {{2, 1000}, {5, 1000}, {20, 1000}, {50, 1000}, {20, 60000}};
    static const struct gw_rate reads[] = {{5, 1000}, {20, 1000}, {100, 1000}};

    swarm->rate = rates[gw_rng_below(rng, GW_COUNT_OF(rates))];
    swarm->read_rate = reads[gw_rng_below(rng, GW_COUNT_OF(reads))];
    swarm->in_flight = (uint32_t)sim_between(rng, 1, 64);
    swarm->upgrading = sim_draw(rng, 50) ? (uint32_t)sim_between(rng, 2, 40) : 200;
    swarm->per_site = sim_class(rng, 40, 3);
    swarm->max_failed = sim_class(rng, 25, 6);
    swarm->cloud_rate = (struct gw_rate){.calls = 1000, .window_ms = 1000};
    swarm->cloud_read_rate = swarm->cloud_rate;
    if (sim_draw(rng, 25))
        swarm->cloud_rate = (struct gw_rate){.calls = (uint32_t)sim_between(rng, 1, 10), .window_ms = 1000};
    if (sim_draw(rng, 15))
        swarm->cloud_read_rate =
            (struct gw_rate){.calls = (uint32_t)sim_between(rng, 3, 10), .window_ms = 1000};
}

/* ---- faults ---- */

static void sim_draw_cloud(struct sim_swarm *swarm, struct gw_rng *rng)
{
    uint64_t minute_ms = swarm->true_times ? MINUTE : 3 * SECOND;

    swarm->offline_bp = sim_class(rng, 30, 1000);
    swarm->brick_bp = sim_class(rng, 30, 1000);
    swarm->stay_bp = sim_class(rng, 25, 800);
    swarm->older_bp = sim_class(rng, 15, 500);
    swarm->relapse_bp = sim_class(rng, 20, 500);
    swarm->flap_bp = sim_class(rng, 20, 1000);
    swarm->swap_bp = sim_class(rng, 30, 5000);
    swarm->flip_bp = sim_class(rng, 20, 3000);
    swarm->foreign_bp = sim_class(rng, 15, 500);
    swarm->refuse_bp = sim_class(rng, 25, 1000);
    swarm->internal_bp = sim_class(rng, 30, 1000);
    swarm->stale_bp = sim_class(rng, 25, 3000);
    swarm->stale_ms = sim_between(rng, 1, 2) * minute_ms;
    swarm->slow_bp = sim_class(rng, 15, 500);
    swarm->begin_ms = sim_draw(rng, 40) ? sim_between(rng, 1, 20) * SECOND : 0;
    swarm->token_ms = swarm->tokens && sim_draw(rng, 60) ? sim_between(rng, 5, 40) * minute_ms : 0;
}

static void sim_draw_network(struct sim_swarm *swarm, struct gw_rng *rng)
{
    swarm->refused_bp = sim_class(rng, 25, 1000);
    swarm->lost_bp = sim_class(rng, 35, 600);
    swarm->late_bp = sim_class(rng, 35, 800);
    swarm->twice_bp = sim_class(rng, 25, 600);
    swarm->reply_lost_bp = sim_class(rng, 35, 1000);
    swarm->reply_late_bp = sim_class(rng, 25, 600);
    swarm->reply_cut_bp = sim_class(rng, 20, 500);
    swarm->reply_garbled_bp = sim_class(rng, 20, 500);
    swarm->reply_foreign_bp = sim_class(rng, 20, 500);
    swarm->delay_ms = sim_between(rng, 2, sim_draw(rng, 80) ? 200 : 3000);
    swarm->late_ms = swarm->true_times ? 60 * MINUTE : 2 * MINUTE;
    swarm->region_outs = sim_class(rng, 20, 2);
    swarm->region_out_ms = swarm->true_times ? 20 * MINUTE : 30 * SECOND;
}

static void sim_draw_machine(struct sim_swarm *swarm, struct gw_rng *rng)
{
    swarm->kills = sim_class(rng, 55, 4);
    swarm->power_losses = sim_class(rng, 55, 4);
    swarm->crashes_at_start = sim_class(rng, 25, 3);
    swarm->crash_at_creation = sim_draw(rng, 5);
    swarm->disk_errors = sim_class(rng, 12, 2);
    swarm->disk_full = sim_draw(rng, 8);
    swarm->sync_ms = sim_between(rng, 1, sim_draw(rng, 80) ? 10 : 400);
    swarm->stall_ms = sim_draw(rng, 15) ? sim_between(rng, 1, 45) * SECOND : 0;
    swarm->freezes = sim_class(rng, 20, 2);
    swarm->clock_sets = sim_class(rng, 15, 2);
    swarm->signals = sim_class(rng, 20, 2);
}

static void sim_draw_all(struct sim_swarm *swarm, uint64_t seed, bool hurried)
{
    struct gw_rng rng;

    memset(swarm, 0, sizeof(*swarm));
    swarm->seed = seed;
    gw_rng_init(&rng, gw_hash("swarm", 5, seed));
    swarm->true_times = sim_draw(&rng, 3) && !hurried;
    swarm->v1 = sim_draw(&rng, 25);
    swarm->xml = sim_draw(&rng, 15);
    swarm->tokens = sim_draw(&rng, 25);
    sim_draw_fleet(swarm, &rng, 64, 4);
    sim_draw_times(swarm, &rng);
    sim_draw_waves(swarm, &rng);
    sim_draw_windows(swarm, &rng);
    sim_draw_limits(swarm, &rng);
    sim_draw_cloud(swarm, &rng);
    sim_draw_network(swarm, &rng);
    sim_draw_machine(swarm, &rng);
    swarm->second_runners = sim_class(&rng, 20, 2);
    swarm->orders = sim_class(&rng, 45, 6);
    swarm->inventory_edits = sim_class(&rng, 10, 2);
    swarm->lock_removed = swarm->freezes > 0 && sim_draw(&rng, 30);
    swarm->paces = sim_class(&rng, 25, 2);
    swarm->busy_bp = sim_class(&rng, 20, 3000);
    swarm->wrong_at_boot = swarm->power_losses > 0 && sim_draw(&rng, 15);
    if (swarm->wrong_at_boot && swarm->clock_sets == 0)
        swarm->clock_sets = 1;
    /* Calls that wait for the disk while their window closes. */
    if (swarm->windows && swarm->stall_ms == 0 && sim_draw(&rng, 50))
        swarm->stall_ms = sim_between(&rng, 5, 45) * SECOND;
}

void sim_swarm_draw(struct sim_swarm *swarm, uint64_t seed)
{
    sim_draw_all(swarm, seed, false);
}

void sim_swarm_draw_hurried(struct sim_swarm *swarm, uint64_t seed)
{
    sim_draw_all(swarm, seed, true);
}

/* Fence, retries, waves and soaks, one after the other at worst; and a night for what windows put off. */
uint64_t sim_swarm_bound_ms(const struct sim_swarm *swarm)
{
    uint64_t device_ms = (swarm->attempts + 1) * (swarm->fence_ms + swarm->stuck_ms + 10 * (uint64_t)MINUTE) +
                         swarm->offline_ms;
    uint64_t bound_ms = HOUR_MS;

    for (uint32_t i = 0; i < swarm->n_waves; i++)
        bound_ms += swarm->wave[i].soak_ms + HOUR_MS;
    bound_ms += device_ms * (swarm->upgrading < 8 || swarm->in_flight < 8 || swarm->per_site > 0 ? 64 : 16);
    return swarm->windows ? bound_ms + 70 * (uint64_t)DAY_MS : bound_ms;
}

uint64_t sim_swarm_next_night_ms(const struct sim_swarm *swarm, int64_t now_unix_ms)
{
    int64_t next_unix_ms = INT64_MAX;

    for (uint32_t i = 0; i < swarm->n_devices; i++) {
        int64_t opens_unix_ms = swarm->device[i].opens_unix_ms;

        while (opens_unix_ms <= now_unix_ms)
            opens_unix_ms += DAY_MS;
        if (opens_unix_ms < next_unix_ms)
            next_unix_ms = opens_unix_ms;
    }
    return (uint64_t)(next_unix_ms - now_unix_ms);
}

uint32_t sim_swarm_find(const struct sim_swarm *swarm, const char *gateway_id, const char *serial)
{
    for (uint32_t i = 0; i < swarm->n_devices; i++) {
        const struct sim_device *device = &swarm->device[i];

        if (strcmp(device->gateway_id, gateway_id) != 0)
            continue;
        if (serial[0] == '\0' ? device->role != SIM_STANDBY : strcmp(device->serial, serial) == 0)
            return i;
    }
    return UINT32_MAX;
}
