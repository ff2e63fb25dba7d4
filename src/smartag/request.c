/*
 * Signing: facts in, request bytes out. Made for some ten thousand signatures a second on one thread:
 * templates and key state are set up with the signer, a call encodes its own values and runs the digests, and
 * nothing is allocated once the signer and the request have grown to their size. Everything is checked before
 * the first byte is written.
 */
#include "gatewave/smartag/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/when.h"

#include "action.h"
#include "canon.h"
#include "digest.h"

#define METHOD      "POST"
#define PAIRS_MAX   (16 + GW_LIST_IDS_MAX)
#define NUMBER_SIZE 12

struct gw_signer {
    enum gw_scheme scheme;
    enum gw_format format;
    char *key_id;
    struct gw_mac mac;
    struct gw_sha256 sha;                       /* V3 only */
    struct gw_query query[GW_ACTION_COUNT];     /* V3: the request line's; V1: the form */
    struct gw_headers headers[GW_ACTION_COUNT]; /* V3 only */
    int64_t date_unix_s;                        /* the second that date tells; as long as date is not empty */
    char date[GW_WHEN_TEXT_SIZE];
    char *scratch; /* canonical text: it may hold the token, so it is wiped */
    size_t scratch_size;
};

/* Makes room for need bytes; what was there is wiped, not moved. */
static void reserve(char **buffer, size_t *size, size_t need)
{
    if (need <= *size)
        return;
    gw_secret_wipe(*buffer, *size);
    free(*buffer);
    *size = (need + 1023) / 1024 * 1024;
    *buffer = gw_mem_new(*size, 1);
}

void gw_signed_release(struct gw_signed *req)
{
    gw_secret_wipe(req->buffer, req->buffer_size);
    free(req->buffer);
    *req = (struct gw_signed){0};
}

/* The action's own parameters; names holds the texts that pairs point to. */
static size_t action_pairs(const struct gw_action_row *row, struct gw_pair *pairs,
                           char names[GW_LIST_IDS_MAX][sizeof("SmartAGIds.") + NUMBER_SIZE])
{
    size_t n = 0;

    for (size_t i = 0; i < GW_ACTION_PARAMS_MAX && row->param[i].name; i++)
        pairs[n++] = (struct gw_pair){row->param[i].name, NULL, (int)row->param[i].slot};
    for (unsigned i = 0; row->takes_ids && i < GW_LIST_IDS_MAX; i++) {
        snprintf(names[i], sizeof(names[i]), "SmartAGIds.%u", i + 1);
        pairs[n++] = (struct gw_pair){names[i], NULL, (int)(GW_SLOT_IDS + i)};
    }
    return n;
}

static void signer_add_action(struct gw_signer *signer, enum gw_action action, const struct gw_secret *token)
{
    const struct gw_action_row *row = gw_action_row(action);
    const char *format = signer->format == GW_FORMAT_XML ? "XML" : "JSON";
    char names[GW_LIST_IDS_MAX][sizeof("SmartAGIds.") + NUMBER_SIZE];
    struct gw_pair pairs[PAIRS_MAX];
    size_t n = action_pairs(row, pairs, names);

#define ADD(name, value)     (pairs[n++] = (struct gw_pair){name, value, GW_SLOT_CONSTANT})
#define ADD_SLOT(name, slot) (pairs[n++] = (struct gw_pair){name, NULL, slot})
    if (signer->scheme == GW_SCHEME_V1) {
        ADD("Action", row->name);
        ADD("Version", GW_API_VERSION);
        ADD("Format", format);
        ADD("AccessKeyId", signer->key_id);
        ADD("SignatureMethod", "HMAC-SHA1");
        ADD("SignatureVersion", "1.0");
        ADD_SLOT("SignatureNonce", GW_SLOT_NONCE);
        ADD_SLOT("Timestamp", GW_SLOT_DATE);
        if (token->len > 0)
            ADD("SecurityToken", token->bytes);
        gw_query_init(&signer->query[action], pairs, n);
        return;
    }
    if (signer->format == GW_FORMAT_XML) /* the Accept header alone is not known to be enough */
        ADD("Format", format);
    gw_query_init(&signer->query[action], pairs, n);
    n = 0;
    ADD_SLOT("host", GW_SLOT_HOST);
    ADD("x-acs-action", row->name);
    ADD("x-acs-version", GW_API_VERSION);
    ADD("x-acs-content-sha256", GW_SHA256_EMPTY);
    ADD_SLOT("x-acs-date", GW_SLOT_DATE);
    ADD_SLOT("x-acs-signature-nonce", GW_SLOT_NONCE);
    if (token->len > 0) {
        ADD("x-acs-accesskey-id", signer->key_id);
        ADD("x-acs-security-token", token->bytes);
    }
    gw_headers_init(&signer->headers[action], pairs, n);
#undef ADD
#undef ADD_SLOT
}

