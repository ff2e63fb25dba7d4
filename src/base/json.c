/* A JSON writer: escapes and commas. Reading JSON is the vendor floor's business. */
#include "gatewave/base/json.h"

#include <inttypes.h>
#include <string.h>

#include "gatewave/base/text.h"

void gw_json_init(struct gw_json *json, struct gw_buf *buf)
{
    *json = (struct gw_json){.buf = buf};
}

/* True for what JSON or a terminal would act on; *ret_len bytes make up the character. */
static bool gw_json_is_special(const char *text, size_t len, unsigned *ret_value, size_t *ret_len)
{
    unsigned char c = (unsigned char)text[0];

    *ret_value = c;
    *ret_len = 1;
    if (c == 0xc2 && len > 1 && (unsigned char)text[1] < 0xa0) {
        /* C1 controls: two bytes, and some terminals obey them. */
        *ret_value = (unsigned char)text[1];
        *ret_len = 2;
        return true;
    }
    return c == '"' || c == '\\' || c < 0x20 || c == 0x7f;
}

/* Adds len bytes of well-formed UTF-8, in runs as long as nothing in them is special. */
static void gw_json_escape(struct gw_buf *buf, const char *text, size_t len)
{
    size_t from = 0, at = 0, n;
    unsigned value;

    while (at < len) {
        if (!gw_json_is_special(text + at, len - at, &value, &n)) {
            at++;
            continue;
        }
        gw_buf_add(buf, text + from, at - from);
        if (value == '"' || value == '\\')
            gw_buf_addf(buf, "\\%c", (char)value);
        else
            gw_buf_addf(buf, "\\u%04x", value);
        at += n;
        from = at;
    }
    gw_buf_add(buf, text + from, len - from);
}

void gw_json_quote(struct gw_buf *buf, const char *text)
{
    size_t len = strlen(text);

    gw_buf_add_char(buf, '"');
    while (len > 0) {
        size_t good = gw_text_utf8_prefix(text, len);

        gw_json_escape(buf, text, good);
        text += good;
        len -= good;
        if (len > 0) {
            gw_buf_add_text(buf, "\\ufffd");
            text++;
            len--;
        }
    }
    gw_buf_add_char(buf, '"');
}

static void gw_json_begin(struct gw_json *json, const char *name)
{
    if (json->more)
        gw_buf_add_char(json->buf, ',');
    json->more = true;
    if (name) {
        gw_json_quote(json->buf, name);
        gw_buf_add_char(json->buf, ':');
    }
}

void gw_json_open(struct gw_json *json, const char *name, char bracket)
{
    gw_json_begin(json, name);
    gw_buf_add_char(json->buf, bracket);
    json->more = false;
}

void gw_json_close(struct gw_json *json, char bracket)
{
    gw_buf_add_char(json->buf, bracket);
    json->more = true;
}

void gw_json_text(struct gw_json *json, const char *name, const char *text)
{
    gw_json_begin(json, name);
    if (text)
        gw_json_quote(json->buf, text);
    else
        gw_buf_add_text(json->buf, "null");
}

void gw_json_int(struct gw_json *json, const char *name, int64_t number)
{
    gw_json_begin(json, name);
    gw_buf_addf(json->buf, "%" PRId64, number);
}

void gw_json_bool(struct gw_json *json, const char *name, bool value)
{
    gw_json_begin(json, name);
    gw_buf_add_text(json->buf, value ? "true" : "false");
}
