#ifndef GATEWAVE_SRC_CONF_YAML_H
#define GATEWAVE_SRC_CONF_YAML_H
/*
 * YAML text to a tree of what a person wrote: mappings, lists and scalars as text, each with its place. What
 * our files have no use for is refused, with its place: a second document, anchors, aliases, tags.
 */
#include <stdbool.h>
#include <stddef.h>

#include "report.h"

#define GW_YAML_SIZE_MAX  (1024 * 1024)
#define GW_YAML_DEPTH_MAX 16
#define GW_YAML_NODES_MAX 10000

enum gw_yaml_kind {
    GW_YAML_NONE = 0,
    GW_YAML_SCALAR,
    GW_YAML_MAPPING,
    GW_YAML_LIST,
};

struct gw_yaml {
    enum gw_yaml_kind kind;
    size_t offset;                /* of its first byte in the text, the quote of a quoted scalar */
    bool plain;                   /* a scalar without quotes */
    bool exact;                   /* a scalar whose text is, byte for byte, what stands at offset */
    bool refused;                 /* an alias or the like: already reported, has no value */
    char *text;                   /* a scalar's; "" for one that is not there. Holds no NUL byte inside. */
    struct gw_yaml *first, *next; /* a mapping's are key, value, key, value, ... */
};

/*
 * The tree, or NULL where there is none: after a problem that was reported, or when the text says nothing at
 * all (then report->n has not changed). After problems that leave the tree whole it is returned too, so that
 * what it says can be checked in the same go.
 */
struct gw_yaml *gw_yaml_read(struct gw_report *report);
void gw_yaml_free(struct gw_yaml *node);
/*
 * True for one line of JSON that libfyaml reads in little memory: it remembers each bracket and each text. No device has
 * so many as make it false.
 */
bool gw_yaml_is_cheap_json(const char *text, size_t len);
/* Where libfyaml means by line and column, which count from 1 and count characters. */
size_t gw_yaml_offset(const char *text, size_t len, int line, int column);

#endif
