/*
 * ACS3-HMAC-SHA256. Every header that is host, content-type or begins with x-acs- must be signed if it was
 * sent, each of them once; the canonical text is made from what arrived, in our own order, never from the
 * client's lists.
 */
#include "verify_v3.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "canonical.h"
#include "digest.h"
#include "gatewave/base/text.h"

static const char scheme[] = "ACS3-HMAC-SHA256";

/* Headers without which there is no request. */
static const char *const mandatory[] = {"host",       "x-acs-action",          "x-acs-version",
                                        "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"};

struct gw_authorization {
    char id[128];
    char headers[2048]; /* as the client lists them */
    char signature[GW_DIGEST_HEX_SIZE];
};

/* Takes "name=value" up to end from *p; the value goes to ret. */
static bool gw_verify_part(const char **p, const char *name, char end, char *ret, size_t size)
{
    size_t len;

    if (!gw_text_starts(*p, name))
        return false;
    *p += strlen(name);
    len = end ? strcspn(*p, ",") : strlen(*p);
    if (len == 0 || (end && (*p)[len] != end) || !gw_text_copy_n(ret, size, *p, len))
        return false;
    *p += len + (end ? 1 : 0);
    return true;
}

static bool gw_verify_authorization(const char *text, struct gw_authorization *ret)
{
    if (!gw_text_starts(text, scheme) || text[strlen(scheme)] != ' ')
        return false;
    text += strlen(scheme) + 1;
    return gw_verify_part(&text, "Credential=", ',', ret->id, sizeof(ret->id)) &&
           gw_verify_part(&text, "SignedHeaders=", ',', ret->headers, sizeof(ret->headers)) &&
           gw_verify_part(&text, "Signature=", '\0', ret->signature, sizeof(ret->signature));
}

static bool gw_verify_must_sign(const char *name)
{
    return strcasecmp(name, "host") == 0 || strcasecmp(name, "content-type") == 0 ||
           strncasecmp(name, "x-acs-", strlen("x-acs-")) == 0;
}

/* Whether name stands in the client's list, which is lower case and joined by semicolons. */
static bool gw_verify_is_listed(const char *list, const char *name)
{
    size_t name_len = strlen(name);

    for (const char *p = list; *p;) {
        size_t len = strcspn(p, ";");

        if (len == name_len && strncasecmp(p, name, len) == 0)
            return true;
        p += len + (p[len] == ';' ? 1 : 0);
    }
    return false;
}

