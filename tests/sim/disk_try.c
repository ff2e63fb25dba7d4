/* Plain SQL and crashing stories. */
#include "disk_try.h"

#include <stdio.h>
#include <stdlib.h>

#include "stage.h"

uint64_t try_ops;
struct sim_disk_loss try_loss;

sqlite3 *try_open(const char *file)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    return db;
}

int try_run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

void try_exec(sqlite3 *db, const char *sql)
{
    if (try_run(db, sql) != SQLITE_OK)
        fail_msg("%s: %s", sqlite3_errmsg(db), sql);
}

const char *try_text(sqlite3 *db, const char *sql)
{
    static char text[1024];
    sqlite3_stmt *stmt;

    text[0] = '\0';
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        return text;
    if (sqlite3_step(stmt) == SQLITE_ROW)
        snprintf(text, sizeof(text), "%s", (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    return text;
}

int64_t try_number(sqlite3 *db, const char *sql)
{
    const char *text = try_text(db, sql);

    return text[0] ? strtoll(text, NULL, 10) : -1;
}

struct plan {
    enum try_crash crash;
    uint64_t at;
    bool struck;
};

static int on_op(void *user, enum sim_disk_op op, const char *file)
{
    struct plan *plan = user;

    (void)op;
    (void)file;
    if (!sim_self() || ++try_ops != plan->at)
        return SQLITE_OK;
    plan->struck = true;
    sim_process_kill(sim_self());
    if (plan->crash == TRY_POWER)
        sim_disk_power_loss(&try_loss);
    else
        sim_disk_process_died(sim_self());
    return SQLITE_OK;
}

static bool never(void *user)
{
    (void)user;
    return false;
}

bool try_story(void (*body)(void *user), void *user, enum try_crash crash, uint64_t at)
{
    struct plan plan = {.crash = crash, .at = crash == TRY_NO_CRASH ? UINT64_MAX : at};

    try_ops = 0;
    sim_stage_begin(at);
    sim_disk_on_op(on_op, &plan);
    (void)sim_process_start("story", body, user);
    sim_stage_play(SIM_NEVER - 1, never, NULL);
    sim_disk_on_op(NULL, NULL);
    sim_stage_end();
    return plan.struck;
}

uint64_t try_wish(const char *name, uint64_t otherwise)
{
    const char *wish = getenv(name);

    return wish ? strtoull(wish, NULL, 10) : otherwise;
}
