/*
 * What deciding costs: CPU time for each target of a whole rollout in virtual time, at 10,000 and at 1,000,000 targets.
 * Started by tests/bench/run scheduler.
 *
 * The cloud is good and in memory: a call is answered after 100 ms, a read after 50 ms, an upgrade takes two minutes.
 * Waves of 10, 50, 200, 800 and the rest of the gateways, each gated; every fifth gateway is a pair, with a soak of five
 * minutes between the two; four lanes, five zones, whose windows open in turn or always; sites of ten gateways with one
 * device at a time, regions and ISPs with limits that bind now and then. One target in fifty refuses for now and is
 * called again, one in a hundred is offline. The harness's own work is in the figures: it is the same for each event.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/core/rollout.h"

#define LANES     4u
#define ZONES     5u
#define MODELS    8u
#define SITE_SIZE 10u
#define ISPS      6u
#define CALL_MS   100u
#define READ_MS   50u
#define GRADE_MS  120000u
#define DAY_MS    86400000
#define NIGHT_MS  (6 * 3600000)
#define DAYS      GW_OPENINGS_MOST
#define PENDING   4096u
/* Multiples of six: no pair is cut. */
#define SMALL 9996u
#define LARGE 1000002u

struct call {
    uint64_t at_ms;
    uint32_t target;
};

struct read {
    uint64_t at_ms, asked_ms;
    uint32_t lane, id, n_targets, targets[GW_PAGE_MAX];
    enum gw_read_kind kind;
};

/* What is under way takes as long for all: two queues in order of time. */
struct cloud {
    uint64_t now_ms, *there_ms; /* when its upgrade is over; 0: never called */
    bool *refused;
    struct call *call;
    struct read *read;
    uint32_t calls_first, calls, reads_first, reads;
    uint64_t events, effects;
    struct gw_rollout *r;
};

static void carry_out(struct cloud *cloud, const struct gw_effect *effect)
{
    struct read *read;

    cloud->effects++;
    if (effect->kind == GW_EFFECT_CALL) {
        GW_CHECK(cloud->calls < PENDING);
        cloud->call[(cloud->calls_first + cloud->calls++) % PENDING] =
            (struct call){.at_ms = cloud->now_ms + CALL_MS, .target = effect->target};
    } else if (effect->kind == GW_EFFECT_READ) {
        GW_CHECK(cloud->reads < PENDING);
        read = &cloud->read[(cloud->reads_first + cloud->reads++) % PENDING];
        *read = (struct read){.at_ms = cloud->now_ms + READ_MS,
                              .asked_ms = cloud->now_ms,
                              .lane = effect->lane,
                              .id = effect->read_id,
                              .kind = effect->read,
                              .n_targets = effect->n_targets};
        memcpy(read->targets, effect->targets, effect->n_targets * sizeof(*effect->targets));
    }
}

static void pull(struct cloud *cloud)
{
    struct gw_effect effect;

    while (gw_rollout_next(cloud->r, cloud->now_ms, &effect))
        carry_out(cloud, &effect);
}

static void answer(struct cloud *cloud)
{
    struct call call = cloud->call[cloud->calls_first];
    struct gw_event ev = {.kind = GW_EVENT_ANSWER, .now_ms = cloud->now_ms, .target = call.target};

    cloud->calls_first = (cloud->calls_first + 1) % PENDING;
    cloud->calls--;
    if (call.target % 50 == 7 && !cloud->refused[call.target]) {
        cloud->refused[call.target] = true;
        ev.answer = (struct gw_answer){.proof = GW_PROOF_REFUSED, .class_ = GW_CLASS_TRANSIENT};
    } else {
        cloud->there_ms[call.target] = cloud->now_ms + GRADE_MS;
        ev.answer = (struct gw_answer){.proof = GW_PROOF_ACCEPTED, .class_ = GW_CLASS_ACCEPTED};
    }
    cloud->events++;
    gw_rollout_handle(cloud->r, &ev);
    pull(cloud);
}

/* Of six devices in a row, four are gateways of their own and two are a pair. */
static uint32_t mate_of(uint32_t t)
{
    return t % 6 == 4 ? t + 1 : t % 6 == 5 ? t - 1 : GW_NO_TARGET;
}

static const char *version(const struct cloud *cloud, uint32_t t)
{
    return cloud->there_ms[t] > 0 ? "2.4.0" : "2.3.0";
}

