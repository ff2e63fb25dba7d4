/*
 * What happens to the machine. A run is doomed when it starts, or is not: to be killed, to lose its power, to be frozen
 * or to meet a bad disk, at some instant or at some operation of the disk; short lives are as likely as long ones.
 */
#include "life/local.h"

#include <signal.h>
#include <unistd.h>

#include "disk/disk.h"
#include "machine/host.h"
#include "stage/fault.h"
#include "stage/stage.h"

#define SECOND 1000u
#define MINUTE (60 * SECOND)

/* ---- crashes ---- */

static void sim_doom_count(struct sim_life *life)
{
    life->crashes++;
    if (!life->imported)
        sim_hit(SIM_CRASH_AT_CREATION);
    else if (life->starting)
        sim_hit(SIM_CRASH_AT_START);
}

static void sim_doom_looks(void *user)
{
    sim_life_bury(user);
    sim_life_look(user);
}

static void sim_doom_kill(struct sim_life *life, struct sim_process *process)
{
    sim_hit(SIM_KILL);
    sim_doom_count(life);
    sim_note("kill -9 %u, at change %llu of the disk", sim_process_pid(process),
             (unsigned long long)sim_disk_changes());
    sim_process_kill(process);
    sim_disk_process_died(process);
    (void)sim_at(sim_now_ms(), sim_doom_looks, life);
}

static void sim_doom_power(struct sim_life *life)
{
    struct sim_disk_loss loss = {0};

    sim_hit(SIM_POWER_LOSS);
    sim_doom_count(life);
    for (uint32_t i = 0; i < life->n_commands; i++)
        if (!life->command[i].over)
            sim_process_kill(sim_program_process(life->command[i].program));
    life->booted = true;
    sim_disk_power_loss(&loss);
    if (loss.dropped > 0)
        sim_hit(SIM_WRITE_DROPPED);
    if (loss.torn > 0)
        sim_hit(SIM_WRITE_TORN);
    sim_note("the power fails, at change %llu of the disk: %u writes kept, %u dropped, %u torn, %u names "
             "lost, %u back",
             (unsigned long long)sim_disk_changes(), loss.kept, loss.dropped, loss.torn, loss.names_lost,
             loss.names_back);
    (void)sim_at(sim_now_ms(), sim_doom_looks, life);
}

/* ---- frozen processes ---- */

static void sim_doom_thaw(void *user)
{
    struct sim_command *command = user;

    if (command->over || !sim_process_is_frozen(sim_program_process(command->program)))
        return;
    sim_note("%u goes on", sim_process_pid(sim_program_process(command->program)));
    sim_process_thaw(sim_program_process(command->program));
}

static void sim_doom_freeze(struct sim_life *life, struct sim_command *command)
{
    struct sim_process *process = sim_program_process(command->program);

    sim_hit(SIM_FREEZE);
    sim_note("%u is stopped", sim_process_pid(process));
    (void)sim_at(sim_now_ms() + sim_life_span(life, life->swarm->true_times ? 40 * MINUTE : 2 * MINUTE),
                 sim_doom_thaw, command);
    /* Somebody takes the frozen one for dead, removes its lock and starts anew. */
    if (life->swarm->lock_removed && command == life->runner) {
        sim_hit(SIM_TOOK_OVER);
        sim_note("the lock file is removed");
        (void)unlink(life->lock);
        life->runner = NULL;
        sim_life_run_later(life, 5 * SECOND);
    }
    sim_process_freeze(process);
}

/* ---- at an operation of the disk ---- */

static int sim_doom_error(struct sim_life *life, enum sim_disk_op op)
{
    if (life->disk_is_full && op == SIM_DISK_WRITE)
        return SQLITE_FULL;
    if (life->doom == SIM_DOOM_FULL) {
        life->doom = SIM_DOOM_NONE;
        life->disk_is_full = true;
        sim_hit(SIM_DISK_FULL);
        sim_note("the disk is full");
        return op == SIM_DISK_WRITE ? SQLITE_FULL : SQLITE_OK;
    }
    life->doom = SIM_DOOM_NONE;
    sim_hit(SIM_DISK_ERROR);
    sim_note("the disk fails a %s", sim_disk_op_name(op));
    return op == SIM_DISK_SYNC       ? SQLITE_IOERR_FSYNC
           : op == SIM_DISK_TRUNCATE ? SQLITE_IOERR_TRUNCATE
           : op == SIM_DISK_DELETE   ? SQLITE_IOERR_DELETE
           : op == SIM_DISK_OPEN     ? SQLITE_CANTOPEN
                                     : SQLITE_IOERR_WRITE;
}

static bool sim_doom_changes(enum sim_disk_op op)
{
    return op == SIM_DISK_WRITE || op == SIM_DISK_TRUNCATE || op == SIM_DISK_SYNC || op == SIM_DISK_DELETE;
}

static int sim_doom_on_op(void *user, enum sim_disk_op op, const char *file)
{
    struct sim_life *life = user;
    struct sim_command *runner = life->runner;

    (void)file;
    if (!runner || sim_self() != sim_program_process(runner->program) || !sim_doom_changes(op))
        return SQLITE_OK;
    if (life->disk_is_full)
        return sim_doom_error(life, op);
    if (life->doom == SIM_DOOM_NONE || sim_disk_changes() < life->doom_change)
        return SQLITE_OK;
    if (life->doom == SIM_DOOM_ERROR || life->doom == SIM_DOOM_FULL)
        return sim_doom_error(life, op);
    if (life->doom == SIM_DOOM_KILL)
        sim_doom_kill(life, sim_self());
    else if (life->doom == SIM_DOOM_POWER)
        sim_doom_power(life);
    life->doom = SIM_DOOM_NONE;
    return SQLITE_OK;
}

