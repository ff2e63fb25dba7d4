/*
 * Canonical text for signing: sorting and encoding happen once, when a template is made; a call pays for its
 * own values only. The bounds and the renderers must agree: whoever renders has made room for the bound
 * first.
 */
#include "canon.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/secret.h"

static const char hex_digits[] = "0123456789ABCDEF";

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static char *append(char *out, const char *text, size_t len)
{
    memcpy(out, text, len);
    return out + len;
}

char *gw_canon_append(char *out, const char *text)
{
    return append(out, text, strlen(text));
}

struct gw_value gw_value_of(const char *text)
{
    return (struct gw_value){text, text ? strlen(text) : 0};
}

char *gw_canon_encode(const char *text, size_t len, enum gw_form form, char *out)
{
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];

        if (is_unreserved(c)) {
            *out++ = (char)c;
            continue;
        }
        *out++ = '%';
        if (form == GW_FORM_TWICE)
            out = append(out, "25", 2);
        *out++ = hex_digits[c >> 4];
        *out++ = hex_digits[c & 15];
    }
    return out;
}

static int compare_pairs(const void *a, const void *b)
{
    return strcmp(((const struct gw_pair *)a)->name, ((const struct gw_pair *)b)->name);
}

static struct gw_pair *sorted(const struct gw_pair *pairs, size_t n)
{
    struct gw_pair *copy = gw_mem_new(n ? n : 1, sizeof(*copy));

    if (n > 0) {
        memcpy(copy, pairs, n * sizeof(*copy));
        qsort(copy, n, sizeof(*copy), compare_pairs);
    }
    for (size_t i = 0; i < n; i++) {
        GW_CHECK((copy[i].value == NULL) == (copy[i].slot >= 0));
        GW_CHECK(i == 0 || strcmp(copy[i - 1].name, copy[i].name) != 0);
    }
    return copy;
}

static void query_part_init(struct gw_query_part *part, const struct gw_pair *pair)
{
    const struct gw_value name = gw_value_of(pair->name), value = gw_value_of(pair->value);
    char *once = gw_mem_new(2 + 3 * (name.len + value.len), 1), *twice, *end;

    once[0] = '&';
    end = gw_canon_encode(name.text, name.len, GW_FORM_ONCE, once + 1);
    *end++ = '=';
    if (value.text)
        end = gw_canon_encode(value.text, value.len, GW_FORM_ONCE, end);
    part->text[GW_FORM_ONCE] = once;
    part->len[GW_FORM_ONCE] = (size_t)(end - once);
    part->text[GW_FORM_TWICE] = twice = gw_mem_new(3 * part->len[GW_FORM_ONCE], 1);
    end = gw_canon_encode(once, part->len[GW_FORM_ONCE], GW_FORM_ONCE, twice);
    part->len[GW_FORM_TWICE] = (size_t)(end - twice);
    part->slot = pair->slot;
}

void gw_query_init(struct gw_query *query, const struct gw_pair *pairs, size_t n)
{
    struct gw_pair *order = sorted(pairs, n);

    query->n = n;
    query->part = gw_mem_new(n ? n : 1, sizeof(*query->part));
    for (size_t i = 0; i < n; i++)
        query_part_init(&query->part[i], &order[i]);
    free(order);
}

void gw_query_release(struct gw_query *query)
{
    for (size_t i = 0; i < query->n; i++) {
        for (size_t form = 0; form < GW_FORM_COUNT; form++) {
            gw_secret_wipe(query->part[i].text[form], query->part[i].len[form]);
            free(query->part[i].text[form]);
        }
    }
    free(query->part);
    *query = (struct gw_query){0};
}

size_t gw_query_bound(const struct gw_query *query, const struct gw_value *values, enum gw_form form)
{
    const size_t widest = form == GW_FORM_TWICE ? strlen("%25XX") : strlen("%XX");
    size_t bound = 0;

    for (size_t i = 0; i < query->n; i++) {
        bound += query->part[i].len[form];
        if (query->part[i].slot >= 0)
            bound += values[query->part[i].slot].len * widest;
    }
    return bound;
}

/* A separator stands before each pair; the first pair written loses it. */
char *gw_query_render(const struct gw_query *query, const struct gw_value *values, enum gw_form form,
                      char *out)
{
    size_t cut = form == GW_FORM_TWICE ? strlen("%26") : strlen("&");

    for (size_t i = 0; i < query->n; i++) {
        const struct gw_query_part *part = &query->part[i];

        if (part->slot >= 0 && !values[part->slot].text)
            continue;
        out = append(out, part->text[form] + cut, part->len[form] - cut);
        if (part->slot >= 0)
            out = gw_canon_encode(values[part->slot].text, values[part->slot].len, form, out);
        cut = 0;
    }
    return out;
}