static void tell(struct cloud *cloud, const struct read *read, uint32_t t)
{
    uint64_t there_ms = cloud->there_ms[t];
    bool offline = t % 100 == 13 || (there_ms > 0 && cloud->now_ms < there_ms);
    struct gw_event ev = {.kind = GW_EVENT_SEEN,
                          .now_ms = cloud->now_ms,
                          .target = t,
                          .read_id = read->id,
                          .read = read->kind,
                          .asked_ms = read->asked_ms,
                          .presence = offline ? GW_PRESENCE_OFFLINE : GW_PRESENCE_ONLINE,
                          .mate = read->kind == GW_READ_ONE ? GW_PRESENCE_ONLINE : GW_PRESENCE_NONE};

    (void)gw_text_copy(ev.version, sizeof(ev.version), version(cloud, t));
    if (read->kind == GW_READ_ONE && mate_of(t) == GW_NO_TARGET)
        ev.mate = GW_PRESENCE_NONE;
    else if (read->kind == GW_READ_ONE)
        (void)gw_text_copy(ev.mate_version, sizeof(ev.mate_version), version(cloud, mate_of(t)));
    cloud->events++;
    gw_rollout_handle(cloud->r, &ev);
    pull(cloud);
}

static void tell_all(struct cloud *cloud)
{
    struct read read = cloud->read[cloud->reads_first];
    struct gw_event done = {.kind = GW_EVENT_READ_DONE,
                            .now_ms = cloud->now_ms,
                            .read = read.kind,
                            .read_id = read.id,
                            .lane = read.lane,
                            .n_targets = read.n_targets,
                            .targets = read.targets,
                            .answer = {.proof = GW_PROOF_ACCEPTED, .class_ = GW_CLASS_ACCEPTED}};

    cloud->reads_first = (cloud->reads_first + 1) % PENDING;
    cloud->reads--;
    for (uint32_t i = 0; i < read.n_targets; i++)
        tell(cloud, &read, read.targets[i]);
    cloud->events++;
    gw_rollout_handle(cloud->r, &done);
    pull(cloud);
}

/* To the next thing that happens; false when nothing does any more. */
static bool step(struct cloud *cloud)
{
    uint64_t next_ms;

    pull(cloud);
    if (gw_rollout_ended(cloud->r))
        return false;
    next_ms = gw_rollout_deadline_ms(cloud->r, cloud->now_ms);
    if (cloud->calls > 0 && cloud->call[cloud->calls_first].at_ms < next_ms)
        next_ms = cloud->call[cloud->calls_first].at_ms;
    if (cloud->reads > 0 && cloud->read[cloud->reads_first].at_ms < next_ms)
        next_ms = cloud->read[cloud->reads_first].at_ms;
    GW_CHECK(next_ms != UINT64_MAX);
    cloud->now_ms = next_ms > cloud->now_ms ? next_ms : cloud->now_ms;
    while (cloud->calls > 0 && cloud->call[cloud->calls_first].at_ms <= cloud->now_ms)
        answer(cloud);
    while (cloud->reads > 0 && cloud->read[cloud->reads_first].at_ms <= cloud->now_ms)
        tell_all(cloud);
    return true;
}

/* ---- the rollout ---- */

static void load_waves(struct gw_rollout *r, uint32_t targets, uint32_t waves, const struct gw_limits *limits,
                       bool windowed)
{
    static const uint32_t size[] = {12, 60, 240, 960};
    const struct gw_gate_rule rule = {.baseline_bp = 100, .alarm_bp = 800};
    uint32_t first = 0;

    for (uint32_t wave = 0; wave < waves; wave++) {
        struct gw_wave_start start = {.first = first,
                                      .targets = wave + 1 < waves ? size[wave] : targets - first,
                                      .phase = GW_PHASE_PENDING,
                                      .windowed = windowed,
                                      .soak_ms = wave + 1 < waves ? 1800000 : 0,
                                      .limits = *limits};

        gw_rollout_load_wave(r, wave, &start);
        gw_rollout_load_rule(r, wave, GW_NO_MODEL, &rule);
        for (uint32_t zone = 0; zone < ZONES && windowed; zone++)
            for (int64_t day = 0; day < DAYS; day++)
                gw_rollout_load_opening(r, wave, zone, day * DAY_MS + zone * 3600000,
                                        day * DAY_MS + zone * 3600000 + NIGHT_MS);
        first += start.targets;
    }
}

