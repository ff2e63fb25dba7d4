#ifndef GATEWAVE_TESTS_SIM_CHECK_H
#define GATEWAVE_TESTS_SIM_CHECK_H
/*
 * The invariants, from the cloud's ledger, the truth of the devices and the durable image of the database; never from
 * what the product counts or says of itself. Each is named as in the list of invariants, and what breaks one goes to
 * sim_violated() (fault.h).
 *
 *   check_call.c, check_pair.c    at each upgrade call that arrives: I3, I4, I6 to I8, I11
 *   check_slot.c, check_pace.c    limits: I9, I10, I12 to I14
 *   check_window.c                I15
 *   check_wave.c                  waves, their gates and soaks: I16, I17
 *   check_stop.c                  who may send, and when nobody may: I18, I20, I27, I31
 *   check_image.c, check_past.c   an image of the database, and one against those before it: I2, I5, I22, I24, I29
 *   check_plan.c                  what was frozen: I6, I19
 *   check_truth.c                 outcomes and answers against what was delivered: I3, I23
 *   check_end.c, check_hash.c     how a run ends, and how everything does: I25, I28, I30
 *
 * What the checker demands of a play that was disturbed from outside in ways that no program can see through (a lock
 * file that was removed, stale reads, devices that others upgrade) is said where it asks for less.
 */
#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "network/ledger.h"
#include "network/network.h"
#include "stage/swarm.h"

struct sim_check;

struct sim_check *sim_check_new(const struct sim_swarm *swarm, const char *database);
/*
 * Where a world has many rollouts, each of them has a checker of its own, which is shown all reads and its own calls, and
 * one more, of rollout SIM_NO_ROLLOUT, is shown everything: that one knows what holds for all of them together (I1, I4,
 * I12, I14, I22) and nothing of plans.
 */
#define SIM_NO_ROLLOUT 0
struct sim_check *sim_check_new_one(const struct sim_swarm *swarm, const char *database, int64_t rollout);
void sim_check_free(struct sim_check *check);

/* A request leaves: of an update call, the intent must be durable (I1) by the disk's durable image. */
void sim_check_leave(struct sim_check *check, const struct sim_process *process, const char *nonce,
                     bool update);
/* ... that a checker which begins now has missed; no update call. */
void sim_check_catch_up(struct sim_check *check, const struct sim_line *line);
/* A request has arrived and stands in the ledger. Now and then (1 in 64 update calls) it opens the durable image, too. */
void sim_check_arrival(struct sim_check *check, const struct sim_line *line);
/* An image as the next process will find it, after a crash or an end; compared with the last one that was given. */
void sim_check_image(struct sim_check *check, sqlite3 *image);

/* What people were told, which must hold from then on: an order was acknowledged as accepted at this moment. */
enum sim_word {
    SIM_WORD_PAUSED = 1,
    SIM_WORD_RESUMED,
    SIM_WORD_APPROVED,
    SIM_WORD_ABORTED,
    SIM_WORD_PACED,
};
void sim_check_told(struct sim_check *check, enum sim_word word, const char *argument);
/* A runner ended by itself with that exit code, and what its database holds then. */
void sim_check_ended(struct sim_check *check, int exit_code, sqlite3 *image);

/* Everything is over: all is quiet, the liveness phase has ended; calls are those since the rollout was over. */
void sim_check_end(struct sim_check *check, sqlite3 *image);

/* A hash of ledger and database that is the same when the same seed is played again: pids, ids and times included. */
void sim_check_hash(sqlite3 *image, char ret[65]);

#endif
