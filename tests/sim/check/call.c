/*
 * One call that has arrived: whether it may have been made (I3, I4, I6 to I8, I11). All is judged as of the moment when its
 * first byte left, by what its sender had been told by then; it may have arrived an hour later.
 */
#include "gatewave/base/text.h"

#include "check/local.h"

/* A minute's skew, half a minute's wait, and the time of a connection. */
#define STAMP_OFF_MS 100000
/* Where no clock was set: half a minute's wait, and the second that a signed time is cut down to. */
#define STAMP_OLD_MS 31001

static const char *serial(const struct sim_check *check, uint32_t device)
{
    return check->swarm->device[device].serial;
}

/* ---- I6: only what was planned ---- */

static bool check_planned(const struct sim_check *check, const struct sim_line *line)
{
    const struct sim_device *device;

    if (!check->plan.known) {
        sim_violated("I6", "call %u arrived before anything was planned", line->number);
        return false;
    }
    if (line->device >= check->swarm->n_devices || check->plan.target_of[line->device] == SIM_NONE) {
        sim_violated("I6", "call %u is for a device that nobody planned", line->number);
        return false;
    }
    device = &check->swarm->device[line->device];
    if (line->lane != device->lane)
        sim_violated("I6", "call %u for %s is in lane %u instead of %u", line->number, device->serial,
                     line->lane, device->lane);
    if (!gw_text_equal(line->version, check->plan.version))
        sim_violated("I6", "call %u for %s asks for %s instead of %s", line->number, device->serial,
                     line->version, check->plan.version);
    return true;
}

/* ---- I3: no blind re-send ---- */

/* One that arrives late stands between what was sent before it and what was sent after it. */
static void check_resend(const struct sim_check *check, const struct sim_line *line)
{
    const struct sim_check_list *calls = &check->device[line->device].calls;

    for (uint32_t i = 0; i < calls->n; i++) {
        const struct sim_line *other = sim_ledger_at(calls->at[i]), *first, *second;

        if (other == line)
            continue;
        first = other->sent_ms > line->sent_ms ? line : other;
        second = first == line ? other : line;
        if (!sim_check_settled(check, first, second->sent_ms))
            sim_violated("I3", "%s was called again by %u, and nobody could know what %u had done",
                         serial(check, line->device), second->number, first->number);
    }
}

/* ---- I7, I8, I11: what its sender had read ---- */

static const struct sim_said *said_of(const struct sim_line *read, uint32_t device)
{
    for (uint32_t i = 0; i < read->n_said; i++)
        if (read->said[i].device == device)
            return &read->said[i];
    return NULL;
}

/* The pair's other device is online, and at the version when we have called it. */
static bool allows_beside_mate(const struct sim_check *check, const struct sim_line *call,
                               const struct sim_line *read)
{
    uint32_t mate = check->swarm->device[call->device].mate;
    const struct sim_said *said;

    if (mate == SIM_NONE)
        return true;
    said = said_of(read, mate);
    if (read->action != SIM_ATTRIBUTE || !said || !said->online)
        return false;
    return check->device[mate].calls.n == 0 ||
           sim_ledger_at(check->device[mate].calls.at[0])->sent_ms >= call->sent_ms ||
           sim_check_order(check, said->version) >= 0;
}

struct look {
    const struct sim_line *read;
    const struct sim_said *said;
    bool allows;
};

/* Of a pair one that allows the call: another may have been for its mate. */
static bool is_rather(const struct look *look, const struct look *last, bool single)
{
    if (!single && look->allows != last->allows)
        return look->allows;
    return look->read->delivered_ms >= last->read->delivered_ms;
}

/* The last look that its sender had. */
static struct look last_look(const struct sim_check *check, const struct sim_line *call)
{
    const struct sim_check_device *known = &check->device[call->device];
    bool single = check->swarm->device[call->device].mate == SIM_NONE;
    struct look last = {0};

