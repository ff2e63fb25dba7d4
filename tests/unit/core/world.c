/* The hostile world. Checks abort with the broken rule's name; they look at the ledger and the mirror, never inside. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#define UPGRADE_MS 10000
#define OLD        "2.3.0"
#define NEW        "2.4.0"

static bool chance(struct world *world, uint32_t permille)
{
    return gw_rng_below(&world->rng, 1000) < permille;
}

static bool device_online(const struct world *world, const struct world_device *device)
{
    if (device->nature == WORLD_OFFLINE)
        return false;
    if (device->nature == WORLD_AWAY && world->now_ms < world->drive.offline_ms / 2)
        return false;
    if (device->nature == WORLD_BRICK && device->effects > 0)
        return false;
    return world->now_ms >= device->busy_until_ms;
}

static bool device_there(const struct world *world, const struct world_device *device)
{
    return device->nature == WORLD_THERE ||
           (device->effects > 0 && device->nature != WORLD_STAY && world->now_ms >= device->busy_until_ms);
}

void world_init(struct world *world, uint32_t n, uint64_t seed)
{
    memset(world, 0, sizeof(*world));
    GW_CHECK(n <= WORLD_MAX);
    gw_rng_init(&world->rng, seed);
    world->n = n;
    world->lanes = 2;
    world->now_ms = 1000000;
    world->pending = gw_mem_new(WORLD_EVENTS, sizeof(*world->pending));
    world->drive = (struct gw_drive){
        .version = NEW,
        .rate = {.calls = 5, .window_ms = 1000},
        .read_rate = {.calls = 20, .window_ms = 1000},
        .in_flight = 6,
        .upgrading = 10,
        .reads = 4,
        .attempts = 5,
        .backoff_first_ms = 1000,
        .backoff_longest_ms = 8000,
        .offline_ms = 120000,
        .verify = true,
        .pre_read = true,
        .every_ms = 4000,
        .slow_ms = 20000,
        .stuck_ms = 90000,
        .fresh_ms = 20000,
        .fence_ms = 60000,
        .agree_ms = 5000,
        .endpoint_down_ms = 60000,
    };
    for (uint32_t t = 0; t < n; t++) {
        world->device[t].mate = GW_NO_TARGET;
        world->device[t].state = GW_STATE_WAITING;
    }
}

void world_release(struct world *world)
{
    free(world->pending);
    free(world->memory);
}

uint32_t world_count(const struct world *world, enum gw_state state)
{
    uint32_t count = 0;

    for (uint32_t t = 0; t < world->n; t++)
        count += world->device[t].state == state;
    return count;
}

static struct world_pending *pend(struct world *world, uint64_t at_ms, enum world_kind kind)
{
    struct world_pending *pending = &world->pending[world->n_pending++];

    GW_CHECK(world->n_pending < WORLD_EVENTS);
    memset(pending, 0, sizeof(*pending));
    pending->at_ms = at_ms;
    pending->kind = kind;
    pending->life = world->life;
    return pending;
}

/* ---- what the rollout does ---- */

static void world_start(struct world *world)
{
    size_t size = gw_rollout_size(world->n, world->lanes, &world->drive);

    free(world->memory);
    world->memory = gw_mem_new(size, 1);
    world->life++;
    world->r = gw_rollout_init(world->memory, size, world->n, world->lanes, &world->drive,
                               gw_rng_next(&world->rng), world->now_ms);
    for (uint32_t t = 0; t < world->n; t++) {
        const struct world_device *device = &world->device[t];
        struct gw_target_start start = {
            .lane = device->mate != GW_NO_TARGET ? (t / 2) % world->lanes : t % world->lanes,
            .mate = device->mate,
            .state = device->state,
            .attempts = device->charged,
            .sent = device->sent,
            .pair = device->mate != GW_NO_TARGET,
            .by_one = device->mate != GW_NO_TARGET,
            .doubted = device->open,
            .fence_ms = device->fence_ms,
            .since_ms = device->signed_ms,
        };

        gw_rollout_load(world->r, t, &start);
    }
    for (uint32_t i = 0; i < world->n_sent; i++)
        if (world->sent_ms[i] + world->drive.rate.window_ms >= world->now_ms)
            gw_rollout_load_sent(world->r, 0, world->sent_ms[i]);
    gw_rollout_start(world->r, world->now_ms);
}

static void world_check_slots(const struct world *world)
{
    uint32_t doubtful = world_count(world, GW_STATE_IN_FLIGHT) + world_count(world, GW_STATE_IN_DOUBT);

    GW_CHECK(doubtful <= world->drive.in_flight && "I9: unresolved calls keep their slots");
    GW_CHECK(doubtful + world_count(world, GW_STATE_UPGRADING) <= world->drive.upgrading &&
             "I10: devices upgrading at once");
}

