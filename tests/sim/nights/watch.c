/* The watch's frame: what comes from the network, the machine and people goes to the rollouts' own checkers and the rules. */
#include "nights/watch.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "disk/disk.h"
#include "nights/watch_local.h"
#include "stage/fault.h"

/* A clock that was set may be so far off. */
#define CLOCK_OFF_MS 3700000
/* What a rollout's process read before its rollout was there counts for its calls. */
#define CATCH_UP_MS (10 * UINT64_C(60000))

struct sim_watch *sim_watch_new(const struct sim_nights *nights, const char *database)
{
    struct sim_watch *watch = gw_mem_new(1, sizeof(*watch));

    watch->nights = nights;
    watch->database = database;
    watch->last_ms = SIM_NEVER;
    watch->all = sim_check_new_one(&nights->swarm, database, SIM_NO_ROLLOUT);
    return watch;
}

void sim_watch_free(struct sim_watch *watch)
{
    if (!watch)
        return;
    for (uint32_t i = 0; i < watch->n_runs; i++) {
        sim_check_free(watch->run[i].check);
        free(watch->run[i].swarm);
    }
    sim_check_free(watch->all);
    free(watch->hold);
    free(watch);
}

int64_t sim_watch_slack_ms(const struct sim_watch *watch)
{
    return watch->nights->swarm.clock_sets > 0 ? CLOCK_OFF_MS : 0;
}

/* ---- rollouts ---- */

static uint32_t policy_named(const struct sim_nights *nights, const char *name)
{
    for (uint32_t i = 0; i < nights->n_policies; i++)
        if (gw_text_equal(nights->policy[i].name, name))
            return i;
    return SIM_POLICIES_MAX;
}

/* The world as a rollout of that policy may see it: its own gateways, and as many of the waves as it has. */
static void narrow(const struct sim_watch *watch, struct sim_run *run, uint32_t waves)
{
    struct sim_swarm *swarm = run->swarm;

    *swarm = watch->nights->swarm;
    if (waves < swarm->n_waves)
        swarm->n_waves = waves;
    for (uint32_t i = 0; i < swarm->n_waves; i++)
        swarm->wave[i].count = 0;
    for (uint32_t i = 0; i < swarm->n_devices; i++)
        swarm->device[i].selected = sim_nights_policy(watch->nights, i) == run->policy;
}

/* One that calls nobody may be met when the process that froze it has ended. */
static void catch_up(const struct sim_watch *watch, struct sim_check *check)
{
    uint32_t n = sim_ledger_count();

    while (n > 0 && (sim_ledger_at(n - 1)->arrived_ms + CATCH_UP_MS > sim_now_ms() ||
                     sim_ledger_at(n - 1)->arrived_ms >= watch->before_ms))
        n--;
    for (; n < sim_ledger_count(); n++)
        if (sim_ledger_at(n)->action != SIM_UPDATE)
            sim_check_catch_up(check, sim_ledger_at(n));
}

static struct sim_run *run_of(struct sim_watch *watch, int64_t rollout)
{
    for (uint32_t i = 0; i < watch->n_runs; i++)
        if (watch->run[i].rollout == rollout)
            return &watch->run[i];
    return NULL;
}

static struct sim_run *new_run(struct sim_watch *watch, int64_t rollout)
{
    struct sim_run *run = &watch->run[watch->n_runs];

    GW_CHECK(watch->n_runs < SIM_RUNS_MAX);
    watch->n_runs++;
    run->rollout = rollout;
    run->swarm = gw_mem_new(1, sizeof(*run->swarm));
    *run->swarm = watch->nights->swarm;
    run->check = sim_check_new_one(run->swarm, watch->database, rollout);
    catch_up(watch, run->check);
    return run;
}

/* What is not durable may be gone, and its number another one's: it is looked at again. */
static struct sim_run *meet(struct sim_watch *watch, sqlite3 *image, int64_t rollout, bool durable)
{
    struct sim_run *run = run_of(watch, rollout);
    struct sim_book_rollout book;

