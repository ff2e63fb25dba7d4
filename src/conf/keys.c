/* Tables of keys at work. Problems never stop the reading: the next key is looked at whatever became of this
 * one. */
#include "keys.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/core/near.h"

#define GW_KEY_PATH_SIZE 64

static void *gw_key_field(const struct gw_key *key, void *target)
{
    return (char *)target + key->at;
}

static char **gw_key_text(const struct gw_key *key, void *target)
{
    return gw_key_field(key, target);
}

static void gw_key_set_flag(const struct gw_key *key, void *target, bool value)
{
    memcpy(gw_key_field(key, target), &value, sizeof(value));
}

static void *gw_key_inside(const struct gw_key *key, void *target)
{
    return (char *)target + key->inside;
}

/* How many structs the array of a list of mappings holds. */
static size_t *gw_key_n(const struct gw_key *key, void *target)
{
    return (size_t *)(void *)((char *)target + key->array->n_at);
}

static void *gw_key_item(const struct gw_key *key, void *target, size_t i)
{
    return (char *)gw_key_field(key, target) + i * key->array->size;
}

const char *gw_keys_name(const struct gw_key_map *map, size_t i)
{
    return i == 0 && map->first ? map->first : map->key[i].name;
}

/* ---- defaults and release ---- */

void gw_keys_init(const struct gw_key_map *map, void *target)
{
    struct gw_buf reason;

    gw_buf_init(&reason, 256);
    for (size_t i = 0; i < map->n; i++) {
        const struct gw_key *key = &map->key[i];

        if (key->kind == GW_KEY_MAPPING) {
            gw_keys_init(key->map, gw_key_inside(key, target));
            if (key->off)
                gw_key_set_flag(key, target, true);
        } else if (key->otherwise) {
            const char *wrong = gw_key_take(key, target, key->otherwise, &reason);

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
            gw_keys_release(key->map, gw_key_inside(key, target));
        else if (key->kind == GW_KEY_TEXT)
            free(*gw_key_text(key, target));
        else if (key->kind == GW_KEY_MAPPINGS)
            for (size_t k = 0; k < *gw_key_n(key, target); k++)
                gw_keys_release(key->map, gw_key_item(key, target, k));
    }
}

/* ---- reading ---- */

static const struct gw_key *gw_key_find(const struct gw_key_map *map, const char *name)
{
    for (size_t i = 0; i < map->n; i++)
        if (gw_text_equal(gw_keys_name(map, i), name))
            return &map->key[i];
    return NULL;
}

static void gw_key_unknown(struct gw_report *report, const struct gw_key_map *map, const struct gw_yaml *name)
{
    struct gw_near near;

    gw_near_init(&near, name->text, strlen(name->text));
    for (size_t i = 0; i < map->n; i++)
        gw_near_offer(&near, gw_keys_name(map, i));
    if (near.best)
        gw_report_at(report, name->offset, "unknown key `%s%s`; did you mean `%s`?", map->path,
                     gw_shown(name->text, strlen(name->text)).text, near.best);
    else
        gw_report_at(report, name->offset, "unknown key `%s%s`", map->path,
                     gw_shown(name->text, strlen(name->text)).text);
}

/* `limits:` with every line under it commented out. */
static bool gw_key_is_empty(const struct gw_yaml *value)
{
    return value->kind == GW_YAML_SCALAR && value->plain && value->text[0] == '\0';
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
    if (gw_key_is_empty(value)) {
        gw_report_at(report, value->offset,
                     "%s: has no value; leave the key out, or write \"\" for an empty text", path);
        return;
    }
    gw_buf_init(&reason, 256);
    wrong = gw_key_take(key, target, value->text, &reason);
    if (wrong)
        gw_report_at(report, value->offset, "%s: %s", path, wrong);
    else if (key->check)
        key->check(report, path, value);
    gw_buf_release(&reason);
}

static void gw_key_read_list(struct gw_report *report, const struct gw_key *key, const char *path,
                             struct gw_yaml *value, void *target)
{
    const char *wrong;
    size_t n = 0;

    if (value->kind != GW_YAML_LIST) {
        gw_report_at(report, value->offset, "%s: must be a list, as in %s", path, key->form->example);
        return;
    }
    key->form->clear(gw_key_field(key, target));
    for (const struct gw_yaml *item = value->first; item; item = item->next, n++) {
        if (item->refused)
            continue;
        if (item->kind != GW_YAML_SCALAR)
            wrong = "must be a list of single values";
        else
            wrong = key->form->take(gw_key_field(key, target), item->text);
        if (wrong)
            gw_report_at(report, item->offset, "%s: %s", path, wrong);
    }
    if (n < key->min)
        gw_report_at(report, value->offset, "%s: must not be empty", path);
}

static void gw_key_read_mapping(struct gw_report *report, const struct gw_key *key, const char *path,
                                struct gw_yaml *value, void *target)
{
    if (value->kind == GW_YAML_MAPPING) {
        if (key->told)
            gw_key_set_flag(key, target, true);
        gw_keys_read(report, key->map, value, gw_key_inside(key, target));
        return;
    }
    if (key->off && value->kind == GW_YAML_SCALAR && gw_text_equal(value->text, "off")) {
        gw_key_set_flag(key, target, false);
        return;
    }
    if (gw_key_is_empty(value))
        return;
    gw_report_at(report, value->offset, "%s: must be a mapping, as in {%s: ...}%s", path,
                 gw_keys_name(key->map, 0), key->off ? ", or the word off" : "");
}

static void gw_key_read_item(struct gw_report *report, const struct gw_key *key, struct gw_yaml *item,
                             void *target)
{
    size_t *n = gw_key_n(key, target);
    void *slot = gw_key_item(key, target, (*n)++);

    gw_keys_init(key->map, slot);
    if (key->array->begin)
        key->array->begin(slot, target);
    if (item->kind == GW_YAML_MAPPING)
        gw_keys_read(report, key->map, item, slot);
    else if (!item->refused)
        gw_report_at(report, item->offset, "%s: each must be a mapping, as in {%s: ...}", key->name,
                     gw_keys_name(key->map, 0));
}

/* Each item gets its struct, good or not, in order: the two can be walked side by side. */
static void gw_key_read_mappings(struct gw_report *report, const struct gw_key *key, struct gw_yaml *value,
                                 void *target)
{
    size_t before = report->n;

    if (gw_key_is_empty(value))
        return;
    if (value->kind != GW_YAML_LIST)
        gw_report_at(report, value->offset, "%s: must be a list, as in [{%s: ...}]", key->name,
                     gw_keys_name(key->map, 0));
    else if (!value->first)
        gw_report_at(report, value->offset, "%s: must not be empty", key->name);
    else
        for (struct gw_yaml *item = value->first; item; item = item->next) {
            if (*gw_key_n(key, target) == key->max) {
                gw_report_at(report, item->offset, "%s: must not be more than %" PRIu64, key->name, key->max);
                break;
            }
            gw_key_read_item(report, key, item, target);
        }
    value->refused = report->n > before;
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
        gw_report_at(report, name->offset, "%s%s is said twice, first in line %zu", map->path, name->text,
                     gw_report_line(report, earlier->offset));
        return;
    }
    (void)gw_text_copy(path, sizeof(path), map->path);
    n = strlen(path);
    (void)gw_text_copy(path + n, sizeof(path) - n, name->text);
    if (value->refused || key->kind == GW_KEY_MAPPINGS)
        return;
    if (key->kind == GW_KEY_MAPPING)
        gw_key_read_mapping(report, key, path, value, target);
    else if (key->kind == GW_KEY_LIST)
        gw_key_read_list(report, key, path, value, target);
    else
        gw_key_read_scalar(report, key, path, value, target);
    value->refused = report->n > before;
}

