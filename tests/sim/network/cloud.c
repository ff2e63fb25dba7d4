/*
 * The cloud's end of the network: the bytes that production code signed are examined and answered as gatewave-sim does
 * it, and what came of them goes to the ledger from the model's own word. The model's clock is true Unix time, the
 * ledger's the stage's; both tick together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "network/fates.h"
#include "network/local.h"
#include "stage/fault.h"
#include "stage/stage.h"
#include "turn.h"

#define ACCOUNT    "sim-account" /* of devices that name none */
#define KEY_ID     "LTAIsimulated"
#define KEY_SECRET "simulated-secret"
#define TOKEN_SIZE 64
/* Open addressing: at most half full. */
#define SERIALS (2 * SIM_DEVICES_MAX)

static struct {
    const struct sim_swarm *swarm;
    struct gw_cloud *cloud;
    struct gw_keyring keys;
    struct gw_rng rng; /* of request ids */
    uint32_t n_tokens;
    char token[TOKEN_SIZE]; /* the last one */
    bool calm;
    uint32_t serial[SERIALS]; /* devices by a hash of their serials; SIM_NONE: nobody */
} the;

static uint64_t cloud_now_ms(void)
{
    return (uint64_t)sim_now_unix_ms();
}

static const char *account_of(const struct sim_device *device)
{
    return device->account[0] ? device->account : ACCOUNT;
}

/* ---- the fleet ---- */

static uint32_t serial_place(const char *serial)
{
    return (uint32_t)(gw_hash(serial, strlen(serial), 0) % SERIALS);
}

static uint32_t device_of(const char *serial)
{
    uint32_t at = serial_place(serial);

    while (the.serial[at] != SIM_NONE && strcmp(the.swarm->device[the.serial[at]].serial, serial) != 0)
        at = (at + 1) % SERIALS;
    return the.serial[at];
}

static void add_device(uint32_t number)
{
    const struct sim_device *device = &the.swarm->device[number];
    struct gw_cloud_device added = {
        .account = account_of(device),
        .gateway_id = device->gateway_id,
        .region = device->region,
        .serial = device->serial,
        .model = device->model,
        .version = device->version,
        .role = device->role == SIM_SINGLE   ? GW_CLOUD_SINGLE
                : device->role == SIM_ACTIVE ? GW_CLOUD_ACTIVE
                                             : GW_CLOUD_STANDBY,
    };
    uint32_t at = serial_place(device->serial);

    GW_CHECK(gw_cloud_add_device(the.cloud, &added));
    while (the.serial[at] != SIM_NONE)
        at = (at + 1) % SERIALS;
    the.serial[at] = number;
}

/* What the swarm has no number for comes with the times that it has, so that it meets the upgrades of a play. */
static void set_options(const struct sim_swarm *swarm, struct gw_cloud_options *options)
{
    gw_cloud_options_init(options);
    options->seed = swarm->seed;
    options->start_ms = cloud_now_ms();
    options->update_rate = swarm->cloud_rate;
    options->read_rate = swarm->cloud_read_rate;
    options->validity_ms = swarm->validity_ms;
    options->upgrade_min_ms = swarm->upgrade_min_ms;
    options->upgrade_max_ms = swarm->upgrade_max_ms;
    options->offline_bp = swarm->offline_bp;
    options->brick_bp = swarm->brick_bp;
    options->stay_bp = swarm->stay_bp;
    options->older_bp = swarm->older_bp;
    options->slow_bp = swarm->slow_bp;
    options->begin_ms = swarm->begin_ms;
    options->older_version = SIM_VERSION_OLDER;
    options->relapse_bp = swarm->relapse_bp;
    options->relapse_after_ms = swarm->upgrade_min_ms;
    options->switch_bp = swarm->swap_bp;
    options->takeover_bp = swarm->swap_bp;
    options->flip_bp = swarm->flip_bp;
    options->flip_after_ms = 2 * swarm->upgrade_max_ms;
    options->flap_bp = swarm->flap_bp;
    options->flap_every_ms = 2 * swarm->upgrade_max_ms;
    options->flap_for_ms = swarm->upgrade_min_ms;
    options->foreign_bp = swarm->foreign_bp;
    options->foreign_after_ms = 4 * swarm->upgrade_max_ms;
    options->refuse_bp = swarm->refuse_bp;
    options->flaky_bp = swarm->refuse_bp;
    options->internal_bp = swarm->internal_bp;
    options->read_error_bp = swarm->internal_bp;
    options->stale_bp = swarm->stale_bp;
    options->stale_ms = swarm->stale_ms;
}