    if (run && run->check->plan.durable)
        return run;
    if (!sim_book_rollout(image, rollout, &book))
        return NULL;
    if (!run)
        run = new_run(watch, rollout);
    run->policy = policy_named(watch->nights, book.policy);
    run->night = watch->began.night;
    narrow(watch, run, book.waves);
    if (run->policy == SIM_POLICIES_MAX)
        sim_violated("N6", "rollout %s was made by no policy", book.name);
    else if (sim_check_plan(run->check, image, durable))
        sim_watch_plan(watch, image, run);
    return run;
}

static void meet_all(struct sim_watch *watch, sqlite3 *image)
{
    int64_t rollout[SIM_RUNS_MAX];
    /* All of them: one that calls nobody is not met before one that was frozen after it. */
    uint32_t n = sim_book_rollouts(image, rollout, SIM_RUNS_MAX);

    for (uint32_t i = 0; i < n; i++)
        (void)meet(watch, image, rollout[i], false);
}

/* ---- the network's side ---- */

static void call_leaves(struct sim_watch *watch, const struct sim_process *process, const char *nonce)
{
    int rc;
    sqlite3 *image = sim_disk_open_image(watch->database, SIM_DISK_DURABLE, &rc);
    int64_t rollout = image ? sim_book_nonce(image, nonce) : 0;
    struct sim_run *run = rollout ? meet(watch, image, rollout, true) : NULL;

    if (!run)
        sim_violated("I1", "call %s leaves, and no durable rollout has it", nonce);
    if (image && watch->known_pid != sim_process_pid(process))
        sim_check_past(watch->all, image, SIM_PAST_DURABLE);
    watch->known_pid = sim_process_pid(process);
    sim_disk_close_image(image);
    if (run && run->night < watch->began.night)
        sim_hit(SIM_CONTINUED);
    if (run)
        sim_check_leave(run->check, process, nonce, true);
}

void sim_watch_leave(struct sim_watch *watch, const struct sim_process *process, const char *nonce,
                     bool update)
{
    sim_check_leave(watch->all, process, nonce, update);
    if (update && sim_now_ms() >= watch->last_ms)
        sim_violated("N1", "call %s leaves, and the fleet has converged", nonce);
    if (update) {
        call_leaves(watch, process, nonce);
        return;
    }
    for (uint32_t i = 0; i < watch->n_runs; i++)
        if (!watch->run[i].over)
            sim_check_leave(watch->run[i].check, process, nonce, false);
}

static bool is_own(const struct sim_run *run, const struct sim_line *line)
{
    const struct sim_check_nonce *nonce = sim_check_nonce_find(run->check, line->nonce);

    return nonce && nonce->update;
}

static void call_arrives(struct sim_watch *watch, const struct sim_run *run, const struct sim_line *line)
{
    int rc;
    sqlite3 *image;

    if (line->effect)
        sim_watch_effect(watch, line);
    if (line->copy || line->device == SIM_NONE)
        return;
    image = sim_disk_open_image(watch->database, SIM_DISK_DURABLE, &rc);
    if (image)
        sim_watch_call(watch, image, run, line);
    sim_disk_close_image(image);
}

void sim_watch_arrival(struct sim_watch *watch, const struct sim_line *line)
{
    sim_check_arrival(watch->all, line);
    for (uint32_t i = 0; i < watch->n_runs; i++) {
        struct sim_run *run = &watch->run[i];

        if (line->action == SIM_UPDATE ? !is_own(run, line) : run->over)
            continue;
        sim_check_arrival(run->check, line);
        if (line->action == SIM_UPDATE)
            call_arrives(watch, run, line);
    }
}

/* ---- the machine's side ---- */

