/*
 * The director of one rollout. It starts what people would start, and when a run has ended it does what they would do
 * next: run it again, let it go on, wait for the next night. After the safety phase the faults are over, and then
 * everything has to come to its end within a bound.
 */
#include "life/life.h"

#include <string.h>

#include "disk/disk.h"
#include "life/local.h"
#include "network/network.h"
#include "stage/fault.h"
#include "stage/stage.h"

#define SECOND (uint64_t)1000
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

/* True when the rollout is over. */
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

static void sim_life_import(struct sim_life *life)
{
    const char *words[] = {"inventory", "import", life->inventory, NULL};

    life->runner = NULL;
    life->starting = false;
    sim_doom_arm(life);
    life->runner = sim_life_start(life, SIM_PART_IMPORT, words);
}

static void sim_life_run(struct sim_life *life)
{
    const char *words[] = {"run", life->rollout, "--quiet", NULL};

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
        sim_life_run_in(life, sim_swarm_next_night_ms(life->swarm, sim_now_unix_ms()) +
                                  sim_life_span(life, MINUTE));
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

static void sim_life_ended(struct sim_life *life, struct sim_command *command)
{
    if (command->part == SIM_PART_IMPORT)
        sim_life_import_ended(life, command);
    else if (strcmp(sim_program_verb(command->program), "run") == 0)
        sim_life_run_ended(life, command);
    else
        sim_people_heard(life, command);
}

static void sim_life_looked(struct sim_life *life, sqlite3 *image)
{
    sim_check_image(life->check, image);
}

/* ---- phases ---- */

static bool sim_life_is_quiet(void *user)
{
    const struct sim_life *life = user;

    return sim_life_is_broken() || (life->over && sim_life_is_idle(life));
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

    sim_life_note(line);
    sim_check_arrival(life->check, line);
}

void sim_life_play(const struct sim_swarm *swarm, const char *folder, struct sim_outcome *ret)
{
    static const struct sim_life_kind kind = {
        .run = sim_life_run, .ended = sim_life_ended, .look = sim_life_looked};
    struct sim_life life = {.swarm = swarm, .kind = &kind};
    uint64_t safe_ms = swarm->true_times ? 6 * HOUR : 20 * MINUTE;

    *ret = (struct sim_outcome){0};
    sim_life_begin(&life, folder);
    life.check = sim_check_new(swarm, life.database);
    sim_network_on_leave(sim_life_on_leave, &life);
    sim_network_on_arrival(sim_life_on_arrival, &life);
    sim_life_run(&life);
    (void)sim_stage_play(SIM_START_MS + safe_ms, sim_life_is_quiet, &life);
    if (!sim_life_is_quiet(&life)) {
        sim_life_calm(&life);
        sim_life_run_later(&life, SECOND);
        (void)sim_stage_play(sim_now_ms() + sim_swarm_bound_ms(swarm), sim_life_is_quiet, &life);
    }
    sim_life_judge(&life, ret);
    sim_life_tell(&life, ret);
    sim_check_free(life.check);
    sim_life_end(&life);
}
