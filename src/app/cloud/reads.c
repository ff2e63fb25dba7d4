/*
 * Reads outside of a rollout. Each lane has its slots, so that nothing queues without a limit; a slot is free, on the wire,
 * or waits to be tried again. One pump for each turn of the loop looks at all lanes, beginning at another one each time.
 */
#include "reads.h"

#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "clock.h"
#include "reads_local.h"

#define NEVER       UINT64_MAX
#define RING_MOST   1024   /* send times that are remembered of a lane */
#define KEY_WAIT_MS 250    /* how soon a lane without a key asks for one again ... */
#define KEY_MOST_MS 120000 /* ... and how long it does */
#define STALL_MS    15000

static void gw_reads_wake(void *user)
{
    (void)user; /* the turn that follows has the pump */
}

static void gw_reads_init_lane(struct gw_reads *reads, uint32_t number, bool patient)
{
    struct gw_read_lane *lane = &reads->lane[number];

    gw_ring_init(&lane->ring, reads->rate, reads->memory + (size_t)number * RING_MOST);
    for (uint32_t i = 0; patient && i < lane->ring.n; i++)
        gw_ring_add(&lane->ring, gw_loop_now_ms(reads->loop));
    for (uint32_t i = 0; i < GW_READS_LANE_MOST; i++)
        lane->read[i] = (struct gw_read){.reads = reads, .lane = number};
}

/* In windows of about a second: a rate by the minute is even then, and the window that is left free is no minute. */
static struct gw_rate gw_reads_rate(struct gw_rate rate)
{
    uint64_t room = gw_rate_per_1000s(rate) / 1000;

    return gw_rate_guarded(gw_rate_fitted(rate, room < 1           ? 1
                                                : room > RING_MOST ? RING_MOST
                                                                   : (uint32_t)room));
}

struct gw_reads *gw_reads_new(struct gw_loop *loop, const struct gw_config *config,
                              const struct gw_reads_lane *lanes, uint32_t n_lanes, struct gw_keys *keys,
                              const struct gw_reads_caller *caller, bool patient, struct gw_err *err)
{
    struct gw_reads *reads = gw_mem_new(1, sizeof(*reads));
    struct gw_http_config http = {
        .ca_file = config->cloud.ca_file,
        .proxy = config->cloud.proxy,
        .connect_timeout_ms = config->cloud.connect_timeout_ms,
        .call_timeout_ms = config->cloud.call_timeout_ms,
        .stall_ms = STALL_MS,
        .slots = n_lanes < GW_READS_MOST / GW_READS_LANE_MOST ? n_lanes * GW_READS_LANE_MOST : GW_READS_MOST,
    };

    reads->loop = loop;
    reads->keys = keys;
    reads->facts = lanes;
    reads->n = n_lanes;
    reads->caller = *caller;
    reads->format = config->cloud.xml ? GW_FORMAT_XML : GW_FORMAT_JSON;
    reads->rate = gw_reads_rate(config->limits.read_rate);
    gw_rng_init(&reads->rng, (uint64_t)gw_clock_unix_ms());
    reads->http = gw_http_new(loop, &http, err);
    if (!reads->http) {
        gw_reads_free(reads);
        return NULL;
    }
    reads->lane = gw_mem_new(n_lanes, sizeof(*reads->lane));
    reads->memory = gw_mem_new((size_t)n_lanes * RING_MOST, sizeof(*reads->memory));
    for (uint32_t i = 0; i < n_lanes; i++)
        gw_reads_init_lane(reads, i, patient);
    reads->timer = gw_timer_new(loop, gw_reads_wake, reads);
    return reads;
}

void gw_reads_free(struct gw_reads *reads)
{
    if (!reads)
        return;
    if (reads->http)
        gw_http_free(reads->http);
    gw_timer_free(reads->timer);
    for (uint32_t l = 0; reads->lane && l < reads->n; l++)
        for (uint32_t i = 0; i < GW_READS_LANE_MOST; i++)
            gw_signed_release(&reads->lane[l].read[i].req);
    free(reads->lane);
    free(reads->memory);
    gw_secret_wipe(&reads->nonces, sizeof(reads->nonces));
    free(reads);
}

