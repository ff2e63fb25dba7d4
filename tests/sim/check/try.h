#ifndef GATEWAVE_TESTS_SIM_CHECK_TRY_H
#define GATEWAVE_TESTS_SIM_CHECK_TRY_H
/*
 * For the checker's own tests: a small world that is written by hand, line by line and row by row, so that one lie can
 * be planted in it. Stage and disk are played by this file; the database is made by the migrations, without their
 * triggers, and all of it is durable unless a test says otherwise. What a helper does is what the product would do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check/check.h"
#include "network/ledger.h"
#include "stage/fault.h"
#include "stage/stage.h"
#include "stage/swarm.h"

/*
 * Devices: 0, 1 and 2 are the first wave, 3 (standby) and 4 (active) are a pair in the second, 5 is not selected. All
 * are online at the old version, in one lane and in sites of their own but 0 and 1. Targets have the same numbers.
 */
#define TRY_DEVICES  6
#define TRY_TARGETS  5
#define TRY_STANDBY  3
#define TRY_ACTIVE   4
#define TRY_EXCLUDED 5

#define TRY_SOAK_MS 4000

struct try_world {
    struct sim_swarm swarm;
    struct sim_check *check;
    sqlite3 *db;
    uint64_t now_ms;
    int64_t clock_off_ms;
    uint32_t nonces;
    bool undurable;  /* nothing of what the disk has is durable */
    bool bare;       /* nonces are durable, and rows are not */
    uint32_t frozen; /* process of this number, until thawed_ms */
    uint64_t thawed_ms;
};

extern struct try_world try;

/* cmocka's: a world that is frozen, and process 1 has the lease. */
int try_setup(void **state);
int try_teardown(void **state);
struct sim_process *try_process(uint32_t pid);
void try_tale_begin(void);
/* The swarm is as a test has changed it: the checker begins anew. */
void try_again(void);

/* ---- rows ---- */

void try_sql(const char *format, ...) __attribute__((format(printf, 1, 2)));
int64_t try_unix_ms(void);
void try_lease(uint32_t pid);
void try_event(const char *kind, int target, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* An attempt is written before it is sent; its nonce. */
const char *try_intent(uint32_t target);
void try_answer(uint32_t target, const char *proof, const char *code, const char *state);
/* A state that is told of by an event. */
void try_state(uint32_t target, const char *kind, const char *state, const char *code);
/* An outcome that is told of by an event. */
void try_end(uint32_t target, const char *state, const char *code);
void try_wave(uint32_t wave, const char *phase);
void try_verdict(uint32_t wave, const char *verdict, uint32_t succeeded, uint32_t of);
void try_phase(const char *phase);
/* An order that was accepted, in the database. */
void try_order(const char *kind, const char *argument);

/* ---- the cloud ---- */

/* Time passes. */
void try_wait(uint64_t ms);
/* It leaves, and it is told of: nothing arrives. */
void try_leave(uint32_t pid, const char *nonce, bool update);
/* A call that left arrives, after so long, and is answered with that; NULL: accepted, and the device upgrades for 5 s.
   The line can still be changed: try_arrive shows it to the checker. */
struct sim_line *try_line(uint32_t pid, uint32_t device, const char *nonce, const char *code);
void try_arrive(const struct sim_line *line);
/* Its reply is delivered. */
void try_deliver(struct sim_line *line);
/* Intent, leave, arrival and reply, in a moment each. */
struct sim_line *try_call(uint32_t pid, uint32_t target, const char *code);
/* The same, and the reply is lost. */
struct sim_line *try_lost_reply(uint32_t pid, uint32_t target, const char *code);
/* A look at a gateway: what the device runs, and its mate as it was last told of; delivered. */
struct sim_line *try_see(uint32_t pid, uint32_t device, const char *version, bool online);

/* ---- stories ---- */

/* From its read to its success, 6 s later. */
void try_upgrade(uint32_t pid, uint32_t target);
/* The first wave, from its beginning to its soak's end, and its verdict; the second one runs. */
void try_first_wave(uint32_t pid);
/* All of it, to the end. */
void try_whole_story(void);

/* ---- verdicts ---- */

/* The checker looks at the database as it is after a crash. */
void try_image(void);
/* A process begins: what is durable now is known to be. */
void try_begin(uint32_t pid);
void try_assert_well(void);
void try_assert_broken(const char *invariant);

#endif
