/* The tree's readers: lenient in the ways in which the vendor is, and in no other. */
#include "tree.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "gatewave/base/check.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/secret.h"
#include "gatewave/base/text.h"

/* Whole numbers that a double holds exactly. */
#define WHOLE_MAX 9007199254740992.0

/* As deep as the tree, and no parser of ours builds one deeper than twice GW_TREE_DEPTH_MAX (XML's lists). */
static void wipe_texts(struct cJSON *node)
{
    for (; node; node = node->next) {
        if (node->valuestring)
            gw_secret_wipe(node->valuestring, strlen(node->valuestring));
        wipe_texts(node->child);
    }
}

void gw_tree_drop(struct cJSON *node)
{
    wipe_texts(node);
    cJSON_Delete(node);
}

void gw_tree_release(struct gw_tree *tree)
{
    gw_tree_drop(tree->root);
    *tree = (struct gw_tree){0};
}

bool gw_tree_is_secret(const char *name)
{
    return gw_text_equal_nocase(name, "SecretKey");
}

const struct cJSON *gw_tree_item(const struct cJSON *object, const char *name)
{
    const struct cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (!item || cJSON_IsNull(item)) {
        char small[64];

        GW_CHECK(gw_text_copy(small, sizeof(small), name));
        small[0] = (char)(small[0] | ('a' - 'A')); /* names are ASCII letters */
        item = cJSON_GetObjectItemCaseSensitive(object, small);
    }
    return cJSON_IsNull(item) ? NULL : item;
}

bool gw_tree_text(const struct cJSON *object, const char *name, char *ret, size_t size)
{
    const struct cJSON *item = gw_tree_item(object, name);
    char number[32];

    ret[0] = '\0';
    if (!item)
        return false;
    if (cJSON_IsString(item)) {
        if (strlen(item->valuestring) >= size)
            return false;
        return gw_text_copy(ret, size, item->valuestring);
    }
    if (!cJSON_IsNumber(item) || !(item->valuedouble > -WHOLE_MAX && item->valuedouble < WHOLE_MAX) ||
        (double)(int64_t)item->valuedouble != item->valuedouble)
        return false;
    (void)snprintf(number, sizeof(number), "%lld", (long long)item->valuedouble);
    if (strlen(number) >= size)
        return false;
    return gw_text_copy(ret, size, number);
}

bool gw_tree_u32(const struct cJSON *object, const char *name, uint32_t *ret)
{
    char text[16];
    uint64_t n;

    if (!gw_tree_text(object, name, text, sizeof(text)) || gw_parse_u64(text, 0, UINT32_MAX, &n))
        return false;
    *ret = (uint32_t)n;
    return true;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

bool gw_tree_items(const struct cJSON *object, const char *outer, const char *inner,
                   struct gw_tree_items *ret)
{
    const struct cJSON *list = gw_tree_item(object, outer);

    *ret = (struct gw_tree_items){0};
    if (list && cJSON_IsObject(list) && (!list->child || cJSON_HasObjectItem(list, inner)))
        list = gw_tree_item(list, inner);
    if (!list || (cJSON_IsString(list) && is_blank(list->valuestring)))
        return true;
    if (cJSON_IsArray(list))
        *ret = (struct gw_tree_items){list->child, false};
    else if (cJSON_IsObject(list))
        *ret = (struct gw_tree_items){list, true};
    else
        return false;
    return true;
}

const struct cJSON *gw_tree_next(struct gw_tree_items *items)
{
    const struct cJSON *item = items->next;

    items->next = item && !items->alone ? item->next : NULL;
    return item;
}
