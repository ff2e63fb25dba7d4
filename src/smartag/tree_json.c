/*
 * JSON into the tree. cJSON is lenient (blanks of any kind, bytes behind the value, \u0000, bad escapes,
 * repeated keys) and recursive, so a strict scan of the whole text comes first: cJSON only ever sees what RFC
 * 8259 allows, at a depth that we allow. The scan keeps its brackets in an array and never recurses.
 */
#include "tree.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

/* cJSON copies a number into 64 bytes and would read a longer one wrongly. */
#define NUMBER_LEN_MAX 48

struct scan {
    const char *start, *at, *end;
    char closer[GW_TREE_DEPTH_MAX];
    size_t depth;
    const char *why;
    bool truncated;
};

static bool fail(struct scan *scan, const char *why)
{
    scan->why = why;
    return false;
}

static bool fail_at_end(struct scan *scan)
{
    scan->truncated = true;
    return fail(scan, "it ends too early");
}

static void skip_blanks(struct scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
        scan->at++;
}

/* The next byte that is not blank, 0 at the end: a NUL in the text was refused before. */
static char peek(struct scan *scan)
{
    skip_blanks(scan);
    return scan->at < scan->end ? *scan->at : '\0';
}

static bool scan_hex4(struct scan *scan, uint32_t *ret)
{
    uint32_t unit = 0;

    for (int i = 0; i < 4; i++) {
        char c;

        if (scan->at == scan->end)
            return fail_at_end(scan);
        c = *scan->at;
        if (c >= '0' && c <= '9')
            unit = unit * 16 + (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            unit = unit * 16 + (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return fail(scan, "a \\u escape needs four hex digits");
        scan->at++;
    }
    *ret = unit;
    return true;
}

/* Behind "\u": no NUL, no half of a surrogate pair. */
static bool scan_unicode(struct scan *scan)
{
    uint32_t unit;

    if (!scan_hex4(scan, &unit))
        return false;
    if (unit == 0)
        return fail(scan, "a text holds a NUL");
    if (unit >= 0xDC00 && unit <= 0xDFFF)
        return fail(scan, "half of a surrogate pair");
    if (unit < 0xD800 || unit > 0xDBFF)
        return true;
    for (const char *want = "\\u"; *want; want++, scan->at++) {
        if (scan->at == scan->end)
            return fail_at_end(scan);
        if (*scan->at != *want)
            return fail(scan, "half of a surrogate pair");
    }
    if (!scan_hex4(scan, &unit))
        return false;
    return unit >= 0xDC00 && unit <= 0xDFFF ? true : fail(scan, "half of a surrogate pair");
}

static bool scan_string(struct scan *scan)
{
    scan->at++; /* the opening quote */
    while (scan->at < scan->end) {
        const char c = *scan->at++;

        if (c == '"')
            return true;
        if ((unsigned char)c < ' ')
            return fail(scan, "a control byte in a text");
        if (c != '\\')
            continue;
        if (scan->at == scan->end)
            return fail_at_end(scan);
        if (*scan->at == 'u') {
            scan->at++;
            if (!scan_unicode(scan))
                return false;
        } else if (!strchr("\"\\/bfnrt", *scan->at++)) {
            return fail(scan, "an unknown escape");
        }
    }
    return fail_at_end(scan);
}

static bool scan_digits(struct scan *scan)
{
    const char *first = scan->at;

    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    if (scan->at > first)
        return true;
    return scan->at == scan->end ? fail_at_end(scan) : fail(scan, "a number without digits");
}

static bool scan_number(struct scan *scan)
{
    const char *first = scan->at;

    if (*scan->at == '-')
        scan->at++;
    if (scan->at < scan->end && *scan->at == '0')
        scan->at++;
    else if (!scan_digits(scan))
        return false;
    if (scan->at < scan->end && *scan->at == '.') {
        scan->at++;
        if (!scan_digits(scan))
            return false;
    }
    if (scan->at < scan->end && (*scan->at == 'e' || *scan->at == 'E')) {
        scan->at++;
        if (scan->at < scan->end && (*scan->at == '+' || *scan->at == '-'))
            scan->at++;
        if (!scan_digits(scan))
            return false;
    }
    return scan->at - first <= NUMBER_LEN_MAX ? true : fail(scan, "a number of absurd length");
}

static bool scan_word(struct scan *scan, const char *word)
{
    for (; *word; word++, scan->at++) {
        if (scan->at == scan->end)
            return fail_at_end(scan);
        if (*scan->at != *word)
            return fail(scan, "not a JSON value");
    }
    return true;
}

static bool scan_scalar(struct scan *scan)
{
    switch (peek(scan)) {
    case '\0':
        return fail_at_end(scan);
    case '"':
        return scan_string(scan);
    case 't':
        return scan_word(scan, "true");
    case 'f':
        return scan_word(scan, "false");
    case 'n':
        return scan_word(scan, "null");
    default:
        if (*scan->at == '-' || (*scan->at >= '0' && *scan->at <= '9'))
            return scan_number(scan);
        return fail(scan, "not a JSON value");
    }
}

/* A member's name and its colon. */
static bool scan_key(struct scan *scan)
{
    const char c = peek(scan);

    if (c == '\0')
        return fail_at_end(scan);
    if (c != '"')
        return fail(scan, "a name in quotes is missing");
    if (!scan_string(scan))
        return false;
    if (peek(scan) == '\0')
        return fail_at_end(scan);
    return *scan->at++ == ':' ? true : fail(scan, "a colon is missing behind a name");
}

/* One step into the next value: an opening bracket, or a whole scalar. */
static bool scan_value(struct scan *scan, bool *ret_opened)
{
    const char c = peek(scan);

    *ret_opened = c == '{' || c == '[';
    if (!*ret_opened)
        return scan_scalar(scan);
    if (scan->depth == GW_TREE_DEPTH_MAX)
        return fail(scan, "nested too deeply");
    scan->closer[scan->depth++] = c == '{' ? '}' : ']';
    scan->at++;
    return true;
}

/* Behind a value or an opening bracket: closes what closes here; false at a fault. */
static bool scan_between(struct scan *scan, bool opened)
{
    while (scan->depth > 0) {
        const char closer = scan->closer[scan->depth - 1], c = peek(scan);

        if (c == '\0')
            return fail_at_end(scan);
        if (c == closer) {
            scan->at++;
            scan->depth--;
            opened = false;
            continue;
        }
        if (!opened && c != ',')
            return fail(scan, "a comma or a closing bracket is missing");
        if (!opened)
            scan->at++;
        return closer == '}' ? scan_key(scan) : true;
    }
    return true;
}

static bool scan_all(struct scan *scan)
{
    do {
        bool opened;

        if (!scan_value(scan, &opened) || !scan_between(scan, opened))
            return false;
    } while (scan->depth > 0);
    return peek(scan) == '\0' ? true : fail(scan, "more bytes behind the value");
}

/* True when bytes are one well-formed JSON value within our limits, by RFC 8259 and no laxer. */
static bool is_strict(const char *bytes, size_t len, struct gw_tree_error *ret_error)
{
    struct scan scan = {.start = bytes, .at = bytes, .end = bytes + len};
    const size_t well_formed = gw_text_utf8_prefix(bytes, len);

    if (well_formed < len) {
        *ret_error =
            (struct gw_tree_error){GW_TREE_MALFORMED, "a NUL or bytes that are not UTF-8", well_formed};
        return false;
    }
    if (!scan_all(&scan)) {
        *ret_error = (struct gw_tree_error){scan.truncated ? GW_TREE_TRUNCATED : GW_TREE_MALFORMED, scan.why,
                                            (size_t)(scan.at - scan.start)};
        return false;
    }
    return true;
}

/* Drops an object's secrets; false when two members have one name or there are absurdly many. */
static bool tidy_object(struct cJSON *object)
{
    const char *name[GW_TREE_KEYS_MAX];
    size_t n = 0;
    struct cJSON *item = object->child;

    while (item) {
        struct cJSON *next = item->next;

        if (n == GW_TREE_KEYS_MAX)
            return false;
        for (size_t i = 0; i < n; i++) {
            if (strcmp(name[i], item->string) == 0)
                return false;
        }
        if (gw_tree_is_secret(item->string))
            gw_tree_drop(cJSON_DetachItemViaPointer(object, item));
        else
            name[n++] = item->string;
        item = next;
    }
    return true;
}

/* Walks the tree with a path of its own; the scan has bounded the depth. */
static bool tidy(struct cJSON *root)
{
    struct cJSON *path[GW_TREE_DEPTH_MAX + 1] = {root};
    size_t depth = 1;

    while (depth > 0) {
        struct cJSON *node = path[depth - 1];

        if (!node) {
            depth--;
            continue;
        }
        if (cJSON_IsObject(node) && !tidy_object(node))
            return false;
        path[depth - 1] = node->next;
        GW_CHECK(depth < GW_COUNT_OF(path) || !node->child);
        if (node->child)
            path[depth++] = node->child;
    }
    return true;
}

bool gw_tree_parse_json(const char *bytes, size_t len, struct gw_tree *ret, struct gw_tree_error *ret_error)
{
    struct cJSON *root;

    if (!is_strict(bytes, len, ret_error))
        return false;
    root = cJSON_ParseWithLength(bytes, len);
    if (!root) {
        *ret_error = (struct gw_tree_error){GW_TREE_MALFORMED, "not a JSON value", 0};
        return false;
    }
    if (!tidy(root)) {
        gw_tree_drop(root);
        *ret_error = (struct gw_tree_error){GW_TREE_MALFORMED, "a name stands twice in one object", 0};
        return false;
    }
    *ret = (struct gw_tree){.root = root};
    return true;
}
