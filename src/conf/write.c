/* Tables of keys, written: what the database keeps of a rollout must read back to the same values, whatever
 * they are. */
#include <inttypes.h>
#include <string.h>

#include "keys.h"

#include "gatewave/base/check.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"

void gw_key_duration_text(uint64_t ms, char ret[GW_KEY_SCALAR_SIZE])
{
    static const struct {
        uint64_t ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    struct gw_buf buf;
    size_t i = 0;

    while (ms == 0 ? units[i].ms != 1000 : ms % units[i].ms != 0)
        i++;
    gw_buf_init(&buf, GW_KEY_SCALAR_SIZE - 1);
    (void)gw_buf_addf(&buf, "%" PRIu64 "%s", ms / units[i].ms, units[i].unit);
    (void)gw_text_copy(ret, GW_KEY_SCALAR_SIZE, gw_buf_text(&buf));
    gw_buf_release(&buf);
}

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

static void gw_key_write_value(const struct gw_key *key, const void *target, struct gw_buf *buf)
{
    const void *field = (const char *)target + key->at;
    char text[GW_KEY_SCALAR_SIZE];
    struct gw_rate rate;
    uint64_t number;
    uint32_t count;
    bool chosen;

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
    case GW_KEY_RATE:
        memcpy(&rate, field, sizeof(rate));
        gw_rate_text(rate, text, sizeof(text));
        break;
    case GW_KEY_CHOICE:
        memcpy(&chosen, field, sizeof(chosen));
        (void)gw_text_copy(text, sizeof(text), key->word[chosen]);
        break;
    case GW_KEY_NONE:
    case GW_KEY_MAPPING:
    case GW_KEY_LATER:
        return; /* not reached: these kinds have no value of their own */
    }
    (void)gw_buf_add_text(buf, text);
}

/* Without a default, zero is "not said", and a key without a value would not read back. */
static bool gw_key_is_said(const struct gw_key *key, const void *target)
{
    static const uint32_t zero[2];

    if (key->kind == GW_KEY_LATER)
        return false;
    if (key->otherwise || key->needed || key->kind == GW_KEY_MAPPING)
        return true;
    GW_CHECK(key->kind == GW_KEY_COUNT || key->kind == GW_KEY_RATE);
    return memcmp((const char *)target + key->at, zero, key->kind == GW_KEY_COUNT ? 4 : sizeof(zero)) != 0;
}

static void gw_key_write_mapping(const struct gw_key *key, const void *target, struct gw_buf *buf)
{
    const char *comma = "";
    bool on;

    if (key->off) {
        memcpy(&on, (const char *)target + key->at, sizeof(on));
        if (!on) {
            (void)gw_buf_add_text(buf, "off");
            return;
        }
    }
    (void)gw_buf_add_char(buf, '{');
    for (size_t i = 0; i < key->map->n; i++) {
        const struct gw_key *inner = &key->map->key[i];

        if (!gw_key_is_said(inner, target))
            continue;
        (void)gw_buf_addf(buf, "%s%s: ", comma, inner->name);
        gw_key_write_value(inner, target, buf);
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
        (void)gw_buf_addf(buf, "%s: ", key->name);
        if (key->kind == GW_KEY_MAPPING)
            gw_key_write_mapping(key, target, buf);
        else
            gw_key_write_value(key, target, buf);
        (void)gw_buf_add_char(buf, '\n');
    }
}
