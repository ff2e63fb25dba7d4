/*
 * Decoding of what clients send: percent signs, forms, repeated names. Whatever is not plainly right is
 * refused with a reason and never guessed at, because a signature over guessed text proves nothing.
 */
#include "wire.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

const char *gw_wire_header(const struct gw_wire *wire, const char *name)
{
    for (size_t i = 0; i < wire->n_headers; i++) {
        if (gw_text_equal_nocase(wire->header[i].name, name))
            return wire->header[i].value;
    }
    return NULL;
}

size_t gw_wire_header_count(const struct gw_wire *wire, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < wire->n_headers; i++)
        n += gw_text_equal_nocase(wire->header[i].name, name);
    return n;
}

bool gw_wire_is_form(const struct gw_wire *wire)
{
    static const char form[] = "application/x-www-form-urlencoded";
    const char *type = gw_wire_header(wire, "content-type");
    char start[sizeof(form)];

    if (!type)
        return false;
    (void)gw_text_copy_n(start, sizeof(start), type, strnlen(type, sizeof(form) - 1));
    return gw_text_equal_nocase(start, form);
}

static int gw_wire_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes len bytes to *to, ends them with NUL and moves *to behind it. NULL, or what is wrong. */
static const char *gw_params_decode(const char *from, size_t len, char **to)
{
    char *out = *to;

    for (size_t i = 0; i < len; i++) {
        char c = from[i];

        if (c == '%') {
            int high = i + 2 < len ? gw_wire_hex(from[i + 1]) : -1;
            int low = high >= 0 ? gw_wire_hex(from[i + 2]) : -1;

            if (low < 0)
                return "a percent sign is not followed by two hexadecimal digits";
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        *out++ = c;
    }
    if (!gw_text_is_utf8(*to, (size_t)(out - *to)))
        return "text is not UTF-8 without NUL";
    *out++ = '\0';
    *to = out;
    return NULL;
}

static const char *gw_params_add(struct gw_params *params, const char *text, size_t len, char **memory)
{
    const char *end = text + len;

    while (text < end) {
        const char *stop = memchr(text, '&', (size_t)(end - text)), *equal, *wrong;

        if (!stop)
            stop = end;
        equal = memchr(text, '=', (size_t)(stop - text));
        if (!equal)
            equal = stop;
        if (stop > text) {
            if (params->n == GW_CLOUD_PAIRS_MAX)
                return "there are more parameters than any call has";
            params->pair[params->n][0] = *memory;
            wrong = gw_params_decode(text, (size_t)(equal - text), memory);
            if (wrong)
                return wrong;
            if (gw_params_get(params, params->pair[params->n][0]))
                return "a parameter comes twice";
            params->pair[params->n][1] = *memory;
            wrong = equal < stop ? gw_params_decode(equal + 1, (size_t)(stop - equal - 1), memory)
                                 : gw_params_decode("", 0, memory);
            if (wrong)
                return wrong;
            params->n++;
        }
        text = stop + 1;
    }
    return NULL;
}

const char *gw_params_read(struct gw_params *params, const struct gw_wire *wire)
{
    bool form = gw_wire_is_form(wire);
    size_t query_len = strlen(wire->query), body_len = form ? wire->body_len : 0;
    const char *wrong;
    char *to;

    params->n = params->n_query = 0;
    /* Decoding never lengthens; a parameter without = gains one NUL. */
    params->memory = gw_mem_new(query_len + body_len + 2 * GW_CLOUD_PAIRS_MAX + 2, 1);
    to = params->memory;
    wrong = gw_params_add(params, wire->query, query_len, &to);
    params->n_query = params->n;
    return wrong ? wrong : gw_params_add(params, wire->body, body_len, &to);
}

void gw_params_release(struct gw_params *params)
{
    free(params->memory);
    params->memory = NULL;
    params->n = 0;
}

const char *gw_params_get(const struct gw_params *params, const char *name)
{
    for (size_t i = 0; i < params->n; i++) {
        if (strcmp(params->pair[i][0], name) == 0)
            return params->pair[i][1];
    }
    return NULL;
}