void sim_cloud_begin(const struct sim_swarm *swarm)
{
    static const char *const versions[] = {SIM_VERSION_OLDER, SIM_VERSION_OLD, SIM_VERSION_NEW,
                                           SIM_VERSION_NEWER};
    struct gw_cloud_options options;
    struct gw_buf key;

    memset(&the, 0, sizeof(the));
    memset(the.serial, 0xff, sizeof(the.serial));
    the.swarm = swarm;
    gw_rng_init(&the.rng, gw_hash("cloud", 5, swarm->seed));
    set_options(swarm, &options);
    the.cloud = gw_cloud_new(&options);
    for (size_t i = 0; i < GW_COUNT_OF(versions); i++)
        gw_cloud_add_version(the.cloud, versions[i], false);
    for (uint32_t i = 0; i < swarm->n_devices; i++)
        add_device(i);
    gw_buf_init(&key, 0);
    (void)gw_buf_addf(&key, KEY_ID ":" KEY_SECRET "%s@%s", swarm->tokens ? ":simulated-token" : "",
                      account_of(&swarm->device[0]));
    GW_CHECK(gw_keyring_add(&the.keys, gw_buf_text(&key)) == NULL);
    gw_buf_release(&key);
    sim_fates_begin(swarm, the.cloud);
}

void sim_cloud_end(void)
{
    sim_fates_end();
    gw_cloud_free(the.cloud);
    gw_keyring_release(&the.keys);
    the.cloud = NULL;
}

void sim_cloud_calm(void)
{
    gw_cloud_calm(the.cloud, cloud_now_ms());
    for (size_t i = 0; i < the.keys.n; i++)
        the.keys.key[i].expires_ms = 0;
    the.calm = true;
}

/* ---- keys ---- */

const char *sim_network_key_id(void)
{
    return KEY_ID;
}

const char *sim_network_key_secret(void)
{
    return KEY_SECRET;
}

const char *sim_network_token(void)
{
    bool lasts = the.calm || the.swarm->token_ms == 0;

    if (!the.swarm->tokens)
        return "";
    /* One that lasts is good for everybody. */
    if (lasts && the.n_tokens > 0)
        return the.token;
    (void)snprintf(the.token, sizeof(the.token), "token-%llu-%u", (unsigned long long)the.swarm->seed,
                   ++the.n_tokens);
    GW_CHECK(
        gw_keyring_issue(&the.keys, KEY_ID, the.token, lasts ? 0 : cloud_now_ms() + the.swarm->token_ms));
    return the.token;
}

/* ---- the ledger ---- */

static uint32_t lane_of(const char *account, const char *region)
{
    for (uint32_t i = 0; i < the.swarm->n_devices; i++)
        if (gw_text_equal(the.swarm->device[i].region, region) &&
            gw_text_equal(account_of(&the.swarm->device[i]), account))
            return the.swarm->device[i].lane;
    return SIM_NONE;
}

