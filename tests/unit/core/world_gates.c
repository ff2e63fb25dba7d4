/*
 * The rules of the hostile world for waves, charts, stops and orders. The charts are replayed from the outcomes in the
 * mirror; a wave is counted anew from its devices whenever something is said of it.
 */
#include <math.h>

#include "gatewave/base/check.h"

#include "world.h"

#define RULE(condition, words) GW_CHECK((condition) && words)

#define FULL_BP 10000u
#define LOOKS   3

/* ---- what is well ---- */

bool world_is_well(const struct world_device *device)
{
    return (device->state == GW_STATE_SUCCEEDED && !device->relapsed) || device->at_version;
}

static bool is_not_well(const struct world_device *device)
{
    return device->relapsed || device->state == GW_STATE_FAILED || device->state == GW_STATE_UNRESOLVED ||
           (device->state == GW_STATE_DEFERRED && !device->on_hold);
}

struct tally {
    uint32_t well, not_well, open, succeeded;
};

static struct tally count(const struct world *world, const struct world_wave *wave)
{
    struct tally tally = {0};

    for (uint32_t t = wave->plan.first; t < wave->plan.first + wave->plan.targets; t++) {
        const struct world_device *device = &world->device[t];

        tally.well += world_is_well(device);
        tally.not_well += is_not_well(device);
        tally.open += !gw_state_is_outcome(device->state);
        tally.succeeded += device->state == GW_STATE_SUCCEEDED && !device->relapsed;
    }
    return tally;
}

/* More than eight times likelier at what was seen than at what is normal, for each of `asked` groups. */
static bool is_doubtful(const struct gw_gate_rule *rule, double failed, double called, uint32_t asked)
{
    double normal = rule->baseline_bp / (double)FULL_BP, well = called - failed;

    if (called == 0 || failed / called <= normal)
        return false;
    return failed * log(failed / called / normal) +
               (well > 0 ? well * log(well / called / (1 - normal)) : 0) >
           log(8.0 * asked);
}

/* By the charts as they were replayed; a model is asked where it is one of several. */
static bool shows_doubt(const struct world *world, const struct world_wave *wave)
{
    uint32_t models = 0;
    bool doubt = false;

    for (uint32_t m = 0; m < world->models; m++)
        models += world->replay[m + 1].judged > world->replay[m + 1].refused;
    for (uint32_t i = 0; i <= world->models; i++) {
        const struct gw_chart *chart = &world->replay[i];
        const struct gw_gate_rule *rule =
            i > 0 && wave->model_rule[i - 1].baseline_bp > 0 ? &wave->model_rule[i - 1] : &wave->rule;

        if (i == 0 || models > 1)
            doubt |= is_doubtful(rule, chart->failed - chart->refused, chart->judged - chart->refused,
                                 i > 0 ? models : 1);
    }
    return doubt;
}

static bool may_promote(const struct world *world, const struct world_wave *wave, const struct tally *tally)
{
    uint64_t of = tally->well + tally->not_well, not_well_bp = (uint64_t)tally->not_well * FULL_BP;

    if (wave->rule.max_failed_share_bp && of >= wave->rule.least &&
        not_well_bp > wave->rule.max_failed_share_bp * of)
        return false;
    return world->drive.verify && tally->well > 0 && 2 * tally->not_well < of && !shows_doubt(world, wave);
}

/* ---- charts ---- */

/* What an outcome says of the version, by what the mirror said of the device before. */
enum mark {
    SUCCEEDS,
    FAILS,
    REFUSED,
    RELAPSES
};

