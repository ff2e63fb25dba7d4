/*
 * One night. The timer starts it at its hour; whoever was killed, or found the database busy or its keys refused, is started
 * again a little later, until a night has ended in order or the timer's patience is over. Then it is asked to end, and
 * killed if it does not.
 */
#include <signal.h>
#include <string.h>

#include "network/network.h"
#include "nights/nights_local.h"
#include "stage/fault.h"
#include "stage/stage.h"

#define SECOND   1000u
#define MINUTE   (60 * SECOND)
#define GRACE_MS (10 * MINUTE)
/* So often a night is started, before the timer gives it up. */
#define STARTS_MOST 12
/* At the end the timer is patient enough for every window. */
#define CALM_MS (4 * SIM_HOUR_MS)

/* ---- who is started ---- */

static void sim_night_import(struct sim_life *life)
{
    const char *words[] = {"inventory", "import", life->inventory, NULL};

    life->runner = sim_life_start(life, SIM_PART_IMPORT, words);
}

static void sim_night_run(struct sim_life *life)
{
    struct sim_nights_life *nights = sim_nights_life(life);
    const char *words[5 + 2 * SIM_POLICIES_MAX] = {"reconcile", nights->policies, "--yes", "--quiet"};
    size_t n = 4;

    if (!life->imported) {
        sim_night_import(life);
        return;
    }
    if (!nights->open)
        return;
    if (nights->starts++ == STARTS_MOST) {
        nights->open = false;
        return;
    }
    for (uint32_t i = 0; i < nights->nights->n_policies; i++)
        if (nights->again[i]) {
            words[n++] = "--again";
            words[n++] = nights->nights->policy[i].name;
        }
    life->runs++;
    life->starting = true;
    sim_doom_arm(life);
    life->runner = sim_life_start(life, SIM_PART_RUN, words);
    if (life->runner)
        sim_watch_began(nights->watch, sim_program_process(life->runner->program), nights->night,
                        nights->again);
}

/* ---- how it ended ---- */

static void sim_night_ended(struct sim_nights_life *nights, struct sim_command *command)
{
    struct sim_life *life = &nights->life;
    int exit_code = sim_program_exit(command->program);

    sim_watch_ended(nights->watch, sim_program_process(command->program), exit_code);
    life->runner = NULL;
    switch (exit_code) {
    case 0:
    case 1:
    case 3:
    case 6:
    case 8:
    case 9:
        nights->open = false;
        memset(nights->again, 0, sizeof(nights->again));
        break;
    case 4:
    case 5:
    case 7:
    case 130:
    case 143:
        sim_life_run_later(life, 5 * MINUTE);
        break;
    default:
        sim_violated("I28", "a night ended with exit code %d", exit_code);
        break;
    }
}

static void sim_night_heard(struct sim_life *life, struct sim_command *command)
{
    if (command == life->runner && command->part == SIM_PART_RUN) {
        sim_night_ended(sim_nights_life(life), command);
    } else if (command->part == SIM_PART_IMPORT) {
        life->runner = NULL;
        life->imported = sim_program_exit(command->program) == 0;
        sim_watch_imported(sim_nights_life(life)->watch);
    } else {
        sim_day_heard(sim_nights_life(life), command);
    }
}

static void sim_night_looked(struct sim_life *life, sqlite3 *image)
{
    sim_watch_image(sim_nights_life(life)->watch, image);
}

const struct sim_life_kind sim_nights_kind = {
    .run = sim_night_run, .ended = sim_night_heard, .look = sim_night_looked};

/* ---- the whole of it ---- */

static bool sim_night_is_over(void *user)
{
    const struct sim_nights_life *life = user;

    return sim_life_is_broken() || (life->life.imported && !life->open && sim_life_is_idle(&life->life));
}

static bool sim_night_is_idle(void *user)
{
    const struct sim_nights_life *life = user;

    return sim_life_is_broken() || sim_life_is_idle(&life->life);
}

/* Some nights nothing happens to the machine. */
static void sim_night_arm(struct sim_life *life, bool bad)
{
    const struct sim_swarm *swarm = life->swarm;

    life->kills = bad ? swarm->kills : 0;
    life->power_losses = bad ? swarm->power_losses : 0;
    life->crashes_at_start = bad ? swarm->crashes_at_start : 0;
    life->disk_errors = bad ? swarm->disk_errors : 0;
    life->freezes = bad ? swarm->freezes : 0;
    life->full = bad && swarm->disk_full;
    if (bad)
        sim_doom_begin(life);
}

/* The timer gives up: whoever is still there is asked to end, and then not asked any more. */
static void sim_night_stop(struct sim_nights_life *nights)
{
    struct sim_life *life = &nights->life;

    nights->open = false;
    life->doom = SIM_DOOM_NONE;
    life->disk_is_full = false;
    for (uint32_t i = 0; i < life->n_commands; i++) {
        struct sim_command *command = &life->command[i];

        if (command->over)
            continue;
        sim_process_thaw(sim_program_process(command->program));
        sim_process_signal(sim_program_process(command->program), SIGTERM);
    }
    sim_life_bury(life);
    (void)sim_stage_play(sim_now_ms() + GRACE_MS, sim_night_is_idle, nights);
    if (sim_life_is_idle(life))
        return;
    sim_life_stop(life);
    sim_life_bury(life);
    sim_life_look(life);
}

void sim_night_play(struct sim_nights_life *nights)
{
    struct sim_life *life = &nights->life;

    sim_note("night %u", nights->night + 1);
    nights->open = true;
    nights->starts = 0;
    if (!life->calm)
        sim_night_arm(life, gw_rng_below(&life->rng, 100) < nights->nights->bad_nights);
    sim_day_orders(nights);
    sim_life_run_in(life, 0);
    (void)sim_stage_play(sim_now_ms() + (life->calm ? CALM_MS : nights->nights->night_ms), sim_night_is_over,
                         nights);
    if (!sim_night_is_over(nights))
        sim_night_stop(nights);
}
