/*
 * The director. It starts what people would start, and when a run has ended it does what they would do next: run it
 * again, let it go on, wait for the next night. After the safety phase the faults are over, and then everything has to
 * come to its end within a bound.
 */
#include "life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "disk.h"
#include "fault.h"
#include "host.h"
#include "life_local.h"
#include "network.h"
#include "stage.h"

#define SECOND (uint64_t)1000
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

#define EVENTS_MOST 20000000u

/* ---- what all parts use ---- */

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
        sim_check_image(life->check, image);
    sim_disk_close_image(image);
}

/* True when the rollout is over; *ret_open: targets without an outcome. */
static bool sim_life_is_over(const struct sim_life *life)
{
    int rc;
    sqlite3 *image = sim_disk_open_image(life->database, SIM_DISK_PRESENT, &rc);
    sqlite3_stmt *stmt = NULL;
    bool over = false;

    if (image && sqlite3_prepare_v2(image, "SELECT phase IN ('finished', 'aborted') FROM rollouts", -1, &stmt,
                                    NULL) == SQLITE_OK)
        over = sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_int(stmt, 0) != 0;
    sqlite3_finalize(stmt);
    sim_disk_close_image(image);
    return over;
}

/* ---- commands ---- */

static void sim_life_ended(void *user, struct sim_program *program);

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

static void sim_life_import(struct sim_life *life)
{
    const char *words[] = {"inventory", "import", life->inventory, NULL};

    life->runner = NULL;
    life->starting = false;
    sim_doom_arm(life);
    life->runner = sim_life_start(life, SIM_PART_IMPORT, words);
}

static void sim_life_run(void *user)
{
    struct sim_life *life = user;
    const char *words[] = {"run", life->rollout, "--quiet", NULL};

    if (life->over || life->runner)
        return;
    if (!life->imported) {
        sim_life_import(life);
        return;
    }
    life->runs++;
    life->starting = true;
    life->calls_before = sim_ledger_count();
    sim_doom_arm(life);
    life->runner = sim_life_start(life, SIM_PART_RUN, words);
}

void sim_life_run_later(struct sim_life *life, uint64_t within_ms)
{
    (void)sim_at(sim_now_ms() + sim_life_span(life, life->calm ? SECOND : within_ms), sim_life_run, life);
}

/* What a person does who finds it ended like that. */
static void sim_life_goes_on(struct sim_life *life, int exit_code)
{
    switch (exit_code) {
    case 0:
    case 1:
        life->over = true;
        break;
    case 6:
    case 8:
        life->over = exit_code == 6 && sim_life_is_over(life);
        if (!life->over)
            sim_people_answer(life);
        break;
    case 9:
        (void)sim_at(sim_now_ms() + sim_swarm_next_night_ms(life->swarm, sim_now_unix_ms()) +
                         sim_life_span(life, MINUTE),
                     sim_life_run, life);
        break;
    case 3:
    case 4:
    case 5:
    case 7:
    case 130:
    case 143:
        sim_life_run_later(life, 5 * MINUTE);
        break;
    default:
        sim_violated("I28", "a run ended with exit code %d", exit_code);
        break;
    }
}

static void sim_life_run_ended(struct sim_life *life, struct sim_command *command)
{
    int exit_code = sim_program_exit(command->program), rc;
    sqlite3 *image = sim_disk_open_image(life->database, SIM_DISK_PRESENT, &rc);

    if (rc != SQLITE_OK)
        sim_violated("I24", "the database cannot be opened any more: %s", sqlite3_errstr(rc));
    else if (image)
        sim_check_ended(life->check, exit_code, image);
    sim_disk_close_image(image);
    if (command != life->runner)
        return;
    life->runner = NULL;
    sim_life_goes_on(life, exit_code);
}

static void sim_life_import_ended(struct sim_life *life, const struct sim_command *command)
{
    if (life->imported)
        return;
    life->imported = sim_program_exit(command->program) == 0;
    life->runner = NULL;
    if (life->imported) {
        sim_doom_begin(life);
        sim_people_begin(life);
    }
    sim_life_run_later(life, SECOND);
}

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
    if (command->part == SIM_PART_IMPORT)
        sim_life_import_ended(life, command);
    else if (strcmp(sim_program_verb(program), "run") == 0)
        sim_life_run_ended(life, command);
    else
        sim_people_heard(life, command);
}

/* ---- phases ---- */

static bool sim_life_is_quiet(void *user)
{
    const struct sim_life *life = user;
    const char *text;

    if (sim_violation(&text) || sim_stage_events() > EVENTS_MOST)
        return true;
    if (!life->over)
        return false;
    for (uint32_t i = 0; i < life->n_commands; i++)
        if (!life->command[i].over)
            return false;
    return true;
}