/* Each code that says what has gone wrong, by how it begins; another one refuses an update call for what it is. */
static void count_code(const struct sim_line *line)
{
    static const struct {
        const char *start;
        enum sim_fault fault;
    } known[] = {
        {"Throttling", SIM_THROTTLED},
        {"InternalError", SIM_INTERNAL_ERROR},
        {"ServiceUnavailable", SIM_INTERNAL_ERROR},
        {"SignatureNonceUsed", SIM_NONCE_USED},
        {"InvalidTimeStamp.Expired", SIM_STAMP_EXPIRED},
        {"InvalidSecurityToken", SIM_TOKEN_EXPIRED},
        {"ResourceInOperating", SIM_BUSY},
        {"SmartAccessGatewayNotOnline", SIM_NO_FAULT}, /* the device's, and counted there */
        {"VersionTooOld", SIM_NO_FAULT},
    };

    for (size_t i = 0; line->code && i < GW_COUNT_OF(known); i++)
        if (gw_text_starts(line->code, known[i].start)) {
            if (known[i].fault)
                sim_hit(known[i].fault);
            return;
        }
    if (line->code && line->action == SIM_UPDATE)
        sim_hit(SIM_REFUSED);
}

static void note_update(struct sim_line *line, const struct gw_cloud_response *response)
{
    if (line->device == SIM_NONE || !response->serial)
        return;
    sim_fates_look(line->device);
    (void)gw_text_copy(line->version_before, sizeof(line->version_before), response->version_before);
    line->online_before = response->online_before;
    line->upgrading_before = response->upgrading_before;
    line->standby_before = response->standby_before;
    (void)gw_text_copy(line->mate_version_before, sizeof(line->mate_version_before),
                       response->mate_version_before);
    line->mate_online_before = response->mate_online_before;
    line->mate_upgrading_before = response->mate_upgrading_before;
    line->effect = response->took_effect;
    if (!line->effect)
        return;
    line->down_until_ms = response->down_ms == UINT64_MAX ? SIM_NEVER : line->arrived_ms + response->down_ms;
    sim_fates_upgrade(line->device, line->version_before, line->version,
                      response->down_ms == UINT64_MAX ? UINT64_MAX : cloud_now_ms() + response->down_ms);
}

/* What the reply says, which need not be so. */
static void note_said(struct sim_line *line, const struct gw_cloud_response *response)
{
    struct sim_said *said;
    uint32_t n = 0;

    for (uint32_t i = 0; i < response->n; i++)
        n += response->gateway[i].n_devices;
    if (n == 0)
        return;
    said = sim_ledger_said(line, n);
    for (uint32_t i = 0; i < response->n; i++) {
        const struct gw_cloud_seen_gateway *gateway = &response->gateway[i];

        if (gateway->stale_ms > 0)
            sim_hit(SIM_STALE_READ);
        for (uint32_t j = 0; j < gateway->n_devices; j++, said++) {
            said->device = device_of(gateway->device[j].serial);
            said->online = gateway->device[j].online;
            said->standby = gateway->device[j].standby;
            (void)gw_text_copy(said->version, sizeof(said->version), gateway->device[j].version);
            sim_fates_look(said->device);
        }
    }
}

static struct sim_line *note(const struct sim_message *message, const struct sim_sender *sender,
                             const struct gw_turn *turn)
{
    struct sim_line *line = sim_ledger_add();
    const struct gw_cloud_response *response = &turn->response;

    line->pid = sender->pid;
    line->action = message->action;
    line->lane = lane_of(turn->claim.key ? turn->claim.key->account : ACCOUNT, message->region);
    line->sent_ms = sender->sent_ms;
    line->arrived_ms = sim_now_ms();
    (void)gw_text_copy(line->nonce, sizeof(line->nonce), message->nonce);
    line->signed_unix_ms = (int64_t)turn->claim.signed_ms;
    line->http_status = turn->dropped ? 0 : turn->http_status;
    line->code = turn->claim.code ? sim_ledger_text(turn->claim.code) : NULL;
    line->retry_after_ms = response->retry_after_ms;
    line->device = sim_message_device(message, the.swarm);
    line->mate_online_before = true;
    (void)gw_text_copy(line->version, sizeof(line->version), message->version);
    if (line->action == SIM_UPDATE)
        note_update(line, response);
    else if (!line->code && line->action != SIM_OTHER)
        note_said(line, response);
    count_code(line);
    return line;
}

/* ---- requests ---- */

