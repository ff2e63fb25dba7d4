/* Tables of keys at work. Problems never stop the reading: the next key is looked at whatever became of this
 * one. */
#include "keys.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"
#include "gatewave/core/near.h"

#define GW_KEY_PATH_SIZE 64

static char **gw_key_text(const struct gw_key *key, void *target)
{
    return (char **)(void *)((char *)target + key->at);
}

static void *gw_key_field(const struct gw_key *key, void *target)
{
    return (char *)target + key->at;
}

/* ---- one value ---- */

/* NULL when the text was taken, else what is wrong with it; reason is room for phrases that are made here. */
static const char *gw_key_set(const struct gw_key *key, void *target, const char *text, struct gw_buf *reason)
{
    void *field = gw_key_field(key, target);
    char low[GW_KEY_SCALAR_SIZE], high[GW_KEY_SCALAR_SIZE];
    const char *wrong;
    uint64_t number;

    switch (key->kind) {
    case GW_KEY_TEXT:
        if (strlen(text) < key->min)
            return "must not be empty";
        if (key->max && strlen(text) > key->max) {
            (void)gw_buf_addf(reason, "is longer than %" PRIu64 " bytes", key->max);
            return gw_buf_text(reason);
        }
        free(*gw_key_text(key, target));
        *gw_key_text(key, target) = gw_mem_dup(text);
        return NULL;
    case GW_KEY_DURATION:
        wrong = gw_parse_duration(text, &number);
        if (!wrong && (number < key->min || number > key->max)) {
            gw_key_duration_text(key->min, low);
            gw_key_duration_text(key->max, high);
            (void)gw_buf_addf(reason, "must be from %s to %s", low, high);
            return gw_buf_text(reason);
        }
        if (!wrong)
            memcpy(field, &number, sizeof(number));
        return wrong;
    case GW_KEY_COUNT:
        if (gw_parse_u64(text, key->min, key->max, &number)) {
            (void)gw_buf_addf(reason, "must be a whole number from %" PRIu64 " to %" PRIu64, key->min,
                              key->max);
            return gw_buf_text(reason);
        }
        memcpy(field, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
        return NULL;
    case GW_KEY_RATE:
        return gw_parse_rate(text, field);
    case GW_KEY_CHOICE:
        for (int i = 0; i < 2; i++) {
            if (!gw_text_equal(text, key->word[i]))
                continue;
            memcpy(field, &(bool){i == 1}, sizeof(bool));
            return NULL;
        }
        (void)gw_buf_addf(reason, "must be %s or %s", key->word[0], key->word[1]);
        return gw_buf_text(reason);
    case GW_KEY_NONE:
    case GW_KEY_MAPPING:
    case GW_KEY_LATER:
        break;
    }
    return "cannot be set"; /* not reached: these kinds have no value of their own */
}

/* ---- defaults and release ---- */

void gw_keys_init(const struct gw_key_map *map, void *target)
{
    struct gw_buf reason;

    gw_buf_init(&reason, 256);
    for (size_t i = 0; i < map->n; i++) {
        const struct gw_key *key = &map->key[i];

        if (key->kind == GW_KEY_MAPPING) {
            gw_keys_init(key->map, target);
            if (key->off)
                memcpy(gw_key_field(key, target), &(bool){true}, sizeof(bool));
        } else if (key->otherwise) {
            const char *wrong = gw_key_set(key, target, key->otherwise, &reason);

            GW_CHECK(!wrong);
        } else if (key->kind == GW_KEY_TEXT) {
            *gw_key_text(key, target) = gw_mem_dup("");
        }
    }
    gw_buf_release(&reason);
}

void gw_keys_release(const struct gw_key_map *map, void *target)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct gw_key *key = &map->key[i];

        if (key->kind == GW_KEY_MAPPING)
            gw_keys_release(key->map, target);
        else if (key->kind == GW_KEY_TEXT)
            free(*gw_key_text(key, target));
    }
}

/* ---- reading ---- */

static const struct gw_key *gw_key_find(const struct gw_key_map *map, const char *name)
{
    for (size_t i = 0; i < map->n; i++)
        if (gw_text_equal(map->key[i].name, name))
            return &map->key[i];
    return NULL;
}

static void gw_key_unknown(struct gw_report *report, const struct gw_key_map *map, const struct gw_yaml *name)
{
    struct gw_near near;

    gw_near_init(&near, name->text, strlen(name->text));
    for (size_t i = 0; i < map->n; i++)
        gw_near_offer(&near, map->key[i].name);
    if (near.best)
        gw_report_at(report, name->offset, "unknown key `%s%s`; did you mean `%s`?", map->path,
                     gw_shown(name->text, strlen(name->text)).text, near.best);
    else
        gw_report_at(report, name->offset, "unknown key `%s%s`", map->path,
                     gw_shown(name->text, strlen(name->text)).text);
}

static void gw_key_read_scalar(struct gw_report *report, const struct gw_key *key, const char *path,
                               struct gw_yaml *value, void *target)
{
    struct gw_buf reason;
    const char *wrong;

