/*
 * Signing a call: facts in, request bytes out. Made for some ten thousand signatures a second on one thread: a call
 * encodes its own values and runs the digests, and nothing is allocated once the signer and the request have grown
 * to their size. Everything is checked before the first byte is written.
 */
#include "gatewave/smartag/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "action.h"
#include "signer.h"

#define METHOD      "POST"
#define NUMBER_SIZE 12

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
    (void)snprintf(number, NUMBER_SIZE, "%u", n);
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

/* What is missing or out of range is a mistake of the program: nothing is signed then. */
static enum gw_code check_values(const struct gw_action_row *row, const struct gw_call *call,
                                 const struct gw_value *values, struct gw_err *err)
{
    for (size_t i = 0; i < GW_ACTION_PARAMS_MAX && row->param[i].name; i++) {
        if (row->param[i].needed && !values[row->param[i].slot].text)
            return gw_err_set(err, GW_ERR_INTERNAL, "%s: cannot be signed without %s", row->name,
                              row->param[i].name);
    }
    if (!gw_signer_is_visible(call->host, values[GW_SLOT_HOST].len) ||
        !gw_signer_is_visible(call->nonce, values[GW_SLOT_NONCE].len))
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

static char *append_line(struct gw_signed *ret, char *out, const char *name, const char *value)
{
    ret->header[ret->n_headers++] = out;
    out = gw_canon_append(gw_canon_append(gw_canon_append(out, name), ": "), value);
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
    /* as much fixed text as is written below, for its size */
    static const char fixed[] = "/?\0Accept: application/json\0"
                                "Authorization: ACS3-HMAC-SHA256 Credential=,SignedHeaders=,Signature=";
    const struct gw_query *query = &signer->query[action];
    const struct gw_headers *headers = &signer->headers[action];
    struct gw_canon_v3 canon = {METHOD, NULL, 0, headers, values, GW_SHA256_EMPTY};
    char signature[GW_SHA256_HEX_SIZE];
    char *out, *end;

    reserve(&ret->buffer, &ret->buffer_size,
            sizeof(fixed) + gw_query_bound(query, values, GW_FORM_ONCE) + gw_headers_bound(headers, values) +
                strlen(signer->key_id) + headers->names_len + sizeof(signature));
    ret->target = ret->buffer;
    out = gw_canon_append(ret->buffer, "/?");
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
    out =
        gw_canon_append(gw_canon_append(out, "Authorization: ACS3-HMAC-SHA256 Credential="), signer->key_id);
    out = gw_canon_append(gw_canon_append(out, ",SignedHeaders="), headers->names);
    out = gw_canon_append(gw_canon_append(out, ",Signature="), signature);
    *out++ = '\0';
    GW_CHECK(out <= ret->buffer + ret->buffer_size && ret->n_headers <= GW_SIGNED_HEADERS_MAX);
}

static void sign_v1(struct gw_signer *signer, enum gw_action action, const struct gw_value *values,
                    struct gw_signed *ret)
{
    /* as much fixed text as is written below, for its size */
    static const char fixed[] =
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
            sizeof(fixed) + gw_query_bound(query, values, GW_FORM_ONCE) + 3 * sizeof(signature) +
                values[GW_SLOT_HOST].len + strlen(name));
    ret->target = ret->buffer;
    out = gw_canon_append(ret->buffer, "/");
    *out++ = '\0';
    ret->body = out;
    out = gw_query_render(query, values, GW_FORM_ONCE, out);
    out = gw_canon_encode(signature, strlen(signature), GW_FORM_ONCE, gw_canon_append(out, "&Signature="));
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
    char page[NUMBER_SIZE], page_size[NUMBER_SIZE], duration[NUMBER_SIZE];
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
    values[GW_SLOT_UPGRADE_TYPE] = text_value(call->upgrade_type);
    values[GW_SLOT_CRON] = text_value(call->cron);
    values[GW_SLOT_DURATION] = number_value(call->duration_min, duration);
    values[GW_SLOT_TIME_ZONE] = text_value(call->time_zone);
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