static void world_record(struct world *world, const struct gw_record *record)
{
    struct world_device *device;

    if (record->kind == GW_RECORD_PHASE) {
        world->phase = record->phase;
        (void)gw_text_copy(world->reason, sizeof(world->reason), record->reason);
        return;
    }
    device = &world->device[record->target];
    GW_CHECK(!gw_state_is_outcome(device->state) && "I22: an outcome never changes");
    GW_CHECK(record->charged >= device->charged && "attempts are never given back");
    if (record->kind == GW_RECORD_INTENT) {
        GW_CHECK(record->attempt == device->sent + 1 && "I5: attempts have no gaps");
        GW_CHECK(!device->open && "I2: one unresolved call a device");
        device->sent = record->attempt;
        device->signed_ms = world->now_ms;
        device->fence_ms = world->now_ms + world->drive.fence_ms;
        device->open = true;
    }
    if (record->kind == GW_RECORD_ANSWER && record->answer.proof != GW_PROOF_ACCEPTED &&
        record->answer.proof != GW_PROOF_IN_DOUBT)
        device->open = false;
    if (record->kind == GW_RECORD_RESOLVED)
        device->open = false;
    device->charged = record->charged;
    device->state = record->state;
    if (gw_state_is_outcome(device->state)) {
        device->open = false;
        if (device->state == GW_STATE_SUCCEEDED && world->drive.verify)
            GW_CHECK(device_there(world, device) && "I23: succeeded means at the version");
        if (device->state == GW_STATE_SKIPPED)
            GW_CHECK(device_there(world, device) && "I23: skipped means at the version");
        /* One that came back as it was has had a call that took effect, and no trace of it. */
        if (device->state == GW_STATE_DEFERRED && device->nature != WORLD_STAY)
            GW_CHECK(device->effects == 0 && "I23: deferred means not touched");
    }
    world_check_slots(world);
}

static void world_check_window(struct world *world)
{
    uint32_t n = world->n_sent, limit = world->drive.rate.calls;

    if (world->drive.rate.window_ms == 0 || n <= limit)
        return;
    GW_CHECK(world->sent_ms[n - 1] - world->sent_ms[n - 1 - limit] >= world->drive.rate.window_ms &&
             "I12: the rate holds in every window");
}

static void world_call(struct world *world, const struct gw_effect *effect)
{
    struct world_device *device = &world->device[effect->target];
    struct world_pending *pending;
    uint64_t arrival_ms, reply_ms;

    world->calls++;
    GW_CHECK(device->state == GW_STATE_IN_FLIGHT && device->sent == effect->attempt &&
             "I1: the intent is durable");
    GW_CHECK((!world->drive.pre_read || device->read_ok_ms + world->drive.fresh_ms >= world->now_ms) &&
             "I7: a fresh read allows the call");
    if (effect->lane == 0 && world->n_sent < GW_COUNT_OF(world->sent_ms)) {
        world->sent_ms[world->n_sent++] = world->now_ms;
        world_check_window(world);
    }
    if (chance(world, world->faults.never_sent)) {
        pending = pend(world, world->now_ms + 50, WORLD_ANSWERS);
        pending->target = effect->target;
        pending->attempt = effect->attempt;
        pending->answer = (struct gw_answer){.proof = GW_PROOF_NEVER_SENT, .class_ = GW_CLASS_ENDPOINT};
        return;
    }
    arrival_ms = world->now_ms + 1 + gw_rng_below(&world->rng, 200);
    reply_ms = arrival_ms + 1 + gw_rng_below(&world->rng, 200);
    if (chance(world, world->faults.delayed)) {
        /* Any time up to the fence, when the signature stops being taken; nobody hears the answer. */
        arrival_ms = world->now_ms + gw_rng_below(&world->rng, world->drive.fence_ms);
        reply_ms = UINT64_MAX;
    }
    if (!chance(world, world->faults.lost_request)) {
        pending = pend(world, arrival_ms, WORLD_ARRIVES);
        pending->target = effect->target;
        pending->attempt = effect->attempt;
        pending->signed_ms = world->now_ms;
        pending->asked_ms = chance(world, world->faults.lost_reply) ? UINT64_MAX : reply_ms;
        if (pending->asked_ms != UINT64_MAX)
            return;
    }
    /* No answer comes: the transport gives up after 5 s. */
    pending = pend(world, world->now_ms + 5000, WORLD_ANSWERS);
    pending->target = effect->target;
    pending->attempt = effect->attempt;
    pending->answer =
        (struct gw_answer){.proof = GW_PROOF_IN_DOUBT, .class_ = GW_CLASS_UNKNOWN, .code = "timeout"};
}