/* True for text that can stand in a header: visible ASCII, so no blank, no line end, no NUL. */
static bool is_visible(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    }
    return len > 0;
}

static enum gw_code signer_check(const char *key_id, const struct gw_secret *key_secret,
                                 const struct gw_secret *token, struct gw_err *err)
{
    static const char fault[] =
        "the access key's %s is empty, or holds a blank, a line end or a byte that is "
        "not ASCII: copy it again, without anything around it";

    if (!is_visible(key_id, strlen(key_id)) || strchr(key_id, ','))
        return gw_err_set(err, GW_ERR_CREDENTIALS, fault, "id");
    if (!is_visible(key_secret->bytes, key_secret->len))
        return gw_err_set(err, GW_ERR_CREDENTIALS, fault, "secret");
    if (token->len > 0 && !is_visible(token->bytes, token->len))
        return gw_err_set(err, GW_ERR_CREDENTIALS, fault, "security token");
    return GW_OK;
}

static enum gw_code signer_set_key(struct gw_signer *signer, const struct gw_secret *secret,
                                   struct gw_err *err)
{
    struct gw_secret key = {0};
    enum gw_code code;

    if (signer->scheme == GW_SCHEME_V3) {
        code = gw_sha256_init(&signer->sha, err);
        return code ? code : gw_mac_init(&signer->mac, "SHA256", secret->bytes, secret->len, err);
    }
    gw_secret_set(&key, secret->bytes, secret->len);
    key.bytes[key.len] = '&'; /* in place of its NUL, which HMAC does not need */
    code = gw_mac_init(&signer->mac, "SHA1", key.bytes, key.len + 1, err);
    gw_secret_wipe(key.bytes + key.len, 1);
    gw_secret_release(&key);
    return code;
}

struct gw_signer *gw_signer_new(enum gw_scheme scheme, enum gw_format format, const char *key_id,
                                const struct gw_secret *key_secret, const struct gw_secret *token,
                                struct gw_err *err)
{
    struct gw_signer *signer;

    GW_CHECK(scheme == GW_SCHEME_V3 || scheme == GW_SCHEME_V1);
    GW_CHECK(format == GW_FORMAT_JSON || format == GW_FORMAT_XML);
    if (signer_check(key_id, key_secret, token, err))
        return NULL;
    signer = gw_mem_new(1, sizeof(*signer));
    signer->scheme = scheme;
    signer->format = format;
    signer->key_id = gw_mem_dup(key_id);
    if (signer_set_key(signer, key_secret, err)) {
        gw_signer_free(signer);
        return NULL;
    }
    for (int action = GW_ACTION_NONE + 1; action < GW_ACTION_COUNT; action++)
        signer_add_action(signer, (enum gw_action)action, token);
    return signer;
}

void gw_signer_free(struct gw_signer *signer)
{
    if (!signer)
        return;
    for (size_t i = 0; i < GW_ACTION_COUNT; i++) {
        gw_query_release(&signer->query[i]);
        gw_headers_release(&signer->headers[i]);
    }
    gw_mac_release(&signer->mac);
    gw_sha256_release(&signer->sha);
    gw_secret_wipe(signer->scratch, signer->scratch_size);
    free(signer->scratch);
    free(signer->key_id);
    free(signer);
}

static const char *version_type_name(enum gw_version_type type)
{
    switch (type) {
    case GW_VERSION_TYPE_DEVICE:
        return "Device";
    case GW_VERSION_TYPE_DPI:
        return "Dpi";
    default:
        return NULL;
    }
}

static struct gw_value text_value(const char *text)
{
    return text && *text ? gw_value_of(text) : (struct gw_value){0};
}

