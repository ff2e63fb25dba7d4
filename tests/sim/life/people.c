/*
 * What people do while a rollout goes on: they order, they start it a second time, they edit the inventory. What they
 * were told is the checker's to hold the product to.
 */
#include "life/local.h"

#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"

#include "stage/fault.h"
#include "stage/stage.h"

#define SECOND 1000u
#define MINUTE (60 * SECOND)

/* So often a rollout that a gate has stopped is let go on, before somebody aborts it. */
#define RESUMES_MOST 12

#define EXIT_INPUT 3

static void sim_people_order(struct sim_life *life, enum sim_word word, const char *argument)
{
    static const char *const verbs[] = {[SIM_WORD_PAUSED] = "pause",
                                        [SIM_WORD_RESUMED] = "resume",
                                        [SIM_WORD_APPROVED] = "approve",
                                        [SIM_WORD_ABORTED] = "abort",
                                        [SIM_WORD_PACED] = "pace"};
    static const enum sim_fault faults[] = {[SIM_WORD_PAUSED] = SIM_PAUSE,
                                            [SIM_WORD_RESUMED] = SIM_RESUME,
                                            [SIM_WORD_APPROVED] = SIM_APPROVE,
                                            [SIM_WORD_ABORTED] = SIM_ABORT,
                                            [SIM_WORD_PACED] = SIM_PACE};
    const char *words[] = {verbs[word], "r1", argument ? "--rate" : NULL, argument, NULL};
    struct sim_command *command = sim_life_start(life, SIM_PART_PEOPLE, words);

    if (!command)
        return;
    sim_hit(faults[word]);
    command->word = word;
    (void)snprintf(command->argument, sizeof(command->argument), "%s", argument ? argument : "");
}

static void sim_people_resume(void *user)
{
    struct sim_life *life = user;

    life->letting_go = false;
    if (life->paused && !life->over)
        sim_people_order(life, SIM_WORD_RESUMED, NULL);
}

void sim_people_heard(struct sim_life *life, struct sim_command *command)
{
    if (command->word == 0)
        return;
    if (command->word == SIM_WORD_RESUMED && sim_program_exit(command->program) == EXIT_INPUT)
        life->paused = false; /* so somebody else has let it go on, or a gate has stopped it meanwhile */
    if (sim_program_exit(command->program) == 0) {
        sim_note("told: %s %s", sim_program_verb(command->program), command->argument);
        sim_check_told(life->check, command->word, command->argument);
        if (command->word == SIM_WORD_PAUSED)
            life->paused = true;
        else if (command->word == SIM_WORD_RESUMED || command->word == SIM_WORD_ABORTED)
            life->paused = false;
    }
    /* Whoever paused it lets it go on, and tries again where that did not work. */
    if (life->paused && !life->letting_go) {
        life->letting_go = true;
        (void)sim_at(sim_now_ms() + sim_life_span(life, life->calm ? SECOND : 2 * MINUTE), sim_people_resume,
                     life);
    }
}

void sim_people_answer(struct sim_life *life)
{
    uint64_t draw = gw_rng_below(&life->rng, 20);

    life->resumes++;
    if (life->resumes > RESUMES_MOST || (draw == 0 && !life->calm))
        sim_people_order(life, SIM_WORD_ABORTED, NULL);
    else if (life->resumes % 2 == 0)
        sim_people_order(life, SIM_WORD_APPROVED, NULL);
    else
        sim_people_order(life, SIM_WORD_RESUMED, NULL);
    sim_life_run_later(life, MINUTE);
}

/* ---- out of the blue ---- */

/* By the minute a rate is slow, and lets many leave at once after a wait: the limit by the second holds all the same. */
static void sim_people_pace(void *user)
{
    static const char *const rates[] = {"1/s", "30/m", "90/m", "2/s"};
    struct sim_life *life = user;

    if (life->calm || life->over || !life->imported)
        return;
    sim_people_order(life, SIM_WORD_PACED, rates[gw_rng_below(&life->rng, GW_COUNT_OF(rates))]);
}

static void sim_people_orders(void *user)
{
    struct sim_life *life = user;
    uint64_t draw = gw_rng_below(&life->rng, 100);

    if (life->calm || life->over || !life->imported)
        return;
    if (draw < 45)
        sim_people_order(life, SIM_WORD_PAUSED, NULL);
    else if (draw < 60)
        sim_people_order(life, SIM_WORD_RESUMED, NULL);
    else if (draw < 72)
        sim_people_order(life, SIM_WORD_APPROVED, NULL);
    else if (draw < 90)
        sim_people_pace(life);
    else
        sim_people_order(life, SIM_WORD_ABORTED, NULL);
}

static void sim_people_second(void *user)
{
    struct sim_life *life = user;
    const char *words[] = {"run", life->rollout, "--quiet", NULL};

    if (life->calm || life->over || !life->runner)
        return;
    sim_hit(SIM_SECOND_RUNNER);
    (void)sim_life_start(life, SIM_PART_PEOPLE, words);
}

static void sim_people_edit(void *user)
{
    struct sim_life *life = user;
    const char *words[] = {"inventory", "import", life->inventory, NULL};

    if (life->calm || life->over || !life->imported)
        return;
    sim_hit(SIM_INVENTORY_EDIT);
    (void)sim_life_start(life, SIM_PART_PEOPLE, words);
}

void sim_people_begin(struct sim_life *life)
{
    uint64_t most_ms = life->swarm->true_times ? 90 * MINUTE : 5 * MINUTE;

    for (uint32_t i = 0; i < life->swarm->orders; i++)
        (void)sim_at(sim_now_ms() + sim_life_span(life, most_ms), sim_people_orders, life);
    for (uint32_t i = 0; i < life->swarm->paces; i++)
        (void)sim_at(sim_now_ms() + sim_life_span(life, MINUTE), sim_people_pace, life);
    for (uint32_t i = 0; i < life->swarm->second_runners; i++)
        (void)sim_at(sim_now_ms() + sim_life_span(life, most_ms), sim_people_second, life);
    for (uint32_t i = 0; i < life->swarm->inventory_edits; i++)
        (void)sim_at(sim_now_ms() + sim_life_span(life, most_ms), sim_people_edit, life);
}