    if (value->kind != GW_YAML_SCALAR) {
        gw_report_at(report, value->offset, "%s: must be a single value, not a %s", path,
                     value->kind == GW_YAML_MAPPING ? "mapping" : "list");
        return;
    }
    if (value->plain && value->text[0] == '\0') {
        gw_report_at(report, value->offset,
                     "%s: has no value; leave the key out, or write \"\" for an empty text", path);
        return;
    }
    gw_buf_init(&reason, 256);
    wrong = gw_key_set(key, target, value->text, &reason);
    if (wrong)
        gw_report_at(report, value->offset, "%s: %s", path, wrong);
    else if (key->check)
        key->check(report, path, value);
    gw_buf_release(&reason);
}

static void gw_key_read_mapping(struct gw_report *report, const struct gw_key *key, const char *path,
                                struct gw_yaml *value, void *target)
{
    if (value->kind == GW_YAML_MAPPING) {
        gw_keys_read(report, key->map, value, target);
        return;
    }
    if (key->off && value->kind == GW_YAML_SCALAR && gw_text_equal(value->text, "off")) {
        memcpy(gw_key_field(key, target), &(bool){false}, sizeof(bool));
        return;
    }
    if (value->kind == GW_YAML_SCALAR && value->plain && value->text[0] == '\0')
        return; /* `limits:` with every line under it commented out */
    gw_report_at(report, value->offset, "%s: must be a mapping, as in {%s: ...}%s", path,
                 key->map->key[0].name, key->off ? ", or the word off" : "");
}

/* The earlier of two keys of the same name in one mapping. */
static const struct gw_yaml *gw_key_earlier(const struct gw_yaml *mapping, const struct gw_yaml *name)
{
    for (const struct gw_yaml *other = mapping->first; other != name; other = other->next->next)
        if (other->kind == GW_YAML_SCALAR && gw_text_equal(other->text, name->text))
            return other;
    return NULL;
}

static void gw_key_read(struct gw_report *report, const struct gw_key_map *map, const struct gw_yaml *mapping,
                        const struct gw_yaml *name, void *target)
{
    struct gw_yaml *value = name->next;
    const struct gw_yaml *earlier;
    const struct gw_key *key;
    char path[GW_KEY_PATH_SIZE];
    size_t n, before = report->n;

    if (name->refused)
        return;
    if (name->kind != GW_YAML_SCALAR) {
        gw_report_at(report, name->offset, "a key must be a word, not a %s",
                     name->kind == GW_YAML_MAPPING ? "mapping" : "list");
        return;
    }
    key = gw_key_find(map, name->text);
    if (!key) {
        gw_key_unknown(report, map, name);
        return;
    }
    earlier = gw_key_earlier(mapping, name);
    if (earlier) {
        gw_report_at(report, name->offset, "%s%s is said twice, first in line %zu", map->path, key->name,
                     gw_report_line(report, earlier->offset));
        return;
    }
    (void)gw_text_copy(path, sizeof(path), map->path);
    n = strlen(path);
    (void)gw_text_copy(path + n, sizeof(path) - n, key->name);
    if (key->kind == GW_KEY_LATER)
        gw_report_at(report, name->offset, "%s: not in this version: %s", path, key->later);
    else if (value->refused)
        return;
    else if (key->kind == GW_KEY_MAPPING)
        gw_key_read_mapping(report, key, path, value, target);
    else
        gw_key_read_scalar(report, key, path, value, target);
    value->refused = report->n > before;
}

void gw_keys_read(struct gw_report *report, const struct gw_key_map *map, struct gw_yaml *mapping,
                  void *target)
{
    if (mapping->kind != GW_YAML_MAPPING) {
        if (!mapping->refused)
            gw_report_at(report, mapping->offset, "the file must be a mapping: lines of `key: value`");
        return;
    }
    for (const struct gw_yaml *name = mapping->first; name; name = name->next->next)
        gw_key_read(report, map, mapping, name, target);
    for (size_t i = 0; i < map->n; i++)
        if (map->key[i].needed && !gw_keys_find(mapping, map->key[i].name))
            gw_report_at(report, mapping->offset, "%s%s is missing", map->path, map->key[i].name);
}

const struct gw_yaml *gw_keys_find(const struct gw_yaml *mapping, const char *name)
{
    if (!mapping || mapping->kind != GW_YAML_MAPPING)
        return NULL;
    for (const struct gw_yaml *key = mapping->first; key; key = key->next->next)
        if (key->kind == GW_YAML_SCALAR && gw_text_equal(key->text, name))
            return key->next;
    return NULL;
}

void gw_keys_clash(struct gw_report *report, const struct gw_yaml *mapping, const char *first,
                   const char *second, const char *reason)
{
    const struct gw_yaml *a = gw_keys_find(mapping, first), *b = gw_keys_find(mapping, second);

    GW_CHECK(a || b); /* the defaults go together */
    if ((a && a->refused) || (b && b->refused))
        return;
    gw_report_at(report, b ? b->offset : a->offset, "%s", reason);
}
