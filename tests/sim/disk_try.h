#ifndef GATEWAVE_TESTS_SIM_DISK_TRY_H
#define GATEWAVE_TESTS_SIM_DISK_TRY_H
/* For the disk's own tests: plain SQL, and stories that end in a crash at an operation that the test chooses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "disk.h"

/* ---- SQL ---- */

/* A connection to a database that is made when it is missing. */
sqlite3 *try_open(const char *file);
/* SQLite's code. */
int try_run(sqlite3 *db, const char *sql);
/* It must work. */
void try_exec(sqlite3 *db, const char *sql);
/* The first column of the first row; -1 when there is none, or an error. */
int64_t try_number(sqlite3 *db, const char *sql);
/* The same; "" when there is none. Valid until the next call. */
const char *try_text(sqlite3 *db, const char *sql);

/* ---- crashes ---- */

enum try_crash {
    TRY_NO_CRASH = 0,
    TRY_KILL,
    TRY_POWER,
};

/* Operations of the last story, or until its crash. */
extern uint64_t try_ops;
/* What its power loss lost. */
extern struct sim_disk_loss try_loss;

/* Runs body as a process of its own; it crashes before its at-th operation, from 1; true: it got that far. */
bool try_story(void (*body)(void *user), void *user, enum try_crash crash, uint64_t at);
/* The value of an environment variable, for whoever has more time. */
uint64_t try_wish(const char *name, uint64_t otherwise);

#endif
