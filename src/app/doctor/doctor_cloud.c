/* Keys, endpoints, clock and permissions: asked for once for each account and region, told in the order of the lanes. */
#include <inttypes.h>
#include <stdlib.h>

#include "gatewave/app/keys.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/net/loop.h"
#include "gatewave/smartag/code.h"

#include "doctor.h"
#include "doctor_ask.h"

#define SLOW_MS      3000
#define SKEW_MOST_MS 60000 /* a run refuses to call beyond that */
#define SKEW_WARN_MS 5000

/* "endpoint retail/cn-shanghai"; account and region are left out where they are "". */
static void gw_doctor_check(struct gw_buf *buf, const char *what, const char *account, const char *region)
{
    gw_buf_reset(buf);
    gw_buf_addf(buf, "%s%s%s%s%s", what, account[0] || region[0] ? " " : "", account,
                account[0] && region[0] ? "/" : "", region);
}

/* ---- keys ---- */

static void gw_doctor_key_found(struct gw_doctor *doctor, const char *check, const struct gw_keys_note *note)
{
    char when[GW_WHEN_TEXT_SIZE];

    if (note->expires_unix_ms > 0) {
        gw_when_text(note->expires_unix_ms, when);
        gw_doctor_add(doctor, GW_FINDING_OK, check, "", "%s; key %s until %s, and then another one",
                      note->source, note->key_id, when);
    } else if (note->temporary) {
        gw_doctor_add(doctor, GW_FINDING_WARN, check,
                      "see that it outlasts the night, or let a role give the keys",
                      "%s; key %s is a temporary one, and nobody knows its end", note->source, note->key_id);
    } else {
        gw_doctor_add(doctor, GW_FINDING_OK, check, "", "%s; key %s, without an end", note->source,
                      note->key_id);
    }
}

/* Whether the account has a key, which is said. */
static bool gw_doctor_key(struct gw_doctor *doctor, struct gw_keys *keys, const char *account)
{
    struct gw_keys_note note;
    struct gw_err err = {0};
    struct gw_buf check;
    bool has = keys && gw_keys_obtain(keys, account, &err) == GW_OK;

    gw_buf_init(&check, 0);
    gw_doctor_check(&check, "credentials", account, "");
    if (!has)
        gw_doctor_add(doctor, GW_FINDING_CREDENTIALS, gw_buf_text(&check),
                      "do what the finding says: `aliyun configure` writes a profile, a role or the "
                      "environment does as well",
                      "%s", err.text);
    else if (gw_keys_describe(keys, account, &note))
        gw_doctor_key_found(doctor, gw_buf_text(&check), &note);
    gw_buf_release(&check);
    return has;
}

/* Where keys come from is settled for all accounts at once; then each of them has one, or not. */
static struct gw_keys *gw_doctor_keys(struct gw_doctor *doctor, struct gw_loop *loop,
                                      bool ret_has[GW_ACCOUNTS_MAX])
{
    const struct gw_config *config = &doctor->session->config;
    struct gw_err err = {0};
    struct gw_keys *keys = gw_keys_new(loop, config, &doctor->session->taken, doctor->profile, &err);

    if (!keys)
        gw_doctor_add(doctor, GW_FINDING_CREDENTIALS, "credentials",
                      "do what the finding says: `aliyun configure` writes a profile, a role or the "
                      "environment does as well",
                      "%s", err.text);
    else if (config->n_accounts == 0)
        ret_has[0] = gw_doctor_key(doctor, keys, "");
    for (size_t i = 0; keys && i < config->n_accounts; i++)
        ret_has[i] = gw_doctor_key(doctor, keys, config->account[i].name);
    return keys;
}

/* ---- findings ---- */

static const char *gw_doctor_mend(enum gw_http_cause cause)
{
    switch (cause) {
    case GW_HTTP_CAUSE_RESOLVE:
        return "look at cloud.endpoint, cloud.network and this machine's name servers";
    case GW_HTTP_CAUSE_CERTIFICATE:
    case GW_HTTP_CAUSE_TLS:
        return "look at cloud.ca_file and at what stands between: a proxy that opens TLS, a wrong endpoint, "
               "a clock far "
               "off";
    case GW_HTTP_CAUSE_PROXY:
        return "look at cloud.proxy";
    case GW_HTTP_CAUSE_CONNECT:
    case GW_HTTP_CAUSE_TIMEOUT:
    case GW_HTTP_CAUSE_STALL:
        return "let this machine reach it: firewall, route, cloud.proxy, cloud.connect_timeout";
    case GW_HTTP_CAUSE_LOCAL:
        return "do what the finding says: it is of this machine";
    default:
        return "look at what answers there: it does not speak as the cloud does";
    }
}

