/*
 * A hostile cloud. A small rollout is driven by the production pump and exchanges in virtual time, against the model of
 * the cloud; the bytes say how each reply comes: as it should, lost, late, mutated, or as something else altogether.
 * When there are no more bytes the cloud is honest.
 *
 * What must hold whatever it says: no call leaves without an intent of its own that is durable, no target gets a second
 * outcome or a call after its outcome, and the run ends within a bound of steps. Where the cloud lost replies and never
 * lied, no device is upgraded twice, and who succeeded is at the version.
 */
#include <stdlib.h>
#include <string.h>

#include "gatewave/app/keys.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/sim/cloud.h"

#include "fuzz.h"
#include "reply.h"
#include "run/pump.h"
#include "stage.h"
#include "twists.h"
#include "wires.h"

#define TARGETS    5
#define STEPS_MAX  20000
#define REPLY_MS   50
#define TIMEOUT_MS 30000
#define VERSION    "2.4.0"
#define SECRET     "testsecret"

/* What happened to a target, by what is durable and what left. */
struct ledger {
    uint32_t intents, calls;
    char nonce[GW_NONCE_SIZE]; /* of the last intent, until its call leaves */
    enum gw_state outcome;
};

struct world {
    struct fuzz_bytes bytes;
    bool xml, v1, verify;
    bool well; /* nothing was lost, no device is broken, and it is looked at what became of them */
    bool lied;
    struct gw_loop *loop;
    struct gw_cloud *cloud;
    struct gw_roster roster;
    struct gw_names waves;
    struct gw_rollout *rollout;
    void *memory;
    struct gw_pump *pump;
    struct gw_config config;
    struct gw_taken taken;
    struct gw_keys *keys;
    struct gw_exchanges *exchanges;
    struct gw_buf earlier;
    struct ledger ledger[TARGETS];
};

static const char *const keys[] = {"testid:" SECRET "@main", NULL};

/* In dispatch order; the inventory does not know the last one's serial. */
static const struct gw_cloud_device fleet[TARGETS] = {
    {"main", "sag-1", "cn-shanghai", "s1", "sag-1000", "", "", "2.3.0", "d1", GW_CLOUD_SINGLE},
    {"main", "sag-2", "cn-shanghai", "s2b", "sag-1000", "", "", "2.3.0", "d1", GW_CLOUD_STANDBY},
    {"main", "sag-2", "cn-shanghai", "s2a", "sag-1000", "", "", "2.3.0", "d1", GW_CLOUD_ACTIVE},
    {"main", "sag-3", "cn-shanghai", "s3", "sag-100wm", "", "", "2.4.0", "d1", GW_CLOUD_SINGLE},
    {"main", "sag-4", "cn-shanghai", "s4", "sag-100wm", "", "", "2.3.0", "d1", GW_CLOUD_SINGLE},
};

/* ---- what is durable, and what leaves ---- */

static void end_target(struct ledger *ledger, enum gw_state state)
{
    GW_CHECK(ledger->outcome == GW_STATE_NONE && "a target has one outcome at most");
    if (gw_state_is_outcome(state))
        ledger->outcome = state;
}

static void durable(void *user, const struct gw_record *record)
{
    struct world *world = user;
    struct ledger *ledger = record->target < TARGETS ? &world->ledger[record->target] : NULL;

    switch (record->kind) {
    case GW_RECORD_INTENT:
        GW_CHECK(ledger && ledger->outcome == GW_STATE_NONE && record->attempt == ledger->intents + 1);
        ledger->intents++;
        memcpy(ledger->nonce, record->nonce, sizeof(ledger->nonce));
        break;
    case GW_RECORD_ANSWER:
    case GW_RECORD_STATE:
    case GW_RECORD_RESOLVED:
    case GW_RECORD_SEEN:
        GW_CHECK(ledger);
        end_target(ledger, record->state);
        break;
    case GW_RECORD_RELAPSED:
        GW_CHECK(ledger && ledger->outcome == GW_STATE_SUCCEEDED);
        break;
    default:
        break;
    }
}

static uint64_t commit_ms(void *user)
{
    struct world *world = user;

    return fuzz_byte(&world->bytes) % 16 * 10;
}

