/* The hostile world: what the cloud and the devices do. The truth lives here; the rollout only hears of it. */
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "world.h"

#define UPGRADE_MS 10000
#define TIMEOUT_MS 5000 /* the transport gives up */

/* ---- the truth ---- */

static bool in_spell(const struct world *world, const struct world_spell *spell)
{
    uint64_t at_ms = world->now_ms - world->begun_ms;

    return at_ms >= spell->from_ms && at_ms < spell->until_ms;
}

/* It was well for a while after its upgrade, and no longer. */
static bool fades(const struct world *world, const struct world_device *device)
{
    return device->effects > 0 && world->now_ms >= device->busy_until_ms + device->well_ms;
}

static bool device_online(const struct world *world, const struct world_device *device)
{
    if (device->nature == WORLD_OFFLINE || (device->nature == WORLD_BRICK && device->effects > 0))
        return false;
    if (device->nature == WORLD_AWAY &&
        (in_spell(world, &device->away[0]) || in_spell(world, &device->away[1])))
        return false;
    if (device->nature == WORLD_FADES && fades(world, device))
        return false;
    return world->now_ms >= device->busy_until_ms;
}

enum gw_presence world_presence(const struct world *world, const struct world_device *device)
{
    switch (device->nature) {
    case WORLD_UNREADABLE:
        return GW_PRESENCE_UNKNOWN;
    case WORLD_AMBIGUOUS:
        return GW_PRESENCE_AMBIGUOUS;
    case WORLD_UNSUITABLE:
        return GW_PRESENCE_UNSUITABLE;
    case WORLD_UNKNOWN:
        return GW_PRESENCE_MISSING;
    default:
        return device_online(world, device) ? GW_PRESENCE_ONLINE : GW_PRESENCE_OFFLINE;
    }
}

int world_order(const struct world *world, const struct world_device *device)
{
    bool took = device->effects > 0 && world->now_ms >= device->busy_until_ms &&
                !(device->nature == WORLD_FALLS && fades(world, device));

    if (device->nature == WORLD_AHEAD || (device->nature == WORLD_STRAY && took))
        return 1;
    return device->nature == WORLD_THERE || (took && device->nature != WORLD_STAY) ? 0 : -1;
}

/* ---- calls ---- */

static struct gw_answer refusal(enum gw_class class_, const char *code)
{
    struct gw_answer answer = {.proof = GW_PROOF_REFUSED, .class_ = class_, .http_status = 400};

    (void)gw_text_copy(answer.code, sizeof(answer.code), code);
    return answer;
}

static const struct gw_answer never_sent = {.proof = GW_PROOF_NEVER_SENT, .class_ = GW_CLASS_ENDPOINT};

static void world_pend_answer(struct world *world, const struct gw_effect *effect, uint64_t at_ms,
                              struct gw_answer answer)
{
    struct world_pending *pending = world_pend(world, at_ms, WORLD_ANSWERS);

    pending->target = effect->target;
    pending->attempt = effect->attempt;
    pending->answer = answer;
}

void world_send_call(struct world *world, const struct gw_effect *effect, uint64_t signed_ms)
{
    const struct gw_answer timeout = {
        .proof = GW_PROOF_IN_DOUBT, .class_ = GW_CLASS_UNKNOWN, .code = "timeout"};
    struct world_device *device = &world->device[effect->target];
    struct world_pending *pending;
    uint64_t arrival_ms = world->now_ms + 1 + gw_rng_below(&world->rng, 200);
    uint64_t reply_ms = arrival_ms + 1 + gw_rng_below(&world->rng, 200);

    if (world->lane[effect->lane].dark || world_chance(world, world->faults.never_sent)) {
        world_pend_answer(world, effect, world->now_ms + 50, never_sent);
        return;
    }
    device->left_attempt = effect->attempt;
    device->left_fence_ms = signed_ms + world->drive.fence_ms;
    device->acquitted = false;
    device->clear_reads = 0;
    if (world_chance(world, world->faults.delayed)) {
        /* Any time up to the fence, when the signature stops being taken; nobody hears the answer. */
        arrival_ms = world->now_ms + gw_rng_below(&world->rng, device->left_fence_ms - world->now_ms + 1);
        reply_ms = UINT64_MAX;
    }
    if (world_chance(world, world->faults.lost_reply))
        reply_ms = UINT64_MAX;
    if (world->lane[effect->lane].swallows || world_chance(world, world->faults.lost_request)) {
        world_pend_answer(world, effect, world->now_ms + TIMEOUT_MS, timeout);
        return;
    }
    device->on_its_way++;
    pending = world_pend(world, arrival_ms, WORLD_ARRIVES);
    pending->target = effect->target;
    pending->attempt = effect->attempt;
    pending->signed_ms = signed_ms;
    pending->reply_ms = reply_ms;
    if (reply_ms == UINT64_MAX)
        world_pend_answer(world, effect, world->now_ms + TIMEOUT_MS, timeout);
}

