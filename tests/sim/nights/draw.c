/*
 * Drawing the nights: the fleet, the faults and the limits are those of any world, a little smaller; on top of them come
 * policies, manners, and what people do by day.
 */
#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "nights/nights.h"

#define HOUR_MS ((uint64_t)3600000)

static bool sim_draw(struct gw_rng *rng, uint32_t percent)
{
    return gw_rng_below(rng, 100) < percent;
}

static uint32_t sim_between(struct gw_rng *rng, uint32_t least, uint32_t most)
{
    return least + (uint32_t)gw_rng_below(rng, most - least + 1);
}

/* ---- the fleet ---- */

/* The first few of the swarm's, without parting a pair; the last one or two are nobody's. */
static void sim_draw_fleet(struct sim_nights *nights, struct gw_rng *rng)
{
    struct sim_swarm *swarm = &nights->swarm;
    uint32_t n = sim_between(rng, 12, 40), out = sim_between(rng, 1, 2);

    if (swarm->device[n - 1].mate == n)
        n++;
    swarm->n_devices = n;
    for (uint32_t i = 0; i < n; i++)
        swarm->device[i].selected = i + out < n;
    /* Nobody holds one half of a pair back. */
    if (swarm->device[n - out].mate == n - out - 1)
        swarm->device[n - out - 1].selected = false;
}

/* The cloud does not know where a gateway stands. */
static void sim_forget_site(struct sim_swarm *swarm, uint32_t device)
{
    uint32_t mate = swarm->device[device].mate;

    swarm->device[device].site = swarm->device[device].timezone = "";
    if (mate != UINT32_MAX)
        swarm->device[mate].site = swarm->device[mate].timezone = "";
}

static void sim_draw_guests(struct sim_nights *nights, struct gw_rng *rng)
{
    struct sim_swarm *swarm = &nights->swarm;
    uint32_t percent = sim_draw(rng, 70) ? sim_between(rng, 1, 25) : 0;

    for (uint32_t i = 0; i < swarm->n_devices && nights->n_guests < SIM_GUESTS_MAX; i++) {
        struct sim_guest *guest = &nights->guest[nights->n_guests];

        if (swarm->device[i].role == SIM_STANDBY || !sim_draw(rng, percent))
            continue;
        *guest = (struct sim_guest){.device = i};
        if (sim_draw(rng, 60))
            guest->appears_h = sim_between(rng, 1, 24 * 5);
        if (guest->appears_h == 0 || sim_draw(rng, 40))
            guest->leaves_h = guest->appears_h + sim_between(rng, 1, 24 * 5);
        guest->unknown =
            guest->appears_h > 0 && !swarm->windows && swarm->device[i].selected && sim_draw(rng, 50);
        if (guest->unknown)
            sim_forget_site(swarm, i);
        nights->n_guests++;
    }
}

/* ---- what is wanted ---- */

static void sim_draw_policy(struct sim_nights *nights, struct gw_rng *rng, uint32_t i)
{
    struct sim_policy *policy = &nights->policy[i];
    const struct sim_device *like = &nights->swarm.device[gw_rng_below(rng, nights->swarm.n_devices)];

    (void)snprintf(policy->name, sizeof(policy->name), "p%u", i + 1);
    policy->select = i + 1 == nights->n_policies ? SIM_SELECT_ALL
                     : i == 0                    ? SIM_SELECT_REGION
                                                 : SIM_SELECT_MODEL;
    policy->value = policy->select == SIM_SELECT_REGION ? like->region : like->model;
    policy->version = sim_draw(rng, 80) ? SIM_VERSION_NEW : SIM_VERSION_NEWER;
    policy->next_night = sim_between(rng, 1, nights->n_nights - 1);
    if (sim_draw(rng, 40))
        policy->next_version =
            gw_text_equal(policy->version, SIM_VERSION_NEW) ? SIM_VERSION_NEWER : SIM_VERSION_NEW;
}

static void sim_draw_manners(struct sim_nights *nights, struct gw_rng *rng)
{
    static const uint32_t rests_h[] = {0, 2, 20, 30, 72};

    nights->rest_ms = rests_h[gw_rng_below(rng, GW_COUNT_OF(rests_h))] * HOUR_MS;
    nights->give_up = sim_between(rng, 1, 4);
    nights->site_restarts = sim_draw(rng, 50) ? sim_between(rng, 2, 9) : 0;
}

/* ---- what happens ---- */

/* What is not for these worlds: times of their own, a second runner, and what a program may be wrong about all night. */
static void sim_draw_world(struct sim_nights *nights)
{
    struct sim_swarm *swarm = &nights->swarm;

    swarm->lock_removed = false;
    swarm->crash_at_creation = false;
    swarm->second_runners = 0;
    swarm->foreign_bp = 0;      /* people do that, by day */
    swarm->inventory_edits = 1; /* people import and hold: a command may find the database busy */
}

static void sim_draw_people(struct sim_nights *nights, struct gw_rng *rng)
{
    nights->holds = sim_draw(rng, 60) ? sim_between(rng, 1, 3) : 0;
    nights->lifts = nights->holds && sim_draw(rng, 60) ? 1 : 0;
    nights->changes = sim_draw(rng, 60) ? sim_between(rng, 1, 4) : 0;
    nights->repairs = sim_draw(rng, 60) ? sim_between(rng, 1, 3) : 0;
    nights->syncs = sim_draw(rng, 50) ? sim_between(rng, 1, 2) : 0;
    nights->imports = sim_draw(rng, 20);
    nights->answers = sim_draw(rng, 80) ? sim_between(rng, 20, 100) : 0;
    nights->night_holds = sim_draw(rng, 40) ? sim_between(rng, 20, 100) : 0;
}

void sim_nights_draw(struct sim_nights *nights, uint64_t seed)
{
    struct gw_rng rng;

    memset(nights, 0, sizeof(*nights));
    gw_rng_init(&rng, gw_hash("nights", 6, seed));
    sim_swarm_draw_hurried(&nights->swarm, seed);
    sim_draw_world(nights);
    sim_draw_fleet(nights, &rng);
    nights->n_nights = sim_between(&rng, 7, 10);
    nights->night_ms = sim_draw(&rng, 70) ? 4 * HOUR_MS : sim_between(&rng, 2, 20) * 60000;
    nights->bad_nights = sim_draw(&rng, 70) ? sim_between(&rng, 10, 80) : 0;
    nights->n_policies = sim_between(&rng, 1, SIM_POLICIES_MAX);
    for (uint32_t i = 0; i < nights->n_policies; i++)
        sim_draw_policy(nights, &rng, i);
    sim_draw_manners(nights, &rng);
    sim_draw_people(nights, &rng);
    sim_draw_guests(nights, &rng);
}

/* ---- what follows from it ---- */

const char *sim_policy_version(const struct sim_policy *policy, uint32_t night)
{
    return policy->next_version && night >= policy->next_night ? policy->next_version : policy->version;
}

uint32_t sim_nights_policy(const struct sim_nights *nights, uint32_t device)
{
    const struct sim_device *of = &nights->swarm.device[device];
    uint32_t i = 0;

    for (; of->selected && i < nights->n_policies; i++) {
        const struct sim_policy *policy = &nights->policy[i];

        if (policy->select == SIM_SELECT_ALL ||
            gw_text_equal(policy->value, policy->select == SIM_SELECT_REGION ? of->region : of->model))
            return i;
    }
    return SIM_POLICIES_MAX;
}
