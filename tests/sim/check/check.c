/* The checker's frame: what comes from the network and from the director goes to the rules from here. */
#include "check/check.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "check/local.h"
#include "disk/disk.h"

/* One call in so many is looked up in the durable image, with all that stands there then. */
#define SAMPLE_ONE_IN 64

static struct sim_check *new_check(const struct sim_swarm *swarm, const char *database, enum sim_scope scope,
                                   int64_t rollout)
{
    struct sim_check *check = gw_mem_new(1, sizeof(*check));

    check->swarm = swarm;
    check->database = database;
    check->scope = scope;
    check->rollout = rollout;
    memset(check->wave_began_ms, 0xff, sizeof(check->wave_began_ms));
    return check;
}

struct sim_check *sim_check_new(const struct sim_swarm *swarm, const char *database)
{
    return new_check(swarm, database, SIM_SCOPE_WORLD, 0);
}

struct sim_check *sim_check_new_one(const struct sim_swarm *swarm, const char *database, int64_t rollout)
{
    return new_check(swarm, database, rollout == SIM_NO_ROLLOUT ? SIM_SCOPE_LEDGER : SIM_SCOPE_ROLLOUT,
                     rollout);
}

void sim_check_free(struct sim_check *check)
{
    if (!check)
        return;
    for (uint32_t d = 0; d < SIM_DEVICES_MAX; d++) {
        free(check->device[d].calls.at);
        free(check->device[d].sight);
    }
    for (uint32_t lane = 0; lane < SIM_LANES_MAX; lane++)
        for (int update = 0; update < 2; update++) {
            free(check->lane_sent[lane][update].at);
            free(check->lane_throttle[lane][update].at);
        }
    sim_check_past_free(check);
    sim_view_free(check->last);
    free(check->pids.at);
    free(check->kept);
    free(check->nonce);
    free(check->slot);
    free(check);
}

/* ---- a request leaves ---- */

static void sample(struct sim_check *check, struct sim_check_nonce *nonce)
{
    struct sim_view *image = sim_view_durable(check);

    if (!image)
        sim_violated("I1", "a call leaves, and no rollout is durable");
    else if (image->lease_pid != nonce->pid)
        sim_check_outlived(check, nonce, image);
    else
        sim_check_sample(check, nonce, image);
    sim_view_free(image);
}

void sim_check_leave(struct sim_check *check, const struct sim_process *process, const char *text,
                     bool update)
{
    struct sim_check_nonce *nonce;

    /* A process that reads may be at work on another rollout. */
    if (check->scope == SIM_SCOPE_WORLD || (check->scope == SIM_SCOPE_ROLLOUT && update))
        sim_check_sender(check, process);
    nonce = sim_check_nonce(check, text);
    if (nonce->left)
        sim_violated("I4", "%s leaves a second time", text);
    nonce->left = true;
    nonce->update = update;
    nonce->pid = sim_process_pid(process);
    nonce->left_ms = sim_now_ms();
    nonce->off_ms = sim_clock_off_ms();
    nonce->outlived = check->holder != 0 && check->holder != nonce->pid;
    nonce->held = sim_process_thawed_ms(process) > 0 &&
                  nonce->left_ms <= sim_process_thawed_ms(process) + sim_check_jitter_ms(check);
    if (!update)
        return;
    if (!sim_disk_has_durably(check->database, text, strlen(text)))
        sim_violated("I1", "call %s leaves, and its intent is not durable", text);
    if (check->scope == SIM_SCOPE_LEDGER)
        return;
    sim_check_stop(check, nonce);
    if (check->left_updates++ % SAMPLE_ONE_IN == 0 && !nonce->outlived)
        sample(check, nonce);
}

/* ---- a request has arrived ---- */