/* No faults any more; who was stopped goes on, and whoever waits for somebody hears from him. */
static void sim_life_calm(struct sim_life *life)
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
    sim_life_run_later(life, SECOND);
}

static void sim_life_stop(struct sim_life *life)
{
    for (uint32_t i = 0; i < life->n_commands; i++) {
        struct sim_process *process = sim_program_process(life->command[i].program);

        if (sim_process_has_ended(process))
            continue;
        sim_process_kill(process);
        sim_disk_process_died(process);
    }
    /* Their stacks unwind in the next moment. */
    (void)sim_stage_play(sim_now_ms(), sim_life_is_quiet, life);
}

/* Whoever runs a rollout that is over once more calls nobody. */
static void sim_life_once_more(struct sim_life *life)
{
    const char *words[] = {"run", life->rollout, "--quiet", NULL};
    uint32_t calls = 0;

    life->calls_before = sim_ledger_count();
    (void)sim_life_start(life, SIM_PART_PEOPLE, words);
    (void)sim_stage_play(sim_now_ms() + HOUR, sim_life_is_quiet, life);
    for (uint32_t i = life->calls_before; i < sim_ledger_count(); i++)
        calls += sim_ledger_at(i)->action == SIM_UPDATE && !sim_ledger_at(i)->copy &&
                 sim_ledger_at(i)->sent_ms >= sim_now_ms();
    if (calls > 0)
        sim_violated("I27", "a rollout that is over was run again, and made %u calls", calls);
}

static void sim_life_judge(struct sim_life *life, struct sim_outcome *ret)
{
    const char *text;
    int rc;
    sqlite3 *image;

    if (!sim_violation(&text) && !life->over)
        sim_violated("I25", "not over after %llu s, %llu events",
                     (unsigned long long)(sim_now_ms() - SIM_START_MS) / 1000,
                     (unsigned long long)sim_stage_events());
    if (!sim_violation(&text))
        sim_life_once_more(life);
    sim_life_stop(life);
    image = sim_disk_open_image(life->database, SIM_DISK_PRESENT, &rc);
    if (!sim_violation(&text) && image)
        sim_check_end(life->check, image);
    if (!life->over && image)
        sim_desk_tell_open(image);
    ret->hash[0] = '\0';
    if (image)
        sim_check_hash(image, ret->hash);
    sim_disk_close_image(image);
}

static void sim_life_begin(struct sim_life *life, const char *folder)
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
    life->check = sim_check_new(swarm, life->database);
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

static void sim_life_end(struct sim_life *life)
{
    for (uint32_t i = 0; i < life->n_commands; i++)
        sim_program_free(life->command[i].program);
    free(life->command);
    sim_check_free(life->check);
    sim_network_end();
    sim_ledger_end();
    sim_stage_end();
}

static void sim_life_on_leave(void *user, const struct sim_process *process, const char *nonce, bool update)
{
    struct sim_life *life = user;

    if (life->runner && process == sim_program_process(life->runner->program))
        life->starting = false;
    sim_check_leave(life->check, process, nonce, update);
}

static void sim_life_on_arrival(void *user, const struct sim_line *line)
{
    struct sim_life *life = user;
    struct gw_buf text;

    gw_buf_init(&text, 0);
    sim_ledger_tell(line, &text);
    sim_note("%s", gw_buf_text(&text));
    gw_buf_release(&text);
    sim_check_arrival(life->check, line);
}

void sim_life_play(const struct sim_swarm *swarm, const char *folder, struct sim_outcome *ret)
{
    struct sim_life life = {.swarm = swarm};
    uint64_t safe_ms = swarm->true_times ? 6 * HOUR : 20 * MINUTE;

    *ret = (struct sim_outcome){0};
    sim_life_begin(&life, folder);
    sim_network_on_leave(sim_life_on_leave, &life);
    sim_network_on_arrival(sim_life_on_arrival, &life);
    sim_life_run(&life);
    (void)sim_stage_play(SIM_START_MS + safe_ms, sim_life_is_quiet, &life);
    if (!sim_life_is_quiet(&life)) {
        sim_life_calm(&life);
        (void)sim_stage_play(sim_now_ms() + sim_swarm_bound_ms(swarm), sim_life_is_quiet, &life);
    }
    sim_life_judge(&life, ret);
    ret->violation = sim_violation(&ret->text);
    ret->events = sim_stage_events();
    ret->virtual_ms = sim_now_ms() - SIM_START_MS;
    ret->devices = swarm->n_devices;
    ret->crashes = life.crashes;
    ret->runs = life.runs;
    for (uint32_t i = 0; i < sim_ledger_count(); i++)
        ret->calls += sim_ledger_at(i)->action == SIM_UPDATE;
    sim_life_end(&life);
}
