/* Tables of keys, written: what the database keeps of a rollout must read back to the same values, whatever
 * they are. */
#include <inttypes.h>
#include <string.h>

#include "keys.h"

#include "gatewave/base/check.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"

/*
 * A double-quoted YAML scalar on one line. Escaped is what YAML does not take raw, what libfyaml would take
 * for a line break, and what a terminal would act on.
 */
static void gw_key_quote(struct gw_buf *buf, const char *text)
{
    (void)gw_buf_add_char(buf, '"');
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            (void)gw_buf_addf(buf, "\\%c", *p);
        else if (*p < 0x20 || *p == 0x7f)
            (void)gw_buf_addf(buf, "\\x%02x", *p);
        else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) /* C1 controls and NEL */
            (void)gw_buf_addf(buf, "\\x%02x", *++p);
        else if (p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9)) { /* U+2028, U+2029 */
            (void)gw_buf_addf(buf, "\\u20%02x", p[2] - 0x80);
            p += 2;
        } else if (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf) { /* U+FEFF */
            (void)gw_buf_add_text(buf, "\\ufeff");
            p += 2;
        } else
            (void)gw_buf_add_char(buf, (char)*p);
    }
    (void)gw_buf_add_char(buf, '"');
}

static bool gw_key_flag(const struct gw_key *key, const void *target)
{
    bool flag;

    memcpy(&flag, (const char *)target + key->at, sizeof(flag));
    return flag;
}

static void gw_key_write_map(const struct gw_key_map *map, const void *target, struct gw_buf *buf);

/* Texts that a form makes are plain words, except that of a time of day. */
static void gw_key_write_word(const char *text, struct gw_buf *buf)
{
    if (strchr(text, ':'))
        gw_key_quote(buf, text);
    else
        (void)gw_buf_add_text(buf, text);
}

/* FORM and LIST. */
static void gw_key_write_form(const struct gw_key *key, const void *field, struct gw_buf *buf)
{
    char text[GW_KEY_SCALAR_SIZE];

    if (key->kind == GW_KEY_FORM) {
        GW_CHECK(key->form->show(field, 0, text));
        gw_key_write_word(text, buf);
        return;
    }
    (void)gw_buf_add_char(buf, '[');
    for (size_t i = 0; key->form->show(field, i, text); i++) {
        (void)gw_buf_add_text(buf, i ? ", " : "");
        gw_key_write_word(text, buf);
    }
    (void)gw_buf_add_char(buf, ']');
}

static void gw_key_write_value(const struct gw_key *key, const void *target, struct gw_buf *buf)
{
    const void *field = (const char *)target + key->at;
    char text[GW_KEY_SCALAR_SIZE];
    struct gw_rate rate;
    uint64_t number;
    uint32_t count;
    size_t n;
    bool flag;

    switch (key->kind) {
    case GW_KEY_TEXT:
        gw_key_quote(buf, *(char *const *)field);
        return;
    case GW_KEY_DURATION:
        memcpy(&number, field, sizeof(number));
        gw_key_duration_text(number, text);
        break;
    case GW_KEY_COUNT:
        memcpy(&count, field, sizeof(count));
        (void)gw_buf_addf(buf, "%" PRIu32, count);
        return;
    case GW_KEY_PERCENT:
        memcpy(&count, field, sizeof(count));
        gw_key_percent_text(count, text);
        break;
    case GW_KEY_RATE:
        memcpy(&rate, field, sizeof(rate));
        gw_rate_text(rate, text, sizeof(text));
        break;
    case GW_KEY_CHOICE:
        memcpy(&flag, field, sizeof(flag));
        (void)gw_text_copy(text, sizeof(text), key->word[flag]);
        break;
    case GW_KEY_FORM:
    case GW_KEY_LIST:
        gw_key_write_form(key, field, buf);
        return;
    case GW_KEY_MAPPING:
        if (key->off && !gw_key_flag(key, target))
            (void)gw_buf_add_text(buf, "off");
        else
            gw_key_write_map(key->map, (const char *)target + key->inside, buf);
        return;
    case GW_KEY_MAPPINGS:
        memcpy(&n, (const char *)target + key->array->n_at, sizeof(n));
        for (size_t i = 0; i < n; i++) {
            (void)gw_buf_add_text(buf, "\n  - ");
            gw_key_write_map(key->map, (const char *)field + i * key->array->size, buf);
        }
        return;
    case GW_KEY_NONE:
        return; /* not reached: no table has it */
    }
    (void)gw_buf_add_text(buf, text);
}

/* Without a default, zero is "not said", and a key without a value would not read back. */
static bool gw_key_is_said(const struct gw_key *key, const void *target)
{
    static const uint64_t zero;
    const char *field = (const char *)target + key->at;

    switch (key->kind) {
    case GW_KEY_COUNT:
    case GW_KEY_PERCENT:
        return key->otherwise || memcmp(field, &zero, sizeof(uint32_t)) != 0;
    case GW_KEY_RATE:
        return key->otherwise || memcmp(field, &zero, sizeof(struct gw_rate)) != 0;
    case GW_KEY_MAPPING:
        return !key->told || gw_key_flag(key, target);
    case GW_KEY_MAPPINGS:
        return memcmp((const char *)target + key->array->n_at, &zero, sizeof(size_t)) != 0;
    default:
        return true;
    }
}

/* In flow style, on one line. */
static void gw_key_write_map(const struct gw_key_map *map, const void *target, struct gw_buf *buf)
{
    const char *comma = "";

    (void)gw_buf_add_char(buf, '{');
    for (size_t i = 0; i < map->n; i++) {
        if (!gw_key_is_said(&map->key[i], target))
            continue;
        (void)gw_buf_addf(buf, "%s%s: ", comma, gw_keys_name(map, i));
        gw_key_write_value(&map->key[i], target, buf);
        comma = ", ";
    }
    (void)gw_buf_add_char(buf, '}');
}

void gw_keys_write(const struct gw_key_map *map, const void *target, struct gw_buf *buf)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct gw_key *key = &map->key[i];

        if (!gw_key_is_said(key, target))
            continue;
        (void)gw_buf_addf(buf, "%s:%s", gw_keys_name(map, i), key->kind == GW_KEY_MAPPINGS ? "" : " ");
        gw_key_write_value(key, target, buf);
        (void)gw_buf_add_char(buf, '\n');
    }
}