static void replay_one(struct world *world, const struct world_wave *wave, uint32_t model, enum mark mark)
{
    struct gw_chart *chart = &world->replay[model == GW_NO_MODEL ? 0 : model + 1];
    struct gw_gate_rule rule = wave->rule;
    struct gw_chart_step step;

    if (model != GW_NO_MODEL) {
        rule.failed_limit = rule.max_failed_share_bp = 0;
        if (wave->model_rule[model].baseline_bp > 0)
            rule = wave->model_rule[model];
    }
    gw_chart_step_init(&step, &rule, world->n);
    if (mark == REFUSED)
        (void)gw_chart_refuse(chart, &rule, &step);
    else if (mark == RELAPSES)
        (void)gw_chart_relapse(chart, &rule, &step);
    else
        (void)gw_chart_judge(chart, &rule, &step, mark == FAILS);
}

static bool world_mark(const struct world_device *device, const struct gw_record *record, enum mark *ret)
{
    if (record->kind == GW_RECORD_RELAPSED)
        *ret = RELAPSES;
    else if (record->state == GW_STATE_SUCCEEDED)
        *ret = SUCCEEDS;
    else if (record->state == GW_STATE_UNRESOLVED ||
             (record->state == GW_STATE_FAILED &&
              (device->state == GW_STATE_UPGRADING || device->state == GW_STATE_IN_DOUBT)))
        *ret = FAILS;
    else if (record->state == GW_STATE_FAILED)
        *ret = REFUSED;
    else
        return false;
    return true;
}

void world_replay(struct world *world, const struct gw_record *record)
{
    const struct world_device *device = &world->device[record->target];
    enum mark mark;

    if (!world_mark(device, record, &mark))
        return;
    replay_one(world, world_wave_of(world, record->target), device->model, mark);
    replay_one(world, world_wave_of(world, record->target), GW_NO_MODEL, mark);
}

/* ---- what is given out ---- */

static void decide_wave(struct world *world, const struct gw_record *record)
{
    struct world_wave *wave = &world->wave[record->wave];
    const struct gw_limits *limits = world_limits(world, wave);

    if (record->phase == GW_PHASE_RUNNING && wave->decided == GW_PHASE_PENDING) {
        world->read_rate = limits->read_rate;
        world->rate = world->paced_now.calls > 0 ? world->paced_now : limits->rate;
    }
    wave->decided = record->phase;
    if (record->phase != GW_PHASE_SOAKING)
        return;
    wave->soak_begun_ms = world->now_ms;
    wave->looked_ms = 0;
    wave->soaked = false;
    wave->soak_unix_ms = world_unix_ms(world) + (int64_t)record->soak_ms;
}

static void decide_order(struct world *world, const struct gw_record *record)
{
    const struct world_order *order = &world->order[record->order - 1];

    if (!record->accepted)
        return;
    switch (order->order.kind) {
    case GW_ORDER_PAUSE:
        world->paused_now = true;
        break;
    case GW_ORDER_RESUME:
        world->paused_now = false;
        if (record->said.word == GW_SAID_FORGIVEN)
            world->tripped_now = false;
        break;
    case GW_ORDER_ABORT:
        world->aborted_now = true;
        break;
    case GW_ORDER_PACE:
        world->rate = world->paced_now = order->order.rate;
        break;
    default:
        break;
    }
}

static void decide_intent(struct world *world, const struct gw_record *record)
{
    const struct world_wave *wave = world_wave_of(world, record->target);

    RULE(!world->tripped_now, "I18: no call after a gate has tripped");
    RULE(!world->paused_now, "no call while it is paused");
    RULE(!world->aborted_now, "I20: no call after an abort");
    RULE(wave->decided == GW_PHASE_RUNNING, "I16: only the wave that is under way is called");
    for (const struct world_wave *before = world->wave; before < wave; before++)
        RULE(before->decided == GW_PHASE_FINISHED, "I16: only after the wave before is finished");
}

