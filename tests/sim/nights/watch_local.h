#ifndef GATEWAVE_TESTS_SIM_NIGHTS_WATCH_LOCAL_H
#define GATEWAVE_TESTS_SIM_NIGHTS_WATCH_LOCAL_H
/* The checker of nights between its parts. */
#include "check/local.h"
#include "nights/books.h"
#include "nights/watch.h"

#define SIM_RUNS_MAX 256

/* One rollout, and its own checker, whose world is the swarm as that rollout may see it. */
struct sim_run {
    int64_t rollout;
    uint32_t policy, night;
    struct sim_swarm *swarm;
    struct sim_check *check;
    bool over;
    bool aborting; /* people have aborted it, heard or not */
};

struct sim_hold {
    uint32_t device;
    uint64_t told_ms, until_ms;
    uint64_t lifting_ms; /* people began to lift it; SIM_NEVER: they have not */
};

/* The night's process that was started last, and what was so when it was. */
struct sim_began {
    uint32_t pid, night;
    uint64_t at_ms;
    bool again[SIM_POLICIES_MAX];
    bool stopped[SIM_POLICIES_MAX]; /* by the last rollout at the version that is wanted */
    int64_t last_rollout;           /* of all */
    uint32_t words;                 /* that were told by then */
    int64_t by[SIM_DEVICES_MAX];    /* the rollout that this process called the gateway by; 0: none */
};

struct sim_watch {
    const struct sim_nights *nights;
    const char *database;
    struct sim_check *all; /* of the ledger */
    struct sim_run run[SIM_RUNS_MAX];
    uint32_t n_runs;
    struct sim_began began;
    uint64_t before_ms; /* when the process before that one began */
    struct sim_hold *hold;
    uint32_t n_holds;
    uint64_t changed_ms[SIM_DEVICES_MAX]; /* when its version last changed, or is over changing */
    uint64_t imported_ms;                 /* when people's list was brought in last */
    uint32_t words;                       /* to go on, that were told */
    uint32_t known_pid;                   /* whose durable past was looked at */
    uint64_t last_ms;                     /* since when nobody may be called; SIM_NEVER */
};

/* The gateway's first device. */
static inline uint32_t sim_watch_head(const struct sim_watch *watch, uint32_t device)
{
    uint32_t mate = watch->nights->swarm.device[device].mate;

    return mate < device ? mate : device;
}
/* Both restart at the cost of the same site; where that is not known, of the same gateway. */
bool sim_watch_is_neighbour(const struct sim_watch *watch, uint32_t device, uint32_t other);
/* How much the program's clock may have been off. */
int64_t sim_watch_slack_ms(const struct sim_watch *watch);

/* plan.c: a rollout that was not known is frozen. */
void sim_watch_plan(const struct sim_watch *watch, sqlite3 *image, const struct sim_run *run);
/* What each policy may not begin anew. */
void sim_watch_stopped(struct sim_watch *watch, sqlite3 *image);
/* Of what a night has left. */
void sim_watch_ended_by(const struct sim_watch *watch, sqlite3 *image, const struct sim_run *run);
/* truth.c: who has not left is not taken for gone. */
void sim_watch_kept(const struct sim_watch *watch, sqlite3 *image);
/* call.c: a call has arrived, by that durable image; and it has begun an upgrade. */
void sim_watch_call(struct sim_watch *watch, sqlite3 *image, const struct sim_run *run,
                    const struct sim_line *line);
void sim_watch_effect(struct sim_watch *watch, const struct sim_line *line);

#endif
