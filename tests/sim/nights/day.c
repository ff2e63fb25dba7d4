/*
 * What people do by day: they hold gateways and let them go, change devices by hand and repair them, want another version,
 * look at the cloud, and say something to what a gate or one of them has stopped. At night they are asleep, but for one who
 * gives orders now and then.
 */
#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"

#include "disk/disk.h"
#include "network/network.h"
#include "nights/nights_local.h"
#include "stage/fault.h"
#include "stage/stage.h"

#define SECOND 1000u
#define MINUTE (60 * SECOND)

/* People are up from so long after a night's beginning on, for so long. */
#define RISE_MS  (5 * SIM_HOUR_MS)
#define AWAKE_MS (16 * SIM_HOUR_MS)

static uint32_t sim_day_device(struct sim_nights_life *life)
{
    return (uint32_t)gw_rng_below(&life->life.rng, life->nights->swarm.n_devices);
}

/* ---- holds ---- */

static void sim_day_hold(void *user)
{
    struct sim_nights_life *life = user;
    uint32_t device = sim_day_device(life), hours = 6 + (uint32_t)gw_rng_below(&life->life.rng, 75);
    const char *words[] = {
        "hold", life->nights->swarm.device[device].gateway_id, "--reason", "works", "--until", NULL, NULL};
    char until[24];
    struct sim_command *command;

    (void)snprintf(until, sizeof(until), "%uh", hours);
    words[5] = until;
    sim_hit(SIM_HOLD);
    command = sim_life_start(&life->life, SIM_PART_PEOPLE, words);
    if (!command)
        return;
    command->device = device;
    command->until_ms = sim_now_ms() + hours * SIM_HOUR_MS;
}

static void sim_day_lift(void *user)
{
    struct sim_nights_life *life = user;
    uint32_t device = sim_watch_some_held(life->watch, &life->life.rng);
    struct sim_command *command;
    const char *words[] = {"hold", NULL, "--lift", NULL};

    if (device == SIM_NONE)
        return;
    words[1] = life->nights->swarm.device[device].gateway_id;
    sim_hit(SIM_LIFT);
    command = sim_life_start(&life->life, SIM_PART_PEOPLE, words);
    if (command) {
        command->device = device;
        sim_watch_lifting(life->watch, device);
    }
}

/* ---- devices ---- */

static void sim_day_change(void *user)
{
    static const char *const versions[] = {SIM_VERSION_OLDER, SIM_VERSION_OLD, SIM_VERSION_NEW,
                                           SIM_VERSION_NEWER};
    struct sim_nights_life *life = user;
    uint32_t device = sim_day_device(life);
    const char *version = versions[gw_rng_below(&life->life.rng, GW_COUNT_OF(versions))];
    bool at_once = gw_rng_below(&life->life.rng, 2) == 0;

    sim_note("somebody else brings %s to %s%s", life->nights->swarm.device[device].serial, version,
             at_once ? ", at once" : "");
    if (at_once)
        sim_network_set_by_hand(device, version, false);
    else
        sim_network_upgrade_by_hand(device, version);
    sim_watch_changed(life->watch, device);
}

static void sim_day_repair(void *user)
{
    struct sim_nights_life *life = user;
    uint32_t device = sim_day_device(life), n = life->nights->swarm.n_devices;
    bool mended = gw_rng_below(&life->life.rng, 3) > 0;
    struct sim_truth truth;

    for (uint32_t i = 0; i < n; i++, device = (device + 1) % n) {
        sim_network_truth(device, &truth);
        if (!truth.lost)
            continue;
        sim_note("%s is repaired%s", life->nights->swarm.device[device].serial,
                 mended ? ": it is another box" : "");
        sim_hit(SIM_REPAIR);
        sim_network_set_by_hand(device, SIM_VERSION_OLD, mended);
        sim_watch_changed(life->watch, device);
        return;
    }
}

/* ---- the inventory ---- */

static void sim_day_sync(void *user)
{
    struct sim_nights_life *life = user;
    const char *words[] = {"inventory", "sync", "--quiet", NULL};
    struct sim_command *command = sim_life_start(&life->life, SIM_PART_PEOPLE, words);

    if (command)
        command->synced_ms = sim_now_ms();
}

static void sim_day_import(void *user)
{
    struct sim_nights_life *life = user;
    const char *words[] = {"inventory", "import", life->life.inventory, NULL};

    sim_hit(SIM_INVENTORY_EDIT);
    (void)sim_life_start(&life->life, SIM_PART_PEOPLE, words);
}

/* ---- what waits for a person ---- */

