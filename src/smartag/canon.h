#ifndef GATEWAVE_SRC_SMARTAG_CANON_H
#define GATEWAVE_SRC_SMARTAG_CANON_H
/*
 * Canonical text, as both signature schemes want it. A template is made once from named pairs: sorted by name
 * in byte order, names and constant values encoded. Rendering it fills in the variable values and allocates
 * nothing. It knows no action and no product: what may be signed is request.c's to say.
 */
#include <stdbool.h>
#include <stddef.h>

#define GW_SLOT_CONSTANT (-1)

struct gw_pair {
    const char *name;
    const char *value; /* constant, or NULL for a variable */
    int slot;          /* index into the values given to render, or GW_SLOT_CONSTANT */
};

/* A variable's value; text NULL leaves the whole pair out, len 0 writes it empty. */
struct gw_value {
    const char *text;
    size_t len;
};

struct gw_value gw_value_of(const char *text);

/* Copies text without its NUL; returns the end. */
char *gw_canon_append(char *out, const char *text);

/* A string to sign holds parameters that are encoded again, as part of a longer text. */
enum gw_form {
    GW_FORM_ONCE = 0,
    GW_FORM_TWICE,
    GW_FORM_COUNT,
};

/* Percent-encoding of RFC 3986: only A-Z a-z 0-9 - _ . ~ stay. Writes at most 3 (5) bytes a byte; returns the
 * end. */
char *gw_canon_encode(const char *text, size_t len, enum gw_form form, char *out);

/* Parameters: name=value joined by &. */
struct gw_query_part {
    char *text[GW_FORM_COUNT]; /* "&name=" or "&name=value" */
    size_t len[GW_FORM_COUNT];
    int slot;
};

struct gw_query {
    struct gw_query_part *part;
    size_t n;
};

void gw_query_init(struct gw_query *query, const struct gw_pair *pairs, size_t n);
void gw_query_release(struct gw_query *query);
/* Rendering writes at most so many bytes. */
size_t gw_query_bound(const struct gw_query *query, const struct gw_value *values, enum gw_form form);
/* Returns the end; no NUL is written. */
char *gw_query_render(const struct gw_query *query, const struct gw_value *values, enum gw_form form,
                      char *out);

/* Headers that are signed; names in lower case, no pair is ever left out. */
struct gw_header_part {
    char *text; /* "name:" or "name:value" */
    size_t text_len, name_len;
    int slot;
};

struct gw_headers {
    struct gw_header_part *part;
    size_t n;
    char *names; /* joined by ; */
    size_t names_len;
};

void gw_headers_init(struct gw_headers *headers, const struct gw_pair *pairs, size_t n);
void gw_headers_release(struct gw_headers *headers);
/* For gw_headers_render, and for all the lines together. */
size_t gw_headers_bound(const struct gw_headers *headers, const struct gw_value *values);
/* name:value and a line feed each, blanks around values cut. */
char *gw_headers_render(const struct gw_headers *headers, const struct gw_value *values, char *out);
/* One header as it goes over the wire, "name: value" and a NUL. */
char *gw_headers_line(const struct gw_headers *headers, size_t i, const struct gw_value *values, char *out);

/* The HMAC-SHA1 scheme's string to sign. */
size_t gw_canon_v1_bound(const char *method, const struct gw_query *query, const struct gw_value *values);
char *gw_canon_v1(const char *method, const struct gw_query *query, const struct gw_value *values, char *out);

/*
 * The ACS3-HMAC-SHA256 scheme's canonical request; query is the rendered query, payload_hash 64 hex digits.
 */
struct gw_canon_v3 {
    const char *method;
    const char *query;
    size_t query_len;
    const struct gw_headers *headers;
    const struct gw_value *values;
    const char *payload_hash;
};

size_t gw_canon_v3_bound(const struct gw_canon_v3 *request);
char *gw_canon_v3_render(const struct gw_canon_v3 *request, char *out);

#endif