static int gw_verify_by_header(const void *a, const void *b)
{
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

static void gw_verify_add_lower(struct gw_buf *buf, const char *text)
{
    for (; *text; text++)
        gw_buf_add_char(buf, *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text);
}

/* Writes "name:value\n" for each signed header, sorted, and the sorted list of names. */
static bool gw_verify_headers(const struct gw_wire *wire, const char *list, struct gw_buf *lines,
                              struct gw_buf *names, struct gw_claim *claim)
{
    const char *signed_name[GW_WIRE_HEADERS_MAX] = {NULL};
    size_t n = 0;

    for (size_t i = 0; i < wire->n_headers; i++) {
        const char *name = wire->header[i].name;
        bool listed = gw_verify_is_listed(list, name);

        if (gw_verify_must_sign(name) && (!listed || gw_wire_header_count(wire, name) > 1)) {
            gw_claim_refuse(claim, 400, "IncompleteSignature",
                            "The header %s must be sent once and be signed.", name);
            return false;
        }
        if (listed && gw_wire_header_count(wire, name) == 1)
            signed_name[n++] = name;
    }
    qsort(signed_name, n, sizeof(*signed_name), gw_verify_by_header);
    for (size_t i = 0; i < n; i++) {
        const char *value =
            gw_wire_header(wire, signed_name[i]) + strspn(gw_wire_header(wire, signed_name[i]), " \t");
        size_t len = strlen(value);

        while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
            len--;
        gw_verify_add_lower(lines, signed_name[i]);
        gw_buf_add_char(lines, ':');
        gw_buf_add(lines, value, len);
        gw_buf_add_char(lines, '\n');
        if (i > 0)
            gw_buf_add_char(names, ';');
        gw_verify_add_lower(names, signed_name[i]);
    }
    if (strcmp(gw_buf_text(names), list) == 0)
        return true;
    gw_claim_refuse(claim, 400, "IncompleteSignature",
                    "SignedHeaders does not list the signed headers in order: %s.", gw_buf_text(names));
    return false;
}

static void gw_verify_v3_signature(const struct gw_wire *wire, const struct gw_params *params,
                                   const struct gw_authorization *sent, const char *body_hash,
                                   struct gw_claim *claim)
{
    const struct gw_secret *secret = &claim->key->secret;
    struct gw_buf canonical, lines, names, to_sign;
    char hash[GW_DIGEST_HEX_SIZE], own[GW_DIGEST_HEX_SIZE];

    gw_buf_init(&canonical, 0);
    gw_buf_init(&lines, 0);
    gw_buf_init(&names, 0);
    gw_buf_init(&to_sign, 0);
    if (gw_verify_headers(wire, sent->headers, &lines, &names, claim)) {
        gw_buf_addf(&canonical, "%s\n/\n", wire->method);
        /* Only the query stands here; a form's parameters are covered by the body's hash. */
        gw_canonical_params(&canonical, params, params->n_query, NULL);
        gw_buf_add_char(&canonical, '\n');
        gw_buf_add(&canonical, gw_buf_text(&lines), lines.len);
        gw_buf_addf(&canonical, "\n%s\n%s", gw_buf_text(&names), body_hash);
        gw_digest_sha256_hex(canonical.data, canonical.len, hash);
        gw_buf_addf(&to_sign, "%s\n%s", scheme, hash);
        gw_digest_hmac_sha256_hex(secret->bytes, secret->len, to_sign.data, to_sign.len, own);
        gw_claim_compare(claim, sent->signature, own, &to_sign);
    }
    gw_buf_release(&to_sign);
    gw_buf_release(&names);
    gw_buf_release(&lines);
    gw_buf_release(&canonical);
}

void gw_verify_v3(const struct gw_keyring *ring, const struct gw_wire *wire, const struct gw_params *params,
                  uint64_t now_ms, struct gw_claim *claim)
{
    struct gw_authorization sent;
    const char *token = gw_wire_header(wire, "x-acs-security-token");
    char body_hash[GW_DIGEST_HEX_SIZE];

    claim->action = gw_wire_header(wire, "x-acs-action");
    claim->version = gw_wire_header(wire, "x-acs-version");
    claim->nonce = gw_wire_header(wire, "x-acs-signature-nonce");
    claim->timestamp = gw_wire_header(wire, "x-acs-date");
    if (!gw_verify_authorization(gw_wire_header(wire, "authorization"), &sent)) {
        gw_claim_refuse(claim, 400, "IncompleteSignature",
                        "The request signature does not conform to the standards.");
        return;
    }
    for (size_t i = 0; i < sizeof(mandatory) / sizeof(mandatory[0]); i++) {
        if (gw_claim_misses(claim, gw_wire_header(wire, mandatory[i]), mandatory[i]))
            return;
    }
    if (!gw_claim_read_time(claim) || !gw_claim_find_key(claim, ring, sent.id, token) ||
        !gw_claim_check_token(claim, ring, token, now_ms))
        return;
    gw_digest_sha256_hex(wire->body, wire->body_len, body_hash);
    if (strcmp(gw_wire_header(wire, "x-acs-content-sha256"), body_hash) != 0) {
        gw_claim_refuse(claim, 400, "SignatureDoesNotMatch",
                        "The body's hash is %s, not x-acs-content-sha256.", body_hash);
        return;
    }
    gw_verify_v3_signature(wire, params, &sent, body_hash, claim);
}