static void check_call(struct world *world, const struct fuzz_request *request)
{
    struct ledger *ledger = NULL;

    for (size_t t = 0; t < TARGETS; t++)
        if (gw_text_equal(world->ledger[t].nonce, request->claim.nonce) &&
            gw_text_equal(fleet[t].gateway_id, gw_params_get(&request->params, "SmartAGId")))
            ledger = &world->ledger[t];
    GW_CHECK(ledger && "no call without a durable intent of its own");
    GW_CHECK(ledger->outcome == GW_STATE_NONE && ++ledger->calls <= ledger->intents);
    ledger->nonce[0] = '\0';
}

/* ---- the cloud ---- */

/* What the model says: the honest reply. */
static void ask(struct world *world, const struct fuzz_request *request, struct twist_reply *ret)
{
    struct gw_cloud_response *response = gw_mem_new(1, sizeof(*response));
    struct gw_reply_style style = {
        .xml = world->xml, .action = request->claim.action, .request_id = "REQUEST"};

    fuzz_request_ask(request, world->cloud, request->claim.key->account, response);
    ret->status = response->http_status;
    if (response->code)
        gw_reply_error(&ret->body, &style, response->code, response->message);
    else
        gw_reply_success(&ret->body, &style, response);
    free(response);
}

static void serve(void *user, const struct gw_http_request *sent, struct stage_end *ret)
{
    static const enum gw_http_cause unsent[] = {GW_HTTP_CAUSE_CONNECT, GW_HTTP_CAUSE_RESOLVE,
                                                GW_HTTP_CAUSE_CERTIFICATE, GW_HTTP_CAUSE_TLS};
    struct world *world = user;
    enum twist twist = (enum twist)(fuzz_byte(&world->bytes) % TWISTS);
    uint64_t now_ms = gw_loop_now_ms(world->loop), unix_ms = (uint64_t)STAGE_UNIX_MS + now_ms;
    struct twist_reply reply;
    struct fuzz_request request;

    fuzz_request_take(&request, sent, keys, unix_ms);
    GW_CHECK(!request.wrong && request.proven);
    if (sent->once)
        check_call(world, &request);
    twist_reply_init(&reply, world->xml);
    reply.date_unix_ms = (int64_t)unix_ms / 1000 * 1000;
    ret->end = GW_HTTP_COMPLETE;
    ret->at_ms = now_ms + REPLY_MS;
    world->well &= twist == TWIST_NONE;
    world->lied |= twist >= TWISTS_HONEST;
    if (twist != TWIST_UNSENT && twist != TWIST_LOST_REQUEST)
        ask(world, &request, &reply);
    if (twist == TWIST_UNSENT) {
        ret->end = GW_HTTP_NEVER_SENT;
        ret->cause = unsent[fuzz_byte(&world->bytes) % GW_COUNT_OF(unsent)];
    } else if (twist == TWIST_LOST_REQUEST || twist == TWIST_LOST_REPLY) {
        ret->end = GW_HTTP_BROKEN;
        ret->cause = GW_HTTP_CAUSE_RESET;
    } else {
        twist_apply(twist, &world->bytes, &world->earlier, &reply);
        twist_write(twist, &world->bytes, &reply, &ret->bytes);
    }
    if (twist == TWIST_LATE)
        ret->at_ms += fuzz_byte(&world->bytes) * UINT64_C(100) % TIMEOUT_MS;
    if (twist == TWIST_NONE) {
        gw_buf_reset(&world->earlier);
        gw_buf_add(&world->earlier, reply.body.data, reply.body.len);
    }
    twist_reply_release(&reply);
    fuzz_request_release(&request);
}

/* ---- the rollout ---- */

static uint64_t wait_ms(void *user, enum gw_stop stop)
{
    (void)user;
    (void)stop;
    return 0;
}

static const struct gw_limits limits = {.rate = {.calls = 2, .window_ms = 1000},
                                        .read_rate = {.calls = 5, .window_ms = 1000},
                                        .in_flight = 4,
                                        .upgrading = 4};

