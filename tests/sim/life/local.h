#ifndef GATEWAVE_TESTS_SIM_LIFE_LOCAL_H
#define GATEWAVE_TESTS_SIM_LIFE_LOCAL_H
/*
 * What the director's parts share.
 *
 *   desk.c    the files that people write
 *   life.c    what all lives have in common
 *   rollout.c the life of one rollout: import, runs, what follows from how one ended, the end of it all
 *   nights/   the life of a fleet under policies, night after night
 *   doom.c    crashes and disturbances of the machine
 *   people.c  orders, second runners and other things that people do meanwhile
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/rng.h"

#include "check/check.h"
#include "life/life.h"
#include "machine/program.h"
#include "stage/swarm.h"

#define SIM_PROGRAMS_MAX 4096

enum sim_part {
    SIM_PART_IMPORT = 1,
    SIM_PART_RUN,
    SIM_PART_PEOPLE,
};

/* What is to happen to a run. */
enum sim_doom {
    SIM_DOOM_NONE = 0,
    SIM_DOOM_KILL,
    SIM_DOOM_POWER,
    SIM_DOOM_FREEZE,
    SIM_DOOM_ERROR, /* one operation of the disk fails ... */
    SIM_DOOM_FULL,  /* ... or every write, until the run has ended */
};

struct sim_command {
    struct sim_program *program;
    enum sim_part part;
    bool over; /* it has ended by itself, or was killed */
    bool signaled;
    enum sim_word word; /* an order: what is told when it was accepted */
    char argument[24];
    char rollout[64]; /* ... and for whom, where there are many */
    uint32_t device;  /* a hold, or its end */
    uint64_t until_ms;
    uint64_t synced_ms; /* a sync began then; 0: it is none */
};

struct sim_life;
/* What is a life's own. */
struct sim_life_kind {
    void (*run)(struct sim_life *life); /* nobody runs: starts what is to run now */
    void (*ended)(struct sim_life *life, struct sim_command *command); /* by itself */
    void (*look)(struct sim_life *life, sqlite3 *image); /* after a crash, as the next process will find it */
};

struct sim_life {
    const struct sim_swarm *swarm;
    const struct sim_life_kind *kind;
    struct sim_check *check;
    struct gw_rng rng;
    char config[128], database[128], inventory[128], rollout[128], credentials[128], lock[128];
    struct sim_command *command; /* all that were ever started */
    uint32_t n_commands;
    struct sim_command *runner; /* the one that should have the lease; NULL: none runs */
    bool imported, over, calm, starting, paused;
    bool letting_go; /* somebody is about to resume what was paused */
    uint32_t runs, crashes, resumes;
    /* what is left of the swarm's budgets */
    uint32_t kills, power_losses, crashes_at_start, disk_errors, freezes, clock_sets, signals, seconds,
        orders, edits;
    bool full, creation;
    bool booted; /* since the last run began */
    /* the doom of the run */
    enum sim_doom doom;
    uint64_t doom_change; /* at that change of the disk */
    bool disk_is_full;
    uint32_t calls_before; /* in the ledger when the run began */
};

/* Starts gatewave with the configuration, and these words behind it. */
struct sim_command *sim_life_start(struct sim_life *life, enum sim_part part, const char *const *word);
/* The next run begins after a while of at most that. */
void sim_life_run_later(struct sim_life *life, uint64_t within_ms);
/* ... of just that. */
void sim_life_run_in(struct sim_life *life, uint64_t ms);
/* Everybody whose process is dead is over. */
void sim_life_bury(struct sim_life *life);
/* A span of time, short ones as likely as long ones of up to most_ms. */
uint64_t sim_life_span(struct sim_life *life, uint64_t most_ms);
/* Looks at the database as the next process would find it. */
void sim_life_look(struct sim_life *life);
/* Nobody is under way. */
bool sim_life_is_idle(const struct sim_life *life);
/* Something is wrong, or it goes on for ever. */
bool sim_life_is_broken(void);
/* Stage, disk, network and desk; the checker is a life's own. */
void sim_life_begin(struct sim_life *life, const char *folder);
/* No faults any more; who was stopped goes on. */
void sim_life_calm(struct sim_life *life);
/* Everybody who is under way is killed. */
void sim_life_stop(struct sim_life *life);
void sim_life_end(struct sim_life *life);
/* A line of the ledger to the transcript. */
void sim_life_note(const struct sim_line *line);
/* What it came to, but for its hash. */
void sim_life_tell(const struct sim_life *life, struct sim_outcome *ret);

/* desk.c */
/* Writes what the swarm asks for into the folder, and forgets the database that was there. */
void sim_desk_begin(struct sim_life *life, const char *folder);
/* A key that is good for as long as this world's keys are, for whoever starts next. */
void sim_desk_key(const struct sim_life *life);
/* Notes every target without an outcome, for whoever wants to know why. */
void sim_desk_tell_open(sqlite3 *image);

/* doom.c */
void sim_doom_arm(struct sim_life *life);    /* a run begins */
void sim_doom_listen(struct sim_life *life); /* to the disk */
void sim_doom_begin(struct sim_life *life);  /* disturbances begin */

/* people.c */
void sim_people_begin(struct sim_life *life);
/* A command of theirs has ended. */
void sim_people_heard(struct sim_life *life, struct sim_command *command);
/* The run ended because it waits for a person: somebody says something, and it is run again. */
void sim_people_answer(struct sim_life *life);

#endif
