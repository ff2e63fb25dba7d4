/*
 * The calendar. Each night begins a day after the one before it. When as many have been as the world has in store, nothing
 * goes wrong any more and nobody changes anything: calm nights until the fleet has converged, a month later where only the
 * sites' budgets keep it from that, and one more night, which may call nobody.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/check.h"

#include "disk/disk.h"
#include "network/network.h"
#include "nights/nights_local.h"
#include "stage/fault.h"
#include "stage/stage.h"

/* Each night that fails costs a rest, and a policy that a gate stops costs a day. */
#define CALM_NIGHTS_MOST 60
#define MONTH_DAYS       31

/* ---- papers ---- */

static void sim_play_write(const char *file, char *text)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    GW_CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
    free(text);
}

static void sim_play_papers(struct sim_nights_life *life, const char *folder)
{
    GW_CHECK(snprintf(life->policies, sizeof(life->policies), "%s/policies.yaml", folder) < 128);
    sim_play_write(life->life.inventory, sim_nights_inventory(life->nights));
}

/* ---- guests ---- */

static void sim_play_guests(const struct sim_nights *nights)
{
    char word[40];

    for (uint32_t i = 0; i < nights->n_guests; i++) {
        const struct sim_guest *guest = &nights->guest[i];

        (void)snprintf(word, sizeof(word), "appear:%uh", guest->appears_h);
        if (guest->appears_h > 0)
            GW_CHECK(sim_network_device_fault(guest->device, word));
        (void)snprintf(word, sizeof(word), "leave:%uh", guest->leaves_h);
        if (guest->leaves_h > 0)
            GW_CHECK(sim_network_device_fault(guest->device, word));
    }
}

/* ---- the calendar ---- */

static bool sim_play_never(void *user)
{
    (void)user;
    return sim_life_is_broken();
}

/* Time passes while nothing happens, too. */
static void sim_play_dawn(void *user)
{
    (void)user;
}

/* A night, and the day behind it, until the next one is due. */
static void sim_play_day(struct sim_nights_life *life, uint32_t days)
{
    uint64_t next_ms = sim_now_ms() + days * SIM_DAY_MS;

    sim_play_write(life->policies, sim_nights_policies(life->nights, life->night));
    sim_night_play(life);
    if (sim_life_is_broken())
        return;
    if (!life->last)
        sim_day_begin(life);
    (void)sim_at(next_ms, sim_play_dawn, NULL);
    (void)sim_stage_play(next_ms, sim_play_never, life);
    life->night++;
}

static void sim_play_calm(struct sim_nights_life *life)
{
    const struct sim_swarm *swarm = life->life.swarm;
    struct sim_truth truth;

    sim_life_calm(&life->life);
    life->idle = true;
    /* What falls back each time cannot converge. */
    for (uint32_t i = 0; swarm->relapse_bp > 0 && i < swarm->n_devices; i++) {
        sim_network_truth(i, &truth);
        sim_network_set_by_hand(i, truth.version, true);
        sim_watch_changed(life->watch, i);
    }
}

static void sim_play_converge(struct sim_nights_life *life)
{
    enum sim_rest rest = SIM_REST_OPEN;

    for (uint32_t i = 0; i < CALM_NIGHTS_MOST && !sim_life_is_broken(); i++) {
        sim_play_day(life, rest == SIM_REST_SPENT ? MONTH_DAYS : 1);
        rest = sim_watch_rest(life->watch, life->night - 1);
        if (rest == SIM_REST_NOTHING)
            break;
    }
    if (!sim_life_is_broken() && rest != SIM_REST_NOTHING)
        sim_watch_tell_rest(life->watch, life->night - 1);
    if (!sim_life_is_broken()) {
        life->last = true;
        sim_watch_last(life->watch);
        sim_play_day(life, 1);
    }
}

/* ---- the whole ---- */

static void sim_play_judge(struct sim_nights_life *life, struct sim_outcome *ret)
{
    int rc;
    sqlite3 *image;

    if (!sim_life_is_broken())
        sim_watch_end(life->watch);
    sim_life_stop(&life->life);
    image = sim_disk_open_image(life->life.database, SIM_DISK_PRESENT, &rc);
    ret->hash[0] = '\0';
    if (image)
        sim_check_hash(image, ret->hash);
    sim_disk_close_image(image);
}

static void sim_play_on_leave(void *user, const struct sim_process *process, const char *nonce, bool update)
{
    struct sim_nights_life *life = user;

    if (life->life.runner && process == sim_program_process(life->life.runner->program))
        life->life.starting = false;
    sim_watch_leave(life->watch, process, nonce, update);
}

static void sim_play_on_arrival(void *user, const struct sim_line *line)
{
    struct sim_nights_life *life = user;

    sim_life_note(line);
    sim_watch_arrival(life->watch, line);
}

static bool sim_play_has_imported(void *user)
{
    const struct sim_nights_life *life = user;

    return sim_life_is_broken() || (life->life.imported && sim_life_is_idle(&life->life));
}

void sim_nights_play(const struct sim_nights *nights, const char *folder, struct sim_outcome *ret)
{
    struct sim_nights_life life = {.life = {.swarm = &nights->swarm, .kind = &sim_nights_kind},
                                   .nights = nights};

    *ret = (struct sim_outcome){0};
    sim_life_begin(&life.life, folder);
    life.watch = sim_watch_new(nights, life.life.database);
    sim_play_papers(&life, folder);
    sim_play_guests(nights);
    sim_network_on_leave(sim_play_on_leave, &life);
    sim_network_on_arrival(sim_play_on_arrival, &life);
    sim_life_run_in(&life.life, 0);
    (void)sim_stage_play(SIM_START_MS + 60000, sim_play_has_imported, &life);
    while (life.night < nights->n_nights && !sim_life_is_broken())
        sim_play_day(&life, 1);
    if (!sim_life_is_broken()) {
        sim_play_calm(&life);
        sim_play_converge(&life);
    }
    sim_play_judge(&life, ret);
    sim_life_tell(&life.life, ret);
    ret->nights = life.night;
    sim_watch_free(life.watch);
    sim_life_end(&life.life);
}