static void look_at_runs(struct sim_watch *watch, sqlite3 *image, bool crashed)
{
    meet_all(watch, image);
    for (uint32_t i = 0; i < watch->n_runs; i++) {
        struct sim_run *run = &watch->run[i];

        if (run->over)
            continue;
        if (crashed)
            sim_check_image(run->check, image);
        else
            (void)sim_check_look(run->check, image);
        run->over = run->check->over && run->check->last && run->check->plan.durable;
        if (run->over)
            sim_watch_ended_by(watch, image, run);
    }
}

void sim_watch_image(struct sim_watch *watch, sqlite3 *image)
{
    sim_check_image(watch->all, image);
    look_at_runs(watch, image, true);
}

void sim_watch_began(struct sim_watch *watch, const struct sim_process *process, uint32_t night,
                     const bool again[SIM_POLICIES_MAX])
{
    int rc;
    sqlite3 *image = sim_disk_open_image(watch->database, SIM_DISK_PRESENT, &rc);

    watch->before_ms = watch->began.at_ms;
    watch->began = (struct sim_began){
        .pid = sim_process_pid(process), .night = night, .at_ms = sim_now_ms(), .words = watch->words};
    memcpy(watch->began.again, again, sizeof(watch->began.again));
    if (image) {
        sim_watch_stopped(watch, image);
        meet_all(watch, image);
    }
    sim_disk_close_image(image);
}

void sim_watch_ended(struct sim_watch *watch, const struct sim_process *process, int exit_code)
{
    int rc, result = -1;
    sqlite3 *image = sim_disk_open_image(watch->database, SIM_DISK_PRESENT, &rc);

    if (rc != SQLITE_OK)
        sim_violated("I24", "the database cannot be opened any more: %s", sqlite3_errstr(rc));
    if (image) {
        (void)sim_check_look(watch->all, image);
        look_at_runs(watch, image, false);
        sim_watch_kept(watch, image);
        result = sim_book_result(image, SIM_START_UNIX_MS + (int64_t)(watch->began.at_ms - SIM_START_MS));
    }
    if (result >= 0 && result != exit_code && watch->nights->swarm.clock_sets == 0)
        sim_violated("I28", "night %u of %u ended with %d, and it is written down as %d",
                     watch->began.night + 1, sim_process_pid(process), exit_code, result);
    sim_disk_close_image(image);
}

/* ---- people's side ---- */

void sim_watch_held(struct sim_watch *watch, uint32_t device, uint64_t until_ms)
{
    int rc;
    sqlite3 *image = sim_disk_open_image(watch->database, SIM_DISK_DURABLE, &rc);
    const char *gateway_id = watch->nights->swarm.device[device].gateway_id;

    if (!image || !sim_book_is_held(image, gateway_id, sim_now_unix_ms() + sim_clock_off_ms()))
        sim_violated("N2", "people were told that %s is held, and that is not durable", gateway_id);
    sim_disk_close_image(image);
    watch->hold = gw_mem_resize(watch->hold, watch->n_holds + 1, sizeof(*watch->hold));
    watch->hold[watch->n_holds++] = (struct sim_hold){
        .device = device, .told_ms = sim_now_ms(), .until_ms = until_ms, .lifting_ms = SIM_NEVER};
}

static bool is_in_force(const struct sim_hold *hold)
{
    return hold->lifting_ms == SIM_NEVER && hold->until_ms > sim_now_ms();
}

void sim_watch_lifting(struct sim_watch *watch, uint32_t device)
{
    for (uint32_t i = 0; i < watch->n_holds; i++)
        if (is_in_force(&watch->hold[i]) &&
            sim_watch_head(watch, watch->hold[i].device) == sim_watch_head(watch, device))
            watch->hold[i].lifting_ms = sim_now_ms();
}