void world_check_decided_record(struct world *world, const struct gw_record *record)
{
    if (record->kind == GW_RECORD_WAVE)
        decide_wave(world, record);
    else if (record->kind == GW_RECORD_ORDER)
        decide_order(world, record);
    else if (record->kind == GW_RECORD_INTENT)
        decide_intent(world, record);
    else if (record->kind == GW_RECORD_VERDICT && record->verdict == GW_VERDICT_ABORT)
        world->tripped_now = true;
    if (record->kind == GW_RECORD_VERDICT && record->verdict != GW_VERDICT_ABORT) {
        const struct world_wave *wave = &world->wave[record->wave];

        /* Judged after a soak, if it has one and there is anything to see. */
        if (wave->decided == GW_PHASE_SOAKING)
            RULE(wave->looked_ms > 0 || record->succeeded == 0 || wave->plan.soak_ms == 0 ||
                     count(world, wave).succeeded == 0,
                 "I17: the wave is looked at when it has soaked");
    }
}

/* ---- what becomes durable ---- */

static bool may_follow(enum gw_phase before, enum gw_phase after)
{
    switch (before) {
    case GW_PHASE_PENDING:
        return after == GW_PHASE_RUNNING;
    case GW_PHASE_RUNNING:
        return after == GW_PHASE_SOAKING || after == GW_PHASE_WAITING || after == GW_PHASE_FINISHED;
    case GW_PHASE_SOAKING:
        return after == GW_PHASE_WAITING || after == GW_PHASE_FINISHED;
    case GW_PHASE_WAITING:
        return after == GW_PHASE_RUNNING || after == GW_PHASE_FINISHED;
    default:
        return false;
    }
}

static bool somebody_is_open(const struct world *world)
{
    for (uint32_t t = 0; t < world->n; t++)
        if (!gw_state_is_outcome(world->device[t].state))
            return true;
    return false;
}

static void check_phase(struct world *world, const struct gw_record *record)
{
    struct world_wave *wave = &world->wave[record->wave];
    bool last = record->wave + 1 == world->waves;
    struct tally tally = count(world, wave);

    if (record->phase == GW_PHASE_ABORTED) {
        RULE(world->phase == GW_PHASE_ABORTING && tally.open == 0, "I20: a wave is aborted with its rollout");
        return;
    }
    RULE(may_follow(wave->plan.phase, record->phase), "I16: a wave goes one way");
    for (uint32_t i = 0; i < record->wave; i++)
        RULE(world->wave[i].plan.phase == GW_PHASE_FINISHED, "I16: one wave after the other");
    if (record->phase == GW_PHASE_SOAKING || record->phase == GW_PHASE_FINISHED)
        RULE(tally.open == 0, "I16: a wave is over when all its devices have their outcomes");
    if (record->phase == GW_PHASE_SOAKING)
        RULE(record->soak_ms == wave->plan.soak_ms && record->soak_ms > 0,
             "I17: a wave soaks for as long as asked");
    if (record->phase == GW_PHASE_FINISHED && !last && somebody_is_open(world))
        wave->unpromoted = wave->plan.verdict != GW_VERDICT_PROMOTE || wave->plan.approve;
    if (wave->plan.phase == GW_PHASE_WAITING && record->phase == GW_PHASE_RUNNING) {
        RULE(wave->plan.verdict == GW_VERDICT_ABORT, "only what a gate has stopped runs again");
        for (uint32_t i = 0; i <= world->models; i++)
            world->replay[i] = (struct gw_chart){0};
        wave->resumed = true;
    }
}

static void check_looks(const struct world *world, const struct world_wave *wave)
{
    for (uint32_t t = wave->plan.first; t < wave->plan.first + wave->plan.targets; t++) {
        const struct world_device *device = &world->device[t];

        if (device->state != GW_STATE_SUCCEEDED || device->relapsed)
            continue;
        RULE(wave->looked_ms > 0 && device->word.asked_ms >= wave->looked_ms,
             "I17: each device is looked at when its wave has soaked");
        RULE(device->word.presence == GW_PRESENCE_ONLINE && device->word.order >= 0,
             "I17: what is not well then has relapsed");
    }
}

