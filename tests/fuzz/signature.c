/*
 * Both sides of a signature. The bytes are a request that gatewave-sim verifies, and whatever its parameters ask of the
 * model is answered by a body that gatewave can read. Bytes that begin with a zero are facts instead, which gatewave
 * signs: two programs with no line in common must agree on what they mean.
 */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/sim/cloud.h"
#include "gatewave/smartag/request.h"

#include "fuzz.h"
#include "replies.h"
#include "reply.h"
#include "wires.h"

#define NOW_MS   UINT64_C(1767323045000)
#define IDS_MAX  4
#define REQUEST  "0123456789-ABCDEF"
#define KEY_ID   "testid"
#define SECRET   "testsecret"
#define NONCE    "0123456789abcdef0123456789abcdef"
#define TEXT_MAX 300

/* The first is gatewave's here; of the other the vendor published a signed request. */
static const char *const keys[] = {"testid:testsecret@main", "YourAccessKeyId:YourAccessKeySecret@main",
                                   NULL};

static void add_devices(struct gw_cloud *cloud)
{
    static const struct gw_cloud_device device[] = {
        {"main", "sag-1", "cn-shanghai", "s1", "sag-1000", "<&\"'>", "isp\\", "2.3.0", "d1", GW_CLOUD_SINGLE},
        {"main", "sag-2", "cn-shanghai", "s2a", "sag-1000", "\x01\xc3\xa9", "", "2.3.0", "", GW_CLOUD_ACTIVE},
        {"main", "sag-2", "cn-shanghai", "s2b", "sag-1000", "", "", "2.4.0", "", GW_CLOUD_STANDBY},
    };

    for (size_t i = 0; i < GW_COUNT_OF(device); i++)
        GW_CHECK(gw_cloud_add_device(cloud, &device[i]));
    gw_cloud_add_version(cloud, "2.4.0", false);
}

static void check_body(const struct gw_buf *body, int status, bool xml, enum gw_proof proof)
{
    static struct gw_seen_page page;
    struct gw_reply_bytes reply = {
        .http_status = status,
        .content_type = xml ? "text/xml;charset=utf-8" : "application/json;charset=utf-8",
        .retry_after = "",
        .ratelimit_user_api = "",
        .ratelimit_user = "",
        .request_id = "",
        .body = gw_buf_text(body),
        .body_len = body->len,
    };
    struct gw_answer answer;
    struct gw_seen_gateway gateway;

    gw_reply_judge_call(&reply, xml ? GW_FORMAT_XML : GW_FORMAT_JSON, &answer);
    fuzz_check_answer(&reply, &answer);
    GW_CHECK(!gw_text_equal(answer.code, "bad_reply") && !gw_text_equal(answer.code, "truncated"));
    GW_CHECK(proof == GW_PROOF_NONE || answer.proof == proof);
    gw_reply_read_page(&reply, xml ? GW_FORMAT_XML : GW_FORMAT_JSON, &page, &answer);
    gw_reply_read_gateway(&reply, xml ? GW_FORMAT_XML : GW_FORMAT_JSON, &gateway, &answer);
}

/* What the model makes of the parameters, in both formats. */
static void ask_cloud(const struct fuzz_request *request)
{
    struct gw_cloud_options options;
    struct gw_cloud *cloud;
    struct gw_cloud_response *response = gw_mem_new(1, sizeof(*response));
    struct gw_reply_style style = {.action = request->claim.action, .request_id = REQUEST};

    gw_cloud_options_init(&options);
    options.start_ms = NOW_MS;
    cloud = gw_cloud_new(&options);
    add_devices(cloud);
    fuzz_request_ask(request, cloud, "main", response);
    for (int xml = 0; xml <= 1 && response->drop == GW_CLOUD_DROP_NONE; xml++) {
        struct gw_buf body;

        gw_buf_init(&body, 0);
        style.xml = xml;
        if (response->code)
            gw_reply_error(&body, &style, response->code, response->message);
        else
            gw_reply_success(&body, &style, response);
        check_body(&body, response->http_status, xml, response->code ? GW_PROOF_NONE : GW_PROOF_ACCEPTED);
        gw_buf_release(&body);
    }
    gw_cloud_free(cloud);
    free(response);
}