static void load_targets(struct gw_rollout *r, uint32_t targets)
{
    for (uint32_t t = 0; t < targets; t++) {
        uint32_t gateway = t - (t % 6 == 5);
        struct gw_target_start start = {.lane = gateway / 7 % LANES,
                                        .mate = mate_of(t),
                                        .state = GW_STATE_WAITING,
                                        .model = gateway / 3 % MODELS,
                                        .zone = gateway / 11 % ZONES};

        /* The devices of a site do not stand together: dispatch order is a hash. */
        start.scope[GW_SCOPE_SITE] = 1 + gateway % (targets / SITE_SIZE);
        start.scope[GW_SCOPE_REGION] = 1 + start.lane;
        start.scope[GW_SCOPE_ISP] = 1 + gateway / 13 % ISPS;
        gw_rollout_load(r, t, &start);
    }
}

static struct gw_rollout *load(void *memory, size_t size, const struct gw_shape *shape, bool windowed)
{
    const struct gw_limits limits = {.rate = {.calls = UINT32_MAX},
                                     .read_rate = {.calls = UINT32_MAX},
                                     .in_flight = 256,
                                     .upgrading = 2000,
                                     .per = {1, 600, 450}};
    const struct gw_drive drive = {.version = "2.4.0",
                                   .limits = limits,
                                   .reads = 64,
                                   .attempts = 5,
                                   .backoff_first_ms = 1000,
                                   .backoff_longest_ms = 60000,
                                   .offline_ms = 600000,
                                   .verify = true,
                                   .pre_read = true,
                                   .every_ms = 30000,
                                   .slow_ms = 1200000,
                                   .stuck_ms = 3600000,
                                   .fresh_ms = 60000,
                                   .fence_ms = 1020000,
                                   .agree_ms = 30000,
                                   .endpoint_down_ms = 600000,
                                   .pair_soak_ms = 300000,
                                   .patience_ms = (uint64_t)DAYS * DAY_MS};
    struct gw_rollout *r = gw_rollout_init(memory, size, shape, &drive, 1, 0, 0);

    load_waves(r, shape->targets, shape->waves, &limits, windowed);
    load_targets(r, shape->targets);
    gw_rollout_start(r, 0, false);
    return r;
}

static double cpu_s(void)
{
    struct timespec now;

    GW_CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Microseconds of CPU for each target. */
static double measure(uint32_t targets, bool windowed)
{
    const struct gw_shape shape = {.targets = targets,
                                   .lanes = LANES,
                                   .waves = 5,
                                   .models = MODELS,
                                   .zones = ZONES,
                                   .scopes = {targets / SITE_SIZE, LANES, ISPS},
                                   .rate_calls = 1,
                                   .read_rate_calls = 1};
    size_t size = gw_rollout_size(&shape);
    void *memory = gw_mem_new(size, 1);
    struct cloud cloud = {.there_ms = gw_mem_new(targets, sizeof(*cloud.there_ms)),
                          .refused = gw_mem_new(targets, sizeof(*cloud.refused)),
                          .call = gw_mem_new(PENDING, sizeof(*cloud.call)),
                          .read = gw_mem_new(PENDING, sizeof(*cloud.read))};
    double begun_s = cpu_s(), us;

    cloud.r = load(memory, size, &shape, windowed);
    while (step(&cloud))
        ;
    us = (cpu_s() - begun_s) * 1e6 / targets;
    GW_CHECK(gw_rollout_stopped(cloud.r) == GW_STOP_NONE);
    printf("%-8s %9u %10.2f %8.1f %9.1f %8.1f %7.1f\n", windowed ? "nights" : "always", targets, us,
           (double)cloud.events / targets, (double)cloud.effects / targets, (double)cloud.now_ms / 3600000,
           (double)size / targets);
    free(cloud.there_ms);
    free(cloud.refused);
    free(cloud.call);
    free(cloud.read);
    free(memory);
    return us;
}

int main(void)
{
    printf("deciding, in virtual time: CPU for each target of a whole rollout\n");
    printf("%-8s %9s %10s %8s %9s %8s %7s\n", "windows", "targets", "us/target", "events", "effects", "hours",
           "bytes");
    for (int windowed = 0; windowed < 2; windowed++) {
        double small_us = measure(SMALL, windowed), large_us = measure(LARGE, windowed);

        printf("a hundred times as many targets cost %.2f times as much each\n", large_us / small_us);
    }
    return 0;
}