static void world_read(struct world *world, const struct gw_effect *effect)
{
    struct world_pending *pending =
        pend(world, world->now_ms + 1 + gw_rng_below(&world->rng, 300), WORLD_READ_ANSWERS);

    world->reads++;
    pending->read = effect->read;
    pending->read_id = effect->read_id;
    pending->lane = effect->lane;
    pending->asked_ms = world->now_ms;
    pending->n_targets = effect->n_targets;
    memcpy(pending->targets, effect->targets, effect->n_targets * sizeof(*effect->targets));
}

static void world_pull(struct world *world)
{
    struct gw_effect effect;

    while (gw_rollout_next(world->r, world->now_ms, &effect)) {
        world->steps++;
        switch (effect.kind) {
        case GW_EFFECT_RECORD:
            world_record(world, &effect.record);
            break;
        case GW_EFFECT_CALL:
            world_call(world, &effect);
            break;
        case GW_EFFECT_READ:
            world_read(world, &effect);
            break;
        case GW_EFFECT_NONE:
            GW_NEVER("an effect has a kind");
        }
    }
}

/* ---- what the cloud does ---- */

static struct gw_answer world_judge(struct world *world, struct world_device *device)
{
    if (device->nature == WORLD_UNKNOWN)
        return (struct gw_answer){
            .proof = GW_PROOF_REFUSED, .class_ = GW_CLASS_NOT_FOUND, .code = "not_found"};
    if (chance(world, world->faults.throttled))
        return (struct gw_answer){.proof = GW_PROOF_REFUSED,
                                  .class_ = GW_CLASS_THROTTLED,
                                  .code = "Throttling",
                                  .retry_after_ms = 700};
    if (chance(world, world->faults.flaky))
        return (struct gw_answer){
            .proof = GW_PROOF_REFUSED, .class_ = GW_CLASS_TRANSIENT, .code = "StateError"};
    if (device->nature == WORLD_REFUSED)
        return (struct gw_answer){
            .proof = GW_PROOF_REFUSED, .class_ = GW_CLASS_PERMANENT, .code = "NotBoundCCN"};
    if (!device_online(world, device) || chance(world, world->faults.offline_answer))
        return (struct gw_answer){.proof = GW_PROOF_REFUSED, .class_ = GW_CLASS_OFFLINE, .code = "NotOnline"};
    if (device_there(world, device))
        return (struct gw_answer){
            .proof = GW_PROOF_REFUSED, .class_ = GW_CLASS_READ_BACK, .code = "VersionTooOld"};
    return (struct gw_answer){.proof = GW_PROOF_ACCEPTED, .class_ = GW_CLASS_ACCEPTED};
}

static void world_arrives(struct world *world, const struct world_pending *from)
{
    struct world_pending call = *from, *reply;
    struct world_device *device = &world->device[call.target];
    struct gw_answer answer;

    GW_CHECK(world->now_ms <= call.signed_ms + world->drive.fence_ms && "no copy arrives after its fence");
    if (device->last_signed_ms != 0 && device->last_signed_ms != call.signed_ms)
        GW_CHECK((device->refusal_delivered || device->resolved) && "I3: no blind re-send");
    if (device->mate != GW_NO_TARGET) {
        const struct world_device *mate = &world->device[device->mate];

        GW_CHECK((mate->effects == 0 || (device_there(world, mate) && device_online(world, mate))) &&
                 "I11: never both of a pair");
    }
    device->last_signed_ms = call.signed_ms;
    device->last_arrival_ms = world->now_ms;
    device->refusal_delivered = device->resolved = false;
    device->clear_reads = 0;
    answer = world_judge(world, device);
    if (answer.proof == GW_PROOF_ACCEPTED) {
        device->effects++;
        device->busy_until_ms = world->now_ms + UPGRADE_MS / 2 + gw_rng_below(&world->rng, UPGRADE_MS);
    }
    if (call.asked_ms == UINT64_MAX)
        return;
    reply = pend(world, call.asked_ms > world->now_ms ? call.asked_ms : world->now_ms + 1, WORLD_ANSWERS);
    reply->life = call.life;
    reply->target = call.target;
    reply->attempt = call.attempt;
    reply->answer = answer;
}

static void world_answers(struct world *world, const struct world_pending *pending)
{
    struct gw_event ev = {.kind = GW_EVENT_ANSWER,
                          .now_ms = world->now_ms,
                          .target = pending->target,
                          .answer = pending->answer};
    struct world_device *device = &world->device[pending->target];

    if (ev.answer.proof == GW_PROOF_REFUSED || ev.answer.proof == GW_PROOF_NEVER_SENT)
        device->refusal_delivered = true;
    gw_rollout_handle(world->r, &ev);
    world_pull(world);
}

