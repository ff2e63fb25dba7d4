/*
 * XML into the same tree, by expat. Elements with elements inside become objects, a name that comes again
 * becomes a list, the rest are texts; attributes are not read. A document type stops the parser before
 * anything in it could be declared, so there are no entities but the five that XML has.
 */
#include "tree.h"

#include <string.h>

#include <cjson/cJSON.h>
#include <expat.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/secret.h"
#include "gatewave/base/text.h"

struct builder {
    XML_Parser parser;
    struct cJSON *open[GW_TREE_DEPTH_MAX]; /* the object of each open element, NULL while it is a text */
    size_t depth;
    struct gw_buf text; /* of the innermost element; "" once it has elements */
    struct cJSON *root;
    char root_name[64];
    const char *why; /* set when we stopped the parser */
};

static void stop(struct builder *builder, const char *why)
{
    if (!builder->why)
        builder->why = why;
    XML_StopParser(builder->parser, XML_FALSE);
}

static bool text_is_blank(const struct gw_buf *text)
{
    return strspn(gw_buf_text(text), " \t\r\n") == text->len;
}

static void text_clear(struct gw_buf *text)
{
    gw_secret_wipe(text->data, text->len);
    gw_buf_reset(text);
}

static void XMLCALL on_open(void *user, const XML_Char *name, const XML_Char **attributes)
{
    struct builder *builder = user;

    (void)attributes;
    if (builder->why)
        return;
    if (builder->depth == GW_TREE_DEPTH_MAX) {
        stop(builder, "nested too deeply");
        return;
    }
    if (!text_is_blank(&builder->text)) {
        stop(builder, "text beside elements");
        return;
    }
    text_clear(&builder->text);
    if (builder->depth == 0)
        gw_text_copy(builder->root_name, sizeof(builder->root_name), name);
    else if (!builder->open[builder->depth - 1])
        GW_CHECK((builder->open[builder->depth - 1] = cJSON_CreateObject()) != NULL);
    builder->open[builder->depth++] = NULL;
}

/*
 * Puts value into the object under name; the second of a name makes a list of both. Out of memory ends the
 * program: a member lost on the way (a Code!) would change what the reply says.
 */
static void attach(struct builder *builder, struct cJSON *object, const char *name, struct cJSON *value)
{
    struct cJSON *there = cJSON_GetObjectItemCaseSensitive(object, name);

    if (cJSON_IsArray(there)) {
        GW_CHECK(cJSON_AddItemToArray(there, value));
        return;
    }
    if (there) {
        struct cJSON *list = cJSON_CreateArray();

        GW_CHECK(list && cJSON_AddItemToArray(list, cJSON_DetachItemViaPointer(object, there)));
        GW_CHECK(cJSON_AddItemToArray(list, value));
        value = list;
    }
    GW_CHECK(cJSON_AddItemToObject(object, name, value));
    if (cJSON_GetArraySize(object) > GW_TREE_KEYS_MAX)
        stop(builder, "absurdly many names in one element");
}

static void XMLCALL on_close(void *user, const XML_Char *name)
{
    struct builder *builder = user;
    struct cJSON *value;

    if (builder->why)
        return;
    value = builder->open[--builder->depth];
    if (value && !text_is_blank(&builder->text)) {
        gw_tree_drop(value);
        stop(builder, "text beside elements");
        return;
    }
    if (!value)
        value = cJSON_CreateString(gw_buf_text(&builder->text));
    GW_CHECK(value);
    text_clear(&builder->text);
    if (gw_tree_is_secret(name))
        gw_tree_drop(value);
    else if (builder->depth == 0)
        builder->root = value;
    else
        attach(builder, builder->open[builder->depth - 1], name, value);
}

static void XMLCALL on_text(void *user, const XML_Char *text, int len)
{
    struct builder *builder = user;

    if (!builder->why)
        gw_buf_add(&builder->text, text, (size_t)len);
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_internal_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    stop(user, "a document type");
}

static bool is_early_end(enum XML_Error code)
{
    return code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN ||
           code == XML_ERROR_PARTIAL_CHAR || code == XML_ERROR_UNCLOSED_CDATA_SECTION;
}

bool gw_tree_parse_xml(const char *bytes, size_t len, struct gw_tree *ret, struct gw_tree_error *ret_error)
{
    struct builder builder = {.parser = XML_ParserCreate("UTF-8")}; /* whatever the document claims */
    bool ok = false;

    if (builder.parser && len <= INT32_MAX) {
        gw_buf_init(&builder.text, 0);
        XML_SetUserData(builder.parser, &builder);
        XML_SetElementHandler(builder.parser, on_open, on_close);
        XML_SetCharacterDataHandler(builder.parser, on_text);
        XML_SetStartDoctypeDeclHandler(builder.parser, on_doctype);
        ok = XML_Parse(builder.parser, bytes, (int)len, XML_TRUE) == XML_STATUS_OK && builder.root;
    }
    if (ok) {
        *ret = (struct gw_tree){.root = builder.root};
        gw_text_copy(ret->root_name, sizeof(ret->root_name), builder.root_name);
    } else {
        const enum XML_Error code = XML_GetErrorCode(builder.parser);

        *ret_error = (struct gw_tree_error){is_early_end(code) ? GW_TREE_TRUNCATED : GW_TREE_MALFORMED,
                                            builder.why ? builder.why : XML_ErrorString(code),
                                            (size_t)XML_GetCurrentByteIndex(builder.parser)};
        gw_tree_drop(builder.root);
        for (size_t i = 0; i < builder.depth; i++)
            gw_tree_drop(builder.open[i]);
    }
    text_clear(&builder.text);
    gw_buf_release(&builder.text);
    XML_ParserFree(builder.parser);
    return ok;
}