static void load_targets(struct world *world, struct gw_rollout *r)
{
    const struct gw_gate_rule rule = {.baseline_bp = 100, .alarm_bp = 800, .least = 20};
    const struct gw_wave_start wave[] = {
        {.first = 0, .targets = 1, .phase = GW_PHASE_PENDING, .soak_ms = 60000, .limits = limits},
        {.first = 1, .targets = TARGETS - 1, .phase = GW_PHASE_PENDING, .limits = limits},
    };

    for (uint32_t i = 0; i < GW_COUNT_OF(wave); i++) {
        gw_rollout_load_wave(r, i, &wave[i]);
        gw_rollout_load_rule(r, i, GW_NO_MODEL, &rule);
        for (uint32_t model = 0; model < world->roster.model.n; model++)
            gw_rollout_load_rule(r, i, model, &rule);
    }
    for (uint32_t t = 0; t < TARGETS; t++) {
        bool pair = fleet[t].role != GW_CLOUD_SINGLE;
        struct gw_target_start start = {.state = GW_STATE_WAITING,
                                        .pair = pair,
                                        .by_one = pair,
                                        .mate = pair ? 3 - t : GW_NO_TARGET,
                                        .model = gw_names_find(&world->roster.model, fleet[t].model)};

        gw_rollout_load(r, t, &start);
    }
}

static void load_rollout(struct world *world)
{
    struct gw_shape shape = {.targets = TARGETS,
                             .lanes = 1,
                             .waves = 2,
                             .models = world->roster.model.n,
                             .zones = 1,
                             .rate_calls = limits.rate.calls,
                             .read_rate_calls = limits.read_rate.calls};
    struct gw_drive drive = {
        .version = VERSION,
        .limits = limits,
        .reads = 4,
        .attempts = 3,
        .backoff_first_ms = 1000,
        .backoff_longest_ms = 60000,
        .offline_ms = 300000,
        .verify = world->verify,
        .pre_read = true,
        .every_ms = 10000,
        .slow_ms = 120000,
        .stuck_ms = 600000,
        .fresh_ms = 60000,
        .fence_ms = 1020000,
        .agree_ms = 60000,
        .endpoint_down_ms = 300000,
        .pair_soak_ms = 30000,
        .patience_ms = 12 * 3600000,
    };
    uint64_t now_ms = gw_loop_now_ms(world->loop);
    size_t size = gw_rollout_size(&shape);

    world->memory = gw_mem_new(size, 1);
    memset(world->memory, 0xa5, size);
    world->rollout =
        gw_rollout_init(world->memory, size, &shape, &drive, 1, now_ms, STAGE_UNIX_MS + (int64_t)now_ms);
    load_targets(world, world->rollout);
}

/* ---- the stage ---- */

static void set_roster(struct world *world)
{
    struct gw_roster *roster = &world->roster;
    struct gw_err err;

    roster->n = TARGETS;
    roster->n_lanes = 1;
    roster->lane = gw_mem_new(1, sizeof(*roster->lane));
    (void)gw_text_copy(roster->lane->account, sizeof(roster->lane->account), "main");
    (void)gw_text_copy(roster->lane->region, sizeof(roster->lane->region), "cn-shanghai");
    GW_CHECK(gw_endpoint_resolve("cn-shanghai", "", false, &roster->lane->endpoint, &err) == GW_OK);
    roster->lane_of = gw_mem_new(TARGETS, sizeof(*roster->lane_of));
    roster->gateway_id = gw_mem_new(TARGETS, sizeof(*roster->gateway_id));
    roster->serial = gw_mem_new(TARGETS, sizeof(*roster->serial));
    for (size_t t = 0; t < TARGETS; t++) {
        roster->gateway_id[t] = gw_mem_dup(fleet[t].gateway_id);
        roster->serial[t] = gw_mem_dup(t + 1 < TARGETS ? fleet[t].serial : "");
        (void)gw_names_add(&roster->model, fleet[t].model);
    }
    (void)gw_names_add(&world->waves, "canary");
    (void)gw_names_add(&world->waves, "rest");
}

/* Its devices; a byte says what is wrong with the first one that is called. */
static void set_cloud(struct world *world)
{
    static const char *const fault[] = {"",      "brick", "stay", "relapse", "offline", "refuse:NotBoundCCN",
                                        "switch"};
    const char *chosen = fault[fuzz_byte(&world->bytes) % GW_COUNT_OF(fault)];
    struct gw_cloud_options options;
    struct gw_err err;

    gw_cloud_options_init(&options);
    options.start_ms = (uint64_t)STAGE_UNIX_MS;
    options.upgrade_min_ms = 20000;
    options.upgrade_max_ms = 90000;
    world->cloud = gw_cloud_new(&options);
    for (size_t t = TARGETS; t > 0; t--)
        GW_CHECK(gw_cloud_add_device(world->cloud, &fleet[t - 1]));
    gw_cloud_add_version(world->cloud, VERSION, false);
    world->well = world->verify && !chosen[0];
    if (chosen[0])
        GW_CHECK(gw_cloud_add_fault(world->cloud, "sag-2", "", chosen, &err) == GW_OK);
}