static void world_see(struct world *world, const struct world_pending *read, uint32_t t)
{
    struct world_device *device = &world->device[t];
    bool online = device_online(world, device), there = device_there(world, device);
    struct gw_event ev = {.kind = GW_EVENT_SEEN,
                          .now_ms = world->now_ms,
                          .target = t,
                          .read = read->read,
                          .read_id = read->read_id,
                          .asked_ms = read->asked_ms,
                          .presence = online ? GW_PRESENCE_ONLINE : GW_PRESENCE_OFFLINE};

    (void)gw_text_copy(ev.version, sizeof(ev.version), there ? NEW : OLD);
    if (device->nature == WORLD_UNKNOWN)
        ev.presence = GW_PRESENCE_MISSING;
    ev.mate = GW_PRESENCE_NONE;
    if (device->mate != GW_NO_TARGET)
        ev.mate =
            device_online(world, &world->device[device->mate]) ? GW_PRESENCE_ONLINE : GW_PRESENCE_OFFLINE;
    if (online && !there) {
        device->read_ok_ms = read->asked_ms;
        if (read->asked_ms >= device->fence_ms && device->clear_reads++ == 0)
            device->clear_first_ms = read->asked_ms;
        if (device->clear_reads > 1 && read->asked_ms - device->clear_first_ms >= world->drive.agree_ms)
            device->resolved = true;
    } else {
        device->clear_reads = 0;
    }
    gw_rollout_handle(world->r, &ev);
    world_pull(world);
}

static void world_read_answers(struct world *world, const struct world_pending *from)
{
    struct world_pending read = *from;
    struct gw_event done = {.kind = GW_EVENT_READ_DONE,
                            .now_ms = world->now_ms,
                            .read = read.read,
                            .read_id = read.read_id,
                            .lane = read.lane,
                            .n_targets = read.n_targets,
                            .targets = read.targets,
                            .answer = {.proof = GW_PROOF_ACCEPTED, .class_ = GW_CLASS_ACCEPTED}};

    if (chance(world, world->faults.never_sent))
        done.answer = (struct gw_answer){.proof = GW_PROOF_NEVER_SENT, .class_ = GW_CLASS_ENDPOINT};
    else if (chance(world, world->faults.read_fails))
        done.answer = (struct gw_answer){.proof = GW_PROOF_IN_DOUBT, .class_ = GW_CLASS_UNKNOWN};
    else
        for (uint32_t i = 0; i < read.n_targets; i++)
            world_see(world, &read, read.targets[i]);
    gw_rollout_handle(world->r, &done);
    world_pull(world);
}

/* ---- time ---- */

static uint32_t world_first(const struct world *world)
{
    uint32_t first = UINT32_MAX;

    for (uint32_t i = 0; i < world->n_pending; i++)
        if (first == UINT32_MAX || world->pending[i].at_ms < world->pending[first].at_ms)
            first = i;
    return first;
}

static void world_happen(struct world *world, uint32_t i)
{
    struct world_pending pending = world->pending[i];

    world->pending[i] = world->pending[--world->n_pending];
    if (pending.kind == WORLD_ARRIVES)
        world_arrives(world, &pending);
    else if (pending.life != world->life)
        return;
    else if (pending.kind == WORLD_ANSWERS)
        world_answers(world, &pending);
    else
        world_read_answers(world, &pending);
}

/* The program dies and comes back; what is under way in the cloud goes on meanwhile, and no answer is heard. */
static void world_crash(struct world *world)
{
    uint64_t back_ms = world->now_ms + gw_rng_below(&world->rng, 20000);
    uint32_t i;

    world->crashes++;
    world->life++;
    while ((i = world_first(world)) != UINT32_MAX && world->pending[i].at_ms <= back_ms) {
        if (world->pending[i].at_ms > world->now_ms)
            world->now_ms = world->pending[i].at_ms;
        world_happen(world, i);
    }
    world->now_ms = back_ms;
    world_start(world);
}

bool world_run(struct world *world, uint64_t until_ms)
{
    world_start(world);
    for (;;) {
        uint64_t wake_ms;
        uint32_t i;

        world_pull(world);
        if (gw_rollout_ended(world->r)) {
            world->ended_ms = world->now_ms;
            return true;
        }
        if (chance(world, world->faults.crash)) {
            world_crash(world);
            continue;
        }
        wake_ms = gw_rollout_deadline_ms(world->r, world->now_ms);
        i = world_first(world);
        if (i != UINT32_MAX && world->pending[i].at_ms <= wake_ms) {
            if (world->pending[i].at_ms > world->now_ms)
                world->now_ms = world->pending[i].at_ms;
            world_happen(world, i);
        } else {
            GW_CHECK(wake_ms != UINT64_MAX && "I25: something always comes next");
            GW_CHECK(wake_ms > world->now_ms && "I25: no busy spin");
            world->now_ms = wake_ms;
        }
        if (world->now_ms > until_ms)
            return false;
    }
}