static void read_request(const uint8_t *data, size_t size)
{
    struct fuzz_request request;
    const struct gw_claim *claim = &request.claim;

    fuzz_request_read(&request, (const char *)data, size, keys, NOW_MS);
    if (request.wrong)
        fuzz_check_said(request.wrong);
    else if (request.proven)
        GW_CHECK(claim->key && claim->action && claim->version && claim->nonce && claim->timestamp);
    else
        GW_CHECK(claim->http_status >= 400 && claim->code[0] && claim->message.len > 0);
    if (!request.wrong && claim->action)
        ask_cloud(&request);
    fuzz_request_release(&request);
}

/* ---- facts that are signed ---- */

/* UTF-8 of bounded length, or a stand-in; owned by the array. */
static const char *fact(struct fuzz_bytes *bytes, char ret[TEXT_MAX])
{
    struct fuzz_bytes text = fuzz_text(bytes);

    if (text.left >= TEXT_MAX || !gw_text_is_utf8((const char *)text.at, text.left))
        return "x";
    (void)gw_text_copy_n(ret, TEXT_MAX, (const char *)text.at, text.left);
    return ret;
}

static bool says(const struct fuzz_request *request, const char *name, const char *value)
{
    const char *sent = gw_params_get(&request->params, name);

    return sent ? gw_text_equal(sent, value) : value[0] == '\0';
}

static void check_signed(const struct gw_signed *req, const struct gw_call *call)
{
    const struct gw_http_request sent = {.target = req->target,
                                         .header = req->header,
                                         .n_headers = req->n_headers,
                                         .body = req->body,
                                         .body_len = req->body_len};
    struct fuzz_request request;

    fuzz_request_take(&request, &sent, keys, NOW_MS);
    GW_CHECK(!request.wrong && request.proven);
    GW_CHECK(gw_text_equal(request.claim.action, gw_action_name(call->action)));
    GW_CHECK(gw_text_equal(request.claim.nonce, call->nonce));
    GW_CHECK((int64_t)request.claim.signed_ms == call->signed_unix_ms / 1000 * 1000);
    GW_CHECK(says(&request, "RegionId", call->region));
    if (call->action != GW_ACTION_LIST_GATEWAYS)
        GW_CHECK(says(&request, "SmartAGId", call->gateway_id));
    if (call->action == GW_ACTION_UPDATE_VERSION)
        GW_CHECK(says(&request, "VersionCode", call->version) &&
                 says(&request, "SerialNumber", call->serial));
    ask_cloud(&request);
    fuzz_request_release(&request);
}

static void sign_facts(struct fuzz_bytes bytes)
{
    char text[4][TEXT_MAX], id[IDS_MAX][TEXT_MAX];
    const char *ids[IDS_MAX];
    uint8_t choice = fuzz_byte(&bytes), action = fuzz_byte(&bytes), numbers = fuzz_byte(&bytes);
    struct gw_secret secret = {0}, token = {0};
    struct gw_signed req = {0};
    struct gw_signer *signer;
    struct gw_err err;
    struct gw_call call = {
        .action = (enum gw_action)(action % GW_ACTION_COUNT),
        .host = "smartag.cn-shanghai.aliyuncs.com",
        .region = fact(&bytes, text[0]),
        .gateway_id = fact(&bytes, text[1]),
        .serial = fact(&bytes, text[2]),
        .version = fact(&bytes, text[3]),
        .version_type = choice & 4 ? GW_VERSION_TYPE_DPI : GW_VERSION_TYPE_DEVICE,
        .gateway_ids = ids,
        .n_gateway_ids = (choice >> 3) % (IDS_MAX + 1),
        .page = numbers & 7,
        .page_size = numbers >> 2,
        .signed_unix_ms = (int64_t)NOW_MS - numbers * 1001,
        .nonce = NONCE,
    };

    for (size_t i = 0; i < IDS_MAX; i++)
        ids[i] = fact(&bytes, id[i]);
    gw_secret_set(&secret, SECRET, strlen(SECRET));
    signer = gw_signer_new(choice & 1 ? GW_SCHEME_V1 : GW_SCHEME_V3,
                           choice & 2 ? GW_FORMAT_XML : GW_FORMAT_JSON, KEY_ID, &secret, &token, &err);
    GW_CHECK(signer != NULL);
    if (gw_sign(signer, &call, &req, &err) == GW_OK)
        check_signed(&req, &call);
    gw_signed_release(&req);
    gw_signer_free(signer);
    gw_secret_release(&secret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 0)
        sign_facts((struct fuzz_bytes){data + 1, size - 1});
    else
        read_request(data, size);
    return 0;
}