/* What the cloud may say whatever was asked for; class NONE: nothing of the kind. */
static struct gw_answer world_judge_account(struct world *world)
{
    if (world_chance(world, world->faults.identity))
        return refusal(GW_CLASS_IDENTITY, "Forbidden.RAM");
    if (world_chance(world, world->faults.credential))
        return refusal(GW_CLASS_CREDENTIAL, "InvalidAccessKeyId.NotFound");
    if (world_chance(world, world->faults.clock))
        return refusal(GW_CLASS_CLOCK, "InvalidTimeStamp.Expired");
    if (world_chance(world, world->faults.risk))
        return refusal(GW_CLASS_RISK, "Forbidden.RiskControl");
    if (world_chance(world, world->faults.untrusted))
        return (struct gw_answer){
            .proof = GW_PROOF_IN_DOUBT, .class_ = GW_CLASS_UNTRUSTED, .http_status = 302, .code = "redirect"};
    return (struct gw_answer){.class_ = GW_CLASS_NONE};
}

static struct gw_answer world_throttle(struct world *world)
{
    struct gw_answer answer = refusal(GW_CLASS_THROTTLED, "Throttling.User");

    answer.retry_after_ms = 100 + (uint32_t)gw_rng_below(&world->rng, 3000);
    return answer;
}

static struct gw_answer world_judge(struct world *world, const struct world_device *device)
{
    struct gw_answer account = world_judge_account(world);

    if (account.class_ != GW_CLASS_NONE)
        return account;
    if (world_chance(world, world->faults.throttled))
        return world_throttle(world);
    if (world_chance(world, world->faults.flaky))
        return refusal(GW_CLASS_TRANSIENT, "StateError");
    switch (device->nature) {
    case WORLD_UNKNOWN:
        return refusal(GW_CLASS_NOT_FOUND, "SAGNotExist");
    case WORLD_FORBIDDEN:
        return refusal(GW_CLASS_IDENTITY, "Forbidden.RAM");
    case WORLD_LACKS:
        return refusal(GW_CLASS_PLAN, "VersionNotExist");
    case WORLD_REFUSED:
        return refusal(GW_CLASS_PERMANENT, "NotBoundCCN");
    case WORLD_TOO_OLD:
        return refusal(GW_CLASS_READ_BACK, "VersionTooOld");
    default:
        break;
    }
    if (!device_online(world, device) || world_chance(world, world->faults.offline_answer))
        return refusal(GW_CLASS_OFFLINE, "NotOnline");
    if (device->nature == WORLD_BUSY || world_chance(world, world->faults.busy_answer))
        return refusal(GW_CLASS_BUSY, "ConfigSynchronizing");
    if (world_order(world, device) >= 0)
        return refusal(GW_CLASS_READ_BACK, "VersionTooOld");
    return (struct gw_answer){.proof = GW_PROOF_ACCEPTED, .class_ = GW_CLASS_ACCEPTED, .http_status = 200};
}

void world_arrives(struct world *world, const struct world_pending *call)
{
    struct world_device *device = &world->device[call->target];
    struct world_pending *reply;
    struct gw_answer answer;

    world_check_arrival(world, call);
    device->on_its_way--;
    answer = world_judge(world, device);
    if (answer.proof == GW_PROOF_ACCEPTED) {
        device->effects++;
        device->busy_until_ms = world->now_ms + UPGRADE_MS / 2 + gw_rng_below(&world->rng, UPGRADE_MS);
    }
    if (call->reply_ms == UINT64_MAX)
        return;
    reply = world_pend(world, call->reply_ms, WORLD_ANSWERS);
    reply->life = call->life;
    reply->target = call->target;
    reply->attempt = call->attempt;
    reply->answer = answer;
}

void world_answers(struct world *world, const struct world_pending *pending)
{
    struct gw_event ev = {.kind = GW_EVENT_ANSWER,
                          .now_ms = world->now_ms,
                          .target = pending->target,
                          .answer = pending->answer};

    world_hear_answer(world, pending->target, &ev.answer);
    gw_rollout_handle(world->r, &ev);
    world_pull(world);
}

/* ---- reads ---- */

static enum gw_presence world_mate_presence(struct world *world, const struct world_device *device)
{
    if (world_chance(world, world->faults.blurred))
        return GW_PRESENCE_UNKNOWN;
    if (device->half)
        return device->other;
    if (device->mate == GW_NO_TARGET)
        return GW_PRESENCE_NONE;
    return world_presence(world, &world->device[device->mate]);
}

