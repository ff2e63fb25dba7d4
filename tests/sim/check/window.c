/*
 * Windows (I15): no call leaves before its device's window opens, nor later than the cut-off before it closes. By the
 * machine's clock when it leaves, or, if that was set since, when it was decided; and by the true one, as far as a
 * program trusts a clock.
 */
#include "check/local.h"

#define NIGHT_MS 86400000
/* A clock that is further off stops the run; and what tells it so has whole seconds. */
#define SKEW_MS 61000
/* A clock that is set by no more is not taken as set. */
#define UNNOTICED_MS 1000
#define SIGNED_MS    1000

static bool is_open(const struct sim_check *check, const struct sim_device *device, int64_t unix_ms,
                    int64_t slack_ms)
{
    int64_t lasts_ms = device->closes_unix_ms - device->opens_unix_ms - (int64_t)check->swarm->cutoff_ms;
    int64_t since_ms = unix_ms - device->opens_unix_ms;

    if (since_ms + slack_ms < 0)
        return false;
    since_ms = (since_ms + slack_ms) % NIGHT_MS - slack_ms;
    return since_ms < lasts_ms + slack_ms;
}

/* Neither when it was decided, by the second that was signed, nor when it left. */
static bool is_closed_by_machine(const struct sim_check *check, const struct sim_line *line, int64_t true_ms)
{
    const struct sim_device *device = &check->swarm->device[line->device];
    const struct sim_check_nonce *nonce = sim_check_nonce_find(check, line->nonce);
    int64_t machine_ms = true_ms + (nonce ? nonce->off_ms : 0);

    if (check->swarm->clock_sets == 0)
        return !is_open(check, device, machine_ms, 0);
    return !is_open(check, device, machine_ms, UNNOTICED_MS) &&
           !is_open(check, device, line->signed_unix_ms, SIGNED_MS + UNNOTICED_MS);
}

void sim_check_window(const struct sim_check *check, const struct sim_line *line)
{
    const struct sim_device *device = &check->swarm->device[line->device];
    int64_t true_ms = SIM_START_UNIX_MS + (int64_t)(line->sent_ms - SIM_START_MS);

    if (device->opens_unix_ms == 0 && device->closes_unix_ms == 0)
        return;
    if (is_closed_by_machine(check, line, true_ms))
        sim_violated("I15", "call %u for %s left outside of its window by the machine's clock", line->number,
                     device->serial);
    if (!is_open(check, device, true_ms, check->swarm->clock_sets > 0 ? SKEW_MS : 0))
        sim_violated("I15", "call %u for %s left outside of its window", line->number, device->serial);
}
