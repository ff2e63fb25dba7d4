#ifndef GATEWAVE_TESTS_SIM_DISK_TRY_H
#define GATEWAVE_TESTS_SIM_DISK_TRY_H
/* For the disk's own tests: plain SQL, and stories that end in a crash at an operation that the test chooses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "disk/disk.h"

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

/* ---- files, past SQLite ---- */

/* flags beside READWRITE; it is sqlite3_malloc's. */
sqlite3_file *try_file(const char *path, int flags);
void try_close(sqlite3_file *file);
/* len bytes c. */
void try_write(sqlite3_file *file, char c, int len, int64_t offset);
bool try_is_there(const char *path);

#define TRY_MAIN (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_CREATE)
#define TRY_WAL  (SQLITE_OPEN_WAL | SQLITE_OPEN_CREATE)

/* Its bytes as text, the first of each sector of TRY_SECTOR; "-" when there is no such file. Valid until the next call. */
const char *try_sectors(const char *path);

#define TRY_SECTOR 512

/* How often each thing was seen. */
struct try_seen {
    char what[12][20];
    int times[12];
    int n;
};

void try_see(struct try_seen *seen, const char *what);
int try_times(const struct try_seen *seen, const char *what);

/* ---- crashes ---- */

enum try_end {
    TRY_KILL = 1,
    TRY_POWER,
};

/* Before which operation, or which of those that change something; they count from 1. All zero: no crash. */
struct try_crash {
    enum try_end end;
    uint64_t op, change;
};

struct try_told {
    uint64_t ops, changes; /* until its crash, or of all of it */
    bool crashed;
    struct sim_disk_loss loss; /* of its power loss */
};

/* Runs body as a process of its own. */
struct try_told try_story(void (*body)(void *user), void *user, struct try_crash crash);
/* The value of an environment variable, for whoever has more time. */
uint64_t try_wish(const char *name, uint64_t otherwise);

#endif
