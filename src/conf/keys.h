#ifndef GATEWAVE_SRC_CONF_KEYS_H
#define GATEWAVE_SRC_CONF_KEYS_H
/*
 * One table of keys for each mapping of our YAML files. The table alone drives reading, the defaults, the
 * hint at the nearest known key, writing and releasing: a key is one line, said once.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"
#include "yaml.h"

#define GW_KEY_SCALAR_SIZE 32

enum gw_key_kind {
    GW_KEY_NONE = 0,
    GW_KEY_TEXT,     /* char *; min to max bytes */
    GW_KEY_DURATION, /* uint64_t, milliseconds; min to max */
    GW_KEY_COUNT,    /* uint32_t; min to max */
    GW_KEY_PERCENT,  /* uint32_t, basis points; min to max */
    GW_KEY_RATE,     /* struct gw_rate */
    GW_KEY_CHOICE,   /* bool; the words for false and true */
    GW_KEY_FORM,     /* a value with a form of its own */
    GW_KEY_LIST,     /* a list of values of one form, at least min; it replaces what stood there */
    GW_KEY_MAPPING,  /* a table of its own, over the struct at offset inside */
    GW_KEY_MAPPINGS, /* a list of mappings, one to max, each a struct in an array; top level only */
};

struct gw_key_map;

/* What the kinds above do not know: how a text is taken, and how it is written again. */
struct gw_key_form {
    /* Sets the field, of a list adds to it. NULL, or what is wrong. */
    const char *(*take)(void *field, const char *text);
    /* The i-th text that reads back to the field; false behind the last. A single value has the 0th only. */
    bool (*show)(const void *field, size_t i, char ret[GW_KEY_SCALAR_SIZE]);
    void (*clear)(void *field); /* LIST: says nothing any more */
    const char *example;        /* LIST: as in [...] */
};

/* The array that a list of mappings fills. */
struct gw_key_array {
    size_t n_at; /* offset of the size_t that counts its structs */
    size_t size; /* of one struct */
    /* What a struct begins with beyond the defaults, from what the other keys around it said; may be NULL. */
    void (*begin)(void *item, const void *target);
};

struct gw_key {
    const char *name;
    enum gw_key_kind kind;
    size_t at; /* offset in the struct that the table fills */
    uint64_t min, max;
    const char *word[2];   /* CHOICE */
    const char *otherwise; /* the default as a person would write it; NULL: zero, and written only if set */
    bool needed;           /* no default: must be said */
    bool off;              /* MAPPING: at is a bool that is true unless the word off stands there */
    bool told;             /* MAPPING: at is a bool that is true when it was said; written only then */
    size_t inside;         /* MAPPING */
    const struct gw_key_map *map;     /* MAPPING, MAPPINGS */
    const struct gw_key_form *form;   /* FORM, LIST */
    const struct gw_key_array *array; /* MAPPINGS */
    /* TEXT: what else must hold of it; reports with gw_report_at and the node's place. */
    void (*check)(struct gw_report *report, const char *path, const struct gw_yaml *value);
};

struct gw_key_map {
    const char *path; /* "pace." before the names of its keys; "" at the top */
    const struct gw_key *key;
    size_t n;
    const char *first; /* what the first key is called here; NULL: as it calls itself */
};

#define GW_KEY_MAP(path_, keys)                                \
    {                                                          \
        .path = (path_), .key = (keys), .n = GW_COUNT_OF(keys) \
    }

/* What the i-th key is called. */
const char *gw_keys_name(const struct gw_key_map *map, size_t i);

/* Defaults into a struct that is zeroed whole, its arrays too. */
void gw_keys_init(const struct gw_key_map *map, void *target);
void gw_keys_release(const struct gw_key_map *map, void *target);
/* What a mapping says, over the defaults; lists of mappings last. Marks as refused what was reported. */
void gw_keys_read(struct gw_report *report, const struct gw_key_map *map, struct gw_yaml *mapping,
                  void *target);
/* Every value as YAML that reads back to it. */
void gw_keys_write(const struct gw_key_map *map, const void *target, struct gw_buf *buf);
/* The value of a key in a mapping, NULL when it is not there. mapping may be NULL. */
const struct gw_yaml *gw_keys_find(const struct gw_yaml *mapping, const char *name);
/*
 * Reports that the values of two keys do not go together, at the second if it was said, else at the first.
 * Says nothing when one of them was refused: what stands in its place is the default, and nobody wrote that.
 */
void gw_keys_clash(struct gw_report *report, const struct gw_yaml *mapping, const char *first,
                   const char *second, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* ---- one value ---- */

/* NULL when the text was taken, else what is wrong with it; reason is room for phrases that are made here. */
const char *gw_key_take(const struct gw_key *key, void *target, const char *text, struct gw_buf *reason);
/* Milliseconds as gw_parse_duration reads them: the largest unit that loses nothing. */
void gw_key_duration_text(uint64_t ms, char ret[GW_KEY_SCALAR_SIZE]);
/* Basis points as gw_parse_percent reads them. */
void gw_key_percent_text(uint32_t share_bp, char ret[GW_KEY_SCALAR_SIZE]);

#endif
