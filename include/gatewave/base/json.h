#ifndef GATEWAVE_BASE_JSON_H
#define GATEWAVE_BASE_JSON_H
/* Writes JSON into a gw_buf, in the order of the calls; commas and escapes are its business, nesting is the
 * caller's. */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/buf.h"

struct gw_json {
    struct gw_buf *buf;
    bool more; /* the next item at this level needs a comma before it */
};

void gw_json_init(struct gw_json *json, struct gw_buf *buf);
/* name is NULL inside an array and at the top. */
void gw_json_open(struct gw_json *json, const char *name, char bracket); /* '{' or '[' */
void gw_json_close(struct gw_json *json, char bracket);                  /* '}' or ']' */
/* A NULL text is written as null; malformed UTF-8 as U+FFFD. */
void gw_json_text(struct gw_json *json, const char *name, const char *text);
void gw_json_int(struct gw_json *json, const char *name, int64_t number);
void gw_json_bool(struct gw_json *json, const char *name, bool value);
/* Just the quoted, escaped string. */
void gw_json_quote(struct gw_buf *buf, const char *text);

#endif
