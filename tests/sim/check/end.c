/* The ends: of each runner (I28) and of everything (I25, I27). */
#include "gatewave/base/text.h"

#include "check/local.h"

enum {
    EXIT_WELL = 0,
    EXIT_SOME = 1,
    EXIT_INPUT = 3,
    EXIT_STORE = 4,
    EXIT_BUSY = 5,
    EXIT_STOPPED = 6,
    EXIT_CREDENTIALS = 7,
    EXIT_WAITING = 8,
    EXIT_WINDOW = 9,
    EXIT_SIGNAL = 128,
};

static bool is_phase(const struct sim_view *image, const char *phase)
{
    return gw_text_equal(image->phase, phase);
}

/* ---- I28 ---- */

static bool is_all_well(const struct sim_view *image)
{
    return image->relapses == 0 &&
           sim_view_count(image, SIM_STATE_SUCCEEDED) + sim_view_count(image, SIM_STATE_SKIPPED) == image->n;
}

static bool is_wave(const struct sim_view *image, const char *phase, const char *verdict)
{
    for (uint32_t w = 0; w < SIM_CHECK_WAVES_MAX; w++)
        if (gw_text_equal(image->wave[w].phase, phase) &&
            (!verdict || gw_text_equal(image->wave[w].verdict, verdict)))
            return true;
    return false;
}

static bool is_open(const struct sim_view *image)
{
    return !sim_view_is_over(image);
}

/* What a process may meet that no image tells of. */
static bool may_meet(const struct sim_swarm *swarm, int exit_code)
{
    switch (exit_code) {
    case EXIT_STORE:
        return swarm->disk_errors > 0 || swarm->disk_full;
    case EXIT_BUSY:
        return swarm->second_runners + swarm->orders + swarm->paces + swarm->inventory_edits > 0 ||
               swarm->lock_removed;
    case EXIT_CREDENTIALS:
        return swarm->tokens || swarm->clock_sets > 0 || swarm->refuse_bp > 0;
    default:
        return exit_code > EXIT_SIGNAL && swarm->signals > 0;
    }
}

static bool agrees(const struct sim_check *check, int exit_code, const struct sim_view *image)
{
    switch (exit_code) {
    case EXIT_WELL:
        return is_phase(image, "finished") && is_all_well(image);
    case EXIT_SOME:
        return is_phase(image, "finished") && !is_all_well(image);
    case EXIT_STOPPED:
        return is_phase(image, "aborting") || is_phase(image, "aborted") ||
               is_wave(image, "waiting", "abort");
    case EXIT_WAITING:
        return is_open(image);
    case EXIT_WINDOW:
        return is_open(image) && check->swarm->windows && sim_view_count(image, SIM_STATE_WAITING) > 0;
    case EXIT_INPUT:
        /* The cloud refused the request itself. */
        return is_open(image) && check->swarm->refuse_bp > 0;
    default:
        return may_meet(check->swarm, exit_code);
    }
}

void sim_check_ended(struct sim_check *check, int exit_code, sqlite3 *db)
{
    const struct sim_view *image = sim_check_look(check, db);

    if (image && !agrees(check, exit_code, image))
        sim_violated("I28", "a run ended with %d, and the rollout is %s: %u succeeded, %u skipped of %u",
                     exit_code, image->phase, sim_view_count(image, SIM_STATE_SUCCEEDED),
                     sim_view_count(image, SIM_STATE_SKIPPED), image->n);
    /* Who waits when a rollout is aborted is canceled by the run that hears of it, not by the next one. */
    if (image && exit_code == EXIT_STOPPED && is_phase(image, "aborting") &&
        sim_view_count(image, SIM_STATE_WAITING) > 0)
        sim_violated("I25", "an aborted run ended by itself, and %u targets wait",
                     sim_view_count(image, SIM_STATE_WAITING));
}

/* ---- I25 ---- */

/* A person's word is all that is missing. */
static bool waits_for_a_person(const struct sim_view *image)
{
    return is_phase(image, "paused") || is_wave(image, "waiting", NULL);
}

void sim_check_end(struct sim_check *check, sqlite3 *db)
{
    const struct sim_view *image = sim_check_look(check, db);
    uint32_t waiting, open = 0;

    if (!image) {
        sim_violated("I25", "nothing was ever planned");
        return;
    }
    waiting = sim_view_count(image, SIM_STATE_WAITING);
    for (enum sim_state state = SIM_STATE_IN_FLIGHT; state < SIM_STATE_SUCCEEDED; state++)
        open += sim_view_count(image, state);
    if (open > 0)
        sim_violated("I25", "all is quiet, and %u targets are still under way", open);
    else if (!sim_view_is_over(image) && !waits_for_a_person(image))
        sim_violated("I25", "all is quiet, and the rollout is %s with %u targets waiting", image->phase,
                     waiting);
    else if (sim_view_is_over(image) && waiting > 0)
        sim_violated("I25", "the rollout is %s, and %u targets wait", image->phase, waiting);
}