const struct gw_answer *gw_reads_ended(const struct gw_reads *reads, uint32_t lane)
{
    return reads->lane[lane].ended ? &reads->lane[lane].why : NULL;
}

/* Signed and on its way; else it is told why not, as when it had been refused. */
static void gw_reads_send(struct gw_read *read, struct gw_signer *signer)
{
    struct gw_reads *reads = read->reads;
    const struct gw_reads_lane *facts = &reads->facts[read->lane];
    const char *gateway_id = read->ask.gateway_id;
    char nonce[GW_NONCE_SIZE];
    const struct gw_call call = {
        .action = read->ask.action,
        .region = facts->region,
        .host = facts->endpoint.host,
        .gateway_id = gateway_id,
        .gateway_ids = &gateway_id, /* of a list, which nothing else has */
        .n_gateway_ids = gateway_id[0] != '\0',
        .serial = read->ask.serial,
        .version_type = read->ask.version_type,
        .upgrade_type = read->ask.set.type,
        .cron = read->ask.set.cron,
        .duration_min = read->ask.set.duration_min,
        .time_zone = read->ask.set.zone,
        .page = read->ask.page,
        .page_size = GW_READS_PAGE,
        .signed_unix_ms = gw_clock_unix_ms(),
        .nonce = nonce,
    };
    struct gw_http_request request = {.url = facts->endpoint.url};
    struct gw_told told = {
        .answer = {.proof = GW_PROOF_NEVER_SENT, .class_ = GW_CLASS_CREDENTIAL, .code = "signing"}};
    struct gw_err err = {0};

    gw_nonce_next(&reads->nonces, nonce);
    read->tries++;
    read->asked_unix_ms = call.signed_unix_ms;
    if (gw_sign(signer, &call, &read->req, &err) != GW_OK) {
        (void)gw_text_copy(told.answer.message, sizeof(told.answer.message), err.text);
        gw_reads_judge(read, &told);
        return;
    }
    request.target = read->req.target;
    request.header = read->req.header;
    request.n_headers = read->req.n_headers;
    request.body = read->req.body;
    request.body_len = read->req.body_len;
    read->state = GW_READ_TRAVELS;
    reads->lane[read->lane].travels++;
    GW_CHECK(gw_http_submit(reads->http, &request, gw_reads_done, read));
}

/* When the lane may ask once more: what travels may arrive at any moment and has the newest places of the window. */
static uint64_t gw_reads_ready_ms(const struct gw_reads *reads, const struct gw_read_lane *lane)
{
    struct gw_ring ring = lane->ring;
    uint64_t ready_ms = 0;

    if (gw_http_free_slots(reads->http) == 0)
        return NEVER;
    if (reads->rate.window_ms > 0) {
        if (lane->travels >= reads->rate.calls)
            return NEVER;
        gw_ring_change(&ring, (struct gw_rate){reads->rate.calls - lane->travels, reads->rate.window_ms});
        ready_ms = gw_ring_ready_ms(&ring);
    }
    return lane->hold_ms > ready_ms ? lane->hold_ms : ready_ms;
}

/* Takes one question ahead, so that it is known whether there is one before the lane may ask it. */
static void gw_reads_take(struct gw_reads *reads, uint32_t number, uint64_t now_ms)
{
    struct gw_read_lane *lane = &reads->lane[number];

    for (uint32_t i = 0; i < GW_READS_LANE_MOST; i++) {
        struct gw_read *read = &lane->read[i];

        if (read->state != GW_READ_FREE)
            continue;
        if (reads->caller.next(reads->caller.user, number, &read->ask)) {
            read->tries = read->throttles = read->refusals = 0;
            gw_reads_wait(read, now_ms);
        }
        return;
    }
}

/* The waiting question that is due first; NULL: none waits. */
static struct gw_read *gw_reads_first(struct gw_read_lane *lane)
{
    struct gw_read *first = NULL;

