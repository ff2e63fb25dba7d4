#ifndef GATEWAVE_SRC_SMARTAG_TREE_H
#define GATEWAVE_SRC_SMARTAG_TREE_H
/*
 * One tree for what the vendor sends in JSON and in XML, so that everything above reads either. Nodes are
 * cJSON's; XML elements become objects, lists (repeated elements) and texts. Device keys (SecretKey) never
 * get in.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON;

#define GW_TREE_DEPTH_MAX 16
#define GW_TREE_KEYS_MAX  256 /* in one object; keeps the search for duplicates cheap on hostile input */

struct gw_tree {
    struct cJSON *root;
    char root_name[64]; /* XML: the root element's; JSON: "" */
};

enum gw_tree_fault {
    GW_TREE_NONE = 0,
    GW_TREE_TRUNCATED, /* well-formed as far as it goes */
    GW_TREE_MALFORMED,
};

struct gw_tree_error {
    enum gw_tree_fault fault;
    const char *why; /* a clause for people, static */
    size_t at;       /* offset in the bytes */
};

/* On failure ret is untouched and error is filled. */
bool gw_tree_parse_json(const char *bytes, size_t len, struct gw_tree *ret, struct gw_tree_error *ret_error);
bool gw_tree_parse_xml(const char *bytes, size_t len, struct gw_tree *ret, struct gw_tree_error *ret_error);
/* Wipes all texts: credential files are read through here too. */
void gw_tree_release(struct gw_tree *tree);
/* The same for a node that is no part of a tree, or no more. */
void gw_tree_drop(struct cJSON *node);
/* True for the names of what is dropped on sight. */
bool gw_tree_is_secret(const char *name);

/* The member called name, or the same with a small first letter; NULL when it is missing or null. */
const struct cJSON *gw_tree_item(const struct cJSON *object, const char *name);
/*
 * A text or a whole number as text; false, and "" in ret, when missing, of another type, or too long for ret.
 */
bool gw_tree_text(const struct cJSON *object, const char *name, char *ret, size_t size);
/* A whole number or its digits as text. */
bool gw_tree_u32(const struct cJSON *object, const char *name, uint32_t *ret);
/*
 * The items of a list in any of the vendor's styles: {"outer":{"inner":[...]}}, {"outer":[...]}, and the one
 * item alone where XML has a single element. Missing, null and empty wrappers are empty lists. False when
 * outer is something else.
 */
struct gw_tree_items {
    const struct cJSON *next;
    bool alone; /* next is an item by itself: its neighbours are not items */
};

bool gw_tree_items(const struct cJSON *object, const char *outer, const char *inner,
                   struct gw_tree_items *ret);
/* The next item, an object or not; NULL at the end. */
const struct cJSON *gw_tree_next(struct gw_tree_items *items);

#endif
