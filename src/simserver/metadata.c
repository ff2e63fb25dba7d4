/*
 * The metadata server: sessions (a PUT gives a token that the GETs carry), and without them as long as it is
 * not told to insist. Every key is a new one: a client that asks too often is seen in the ledger.
 */
#include "metadata.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/json.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"

#define GW_METADATA_TTL_MAX_S 21600
#define GW_METADATA_LIFE_MS   (6u * 3600 * 1000) /* of a machine's key */
#define GW_METADATA_URI_MS    (3600u * 1000)     /* of one from the credentials URI */

static const char token_path[] = "/latest/api/token";
static const char roles_path[] = "/latest/meta-data/ram/security-credentials/";
static const char uri_path[] = "/credentials-uri";

const char *gw_metadata_set_role(struct gw_metadata *metadata, const char *text)
{
    const char *at = strrchr(text, '@');

    if (!at || at == text || at[1] == '\0')
        return "say NAME@ACCOUNT";
    free(metadata->role);
    free(metadata->account);
    metadata->role = gw_mem_text(text, (size_t)(at - text));
    metadata->account = gw_mem_dup(at + 1);
    return NULL;
}

void gw_metadata_release(struct gw_metadata *metadata)
{
    free(metadata->role);
    free(metadata->account);
    *metadata = (struct gw_metadata){.sts = metadata->sts};
}

static void gw_metadata_refuse(struct gw_metadata_reply *ret, int http_status, const char *code)
{
    ret->http_status = http_status;
    ret->code = code;
    gw_buf_addf(&ret->body, "%s\n", code);
}

static void gw_metadata_begin(struct gw_metadata *metadata, const struct gw_wire *wire, uint64_t now_ms,
                              struct gw_rng *rng, struct gw_metadata_reply *ret)
{
    const char *ttl = gw_wire_header(wire, "X-aliyun-ecs-metadata-token-ttl-seconds");
    uint32_t at = metadata->n_tokens % GW_METADATA_TOKENS_MAX;
    uint64_t ttl_s, a, b;

    if (strcmp(wire->method, "PUT") != 0) {
        gw_metadata_refuse(ret, 405, "MethodNotAllowed");
        return;
    }
    if (!ttl || gw_parse_u64(ttl, 1, GW_METADATA_TTL_MAX_S, &ttl_s) != NULL) {
        gw_metadata_refuse(ret, 400, "InvalidParameter");
        return;
    }
    a = gw_rng_next(rng);
    b = gw_rng_next(rng);
    (void)snprintf(metadata->token[at].text, GW_METADATA_TOKEN_SIZE, "ECS%016" PRIx64 "%016" PRIx64, a, b);
    metadata->token[at].expires_ms = now_ms + ttl_s * 1000;
    metadata->n_tokens++;
    gw_buf_add_text(&ret->body, metadata->token[at].text);
}

/* False, and refused, when this request may not be told anything. */
static bool gw_metadata_admits(const struct gw_metadata *metadata, const struct gw_wire *wire,
                               uint64_t now_ms, struct gw_metadata_reply *ret)
{
    const char *token = gw_wire_header(wire, "X-aliyun-ecs-metadata-token");
    uint32_t n = metadata->n_tokens < GW_METADATA_TOKENS_MAX ? metadata->n_tokens : GW_METADATA_TOKENS_MAX;

    if (!token && !metadata->v2_only)
        return true;
    for (uint32_t i = 0; token && i < n; i++) {
        if (strcmp(metadata->token[i].text, token) == 0 && now_ms < metadata->token[i].expires_ms)
            return true;
    }
    if (token)
        gw_metadata_refuse(ret, 401, "InvalidToken");
    else
        gw_metadata_refuse(ret, 403, "MissingToken");
    return false;
}

/* The document with a new key; both places word it alike, but for LastUpdated. */
static void gw_metadata_grant(struct gw_metadata *metadata, uint64_t life_ms, bool updated, uint64_t now_ms,
                              struct gw_rng *rng, struct gw_metadata_reply *ret)
{
    char when[GW_WHEN_TEXT_SIZE];
    struct gw_json json;

    if (!gw_sts_issue(metadata->sts, metadata->account, life_ms, now_ms, rng, &ret->grant)) {
        gw_metadata_refuse(ret, 503, "ServiceUnavailable");
        return;
    }
    ret->content_type = "application/json";
    gw_json_init(&json, &ret->body);
    gw_json_open(&json, NULL, '{');
    gw_json_text(&json, "Code", "Success");
    gw_json_text(&json, "AccessKeyId", ret->grant.id);
    gw_json_text(&json, "AccessKeySecret", ret->grant.secret);
    gw_json_text(&json, "SecurityToken", ret->grant.token);
    gw_when_text((int64_t)ret->grant.expires_ms, when);
    gw_json_text(&json, "Expiration", when);
    if (updated) {
        gw_when_text((int64_t)now_ms, when);
        gw_json_text(&json, "LastUpdated", when);
    }
    gw_json_close(&json, '}');
}

/* False, and answered, when no key can be had now. */
static bool gw_metadata_is_fair(struct gw_metadata *metadata, uint64_t now_ms, struct gw_metadata_reply *ret)
{
    enum gw_sts_weather weather = gw_sts_visit(metadata->sts, now_ms);

    if (weather == GW_STS_DOWN)
        gw_metadata_refuse(ret, 503, "ServiceUnavailable");
    else if (weather == GW_STS_GARBAGE)
        gw_buf_add_text(&ret->body, gw_sts_garbage(metadata->sts->garbage));
    return weather == GW_STS_FAIR;
}

static void gw_metadata_get(struct gw_metadata *metadata, const struct gw_wire *wire, uint64_t now_ms,
                            struct gw_rng *rng, struct gw_metadata_reply *ret)
{
    bool uri = strcmp(wire->path, uri_path) == 0;
    const char *role = uri ? "" : wire->path + strlen(roles_path);

    ret->action = uri ? "CredentialsURI" : *role ? "MetadataCredentials" : "MetadataRole";
    if (strcmp(wire->method, "GET") != 0) {
        gw_metadata_refuse(ret, 405, "MethodNotAllowed");
        return;
    }
    if (!uri && !gw_metadata_admits(metadata, wire, now_ms, ret))
        return;
    if (!metadata->role || (*role && strcmp(role, metadata->role) != 0))
        gw_metadata_refuse(ret, 404, "NotFound");
    else if (!uri && !*role)
        gw_buf_add_text(&ret->body, metadata->role);
    else if (gw_metadata_is_fair(metadata, now_ms, ret))
        gw_metadata_grant(metadata, uri ? GW_METADATA_URI_MS : GW_METADATA_LIFE_MS, !uri, now_ms, rng, ret);
}

void gw_metadata_answer(struct gw_metadata *metadata, const struct gw_wire *wire, uint64_t now_ms,
                        struct gw_rng *rng, struct gw_metadata_reply *ret)
{
    *ret = (struct gw_metadata_reply){.http_status = 200, .action = "Metadata", .content_type = "text/plain"};
    gw_buf_init(&ret->body, 0);
    if (strcmp(wire->path, token_path) == 0) {
        ret->action = "MetadataToken";
        gw_metadata_begin(metadata, wire, now_ms, rng, ret);
    } else if (strcmp(wire->path, uri_path) == 0 || gw_text_starts(wire->path, roles_path)) {
        gw_metadata_get(metadata, wire, now_ms, rng, ret);
    } else {
        gw_metadata_refuse(ret, 404, "NotFound");
    }
}