static void sim_day_order(struct sim_nights_life *life, enum sim_word word,
                          const struct sim_standing *standing)
{
    static const char *const verbs[] = {[SIM_WORD_PAUSED] = "pause",
                                        [SIM_WORD_RESUMED] = "resume",
                                        [SIM_WORD_APPROVED] = "approve",
                                        [SIM_WORD_ABORTED] = "abort"};
    static const enum sim_fault faults[] = {[SIM_WORD_PAUSED] = SIM_PAUSE,
                                            [SIM_WORD_RESUMED] = SIM_RESUME,
                                            [SIM_WORD_APPROVED] = SIM_APPROVE,
                                            [SIM_WORD_ABORTED] = SIM_ABORT};
    const char *words[] = {verbs[word], standing->name, NULL};
    struct sim_command *command = sim_life_start(&life->life, SIM_PART_PEOPLE, words);

    if (!command)
        return;
    sim_hit(faults[word]);
    command->word = word;
    (void)snprintf(command->rollout, sizeof(command->rollout), "%s", standing->name);
    if (word == SIM_WORD_ABORTED)
        sim_watch_aborting(life->watch, standing->rollout);
}

/* One of the words that may help; at the end one that surely does. */
static void sim_day_answer_one(struct sim_nights_life *life, uint32_t policy,
                               const struct sim_standing *standing)
{
    struct gw_rng *rng = &life->life.rng;

    if (!life->idle && gw_rng_below(rng, 100) >= life->nights->answers)
        return;
    if (standing->aborted || (!life->idle && gw_rng_below(rng, 6) == 0)) {
        sim_hit(SIM_AGAIN);
        life->again[policy] = true;
    } else if (!life->idle && gw_rng_below(rng, 6) == 0) {
        sim_day_order(life, SIM_WORD_ABORTED, standing);
    } else if (standing->approve) {
        sim_day_order(life, SIM_WORD_APPROVED, standing);
    } else {
        sim_day_order(life, SIM_WORD_RESUMED, standing);
    }
}

static void sim_day_answer(void *user)
{
    struct sim_nights_life *life = user;

    for (uint32_t i = 0; i < life->nights->n_policies; i++) {
        struct sim_standing standing;

        if (sim_watch_standing(life->watch, i, &standing) && standing.stopped)
            sim_day_answer_one(life, i, &standing);
    }
}

/* ---- at night ---- */

static void sim_day_night_order(void *user)
{
    static const enum sim_word words[] = {SIM_WORD_PAUSED, SIM_WORD_PAUSED, SIM_WORD_RESUMED,
                                          SIM_WORD_APPROVED, SIM_WORD_ABORTED};
    struct sim_nights_life *life = user;
    uint32_t policy = (uint32_t)gw_rng_below(&life->life.rng, life->nights->n_policies);
    enum sim_word word = words[gw_rng_below(&life->life.rng, GW_COUNT_OF(words))];
    struct sim_standing standing;

    if (life->open && !life->life.calm && sim_watch_standing(life->watch, policy, &standing) &&
        !standing.over)
        sim_day_order(life, word, &standing);
}

void sim_day_orders(struct sim_nights_life *life)
{
    /* Now and then: a few in all nights together. */
    if (!life->life.calm && gw_rng_below(&life->life.rng, 20) < life->nights->swarm.orders)
        (void)sim_at(sim_now_ms() + sim_life_span(&life->life, 6 * MINUTE), sim_day_night_order, life);
    if (!life->life.calm && gw_rng_below(&life->life.rng, 100) < life->nights->night_holds)
        (void)sim_at(sim_now_ms() + sim_life_span(&life->life, 10 * MINUTE), sim_day_hold, life);
}

/* ---- hearing ---- */

void sim_day_heard(struct sim_nights_life *life, const struct sim_command *command)
{
    const char *verb = sim_program_verb(command->program);
    int exit_code = sim_program_exit(command->program);

    if (command->synced_ms > 0) {
        sim_watch_synced(life->watch, command->synced_ms, exit_code);
        return;
    }
    if (exit_code != 0)
        return;
    if (strcmp(verb, "inventory") == 0)
        sim_watch_imported(life->watch);
    else if (strcmp(verb, "hold") == 0 && command->until_ms > 0)
        sim_watch_held(life->watch, command->device, command->until_ms);
    else if (strcmp(verb, "hold") == 0)
        sim_watch_lifted(life->watch, command->device);
    else if (command->word != 0)
        sim_watch_told(life->watch, command->rollout, command->word);
}

/* ---- a day ---- */

static void sim_day_plan(struct sim_nights_life *life, uint32_t most, void (*what)(void *user))
{
    uint32_t n = most > 0 ? (uint32_t)gw_rng_below(&life->life.rng, most + 1) : 0;

    for (uint32_t i = 0; i < n; i++)
        (void)sim_at(sim_now_ms() + RISE_MS + gw_rng_below(&life->life.rng, AWAKE_MS), what, life);
}

void sim_day_begin(struct sim_nights_life *life)
{
    const struct sim_nights *nights = life->nights;

    (void)sim_at(sim_now_ms() + RISE_MS, sim_day_answer, life);
    if (life->idle)
        return;
    sim_day_plan(life, nights->holds, sim_day_hold);
    sim_day_plan(life, nights->lifts, sim_day_lift);
    sim_day_plan(life, nights->changes, sim_day_change);
    sim_day_plan(life, nights->repairs, sim_day_repair);
    sim_day_plan(life, nights->syncs, sim_day_sync);
    sim_day_plan(life, nights->imports, sim_day_import);
}
