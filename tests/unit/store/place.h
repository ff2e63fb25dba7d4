#ifndef GATEWAVE_TESTS_UNIT_STORE_PLACE_H
#define GATEWAVE_TESTS_UNIT_STORE_PLACE_H
/*
 * A directory for one test, a database in it, and a second look at that database with plain SQLite: what
 * the store says is never checked with the store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "gatewave/core/select.h"
#include "gatewave/store/rollout.h"
#include "gatewave/store/store.h"

struct place {
    char directory[64];
    char file[96]; /* fleet.db in it */
    struct gw_store *store;
    struct gw_err err;
};

/* cmocka set-up and tear-down; *state is the place. The store is open, in mode CREATE. */
int place_set_up(void **state);
int place_tear_down(void **state);

/* Runs SQL on a connection of its own; returns SQLite's code. */
int place_try(const struct place *place, const char *sql);
void place_exec(const struct place *place, const char *sql);
/* The first column of the first row; "" when there is none. Valid until the next call. */
const char *place_text(const struct place *place, const char *sql);
int64_t place_number(const struct place *place, const char *sql);

/* n gateways gw-0000.. of one device each in cn-shanghai, written with plain SQL. */
void place_fleet(const struct place *place, int n);
/* The selection, which must parse. Valid until the next call. */
const struct gw_select *place_select(const char *text);
/* A rollout over all of the fleet. */
struct gw_rollout_row place_rollout(struct place *place, const char *name);

/* The error names all of these. */
void place_error_has(const struct place *place, const char *a, const char *b);

#endif