static struct world_row world_row(struct world *world, uint32_t t)
{
    const struct world_device *device = &world->device[t];

    return (struct world_row){
        .presence = world_presence(world, device),
        .mate = world_mate_presence(world, device),
        .order = world_order(world, device),
        .mate_order = device->mate == GW_NO_TARGET ? 0 : world_order(world, &world->device[device->mate])};
}

void world_send_read(struct world *world, const struct gw_effect *effect)
{
    struct world_pending *pending =
        world_pend(world, world->now_ms + 1 + gw_rng_below(&world->rng, 300), WORLD_READ_ANSWERS);

    pending->read = effect->read;
    pending->read_id = effect->read_id;
    pending->lane = effect->lane;
    pending->asked_ms = world->now_ms;
    pending->n_targets = effect->n_targets;
    for (uint32_t i = 0; i < effect->n_targets; i++) {
        pending->targets[i] = effect->targets[i];
        pending->row[i] = world_row(world, effect->targets[i]);
    }
}

/* A row tells what was so at some moment between question and answer: here at one of the two ends. */
static void world_see(struct world *world, const struct world_pending *read, uint32_t i)
{
    static const char *const version[] = {WORLD_OLD, WORLD_NEW, WORLD_NEWER};
    uint32_t t = read->targets[i];
    bool page = read->read == GW_READ_PAGE;
    struct world_row row = gw_rng_below(&world->rng, 2) ? read->row[i] : world_row(world, t);
    struct gw_event ev = {.kind = GW_EVENT_SEEN,
                          .now_ms = world->now_ms,
                          .target = t,
                          .read = read->read,
                          .read_id = read->read_id,
                          .asked_ms = read->asked_ms,
                          .presence = row.presence,
                          .mate = page ? GW_PRESENCE_NONE : row.mate};

    if (world_chance(world, world->faults.blurred))
        ev.presence = GW_PRESENCE_UNKNOWN;
    if (page && world->device[t].half)
        ev.presence = GW_PRESENCE_MISSING;
    (void)gw_text_copy(ev.version, sizeof(ev.version), version[row.order + 1]);
    if (!page && world->device[t].mate != GW_NO_TARGET && !world_chance(world, world->faults.blurred))
        (void)gw_text_copy(ev.mate_version, sizeof(ev.mate_version), version[row.mate_order + 1]);
    world_hear_word(world, &ev);
    gw_rollout_handle(world->r, &ev);
    world_pull(world);
}

static bool world_page_is_odd(const struct world *world, const struct world_pending *read)
{
    for (uint32_t i = 0; i < read->n_targets; i++)
        if (read->read == GW_READ_PAGE && world->device[read->targets[i]].nature == WORLD_ODD)
            return true;
    return false;
}

/* How the read ends as a whole. */
static struct gw_answer world_judge_read(struct world *world, const struct world_pending *read)
{
    struct gw_answer account = world_judge_account(world);

    if (world->lane[read->lane].dark || world_chance(world, world->faults.never_sent))
        return never_sent;
    if (world->now_ms >= world->outage_from_ms && world->now_ms < world->outage_until_ms)
        return world->outage;
    if (account.class_ != GW_CLASS_NONE)
        return account;
    if (world_chance(world, world->faults.read_throttled))
        return world_throttle(world);
    if (world_chance(world, world->faults.read_fails))
        return (struct gw_answer){.proof = GW_PROOF_IN_DOUBT, .class_ = GW_CLASS_UNKNOWN, .code = "timeout"};
    if (world_page_is_odd(world, read))
        return (struct gw_answer){
            .proof = GW_PROOF_IN_DOUBT, .class_ = GW_CLASS_UNKNOWN, .http_status = 200, .code = "bad_reply"};
    return (struct gw_answer){.proof = GW_PROOF_ACCEPTED, .class_ = GW_CLASS_ACCEPTED, .http_status = 200};
}

void world_read_answers(struct world *world, const struct world_pending *read)
{
    struct gw_event done = {.kind = GW_EVENT_READ_DONE,
                            .now_ms = world->now_ms,
                            .read = read->read,
                            .read_id = read->read_id,
                            .lane = read->lane,
                            .n_targets = read->n_targets,
                            .targets = read->targets,
                            .answer = world_judge_read(world, read)};

    for (uint32_t i = 0; i < read->n_targets; i++) {
        if (done.answer.proof != GW_PROOF_ACCEPTED)
            world_hear_unread(world, read->targets[i], &done);
        else if (read->read != GW_READ_PAGE || !world_chance(world, world->faults.row_missing))
            world_see(world, read, i);
    }
    world_hear_read(world, &done);
    gw_rollout_handle(world->r, &done);
    world_pull(world);
}
