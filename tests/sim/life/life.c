/*
 * What all lives have in common: commands that are started, killed and end, a look at the database, the end of all
 * faults, and the end of it all. What is run, and what follows from how it ended, is a life's own (struct sim_life_kind).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "disk/disk.h"
#include "life/local.h"
#include "machine/host.h"
#include "network/network.h"
#include "stage/fault.h"
#include "stage/stage.h"

#define SECOND (uint64_t)1000
#define MINUTE (60 * SECOND)

/* The busiest of many thousand worlds has a tenth of that. */
#define EVENTS_MOST 1000000u

uint64_t sim_life_span(struct sim_life *life, uint64_t most_ms)
{
    uint64_t bits = 1;

    while (bits < 63 && (most_ms >> bits) > 0)
        bits++;
    /* Of the same order of magnitude as one that is drawn first. */
    return gw_rng_below(&life->rng, (most_ms >> gw_rng_below(&life->rng, bits)) + 1);
}

void sim_life_bury(struct sim_life *life)
{
    for (uint32_t i = 0; i < life->n_commands; i++) {
        struct sim_command *command = &life->command[i];

        if (command->over || !sim_process_is_dead(sim_program_process(command->program)))
            continue;
        command->over = true;
        if (command == life->runner) {
            life->runner = NULL;
            sim_life_run_later(life, 2 * MINUTE);
        } else if (command->part == SIM_PART_IMPORT) {
            sim_life_run_later(life, 10 * SECOND);
        }
    }
}

void sim_life_look(struct sim_life *life)
{
    int rc;
    sqlite3 *image = sim_disk_open_image(life->database, SIM_DISK_PRESENT, &rc);

    if (rc != SQLITE_OK)
        sim_violated("I24", "the database cannot be opened any more: %s", sqlite3_errstr(rc));
    else if (image && life->imported)
        life->kind->look(life, image);
    sim_disk_close_image(image);
}

/* ---- commands ---- */

static void sim_life_ended(void *user, struct sim_program *program)
{
    struct sim_life *life = user;
    struct sim_command *command = life->command;

    while (command->program != program)
        command++;
    /* It may have been killed in the moment in which it ended. */
    if (command->over)
        return;
    command->over = true;
    sim_note("%s[%u] ends with %d", sim_program_verb(program), sim_process_pid(sim_program_process(program)),
             sim_program_exit(program));
    life->kind->ended(life, command);
}

struct sim_command *sim_life_start(struct sim_life *life, enum sim_part part, const char *const *word)
{
    const char *argument[SIM_ARGUMENTS_MAX + 1] = {"--config", life->config};
    struct sim_command *command = &life->command[life->n_commands];
    size_t n = 2;

    if (life->n_commands == SIM_PROGRAMS_MAX)
        return NULL;
    for (; *word; word++) {
        GW_CHECK(n < SIM_ARGUMENTS_MAX);
        argument[n++] = *word;
    }
    sim_desk_key(life);
    life->n_commands++;
    command->part = part;
    command->program = sim_program_start(argument, sim_life_ended, life);
    sim_note("%s[%u] starts", sim_program_verb(command->program),
             sim_process_pid(sim_program_process(command->program)));
    return command;
}

static void sim_life_run(void *user)
{
    struct sim_life *life = user;

    if (!life->over && !life->runner)
        life->kind->run(life);
}

void sim_life_run_later(struct sim_life *life, uint64_t within_ms)
{
    sim_life_run_in(life, sim_life_span(life, life->calm ? SECOND : within_ms));
}

void sim_life_run_in(struct sim_life *life, uint64_t ms)
{
    (void)sim_at(sim_now_ms() + ms, sim_life_run, life);
}

/* ---- phases ---- */

bool sim_life_is_idle(const struct sim_life *life)
{
    for (uint32_t i = 0; i < life->n_commands; i++)
        if (!life->command[i].over)
            return false;
    return true;
}

bool sim_life_is_broken(void)
{
    const char *text;

    return sim_violation(&text) || sim_stage_events() > EVENTS_MOST;
}

void sim_life_calm(struct sim_life *life)
{
    sim_note("from now on all is well");
    life->calm = true;
    life->doom = SIM_DOOM_NONE;
    life->disk_is_full = false;
    sim_clock_set(0);
    sim_network_calm();
    sim_host_calm();
    for (uint32_t i = 0; i < life->n_commands; i++)
        if (!life->command[i].over)
            sim_process_thaw(sim_program_process(life->command[i].program));
}

static bool sim_life_is_nothing(void *user)
{
    return sim_life_is_idle(user);
}

void sim_life_stop(struct sim_life *life)
{
    for (uint32_t i = 0; i < life->n_commands; i++) {
        struct sim_process *process = sim_program_process(life->command[i].program);

        if (sim_process_has_ended(process))
            continue;
        sim_process_kill(process);
        sim_disk_process_died(process);
    }
    /* Their stacks unwind in the next moment. */
    (void)sim_stage_play(sim_now_ms(), sim_life_is_nothing, life);
}

void sim_life_begin(struct sim_life *life, const char *folder)
{
    const struct sim_swarm *swarm = life->swarm;

    gw_rng_init(&life->rng, gw_hash("life", 4, swarm->seed));
    sim_note_begin();
    sim_stage_begin(swarm->seed);
    sim_disk_format(swarm->seed);
    sim_host_begin(swarm);
    sim_ledger_begin(swarm);
    sim_network_begin(swarm);
    sim_desk_begin(life, folder);
    life->command = gw_mem_new(SIM_PROGRAMS_MAX, sizeof(*life->command));
    life->kills = swarm->kills;
    life->power_losses = swarm->power_losses;
    life->crashes_at_start = swarm->crashes_at_start;
    life->disk_errors = swarm->disk_errors;
    life->freezes = swarm->freezes;
    life->full = swarm->disk_full;
    life->creation = swarm->crash_at_creation;
    sim_doom_listen(life);
}

void sim_life_end(struct sim_life *life)
{
    for (uint32_t i = 0; i < life->n_commands; i++)
        sim_program_free(life->command[i].program);
    free(life->command);
    sim_network_end();
    sim_ledger_end();
    sim_stage_end();
}

void sim_life_note(const struct sim_line *line)
{
    struct gw_buf text;

    gw_buf_init(&text, 0);
    sim_ledger_tell(line, &text);
    sim_note("%s", gw_buf_text(&text));
    gw_buf_release(&text);
}

void sim_life_tell(const struct sim_life *life, struct sim_outcome *ret)
{
    ret->violation = sim_violation(&ret->text);
    ret->events = sim_stage_events();
    ret->virtual_ms = sim_now_ms() - SIM_START_MS;
    ret->devices = life->swarm->n_devices;
    ret->crashes = life->crashes;
    ret->runs = life->runs;
    for (uint32_t i = 0; i < sim_ledger_count(); i++)
        ret->calls += sim_ledger_at(i)->action == SIM_UPDATE;
}