    for (uint32_t i = 0; i < known->n_sights; i++) {
        struct look look;

        look.said = sim_check_said(&known->sight[i], &look.read);
        if (look.read->pid != call->pid || !sim_check_delivered(look.read, call->sent_ms))
            continue;
        look.allows = look.said->online && sim_check_order(check, look.said->version) < 0 &&
                      allows_beside_mate(check, call, look.read);
        if (!last.read || is_rather(&look, &last, single))
            last = look;
    }
    return last;
}

static void check_read(const struct sim_check *check, const struct sim_line *call)
{
    struct look last = last_look(check, call);
    const char *name = serial(check, call->device);
    uint64_t age_ms;

    if (!last.read) {
        sim_violated("I7", "call %u for %s, which its sender had not read", call->number, name);
        return;
    }
    age_ms = call->sent_ms > last.read->sent_ms ? call->sent_ms - last.read->sent_ms : 0;
    if (last.said->online && sim_check_order(check, last.said->version) > 0)
        sim_violated("I8", "call %u for %s, which read %u has at %s, beyond %s", call->number, name,
                     last.read->number, last.said->version, check->plan.version);
    else if (!last.allows && last.said->online && sim_check_order(check, last.said->version) < 0)
        sim_violated("I11", "call %u for %s, whose mate is not well by read %u", call->number, name,
                     last.read->number);
    else if (!last.allows)
        sim_violated("I7", "call %u for %s, which read %u does not allow", call->number, name,
                     last.read->number);
    else if (age_ms > check->swarm->fresh_ms + sim_check_lag_ms(check))
        sim_violated("I7", "call %u for %s rests on read %u, which is %llu ms old", call->number, name,
                     last.read->number, (unsigned long long)age_ms);
}

/* In a world where reads are true, the truth bears the call out, too. */
static void check_truth(const struct sim_check *check, const struct sim_line *line)
{
    /* What the cloud refuses before it looks at the device has no truth. */
    if (!sim_check_is_steady(check) || line->version_before[0] == '\0' ||
        line->arrived_ms > line->sent_ms + check->swarm->delay_ms)
        return;
    if (!line->online_before || line->upgrading_before)
        sim_violated("I7", "call %u met %s offline or upgrading", line->number, serial(check, line->device));
    if (sim_check_order(check, line->version_before) > 0)
        sim_violated("I8", "call %u takes %s from %s to %s", line->number, serial(check, line->device),
                     line->version_before, line->version);
}

/*
 * What is signed by a clock that is off may take effect at another time than its fence says. A runner whose clock is a
 * minute off does not call, and no call waits for longer than half a minute between its signing and its leaving, whatever
 * has held it: a slow disk, a rate that was lowered, a process that was stopped.
 */
static void check_stamp(const struct sim_check *check, const struct sim_line *line)
{
    const struct sim_check_nonce *first = sim_check_nonce_find(check, line->nonce);
    int64_t true_ms = SIM_START_UNIX_MS + (int64_t)line->sent_ms - SIM_START_MS;
    int64_t off_ms = line->signed_unix_ms - true_ms;
    int64_t old_ms = check->swarm->clock_sets > 0 ? STAMP_OFF_MS : STAMP_OLD_MS;

    if ((off_ms > STAMP_OFF_MS || off_ms < -old_ms) && !(first && first->held))
        sim_violated("I15", "call %u is stamped %lld ms off", line->number, (long long)off_ms);
}

void sim_check_call(struct sim_check *check, const struct sim_line *line)
{
    const char *text;

    if (sim_violation(&text) || !check_planned(check, line))
        return;
    check_resend(check, line);
    check_stamp(check, line);
    check_read(check, line);
    check_truth(check, line);
    sim_check_pair(check, line);
    sim_check_slots(check, line);
    sim_check_tries(check, line);
    sim_check_window(check, line);
    sim_check_wave(check, line);
    if (sim_violation(&text))
        sim_check_tell(check, line->device);
}