static struct gw_value trimmed(struct gw_value value)
{
    while (value.len > 0 && (*value.text == ' ' || *value.text == '\t')) {
        value.text++;
        value.len--;
    }
    while (value.len > 0 && (value.text[value.len - 1] == ' ' || value.text[value.len - 1] == '\t'))
        value.len--;
    return value;
}

void gw_headers_init(struct gw_headers *headers, const struct gw_pair *pairs, size_t n)
{
    struct gw_pair *order = sorted(pairs, n);
    size_t names_size = 1;
    char *name;

    headers->n = n;
    headers->part = gw_mem_new(n ? n : 1, sizeof(*headers->part));
    for (size_t i = 0; i < n; i++) {
        struct gw_header_part *part = &headers->part[i];
        const struct gw_value value = trimmed(gw_value_of(order[i].value));
        char *end;

        part->slot = order[i].slot;
        part->name_len = strlen(order[i].name);
        part->text = gw_mem_new(part->name_len + 1 + value.len, 1);
        end = append(part->text, order[i].name, part->name_len);
        *end++ = ':';
        if (value.len > 0)
            end = append(end, value.text, value.len);
        part->text_len = (size_t)(end - part->text);
        names_size += part->name_len + 1;
    }
    headers->names = name = gw_mem_new(names_size, 1);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            *name++ = ';';
        name = append(name, headers->part[i].text, headers->part[i].name_len);
    }
    headers->names_len = (size_t)(name - headers->names);
    free(order);
}

void gw_headers_release(struct gw_headers *headers)
{
    for (size_t i = 0; i < headers->n; i++) {
        gw_secret_wipe(headers->part[i].text, headers->part[i].text_len);
        free(headers->part[i].text);
    }
    free(headers->part);
    free(headers->names);
    *headers = (struct gw_headers){0};
}

size_t gw_headers_bound(const struct gw_headers *headers, const struct gw_value *values)
{
    size_t bound = 0;

    for (size_t i = 0; i < headers->n; i++) {
        const struct gw_header_part *part = &headers->part[i];

        bound += part->text_len + strlen(": ");
        if (part->slot >= 0)
            bound += values[part->slot].len;
    }
    return bound;
}

char *gw_headers_render(const struct gw_headers *headers, const struct gw_value *values, char *out)
{
    for (size_t i = 0; i < headers->n; i++) {
        const struct gw_header_part *part = &headers->part[i];

        out = append(out, part->text, part->text_len);
        if (part->slot >= 0) {
            const struct gw_value value = trimmed(values[part->slot]);

            out = append(out, value.text, value.len);
        }
        *out++ = '\n';
    }
    return out;
}

char *gw_headers_line(const struct gw_headers *headers, size_t i, const struct gw_value *values, char *out)
{
    const struct gw_header_part *part = &headers->part[i];
    const size_t name_len = part->name_len + strlen(":");

    out = append(out, part->text, name_len);
    *out++ = ' ';
    out = append(out, part->text + name_len, part->text_len - name_len);
    if (part->slot >= 0) {
        const struct gw_value value = trimmed(values[part->slot]);

        out = append(out, value.text, value.len);
    }
    *out++ = '\0';
    return out;
}

size_t gw_canon_v1_bound(const char *method, const struct gw_query *query, const struct gw_value *values)
{
    return strlen(method) + strlen("&%2F&") + gw_query_bound(query, values, GW_FORM_TWICE);
}

char *gw_canon_v1(const char *method, const struct gw_query *query, const struct gw_value *values, char *out)
{
    out = gw_canon_append(out, method);
    out = gw_canon_append(out, "&%2F&");
    return gw_query_render(query, values, GW_FORM_TWICE, out);
}

size_t gw_canon_v3_bound(const struct gw_canon_v3 *request)
{
    return strlen(request->method) + strlen("\n/\n\n\n\n") + request->query_len +
           gw_headers_bound(request->headers, request->values) + request->headers->names_len +
           strlen(request->payload_hash);
}

char *gw_canon_v3_render(const struct gw_canon_v3 *request, char *out)
{
    out = gw_canon_append(out, request->method);
    out = gw_canon_append(out, "\n/\n");
    out = append(out, request->query, request->query_len);
    *out++ = '\n';
    out = gw_headers_render(request->headers, request->values, out);
    *out++ = '\n';
    out = append(out, request->headers->names, request->headers->names_len);
    *out++ = '\n';
    return gw_canon_append(out, request->payload_hash);
}