static void gw_doctor_endpoint(struct gw_doctor *doctor, const char *check, const struct gw_probe *probe)
{
    const struct gw_reply_heard *heard = &probe->heard[GW_QUESTION_LIST];

    if (!heard->whole || heard->answer.class_ == GW_CLASS_UNTRUSTED)
        gw_doctor_add(doctor, GW_FINDING_CONFIGURATION, check, gw_doctor_mend(heard->cause), "%s: %s%s%s",
                      probe->endpoint.host,
                      heard->whole ? "the answer is not the cloud's" : gw_http_cause_name(heard->cause),
                      heard->detail[0] ? ": " : "", heard->detail);
    else if (heard->took_ms > SLOW_MS)
        gw_doctor_add(doctor, GW_FINDING_WARN, check, "look at the network between",
                      "%s answered after %" PRIu64 " ms", probe->endpoint.host, heard->took_ms);
    else
        gw_doctor_add(doctor, GW_FINDING_OK, check, "", "%s answered in %" PRIu64 " ms", probe->endpoint.host,
                      heard->took_ms);
}

static void gw_doctor_clock(struct gw_doctor *doctor, const char *check, const struct gw_reply_heard *heard)
{
    static const char remedy[] = "set the clock: timedatectl set-ntp true";
    int64_t off_ms = heard->skew_ms < 0 ? -heard->skew_ms : heard->skew_ms;

    if (!heard->has_date)
        gw_doctor_add(doctor, GW_FINDING_WARN, check, "look at what answers there", "the answer had no date");
    else if (off_ms > SKEW_WARN_MS)
        gw_doctor_add(doctor, off_ms > SKEW_MOST_MS ? GW_FINDING_CREDENTIALS : GW_FINDING_WARN, check, remedy,
                      "the cloud's clock is %+" PRId64 " s from this machine's", heard->skew_ms / 1000);
    else
        gw_doctor_add(doctor, GW_FINDING_OK, check, "", "agrees with the cloud's");
}

/* Whether a read was allowed; what else a reply may say is the cloud's or the inventory's business. */
static void gw_doctor_permission(struct gw_doctor *doctor, const char *check, enum gw_action action,
                                 const struct gw_reply_heard *heard)
{
    const struct gw_answer *answer = &heard->answer;
    const struct gw_code_entry *entry = gw_code_find(answer->code);
    const char *meaning = entry ? entry->meaning : answer->message;
    const char *advice = entry ? entry->advice : "run it again; if it stays, ask the vendor";
    enum gw_finding finding = GW_FINDING_WARN;

    if (answer->proof == GW_PROOF_ACCEPTED) {
        gw_doctor_add(doctor, GW_FINDING_OK, check, "", "%s is allowed", gw_action_name(action));
        return;
    }
    switch (answer->class_) {
    case GW_CLASS_IDENTITY:
        /* No rollout needs to know which versions are offered. */
        if (action != GW_ACTION_GATEWAY_VERSIONS)
            finding = GW_FINDING_CREDENTIALS;
        break;
    case GW_CLASS_CREDENTIAL:
    case GW_CLASS_CLOCK:
    case GW_CLASS_RISK:
        finding = GW_FINDING_CREDENTIALS;
        break;
    default:
        break;
    }
    gw_doctor_add(doctor, finding, check, advice, "%s: %s: %s", gw_action_name(action), answer->code,
                  meaning);
}