static void check_verdict(struct world *world, const struct gw_record *record)
{
    const struct world_wave *wave = &world->wave[record->wave];
    struct tally tally = count(world, wave);

    if (record->verdict == GW_VERDICT_ABORT) {
        const struct gw_chart *chart = &world->replay[record->model == GW_NO_MODEL ? 0 : record->model + 1];

        RULE(record->chart.trip != GW_TRIP_NONE && chart->trip == record->chart.trip,
             "a gate stops what has tripped it");
        return;
    }
    RULE(tally.open == 0, "I16: a wave is judged when all its devices have their outcomes");
    RULE(record->succeeded == tally.well && record->of == tally.well + tally.not_well,
         "I16: a verdict's counts are the outcomes'");
    RULE(record->verdict == (may_promote(world, wave, &tally) ? GW_VERDICT_PROMOTE : GW_VERDICT_HOLD),
         "I16: no evidence, or too much that is not well, is no promotion");
    if (wave->plan.soak_ms > 0 && world->drive.verify && tally.well > 0) {
        RULE(wave->plan.phase == GW_PHASE_SOAKING, "I17: a wave is judged when it has soaked");
        check_looks(world, wave);
    }
}

void world_check_wave_record(struct world *world, const struct gw_record *record)
{
    if (record->kind == GW_RECORD_VERDICT)
        check_verdict(world, record);
    else
        check_phase(world, record);
}

void world_check_order_record(struct world *world, const struct gw_record *record)
{
    const struct world_order *order;

    RULE(record->order >= 1 && record->order <= world->orders, "an answer is to an order");
    order = &world->order[record->order - 1];
    RULE(!order->answered, "an order is answered once");
    RULE(record->said.word != GW_SAID_NOTHING, "an answer says why");
    for (uint32_t i = 0; i + 1 < (uint32_t)record->order; i++)
        RULE(world->order[i].answered, "orders are answered one after the other");
    for (uint32_t i = 0; i < world->waves; i++) {
        struct world_wave *wave = &world->wave[i];

        if (order->order.kind == GW_ORDER_APPROVE && record->accepted &&
            (order->order.wave == i || order->order.wave == GW_NO_WAVE))
            wave->unpromoted = false;
        if (order->order.kind == GW_ORDER_RESUME && record->accepted)
            wave->resumed = false;
    }
}

void world_check_transaction(struct world *world)
{
    struct world_wave *wave = world_wave_now(world);

    for (uint32_t i = 0; i < world->waves; i++) {
        RULE(!world->wave[i].unpromoted, "I16: only a promotion or a person lets the next wave begin");
        RULE(!world->wave[i].resumed, "I18: only a person lets a stopped wave go on");
    }
    for (uint32_t i = 0; i <= world->models; i++) {
        const struct gw_chart *is = &world->chart[i], *must = &world->replay[i];

        RULE(is->level_unats == must->level_unats && is->failed == must->failed &&
                 is->judged == must->judged && is->trip == must->trip,
             "a chart is what the outcomes since the last forgiving make of it");
        /* What trips while an abort is under way has nothing left to stop. */
        if (is->trip != GW_TRIP_NONE && wave && !world->aborted_now)
            RULE((wave->plan.phase == GW_PHASE_WAITING || wave->plan.phase == GW_PHASE_ABORTED) &&
                     wave->plan.verdict == GW_VERDICT_ABORT,
                 "I18: what has tripped has stopped its wave");
    }
}

/* ---- a run ends ---- */

static bool waits_for_window(struct world *world, const struct world_wave *wave)
{
    uint64_t opens_ms, closes_ms;
    uint32_t waiting = 0;

    for (uint32_t t = wave->plan.first; t < wave->plan.first + wave->plan.targets; t++) {
        if (world->device[t].state != GW_STATE_WAITING)
            continue;
        waiting++;
        /* The second of a pair may wait for the first, which waits for the window. */
        if (world->device[t].mate == GW_NO_TARGET && world_may_call_ms(world, t, &opens_ms, &closes_ms) &&
            opens_ms <= world->now_ms + world->drive.patience_ms)
            return false;
    }
    return waiting > 0;
}