void sim_check_arrival(struct sim_check *check, const struct sim_line *line)
{
    struct sim_check_nonce *nonce;

    nonce = sim_check_nonce(check, line->nonce);
    if (line->copy) {
        nonce->copy = line->number;
        sim_check_index(check, line, NULL);
        return;
    }
    if (line->action == SIM_UPDATE && nonce->line != SIM_NONE)
        sim_violated("I4", "%u has the nonce of %u", line->number, nonce->line);
    if (line->action == SIM_UPDATE && !nonce->left)
        sim_violated("I1", "call %u arrived, and was not seen to leave", line->number);
    /* A read that its transport sends again is told of twice, and was asked for once. */
    sim_check_index(check, line, nonce->line == SIM_NONE ? nonce : NULL);
    if (nonce->line != SIM_NONE)
        return;
    nonce->line = line->number;
    if (line->action == SIM_UPDATE && check->scope != SIM_SCOPE_LEDGER)
        sim_check_call(check, line);
    sim_check_pace(check, line);
}

void sim_check_catch_up(struct sim_check *check, const struct sim_line *line)
{
    struct sim_check_nonce *nonce = sim_check_nonce(check, line->nonce);
    bool first = !line->copy && nonce->line == SIM_NONE;

    nonce->left = true;
    nonce->pid = line->pid;
    nonce->left_ms = line->sent_ms;
    sim_check_index(check, line, first ? nonce : NULL);
    if (line->copy)
        nonce->copy = line->number;
    else if (first)
        nonce->line = line->number;
}

/* ---- an image ---- */

static void check_sound(sqlite3 *db)
{
    sqlite3_stmt *stmt = sim_check_prepare(db, "PRAGMA quick_check(1)");
    char answer[128];

    while (sim_check_step(db, stmt)) {
        sim_check_text(stmt, 0, answer, sizeof(answer));
        if (!gw_text_equal(answer, "ok"))
            sim_violated("I22", "the database is damaged: %s", answer);
    }
}

/* Everything that one image tells; the view of it is kept. */
static void look(struct sim_check *check, sqlite3 *db)
{
    struct sim_view *view = sim_view_read(check, db, false);

    sim_view_free(check->last);
    check->last = view;
    check->last_changes = sim_disk_changes();
    if (!view)
        return;
    sim_check_rows(check, view);
    sim_check_trip(check, view);
    sim_check_words(check, view);
    sim_check_still(check, view);
    sim_check_proofs(check, view);
    sim_check_truth(check, view);
    for (uint32_t t = 0; t < view->n; t++)
        check->ended[t] = sim_state_is_outcome(view->target[t].state);
    check->over = sim_view_is_over(view);
}

/* Of many rollouts there is one past, and one who watches it. */
static void remember(struct sim_check *check, sqlite3 *db, enum sim_past what)
{
    if (check->scope == SIM_SCOPE_LEDGER || (check->scope == SIM_SCOPE_WORLD && check->last))
        sim_check_past(check, db, what);
}

/* What was not durable may be gone. */
void sim_check_image(struct sim_check *check, sqlite3 *db)
{
    if (!db) {
        if (check->plan.durable)
            sim_violated("I22", "the database is gone");
        return;
    }
    if (check->scope != SIM_SCOPE_ROLLOUT)
        check_sound(db);
    if (check->scope != SIM_SCOPE_LEDGER)
        look(check, db);
    remember(check, db, SIM_PAST_CRASHED);
}

const struct sim_view *sim_check_look(struct sim_check *check, sqlite3 *db)
{
    /* A commit whose sync failed may be there for whoever looks, and gone with the next one. */
    bool bad_disk = check->swarm->disk_errors > 0 || check->swarm->disk_full;

    /* A process that changed nothing has nothing to tell. */
    if (db && check->last && check->last_changes == sim_disk_changes())
        return check->last;
    if (!db)
        return NULL;
    if (check->scope != SIM_SCOPE_LEDGER)
        look(check, db);
    remember(check, db, bad_disk ? SIM_PAST_CRASHED : SIM_PAST_LIVED);
    return check->last;
}
