/*
 * Judging a reply by proof. ACCEPTED needs everything at once: 2xx, the content type that was asked for, a
 * whole body that parses, no foreign Code, a RequestId. REFUSED needs a whole body and a Code that the book
 * knows to mean "not executed". Whatever is left is in doubt, and nothing on the way here can fail in any
 * other manner.
 */
#include "answer.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/smartag/code.h"

#define RETRY_AFTER_MAX_MS 120000

enum media {
    MEDIA_NONE = 0, /* not said */
    MEDIA_JSON,
    MEDIA_XML,
    MEDIA_HTML,
    MEDIA_OTHER,
};

void gw_answer_doubt(struct gw_answer *answer, enum gw_class class_, const char *code, const char *message)
{
    answer->proof = GW_PROOF_IN_DOUBT;
    answer->class_ = class_;
    gw_text_copy(answer->code, sizeof(answer->code), code);
    gw_text_copy(answer->message, sizeof(answer->message), message);
}

static enum media media_of(const char *content_type)
{
    static const struct {
        const char *name;
        enum media media;
    } known[] = {
        {"application/json", MEDIA_JSON}, {"text/json", MEDIA_JSON}, {"text/xml", MEDIA_XML},
        {"application/xml", MEDIA_XML},   {"text/html", MEDIA_HTML}, {"application/xhtml+xml", MEDIA_HTML},
    };
    const size_t len = strcspn(content_type, "; \t");
    char name[64];

    if (*content_type == '\0')
        return MEDIA_NONE;
    if (!gw_text_copy_n(name, sizeof(name), content_type, len))
        return MEDIA_OTHER;
    for (size_t i = 0; i < GW_COUNT_OF(known); i++) {
        if (gw_text_equal_nocase(name, known[i].name))
            return known[i].media;
    }
    return MEDIA_OTHER;
}

/* Milliseconds as digits, capped; 0 for anything else. */
static uint32_t read_pause(const char *text, size_t len)
{
    uint64_t ms = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        ms = ms * 10 + (uint64_t)(text[i] - '0');
        if (ms > RETRY_AFTER_MAX_MS)
            ms = RETRY_AFTER_MAX_MS;
    }
    return (uint32_t)ms;
}