static struct gw_yaml *gw_key_value(const struct gw_yaml *mapping, const char *name)
{
    if (!mapping || mapping->kind != GW_YAML_MAPPING)
        return NULL;
    for (const struct gw_yaml *key = mapping->first; key; key = key->next->next)
        if (key->kind == GW_YAML_SCALAR && gw_text_equal(key->text, name))
            return key->next;
    return NULL;
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
    /* Last, because a struct of the list may begin with what the other keys said. */
    for (size_t i = 0; i < map->n; i++) {
        struct gw_yaml *value =
            map->key[i].kind == GW_KEY_MAPPINGS ? gw_key_value(mapping, map->key[i].name) : NULL;

        if (value && !value->refused)
            gw_key_read_mappings(report, &map->key[i], value, target);
    }
    for (size_t i = 0; i < map->n; i++)
        if (map->key[i].needed && !gw_keys_find(mapping, gw_keys_name(map, i)))
            gw_report_at(report, mapping->offset, "%s%s is missing", map->path, gw_keys_name(map, i));
}

const struct gw_yaml *gw_keys_find(const struct gw_yaml *mapping, const char *name)
{
    return gw_key_value(mapping, name);
}

void gw_keys_clash(struct gw_report *report, const struct gw_yaml *mapping, const char *first,
                   const char *second, const char *format, ...)
{
    const struct gw_yaml *a = gw_keys_find(mapping, first), *b = gw_keys_find(mapping, second);
    struct gw_buf reason;
    va_list args;

    GW_CHECK(a || b); /* the defaults go together */
    if ((a && a->refused) || (b && b->refused))
        return;
    gw_buf_init(&reason, 0);
    va_start(args, format);
    (void)gw_buf_vaddf(&reason, format, args);
    va_end(args);
    gw_report_at(report, b ? b->offset : a->offset, "%s", gw_buf_text(&reason));
    gw_buf_release(&reason);
}