void world_check_stop(struct world *world, enum gw_stop stop)
{
    const struct world_wave *wave = world_wave_now(world);
    bool waits = wave && wave->plan.phase == GW_PHASE_WAITING;

    switch (stop) {
    case GW_STOP_NONE:
        RULE(!wave && world->phase == GW_PHASE_FINISHED, "I25: a run that nothing stopped has finished");
        break;
    case GW_STOP_GATE:
        RULE(world->tripped_now && (!wave || (waits && wave->plan.verdict == GW_VERDICT_ABORT)),
             "I18: a gate stops what has tripped it");
        break;
    case GW_STOP_HOLD:
        RULE(waits && wave->plan.verdict == GW_VERDICT_HOLD, "I16: on hold for its verdict");
        break;
    case GW_STOP_APPROVAL:
        RULE(waits && wave->plan.verdict == GW_VERDICT_PROMOTE && wave->plan.approve,
             "I16: an approval is asked for where one was wanted");
        break;
    case GW_STOP_PAUSE:
        RULE(world->paused, "paused by a person");
        break;
    case GW_STOP_ABORT:
        RULE(world->aborted && world->phase == GW_PHASE_ABORTED, "I20: aborted by a person, and ended");
        RULE(world_count(world, GW_STATE_WAITING) == 0, "I20: what waits is canceled");
        break;
    case GW_STOP_WINDOW:
        world->closings++;
        RULE(wave && wave->plan.windowed && waits_for_window(world, wave),
             "I15: closed for longer than it is waited for");
        break;
    case GW_STOP_SOAK:
        RULE(wave && wave->plan.phase == GW_PHASE_SOAKING &&
                 world_soaked_ms(world, wave) > world->now_ms + world->drive.patience_ms,
             "I17: soaks for longer than it is waited for");
        break;
    default:
        break;
    }
    for (uint32_t i = 0; i < world->orders; i++)
        RULE(world->order[i].answered, "every order is answered");
}

/* ---- a call ---- */

void world_check_intent_wave(struct world *world, uint32_t t)
{
    const struct world_wave *wave = world_wave_of(world, t);
    const struct gw_limits *limits = world_limits(world, wave);
    uint32_t doubtful = 1, under_way = 1, in_scope[GW_SCOPE_COUNT] = {1, 1, 1};

    RULE(wave->plan.phase == GW_PHASE_RUNNING, "I16: only the wave that is under way is called");
    RULE(!world->device[t].left_out, "who is left out is not called");
    for (uint32_t i = 0; i < world->n; i++) {
        const struct world_device *device = &world->device[i];
        bool doubt = device->state == GW_STATE_IN_FLIGHT || device->state == GW_STATE_IN_DOUBT;
        bool busy = doubt || device->state == GW_STATE_UPGRADING;
        /* In truth, too; but who does not look cannot know. */
        bool at_work = busy || (world->drive.verify &&
                                (device->on_its_way > 0 || device->busy_until_ms > world->now_ms));

        if (i == t)
            continue;
        doubtful += doubt;
        under_way += busy;
        for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++)
            in_scope[scope] +=
                at_work && device->scope[scope] > 0 && device->scope[scope] == world->device[t].scope[scope];
    }
    RULE(doubtful <= limits->in_flight, "I9: unresolved calls keep their slots");
    RULE(under_way <= limits->upgrading, "I10: devices upgrading at once");
    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++)
        RULE(limits->per[scope] == 0 || world->device[t].scope[scope] == 0 ||
                 in_scope[scope] <= limits->per[scope],
             "I10: devices upgrading at once in one site, region or ISP");
}