/* number holds the text that the value points to. */
static struct gw_value number_value(uint32_t n, char number[NUMBER_SIZE])
{
    if (n == 0)
        return (struct gw_value){0};
    snprintf(number, NUMBER_SIZE, "%u", n);
    return gw_value_of(number);
}

static const char *signer_date(struct gw_signer *signer, int64_t unix_ms)
{
    const int64_t unix_s = unix_ms / 1000;

    if (signer->date[0] == '\0' || unix_s != signer->date_unix_s) {
        gw_when_text(unix_s * 1000, signer->date);
        signer->date_unix_s = unix_s;
    }
    return signer->date;
}

/* A missing or surplus member is a mistake of the program: nothing is signed then. */
static enum gw_code check_values(const struct gw_action_row *row, const struct gw_call *call,
                                 const struct gw_value *values, struct gw_err *err)
{
    for (size_t i = 0; i < GW_ACTION_PARAMS_MAX && row->param[i].name; i++) {
        if (row->param[i].needed && !values[row->param[i].slot].text)
            return gw_err_set(err, GW_ERR_INTERNAL, "%s: cannot be signed without %s", row->name,
                              row->param[i].name);
    }
    if (!is_visible(call->host, values[GW_SLOT_HOST].len) ||
        !is_visible(call->nonce, values[GW_SLOT_NONCE].len))
        return gw_err_set(err, GW_ERR_INTERNAL, "%s: cannot be signed without a host and a nonce", row->name);
    if (call->signed_unix_ms <= 0)
        return gw_err_set(err, GW_ERR_INTERNAL, "%s: cannot be signed without a time", row->name);
    if (call->page_size > 50 || call->n_gateway_ids > GW_LIST_IDS_MAX)
        return gw_err_set(err, GW_ERR_INTERNAL, "%s: a page has at most 50 gateways", row->name);
    for (size_t i = 0; row->takes_ids && i < call->n_gateway_ids; i++) {
        if (!values[GW_SLOT_IDS + i].text)
            return gw_err_set(err, GW_ERR_INTERNAL, "%s: gateway id %zu is empty", row->name, i + 1);
    }
    return GW_OK;
}

static char *append(char *out, const char *text)
{
    const size_t len = strlen(text);

    memcpy(out, text, len);
    return out + len;
}

static char *append_line(struct gw_signed *ret, char *out, const char *name, const char *value)
{
    ret->header[ret->n_headers++] = out;
    out = append(append(append(out, name), ": "), value);
    *out++ = '\0';
    return out;
}

static const char *accept_value(const struct gw_signer *signer)
{
    return signer->format == GW_FORMAT_XML ? "application/xml" : "application/json";
}

static void sign_v3(struct gw_signer *signer, enum gw_action action, const struct gw_value *values,
                    struct gw_signed *ret)
{
    static const char lines[] = "/?\0Accept: application/json\0"
                                "Authorization: ACS3-HMAC-SHA256 Credential=,SignedHeaders=,Signature=";
    const struct gw_query *query = &signer->query[action];
    const struct gw_headers *headers = &signer->headers[action];
    struct gw_canon_v3 canon = {METHOD, NULL, 0, headers, values, GW_SHA256_EMPTY};
    char signature[GW_SHA256_HEX_SIZE];
    char *out, *end;

    reserve(&ret->buffer, &ret->buffer_size,
            sizeof(lines) + gw_query_bound(query, values, GW_FORM_ONCE) + gw_headers_bound(headers, values) +
                strlen(signer->key_id) + headers->names_len + sizeof(signature));
    ret->target = ret->buffer;
    out = append(ret->buffer, "/?");
    canon.query = out;
    out = gw_query_render(query, values, GW_FORM_ONCE, out);
    canon.query_len = (size_t)(out - canon.query);
    ret->body = out; /* the empty text behind the target */
    ret->body_len = 0;
    *out++ = '\0';

    reserve(&signer->scratch, &signer->scratch_size, gw_canon_v3_bound(&canon));
    end = gw_canon_v3_render(&canon, signer->scratch);
    gw_digest_v3(&signer->mac, &signer->sha, signer->scratch, (size_t)(end - signer->scratch), signature);