/* TimeLeft of Limit:1,Remain:0,TimeLeft:2000,Reset:1234 */
static uint32_t read_time_left(const char *text)
{
    static const char name[] = "TimeLeft:";

    while (*text) {
        text += strspn(text, ", ");
        if (gw_text_starts(text, name)) {
            text += strlen(name);
            return read_pause(text, strcspn(text, ", "));
        }
        text += strcspn(text, ",");
    }
    return 0;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t pause_of(const struct gw_reply_bytes *reply)
{
    const uint32_t legacy =
        larger(read_time_left(reply->ratelimit_user_api), read_time_left(reply->ratelimit_user));

    return larger(read_pause(reply->retry_after, strlen(reply->retry_after)), legacy);
}

static bool is_success_status(int status)
{
    return status >= 200 && status <= 299;
}

/*
 * The vendor's message, as far as it is fit to be kept: a refused signature quotes the text that the server
 * signed, which holds the key id and the token.
 */
static void set_message(struct gw_answer *answer, const char *message)
{
    static const char *const quotes[] = {"server string",       "string to sign", "stringtosign",
                                         "canonical",           "securitytoken=", "securitytoken%3d",
                                         "x-acs-security-token"};
    size_t len = strlen(message);

    for (size_t i = 0; i < GW_COUNT_OF(quotes); i++) {
        const char *quote = strcasestr(message, quotes[i]);

        if (quote && (size_t)(quote - message) < len)
            len = (size_t)(quote - message);
    }
    if (len >= sizeof(answer->message))
        len = sizeof(answer->message) - 1;
    len = gw_text_utf8_prefix(message, len);
    while (len > 0 && message[len - 1] == ' ')
        len--;
    gw_text_copy_n(answer->message, sizeof(answer->message), message, len);
}

static bool looks_like_html(const char *body, size_t len)
{
    static const char *const openings[] = {"<!doctype html", "<html"};

    while (len > 0 && (*body == ' ' || *body == '\t' || *body == '\r' || *body == '\n')) {
        body++;
        len--;
    }
    for (size_t i = 0; i < GW_COUNT_OF(openings); i++) {
        if (len >= strlen(openings[i]) && strncasecmp(body, openings[i], strlen(openings[i])) == 0)
            return true;
    }
    return false;
}

/* What cannot be an answer of the service at all, before a byte of the body is parsed. */
static bool is_foreign(const struct gw_reply_bytes *reply, enum media media, struct gw_answer *answer)
{
    const bool busy = reply->http_status == 429 || reply->http_status >= 500;

    if (reply->http_status >= 300 && reply->http_status <= 399) {
        gw_answer_doubt(answer, GW_CLASS_UNTRUSTED, "redirect",
                        "a redirect, which the service never sends: a proxy or a captive portal is likely");
        return true;
    }
    if (media == MEDIA_HTML || looks_like_html(reply->body, reply->body_len)) {
        /* A balancer in front of the service says 502 and the like in HTML too: no reason to stop the run. */
        gw_answer_doubt(answer, busy ? GW_CLASS_TRANSIENT : GW_CLASS_UNTRUSTED, "foreign_page",
                        "a web page instead of an answer: a proxy or a captive portal is likely in the way");
        return true;
    }
    if (reply->body_len > GW_REPLY_BODY_MAX) {
        gw_answer_doubt(answer, GW_CLASS_UNKNOWN, "too_large", "the body is larger than any real answer");
        return true;
    }
    return false;
}

/* The body's tree, when it is of the kind that was asked for. */
static bool parse(const struct gw_reply_bytes *reply, enum gw_format format, enum media media,
                  struct gw_tree *ret, struct gw_answer *answer)
{
    const enum media wanted = format == GW_FORMAT_XML ? MEDIA_XML : MEDIA_JSON;
    const char *name = format == GW_FORMAT_XML ? "XML" : "JSON";
    const enum gw_class class_ = reply->http_status == 429 ? GW_CLASS_THROTTLED : GW_CLASS_UNKNOWN;
    struct gw_tree_error error = {0};
    char message[GW_MESSAGE_MAX];

    if (media != wanted) {
        (void)snprintf(message, sizeof(message), "%s where %s was asked for",
                       media == MEDIA_NONE   ? "no content type"
                       : media == MEDIA_JSON ? "JSON"
                       : media == MEDIA_XML  ? "XML"
                                             : "a foreign content type",
                       name);
        gw_answer_doubt(answer, class_, "bad_reply", message);
        return false;
    }
    if (format == GW_FORMAT_XML ? gw_tree_parse_xml(reply->body, reply->body_len, ret, &error)
                                : gw_tree_parse_json(reply->body, reply->body_len, ret, &error))
        return true;
    (void)snprintf(message, sizeof(message), "no well-formed %s: %s, at byte %zu", name, error.why, error.at);
    gw_answer_doubt(answer, class_,
                    error.fault == GW_TREE_TRUNCATED && reply->body_len > 0 ? "truncated" : "bad_reply",
                    message);
    return false;
}

/* The words with which some actions dress a success. */
static bool is_success_code(const char *code)
{
    return gw_text_equal(code, "200") || gw_text_equal_nocase(code, "OK") ||
           gw_text_equal_nocase(code, "Success");
}

static void judge_code(const struct cJSON *root, const char *code, struct gw_answer *answer)
{
    const struct gw_code_entry *row = gw_code_find(code);
    const struct cJSON *message = gw_tree_item(root, "Message");

    /* Our own words are in the book too, in small letters; they prove nothing when the wire says them. */
    if (row && row->proof != GW_PROOF_REFUSED && row->proof != GW_PROOF_IN_DOUBT)
        row = NULL;
    answer->proof = row ? row->proof : GW_PROOF_IN_DOUBT;
    answer->class_ = row ? row->class_ : GW_CLASS_UNKNOWN;
    gw_text_copy(answer->code, sizeof(answer->code), code);
    set_message(answer, cJSON_IsString(message) ? message->valuestring : "");
}

/* XML tells by its root what it answers; JSON has no such thing. */
static bool is_response(const char *root_name)
{
    static const char ending[] = "Response";
    const size_t len = strlen(root_name);

    return len == 0 || (len > strlen(ending) && gw_text_equal(root_name + len - strlen(ending), ending));
}

static bool says_no_success(const struct cJSON *root)
{
    char text[8];

    return cJSON_IsFalse(gw_tree_item(root, "Success")) ||
           (gw_tree_text(root, "Success", text, sizeof(text)) && gw_text_equal_nocase(text, "false"));
}

/* True when the tree says that the request was carried out. */
static bool judge_tree(const struct gw_reply_bytes *reply, const struct gw_tree *tree,
                       struct gw_answer *answer)
{
    const bool error_root = gw_text_equal(tree->root_name, "Error");
    const bool success = is_success_status(reply->http_status) && !error_root;
    const struct cJSON *code_item;
    char code[GW_CODE_MAX], request_id[GW_REQUEST_ID_MAX];
    bool has_request_id;

    if (!cJSON_IsObject(tree->root)) {
        gw_answer_doubt(answer, GW_CLASS_UNKNOWN, "bad_reply", "the body is not an object");
        return false;
    }
    has_request_id = gw_tree_text(tree->root, "RequestId", request_id, sizeof(request_id)) && request_id[0];
    if (has_request_id)
        gw_text_copy(answer->request_id, sizeof(answer->request_id), request_id);
    code_item = gw_tree_item(tree->root, "Code");
    if (code_item && !gw_tree_text(tree->root, "Code", code, sizeof(code))) {
        gw_answer_doubt(answer, GW_CLASS_UNKNOWN, "bad_reply", "its Code is not one that can be read");
        return false;
    }
    if (code_item && code[0] && !(success && is_success_code(code))) {
        judge_code(tree->root, code, answer);
        return false;
    }
    if (!success)
        gw_answer_doubt(answer, GW_CLASS_UNKNOWN, "bad_reply", "an error without a Code");
    else if (says_no_success(tree->root))
        gw_answer_doubt(answer, GW_CLASS_UNKNOWN, "bad_reply", "it says that it is no success, and not why");
    else if (!is_response(tree->root_name))
        gw_answer_doubt(answer, GW_CLASS_UNKNOWN, "bad_reply", "its root element is not that of a response");
    else if (!has_request_id)
        gw_answer_doubt(answer, GW_CLASS_UNKNOWN, "bad_reply", "a success without a RequestId");
    else
        return true;
    return false;
}

bool gw_answer_read(const struct gw_reply_bytes *reply, enum gw_format format, struct gw_tree *ret_tree,
                    struct gw_answer *ret_answer)
{
    const enum media media = media_of(reply->content_type);
    const uint32_t pause_ms = pause_of(reply);
    struct gw_tree tree = {0};
    bool accepted;

    *ret_answer = (struct gw_answer){.http_status = reply->http_status, .retry_after_ms = pause_ms};
    if (strlen(reply->request_id) < sizeof(ret_answer->request_id))
        gw_text_copy(ret_answer->request_id, sizeof(ret_answer->request_id), reply->request_id);
    if (is_foreign(reply, media, ret_answer) || !parse(reply, format, media, &tree, ret_answer))
        return false;
    accepted = judge_tree(reply, &tree, ret_answer);
    if (!accepted) {
        gw_tree_release(&tree);
        return false;
    }
    ret_answer->proof = GW_PROOF_ACCEPTED;
    ret_answer->class_ = GW_CLASS_ACCEPTED;
    ret_answer->retry_after_ms = 0; /* nobody asked for a pause: the legacy headers come with successes too */
    *ret_tree = tree;
    return true;
}