void sim_doom_listen(struct sim_life *life)
{
    sim_disk_on_op(sim_doom_on_op, life);
}

/* ---- a run's doom ---- */

static void sim_doom_strikes(void *user)
{
    struct sim_life *life = user;
    enum sim_doom doom = life->doom;

    if (life->calm || !life->runner || doom == SIM_DOOM_NONE || life->doom_change != SIM_NEVER)
        return;
    life->doom = SIM_DOOM_NONE;
    if (doom == SIM_DOOM_KILL)
        sim_doom_kill(life, sim_program_process(life->runner->program));
    else if (doom == SIM_DOOM_POWER)
        sim_doom_power(life);
    else if (doom == SIM_DOOM_FREEZE)
        sim_doom_freeze(life, life->runner);
}

static bool sim_doom_take(struct sim_life *life, uint32_t *budget)
{
    if (*budget == 0 || gw_rng_below(&life->rng, 3) == 0)
        return false;
    --*budget;
    return true;
}

/* Which of them: each kind that is left gets its turn. */
static enum sim_doom sim_doom_choose(struct sim_life *life)
{
    if (gw_rng_below(&life->rng, 2) == 0 && sim_doom_take(life, &life->kills))
        return SIM_DOOM_KILL;
    if (sim_doom_take(life, &life->power_losses))
        return SIM_DOOM_POWER;
    if (sim_doom_take(life, &life->kills))
        return SIM_DOOM_KILL;
    if (sim_doom_take(life, &life->freezes))
        return SIM_DOOM_FREEZE;
    if (life->imported && sim_doom_take(life, &life->disk_errors))
        return SIM_DOOM_ERROR;
    if (life->imported && life->full) {
        life->full = false;
        return SIM_DOOM_FULL;
    }
    return SIM_DOOM_NONE;
}

/* ---- the clock ---- */

static void sim_doom_clock_back(void *user)
{
    (void)user;
    sim_note("the wall clock is right again");
    sim_clock_set(0);
}

/* It is right again after so long at most. */
static void sim_doom_set_clock(struct sim_life *life, uint64_t most_ms)
{
    static const int64_t off_ms[] = {-3600 * 1000, -20 * 60 * 1000, -90 * 1000, 2000,
                                     90 * 1000,    20 * 60 * 1000,  3600 * 1000};

    sim_clock_set(off_ms[gw_rng_below(&life->rng, sizeof(off_ms) / sizeof(*off_ms))]);
    sim_hit(SIM_CLOCK_SET);
    sim_note("the wall clock is set: %lld ms off", (long long)sim_clock_off_ms());
    (void)sim_at(sim_now_ms() + sim_life_span(life, most_ms), sim_doom_clock_back, life);
}

/* The run that recovers begins before the machine knows what time it is. */
static void sim_doom_boot(struct sim_life *life)
{
    if (life->booted && life->swarm->wrong_at_boot && !life->calm)
        sim_doom_set_clock(life, 5 * SECOND);
    life->booted = false;
}

void sim_doom_arm(struct sim_life *life)
{
    uint64_t changes = sim_disk_changes();
    bool at_change, early = sim_doom_take(life, &life->crashes_at_start);

    sim_doom_boot(life);
    life->disk_is_full = false;
    life->doom = SIM_DOOM_NONE;
    if (life->calm)
        return;
    if (early)
        life->doom = gw_rng_below(&life->rng, 2) == 0 ? SIM_DOOM_KILL : SIM_DOOM_POWER;
    else if (life->imported || life->creation)
        life->doom = sim_doom_choose(life);
    life->creation = false;
    at_change = early || !life->imported || life->doom == SIM_DOOM_ERROR || life->doom == SIM_DOOM_FULL ||
                (life->doom != SIM_DOOM_FREEZE && gw_rng_below(&life->rng, 2) == 0);
    life->doom_change = SIM_NEVER;
    if (at_change)
        life->doom_change = changes + sim_life_span(life, early ? 12 : life->imported ? 3000 : 200);
    else
        (void)sim_at(sim_now_ms() + sim_life_span(life, life->swarm->true_times ? 60 * MINUTE : 4 * MINUTE),
                     sim_doom_strikes, life);
}

/* ---- disturbances ---- */

static void sim_doom_clock(void *user)
{
    struct sim_life *life = user;

    if (!life->calm)
        sim_doom_set_clock(life, 10 * MINUTE);
}

/* The first SIGTERM asks for an orderly end; the second leaves at once, which is no other end than that of kill -9. */
static void sim_doom_signal(void *user)
{
    struct sim_life *life = user;
    struct sim_command *runner = life->runner;

    if (life->calm || !runner)
        return;
    sim_hit(SIM_SIGNAL);
    if (runner->signaled) {
        sim_doom_kill(life, sim_program_process(runner->program));
        return;
    }
    runner->signaled = true;
    sim_note("SIGTERM for %u", sim_process_pid(sim_program_process(runner->program)));
    sim_process_signal(sim_program_process(runner->program), SIGTERM);
    if (sim_process_is_dead(sim_program_process(runner->program)))
        sim_doom_kill(life, sim_program_process(runner->program));
}

void sim_doom_begin(struct sim_life *life)
{
    uint64_t most_ms = life->swarm->true_times ? 90 * MINUTE : 6 * MINUTE;

    for (uint32_t i = 0; i < life->swarm->clock_sets; i++)
        (void)sim_at(sim_now_ms() + sim_life_span(life, most_ms), sim_doom_clock, life);
    for (uint32_t i = 0; i < life->swarm->signals; i++)
        (void)sim_at(sim_now_ms() + sim_life_span(life, most_ms), sim_doom_signal, life);
}
