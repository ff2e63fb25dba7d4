/* The laws of replies. */
#include "replies.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/smartag/code.h"
#include "gatewave/smartag/facts.h"

#include "fuzz.h"

#define PAUSE_MAX_MS 120000

static void check_field(const char *text, size_t size)
{
    GW_CHECK(memchr(text, 0, size) != NULL);
    fuzz_check_text(text, strlen(text), size - 1);
}

void fuzz_check_answer(const struct gw_reply_bytes *reply, const struct gw_answer *answer)
{
    const struct gw_code_entry *row = gw_code_find(answer->code);

    GW_CHECK(answer->class_ != GW_CLASS_NONE);
    GW_CHECK(answer->http_status == reply->http_status);
    GW_CHECK(answer->retry_after_ms <= PAUSE_MAX_MS);
    check_field(answer->code, sizeof(answer->code));
    check_field(answer->message, sizeof(answer->message));
    GW_CHECK(memchr(answer->request_id, 0, sizeof(answer->request_id)) != NULL);
    switch (answer->proof) {
    case GW_PROOF_ACCEPTED:
        GW_CHECK(answer->class_ == GW_CLASS_ACCEPTED && answer->request_id[0] && !answer->code[0]);
        GW_CHECK(reply->http_status >= 200 && reply->http_status <= 299);
        break;
    case GW_PROOF_REFUSED:
        GW_CHECK(answer->class_ != GW_CLASS_ACCEPTED);
        GW_CHECK(row && row->proof == GW_PROOF_REFUSED && row->class_ == answer->class_);
        break;
    default:
        GW_CHECK(answer->proof == GW_PROOF_IN_DOUBT && answer->class_ != GW_CLASS_ACCEPTED);
        GW_CHECK(answer->code[0] != '\0');
    }
}

static void check_gateway(const struct gw_seen_gateway *gateway)
{
    check_field(gateway->gateway_id, sizeof(gateway->gateway_id));
    check_field(gateway->name, sizeof(gateway->name));
    check_field(gateway->status, sizeof(gateway->status));
    check_field(gateway->version, sizeof(gateway->version));
    check_field(gateway->backup_version, sizeof(gateway->backup_version));
    check_field(gateway->hardware, sizeof(gateway->hardware));
    check_field(gateway->serials, sizeof(gateway->serials));
    GW_CHECK(gateway->n_devices <= GW_SEEN_DEVICES_MAX);
    for (uint32_t i = 0; i < gateway->n_devices; i++) {
        const struct gw_seen_device *device = &gateway->device[i];

        check_field(device->serial, sizeof(device->serial));
        check_field(device->version, sizeof(device->version));
        check_field(device->dpi_version, sizeof(device->dpi_version));
        GW_CHECK(!device->online || device->online_known);
        GW_CHECK(!device->standby || device->role_known);
    }
}

static enum gw_proof read_call(const struct gw_reply_bytes *reply, enum gw_format format)
{
    struct gw_answer answer;

    gw_reply_judge_call(reply, format, &answer);
    fuzz_check_answer(reply, &answer);
    return answer.proof;
}

/* The smaller reads. */
static void read_facts(const struct gw_reply_bytes *reply, enum gw_format format, enum gw_proof call)
{
    static struct gw_seen_versions versions;
    struct gw_seen_auto_upgrade policy;
    struct gw_seen_ha ha;
    struct gw_answer answer;

    gw_reply_read_versions(reply, format, &versions, &answer);
    fuzz_check_answer(reply, &answer);
    GW_CHECK(answer.proof == call || answer.proof == GW_PROOF_IN_DOUBT);
    GW_CHECK(versions.n <= GW_SEEN_VERSIONS_MAX);
    for (uint32_t i = 0; i < versions.n; i++) {
        check_field(versions.version[i].code, sizeof(versions.version[i].code));
        check_field(versions.version[i].name, sizeof(versions.version[i].name));
        GW_CHECK(!versions.version[i].beta || !versions.version[i].release);
        GW_CHECK(i == 0 || versions.version[i - 1].created_unix_ms >= versions.version[i].created_unix_ms);
    }
    gw_reply_read_ha(reply, format, &ha, &answer);
    GW_CHECK(answer.proof == call && gw_ha_mode_name(ha.mode));
    check_field(ha.active, sizeof(ha.active));
    check_field(ha.standby, sizeof(ha.standby));
    gw_reply_read_auto_upgrade(reply, format, &policy, &answer);
    GW_CHECK(answer.proof == call);
    check_field(policy.type, sizeof(policy.type));
    check_field(policy.cron, sizeof(policy.cron));
    check_field(policy.zone, sizeof(policy.zone));
}

static void read_all(const struct gw_reply_bytes *reply, enum gw_format format)
{
    static struct gw_seen_page page;
    struct gw_seen_gateway gateway;
    struct gw_answer answer;
    enum gw_proof call = read_call(reply, format);

    gw_reply_read_page(reply, format, &page, &answer);
    fuzz_check_answer(reply, &answer);
    /* A read can only find more wrong with a reply than a call does. */
    GW_CHECK(answer.proof == call || answer.proof == GW_PROOF_IN_DOUBT);
    GW_CHECK(page.n <= GW_COUNT_OF(page.gateway));
    for (uint32_t i = 0; i < page.n; i++)
        check_gateway(&page.gateway[i]);
    for (uint32_t i = 0; i < page.n && answer.proof == GW_PROOF_ACCEPTED; i++)
        GW_CHECK(page.gateway[i].gateway_id[0] && page.gateway[i].n_devices == 0);

    gw_reply_read_gateway(reply, format, &gateway, &answer);
    fuzz_check_answer(reply, &answer);
    GW_CHECK(answer.proof == call || answer.proof == GW_PROOF_IN_DOUBT);
    check_gateway(&gateway);
    read_facts(reply, format, call);
}

void fuzz_reply(const uint8_t *data, size_t size, enum gw_format format)
{
    static const int status[] = {200, 400};
    struct gw_reply_bytes reply = {
        .content_type = format == GW_FORMAT_XML ? "text/xml;charset=utf-8" : "application/json;charset=utf-8",
        .retry_after = "",
        .ratelimit_user_api = "",
        .ratelimit_user = "",
        .request_id = "",
        .body = (const char *)data,
        .body_len = size,
    };

    for (size_t i = 0; i < GW_COUNT_OF(status); i++) {
        reply.http_status = status[i];
        read_all(&reply, format);
    }
    /* Of what is whole the closing bracket, of an object or of the root element, is not there. */
    reply.http_status = 200;
    if (read_call(&reply, format) != GW_PROOF_ACCEPTED || (data[size - 1] != '}' && data[size - 1] != '>'))
        return;
    reply.body_len--;
    GW_CHECK(read_call(&reply, format) == GW_PROOF_IN_DOUBT);
}
