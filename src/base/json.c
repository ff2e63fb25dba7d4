/* A JSON writer: escapes and commas. Reading JSON is the vendor floor's business. */
#include "gatewave/base/json.h"

#include <inttypes.h>
#include <string.h>

#include "gatewave/base/text.h"

void gw_json_init(struct gw_json *json, struct gw_buf *buf)
{
    *json = (struct gw_json){.buf = buf};
}

void gw_json_quote(struct gw_buf *buf, const char *text)
{
    size_t len = strlen(text);

    gw_buf_add_char(buf, '"');
    while (len > 0) {
        size_t good = gw_text_utf8_prefix(text, len);

        for (size_t i = 0; i < good; i++) {
            unsigned char c = (unsigned char)text[i];

            if (c == '"' || c == '\\')
                gw_buf_addf(buf, "\\%c", c);
            else if (c < 0x20 || c == 0x7f)
                gw_buf_addf(buf, "\\u%04x", c);
            else
                gw_buf_add_char(buf, (char)c);
        }
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