    ret->n_headers = 0;
    for (size_t i = 0; i < headers->n; i++) {
        ret->header[ret->n_headers++] = out;
        out = gw_headers_line(headers, i, values, out);
    }
    out = append_line(ret, out, "Accept", accept_value(signer));
    ret->header[ret->n_headers++] = out;
    out = append(append(out, "Authorization: ACS3-HMAC-SHA256 Credential="), signer->key_id);
    out = append(append(out, ",SignedHeaders="), headers->names);
    out = append(append(out, ",Signature="), signature);
    *out++ = '\0';
    GW_CHECK(out <= ret->buffer + ret->buffer_size && ret->n_headers <= GW_SIGNED_HEADERS_MAX);
}

static void sign_v1(struct gw_signer *signer, enum gw_action action, const struct gw_value *values,
                    struct gw_signed *ret)
{
    static const char lines[] =
        "/\0&Signature=\0Host: \0Accept: application/json\0x-acs-action: \0"
        "x-acs-version: " GW_API_VERSION "\0Content-Type: application/x-www-form-urlencoded";
    const struct gw_query *query = &signer->query[action];
    const char *name = gw_action_name(action);
    char signature[GW_V1_SIGNATURE_MAX];
    char *out, *end;

    reserve(&signer->scratch, &signer->scratch_size, gw_canon_v1_bound(METHOD, query, values));
    end = gw_canon_v1(METHOD, query, values, signer->scratch);
    gw_digest_v1(&signer->mac, signer->scratch, (size_t)(end - signer->scratch), signature);

    reserve(&ret->buffer, &ret->buffer_size,
            sizeof(lines) + gw_query_bound(query, values, GW_FORM_ONCE) + 3 * sizeof(signature) +
                values[GW_SLOT_HOST].len + strlen(name));
    ret->target = ret->buffer;
    out = append(ret->buffer, "/");
    *out++ = '\0';
    ret->body = out;
    out = gw_query_render(query, values, GW_FORM_ONCE, out);
    out = gw_canon_encode(signature, strlen(signature), GW_FORM_ONCE, append(out, "&Signature="));
    ret->body_len = (size_t)(out - ret->body);
    *out++ = '\0';

    ret->n_headers = 0;
    out = append_line(ret, out, "Host", values[GW_SLOT_HOST].text);
    out = append_line(ret, out, "Accept", accept_value(signer));
    out = append_line(ret, out, "Content-Type", "application/x-www-form-urlencoded");
    out = append_line(ret, out, "x-acs-action", name);
    out = append_line(ret, out, "x-acs-version", GW_API_VERSION);
    GW_CHECK(out <= ret->buffer + ret->buffer_size && ret->n_headers <= GW_SIGNED_HEADERS_MAX);
}

enum gw_code gw_sign(struct gw_signer *signer, const struct gw_call *call, struct gw_signed *ret,
                     struct gw_err *err)
{
    const struct gw_action_row *row = gw_action_row(call->action);
    struct gw_value values[GW_SLOT_COUNT] = {0};
    char page[NUMBER_SIZE], page_size[NUMBER_SIZE];
    enum gw_code code;

    if (!row)
        return gw_err_set(err, GW_ERR_INTERNAL, "action %d may not be signed", (int)call->action);
    values[GW_SLOT_HOST] = text_value(call->host);
    values[GW_SLOT_DATE] = gw_value_of(signer_date(signer, call->signed_unix_ms));
    values[GW_SLOT_NONCE] = text_value(call->nonce);
    values[GW_SLOT_REGION] = text_value(call->region);
    values[GW_SLOT_GATEWAY_ID] = text_value(call->gateway_id);
    values[GW_SLOT_SERIAL] = text_value(call->serial);
    values[GW_SLOT_VERSION] = text_value(call->version);
    values[GW_SLOT_VERSION_TYPE] = text_value(version_type_name(call->version_type));
    values[GW_SLOT_PAGE] = number_value(call->page, page);
    values[GW_SLOT_PAGE_SIZE] = number_value(call->page_size, page_size);
    for (size_t i = 0; row->takes_ids && i < call->n_gateway_ids && i < GW_LIST_IDS_MAX; i++)
        values[GW_SLOT_IDS + i] = text_value(call->gateway_ids[i]);
    code = check_values(row, call, values, err);
    if (code)
        return code;
    if (signer->scheme == GW_SCHEME_V3)
        sign_v3(signer, call->action, values, ret);
    else
        sign_v1(signer, call->action, values, ret);
    return GW_OK;
}