static void set_program(struct world *world)
{
    static char none[] = "";
    struct gw_pump_parts parts = {.loop = world->loop,
                                  .rollout = world->rollout,
                                  .roster = &world->roster,
                                  .wave = &world->waves,
                                  .fence_ms = 1020000,
                                  .rate_calls = limits.rate.calls,
                                  .wait_ms = wait_ms};
    struct gw_err err;

    world->config = (struct gw_config){.cloud = {.v1 = world->v1,
                                                 .xml = world->xml,
                                                 .ca_file = none,
                                                 .proxy = none,
                                                 .connect_timeout_ms = 5000,
                                                 .call_timeout_ms = TIMEOUT_MS}};
    GW_CHECK(setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "testid", 1) == 0 &&
             setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET, 1) == 0);
    world->keys = gw_keys_new(world->loop, &world->config, &world->taken, NULL, &err);
    GW_CHECK(world->keys && gw_keys_obtain(world->keys, NULL, &err) == GW_OK);
    world->pump = gw_pump_new(&parts);
    world->exchanges = gw_exchanges_new(world->loop, &world->config, world->keys, &world->roster, VERSION,
                                        false, limits.in_flight, 4, gw_pump_emit, world->pump, &err);
    GW_CHECK(world->exchanges != NULL);
    gw_rollout_start(world->rollout, gw_loop_now_ms(world->loop), false);
    gw_pump_start(world->pump, world->exchanges);
}

static void check_end(const struct world *world)
{
    const uint32_t *count = gw_rollout_counts(world->rollout);
    bool stopped = gw_rollout_stopped(world->rollout) != GW_STOP_NONE;
    uint32_t outcomes = 0;

    for (uint32_t t = 0; t < TARGETS; t++) {
        outcomes += world->ledger[t].outcome != GW_STATE_NONE;
        GW_CHECK(!world->well || world->ledger[t].outcome == GW_STATE_SUCCEEDED ||
                 world->ledger[t].outcome == GW_STATE_SKIPPED);
    }
    GW_CHECK(stopped || outcomes == TARGETS);
    GW_CHECK(count[GW_STATE_IN_FLIGHT] == 0);
    for (uint32_t t = 0; t < TARGETS && !world->lied; t++) {
        struct gw_cloud_device_truth truth;

        gw_cloud_device_at(world->cloud, TARGETS - 1 - t,
                           (uint64_t)STAGE_UNIX_MS + gw_loop_now_ms(world->loop), &truth);
        GW_CHECK(gw_text_equal(truth.serial, fleet[t].serial) && truth.updates_effective <= 1);
        if (world->ledger[t].outcome == GW_STATE_SUCCEEDED && world->verify)
            GW_CHECK(truth.updates_effective == 1);
        if (world->ledger[t].outcome == GW_STATE_CANCELED)
            GW_CHECK(truth.updates_effective == 0);
    }
}

static void release(struct world *world)
{
    gw_exchanges_free(world->exchanges);
    gw_keys_free(world->keys);
    gw_taken_release(&world->taken);
    gw_pump_free(world->pump);
    stage_free(world->loop);
    gw_cloud_free(world->cloud);
    gw_names_release(&world->waves);
    gw_roster_release(&world->roster);
    gw_buf_release(&world->earlier);
    free(world->memory);
    free(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world *world = gw_mem_new(1, sizeof(*world));
    struct stage_play play = {.durable = durable, .commit_ms = commit_ms, .serve = serve, .user = world};
    uint32_t steps = 0;
    uint8_t choice;

    world->bytes = (struct fuzz_bytes){data, size};
    choice = fuzz_byte(&world->bytes);
    world->xml = choice & 1;
    world->v1 = choice & 2;
    world->verify = !(choice & 4);
    gw_buf_init(&world->earlier, 0);
    world->loop = stage_new(&play);
    set_cloud(world);
    set_roster(world);
    load_rollout(world);
    set_program(world);
    while (stage_step(world->loop))
        GW_CHECK(++steps < STEPS_MAX && "I36: it ends");
    check_end(world);
    release(world);
    return 0;
}