    for (uint32_t i = 0; i < GW_READS_LANE_MOST; i++) {
        struct gw_read *read = &lane->read[i];

        if (read->state == GW_READ_WAITS && (!first || read->due_ms < first->due_ms))
            first = read;
    }
    return first;
}

/* What signs for the lane now; NULL while its key is being renewed, for which it does not wait for ever. */
static struct gw_signer *gw_reads_signer(struct gw_reads *reads, uint32_t number, struct gw_read *read,
                                         uint64_t now_ms)
{
    struct gw_read_lane *lane = &reads->lane[number];
    const char *account = reads->facts[number].account;
    struct gw_signer *signer = gw_keys_signer(reads->keys, account, &read->generation);
    struct gw_answer why = {.proof = GW_PROOF_NEVER_SENT, .class_ = GW_CLASS_CREDENTIAL, .code = "no_key"};

    if (signer || lane->keyless_ms == 0)
        lane->keyless_ms = signer ? 0 : now_ms;
    if (!signer && now_ms - lane->keyless_ms >= KEY_MOST_MS) {
        (void)gw_text_copy(why.message, sizeof(why.message), gw_keys_trouble(reads->keys, account));
        gw_reads_end_lane(lane, &why);
    }
    return signer;
}

/* Asks what the lane may ask now; when it may go on, NEVER when it has nothing to ask. */
static uint64_t gw_reads_pump_lane(struct gw_reads *reads, uint32_t number)
{
    struct gw_read_lane *lane = &reads->lane[number];
    uint64_t now_ms = gw_loop_now_ms(reads->loop);

    while (!lane->ended) {
        struct gw_read *read = gw_reads_first(lane);
        uint64_t ready_ms = gw_reads_ready_ms(reads, lane);
        struct gw_signer *signer;

        if ((!read || read->due_ms > now_ms) && !reads->draining) {
            gw_reads_take(reads, number, now_ms);
            read = gw_reads_first(lane);
        }
        if (!read)
            break;
        if (read->due_ms > now_ms || ready_ms > now_ms)
            return read->due_ms > ready_ms ? read->due_ms : ready_ms;
        signer = gw_reads_signer(reads, number, read, now_ms);
        if (!signer)
            return lane->ended ? NEVER : now_ms + KEY_WAIT_MS;
        lane->waits--;
        gw_reads_send(read, signer);
    }
    return NEVER;
}

static void gw_reads_pump(void *user)
{
    struct gw_reads *reads = user;
    uint64_t due_ms = NEVER;
    bool idle = true;

    for (uint32_t i = 0; i < reads->n; i++) {
        uint32_t number = (reads->first + i) % reads->n;
        uint64_t lane_ms = gw_reads_pump_lane(reads, number);
        const struct gw_read_lane *lane = &reads->lane[number];

        if (lane_ms < due_ms)
            due_ms = lane_ms;
        idle = idle && lane->travels + lane->waits == 0;
    }
    reads->first = reads->n ? (reads->first + 1) % reads->n : 0;
    if (idle)
        gw_loop_stop(reads->loop);
    else if (due_ms != NEVER)
        gw_timer_set(reads->timer, due_ms);
}

void gw_reads_run(struct gw_reads *reads)
{
    gw_loop_on_turn(reads->loop, gw_reads_pump, reads);
    gw_timer_set(reads->timer, gw_loop_now_ms(reads->loop));
    gw_loop_run(reads->loop);
    gw_loop_on_turn(reads->loop, NULL, NULL);
    gw_timer_clear(reads->timer);
}

void gw_reads_drain(struct gw_reads *reads)
{
    const struct gw_answer withdrawn = {.proof = GW_PROOF_NEVER_SENT, .code = "withdrawn"};

    reads->draining = true;
    for (uint32_t i = 0; i < reads->n; i++)
        gw_reads_withdraw(&reads->lane[i], &withdrawn);
    gw_timer_set(reads->timer, gw_loop_now_ms(reads->loop));
}
