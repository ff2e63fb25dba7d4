/* Replies in two formats from one description. Names are ours, text may be anybody's. */
#include "markup.h"

#include <inttypes.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

static void gw_markup_xml_text(struct gw_buf *buf, const char *text)
{
    size_t len = strlen(text);

    while (len > 0) {
        size_t good = gw_text_utf8_prefix(text, len);

        for (size_t i = 0; i < good; i++) {
            unsigned char c = (unsigned char)text[i];

            if (c == '&')
                gw_buf_add_text(buf, "&amp;");
            else if (c == '<')
                gw_buf_add_text(buf, "&lt;");
            else if (c == '>')
                gw_buf_add_text(buf, "&gt;");
            else if (c < 0x20 && c != '\n' && c != '\t')
                gw_buf_add_char(buf, '?'); /* XML 1.0 has no way to say it */
            else
                gw_buf_add_char(buf, (char)c);
        }
        text += good;
        len -= good;
        if (len > 0) {
            gw_buf_add_char(buf, '?');
            text++;
            len--;
        }
    }
}

static void gw_markup_push(struct gw_markup *markup, const char *name, const char *item)
{
    GW_CHECK(markup->depth < GW_MARKUP_DEPTH_MAX);
    markup->level[markup->depth].name = name;
    markup->level[markup->depth].item = item;
    markup->depth++;
}

void gw_markup_init(struct gw_markup *markup, struct gw_buf *buf, bool xml, bool bare, const char *root)
{
    *markup = (struct gw_markup){.buf = buf, .xml = xml, .bare = bare};
    gw_json_init(&markup->json, buf);
    gw_markup_push(markup, root, NULL);
    if (xml)
        gw_buf_addf(buf, "<?xml version='1.0' encoding='UTF-8'?><%s>", root);
    else
        gw_json_open(&markup->json, NULL, '{');
}

void gw_markup_open(struct gw_markup *markup, const char *name)
{
    gw_markup_push(markup, name, NULL);
    if (markup->xml)
        gw_buf_addf(markup->buf, "<%s>", name);
    else
        gw_json_open(&markup->json, name, '{');
}

void gw_markup_list(struct gw_markup *markup, const char *name, const char *item)
{
    gw_markup_push(markup, name, item);
    if (markup->xml) {
        if (!markup->bare)
            gw_buf_addf(markup->buf, "<%s>", name);
    } else if (markup->bare) {
        gw_json_open(&markup->json, name, '[');
    } else {
        gw_json_open(&markup->json, name, '{');
        gw_json_open(&markup->json, item, '[');
    }
}

void gw_markup_item(struct gw_markup *markup)
{
    const char *name, *item;

    GW_CHECK(markup->depth > 0);
    name = markup->level[markup->depth - 1].name;
    item = markup->level[markup->depth - 1].item;
    GW_CHECK(item != NULL);
    if (markup->bare)
        item = name;
    gw_markup_push(markup, item, NULL);
    if (markup->xml)
        gw_buf_addf(markup->buf, "<%s>", item);
    else
        gw_json_open(&markup->json, NULL, '{');
}

void gw_markup_close(struct gw_markup *markup)
{
    const char *name, *item;

    GW_CHECK(markup->depth > 0);
    markup->depth--;
    name = markup->level[markup->depth].name;
    item = markup->level[markup->depth].item;
    if (markup->xml) {
        if (!item || !markup->bare)
            gw_buf_addf(markup->buf, "</%s>", name);
        return;
    }
    if (item) {
        gw_json_close(&markup->json, ']');
        if (markup->bare)
            return;
    }
    gw_json_close(&markup->json, '}');
}

void gw_markup_text(struct gw_markup *markup, const char *name, const char *text)
{
    if (!text)
        return;
    if (!markup->xml) {
        gw_json_text(&markup->json, name, text);
        return;
    }
    gw_buf_addf(markup->buf, "<%s>", name);
    gw_markup_xml_text(markup->buf, text);
    gw_buf_addf(markup->buf, "</%s>", name);
}

void gw_markup_int(struct gw_markup *markup, const char *name, int64_t number)
{
    if (markup->xml)
        gw_buf_addf(markup->buf, "<%s>%" PRId64 "</%s>", name, number, name);
    else
        gw_json_int(&markup->json, name, number);
}