static void note_arrival(const struct sim_line *line)
{
    const struct sim_device *device = line->device == SIM_NONE ? NULL : &the.swarm->device[line->device];

    if (line->action == SIM_UPDATE)
        sim_note("#%u: %.8s of %u for %s to %s%s: %s%s", line->number, line->nonce, line->pid,
                 device ? device->serial : "nobody", line->version, line->copy ? " (copy)" : "",
                 line->code ? line->code : "OK", line->effect ? ", begins" : "");
    else
        sim_note("#%u: %.8s of %u reads %u%s: %s", line->number, line->nonce, line->pid, line->n_said,
                 line->copy ? " (copy)" : "", line->code ? line->code : "OK");
}

static void reply_to(const struct gw_turn *turn, struct sim_line *line, struct sim_reply *reply)
{
    if (turn->dropped)
        return;
    reply->cause = GW_HTTP_CAUSE_NONE;
    reply->detail = "";
    reply->status = turn->http_status;
    reply->line = line;
    for (size_t i = 0; i < turn->n_headers; i++)
        sim_reply_add_header(reply, turn->header[i].name, turn->header[i].value);
    (void)gw_buf_add(&reply->body, turn->body.data, turn->body.len);
}

/* Something else is at work on the device, for a moment. */
static void draw_busy(const struct sim_message *message)
{
    uint32_t device = sim_message_device(message, the.swarm);

    if (message->action == SIM_UPDATE && device != SIM_NONE && !the.calm && the.swarm->busy_bp > 0 &&
        gw_rng_below(&the.rng, 10000) < the.swarm->busy_bp)
        GW_CHECK(sim_network_device_fault(device, "refuse:ResourceInOperating@1"));
}

const struct sim_line *sim_cloud_take(const struct sim_message *message, const struct sim_sender *sender,
                                      bool copy, struct sim_reply *ret)
{
    char *target = gw_mem_dup(message->target);
    struct sim_line *line;
    struct gw_turn turn;

    gw_turn_init(&turn, "POST", target, message->body, message->body_len);
    for (size_t i = 0; i < message->n_headers; i++) {
        turn.wire.header[i].name = message->header[i].name;
        turn.wire.header[i].value = message->header[i].value;
    }
    turn.wire.n_headers = message->n_headers;
    draw_busy(message);
    gw_turn_examine(&turn, &the.keys, message->body_len > GW_TURN_BODY_MAX, cloud_now_ms());
    gw_turn_answer(&turn, the.cloud, cloud_now_ms(), &the.rng, false);
    line = note(message, sender, &turn);
    line->copy = copy;
    note_arrival(line);
    reply_to(&turn, line, ret);
    gw_turn_release(&turn);
    free(target);
    return line;
}

/* ---- the truth ---- */

void sim_network_truth(uint32_t device, struct sim_truth *ret)
{
    struct gw_cloud_device_truth truth;

    gw_cloud_device_at(the.cloud, device, cloud_now_ms(), &truth);
    *ret = (struct sim_truth){.version = truth.version,
                              .online = truth.online,
                              .upgrading = truth.upgrading,
                              .standby = truth.role == GW_CLOUD_STANDBY,
                              .gone = truth.gone,
                              .lost = truth.back_ms == UINT64_MAX,
                              .updates_effective = truth.updates_effective};
}

bool sim_network_device_fault(uint32_t device, const char *fault)
{
    const struct sim_device *to = &the.swarm->device[device];
    struct gw_err err = {0};

    return gw_cloud_add_fault(the.cloud, to->gateway_id, to->serial, fault, &err) == GW_OK;
}

void sim_network_upgrade_by_hand(uint32_t device, const char *version)
{
    if (gw_cloud_upgrade_foreign(the.cloud, device, version, cloud_now_ms()))
        sim_fates_look(device);
}

void sim_network_set_by_hand(uint32_t device, const char *version, bool mended)
{
    gw_cloud_set_by_hand(the.cloud, device, version, mended, cloud_now_ms());
    sim_fates_look(device);
}