static void gw_doctor_tell(struct gw_doctor *doctor, const struct gw_doctor_lane *lane,
                           const struct gw_probe *probe)
{
    static const enum gw_action actions[] = {
        [GW_QUESTION_LIST] = GW_ACTION_LIST_GATEWAYS,
        [GW_QUESTION_GATEWAY] = GW_ACTION_GATEWAY,
        [GW_QUESTION_VERSIONS] = GW_ACTION_GATEWAY_VERSIONS,
    };
    struct gw_buf check;

    gw_buf_init(&check, 0);
    gw_doctor_check(&check, "endpoint", lane->account, lane->region);
    gw_doctor_endpoint(doctor, gw_buf_text(&check), probe);
    if (probe->heard[GW_QUESTION_LIST].whole) {
        gw_doctor_check(&check, "clock", lane->account, lane->region);
        gw_doctor_clock(doctor, gw_buf_text(&check), &probe->heard[GW_QUESTION_LIST]);
    }
    gw_doctor_check(&check, "permissions", lane->account, lane->region);
    for (int i = 0; i < GW_QUESTION_COUNT && probe->keys; i++)
        if (probe->heard[i].asked && probe->heard[i].whole)
            gw_doctor_permission(doctor, gw_buf_text(&check), actions[i], &probe->heard[i]);
    gw_buf_release(&check);
}

/* ---- lanes ---- */

/* Its place in the configuration; GW_ACCOUNTS_MAX: it has none there. Without accounts all are one. */
static size_t gw_doctor_account(const struct gw_config *config, const char *account)
{
    if (config->n_accounts == 0)
        return 0;
    for (size_t i = 0; i < config->n_accounts; i++)
        if (gw_text_equal(config->account[i].name, account))
            return i;
    return GW_ACCOUNTS_MAX;
}

/* False, with a finding, when the lane cannot be asked at all. */
static bool gw_doctor_prepare(struct gw_doctor *doctor, struct gw_keys *keys, const bool has[GW_ACCOUNTS_MAX],
                              const struct gw_doctor_lane *lane, struct gw_probe *probe)
{
    const struct gw_config *config = &doctor->session->config;
    size_t account = gw_doctor_account(config, lane->account);
    struct gw_err err = {0};
    struct gw_buf check;
    bool ok = false;

    *probe =
        (struct gw_probe){.account = lane->account, .region = lane->region, .gateway_id = lane->gateway_id};
    gw_buf_init(&check, 0);
    gw_doctor_check(&check, "endpoint", lane->account, lane->region);
    if (account == GW_ACCOUNTS_MAX)
        gw_doctor_add(doctor, GW_FINDING_CONFIGURATION, gw_buf_text(&check),
                      "add it to `accounts`, or correct the inventory's account column",
                      "the inventory has gateways of account `%s`, which the configuration does not name",
                      lane->account);
    else if (gw_endpoint_resolve(lane->region, config->cloud.endpoint, config->cloud.vpc, &probe->endpoint,
                                 &err))
        gw_doctor_add(doctor, GW_FINDING_CONFIGURATION, gw_buf_text(&check),
                      "correct the region in the inventory or the configuration, or set cloud.endpoint", "%s",
                      err.text);
    else
        ok = true;
    if (ok && has[account])
        probe->keys = keys;
    gw_buf_release(&check);
    return ok;
}

void gw_doctor_cloud(struct gw_doctor *doctor)
{
    struct gw_probe *probe = gw_mem_new(GW_DOCTOR_LANES, sizeof(*probe));
    struct gw_loop *loop = gw_loop_new();
    bool has[GW_ACCOUNTS_MAX] = {false};
    struct gw_keys *keys = gw_doctor_keys(doctor, loop, has);
    size_t lane[GW_DOCTOR_LANES];
    struct gw_err err = {0};
    uint32_t n = 0;

    for (size_t i = 0; i < doctor->n_lanes; i++)
        if (gw_doctor_prepare(doctor, keys, has, &doctor->lane[i], &probe[n]))
            lane[n++] = i;
    if (gw_probe_all(loop, &doctor->session->config, probe, n, GW_DOCTOR_PATIENCE_MS, &err))
        gw_doctor_add(doctor, GW_FINDING_CONFIGURATION, "endpoint", "look at cloud.ca_file and cloud.proxy",
                      "%s", err.text);
    else
        for (uint32_t i = 0; i < n; i++)
            gw_doctor_tell(doctor, &doctor->lane[lane[i]], &probe[i]);
    gw_keys_free(keys);
    gw_loop_free(loop);
    free(probe);
}