void sim_watch_lifted(struct sim_watch *watch, uint32_t device)
{
    int rc;
    sqlite3 *image = sim_disk_open_image(watch->database, SIM_DISK_DURABLE, &rc);
    const char *gateway_id = watch->nights->swarm.device[device].gateway_id;

    if (image && sim_book_is_held(image, gateway_id, sim_now_unix_ms() + sim_clock_off_ms()))
        sim_violated("N2", "people were told that %s is not held any more, and that is not durable",
                     gateway_id);
    sim_disk_close_image(image);
}

uint32_t sim_watch_some_held(const struct sim_watch *watch, struct gw_rng *rng)
{
    uint32_t n = 0, chosen = SIM_NONE;

    for (uint32_t i = 0; i < watch->n_holds; i++)
        if (is_in_force(&watch->hold[i]) && gw_rng_below(rng, ++n) == 0)
            chosen = watch->hold[i].device;
    return chosen;
}

/* By the longest that an upgrade takes. */
void sim_watch_changed(struct sim_watch *watch, uint32_t device)
{
    const struct sim_swarm *swarm = &watch->nights->swarm;

    watch->changed_ms[device] = sim_now_ms() + swarm->begin_ms + 10 * swarm->upgrade_max_ms;
    for (uint32_t i = 0; i < watch->n_runs; i++)
        if (!watch->run[i].over)
            watch->run[i].swarm->foreign_bp = 1;
}

void sim_watch_imported(struct sim_watch *watch)
{
    watch->imported_ms = sim_now_ms();
}

void sim_watch_aborting(struct sim_watch *watch, int64_t rollout)
{
    int rc;
    sqlite3 *image = sim_disk_open_image(watch->database, SIM_DISK_PRESENT, &rc);
    /* One that has called nobody yet is met here. */
    struct sim_run *run = image ? meet(watch, image, rollout, false) : run_of(watch, rollout);

    sim_disk_close_image(image);
    if (run)
        run->aborting = true;
}

void sim_watch_told(struct sim_watch *watch, const char *rollout, enum sim_word word)
{
    int rc;
    sqlite3 *image = sim_disk_open_image(watch->database, SIM_DISK_PRESENT, &rc);
    struct sim_book_rollout book;
    struct sim_run *run = NULL;

    if (image && sim_book_named(image, rollout, &book))
        run = meet(watch, image, book.rollout, false);
    sim_disk_close_image(image);
    watch->words += word == SIM_WORD_RESUMED || word == SIM_WORD_APPROVED;
    if (run && !run->over)
        sim_check_told(run->check, word, "");
}

bool sim_watch_standing(const struct sim_watch *watch, uint32_t policy, struct sim_standing *ret)
{
    int rc;
    sqlite3 *image = sim_disk_open_image(watch->database, SIM_DISK_PRESENT, &rc);
    struct sim_book_rollout book;
    bool found = image && sim_book_last(image, watch->nights->policy[policy].name, &book);

    sim_disk_close_image(image);
    if (!found)
        return false;
    *ret = (struct sim_standing){.rollout = book.rollout, .approve = book.approve};
    (void)gw_text_copy(ret->name, sizeof(ret->name), book.name);
    (void)gw_text_copy(ret->version, sizeof(ret->version), book.version);
    ret->aborted = gw_text_equal(book.phase, "aborted") || gw_text_equal(book.phase, "aborting");
    ret->over = ret->aborted || gw_text_equal(book.phase, "finished");
    ret->stopped = !book.replaced && (ret->aborted || (book.waits && !ret->over));
    return true;
}

/* ---- the end ---- */

void sim_watch_last(struct sim_watch *watch)
{
    watch->last_ms = sim_now_ms();
}

void sim_watch_end(struct sim_watch *watch)
{
    int rc;
    sqlite3 *image = sim_disk_open_image(watch->database, SIM_DISK_PRESENT, &rc);

    if (image)
        for (uint32_t i = 0; i < watch->n_runs; i++)
            if (!watch->run[i].over)
                sim_check_end(watch->run[i].check, image);
    sim_disk_close_image(image);
}
