#ifndef GATEWAVE_CORE_SELECT_H
#define GATEWAVE_CORE_SELECT_H
/*
 * The selection language: text to a checked tree, with no allocation. The store turns the tree into
 * parameterised SQL.
 *
 *   expr    = or ;  or = and { "or" and } ;  and = unary { "and" unary } ;  unary = [ "not" ] primary
 *   primary = "(" expr ")" | "all" | "tag." NAME
 *           | column op value | column "in" "(" value { "," value } ")"
 *           | past ( "=" | "!=" | "~" ) value | past "in" "(" value { "," value } ")"
 *   column  = gateway_id serial region ha_role version dpi_version model name site timezone account isp
 *           | "tag." NAME                                  NAME: letters, digits, _ - .
 *   past    = "outcome." NAME | "code." NAME | "before." NAME        NAME: a rollout's
 *   op      = "=" "!=" "<" "<=" ">" ">=" "~"
 *   value   = bare word (letters, digits, _ - . : / * ? + @ %)
 *           | 'single quoted' ('' is a quote) | "double quoted"
 *
 * A tag alone (`tag.freeze`) is true where the device has that tag with any value. Keywords and columns are
 * lower case. A missing value is the empty string. version and dpi_version compare as versions; `<` and
 * friends on other columns compare bytes; ~ is a glob with * and ?.
 *
 * The past is what came of an earlier rollout: a target's outcome (or its state, while it has none; or `relapsed`, and
 * not succeeded, when it had succeeded and was not well when its wave had soaked), the code
 * that goes with it, and the version before, as text: the one that was read before its first call, and while it was
 * not read, the one that the inventory listed when the rollout was frozen. It is asked of gateways,
 * so that pairs stay whole: `outcome.os-2.4.0 = failed` is true of every device of a gateway when a target of
 * that rollout on that gateway, any one, failed; `!=` likewise when any one did something else. A gateway
 * that was not in the rollout has no past in it, whatever the operator. Nor has any gateway where there is no
 * rollout of that name: whoever takes a selection from a person should find out before.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GW_SELECT_NODES_MAX 256
#define GW_SELECT_TEXT_MAX  4096
#define GW_SELECT_DEPTH_MAX 32

enum gw_column {
    GW_COLUMN_NONE = 0,
    GW_COLUMN_GATEWAY_ID,
    GW_COLUMN_REGION,
    GW_COLUMN_SERIAL,
    GW_COLUMN_HA_ROLE,
    GW_COLUMN_VERSION,
    GW_COLUMN_DPI_VERSION,
    GW_COLUMN_MODEL,
    GW_COLUMN_NAME,
    GW_COLUMN_SITE,
    GW_COLUMN_TIMEZONE,
    GW_COLUMN_ACCOUNT,
    GW_COLUMN_ISP,
    /* Those above are the inventory's own; of these the name is in the node. */
    GW_COLUMN_TAG,     /* tag.NAME */
    GW_COLUMN_OUTCOME, /* outcome.ROLLOUT: a past, like the next ones */
    GW_COLUMN_CODE,
    GW_COLUMN_BEFORE,
};

/* Written with a name behind a dot. */
static inline bool gw_column_is_named(enum gw_column column)
{
    return column >= GW_COLUMN_TAG;
}

/* About what came of an earlier rollout, whose name it is. */
static inline bool gw_column_is_past(enum gw_column column)
{
    return column >= GW_COLUMN_OUTCOME;
}

enum gw_select_kind {
    GW_SELECT_NONE = 0,
    GW_SELECT_ALL,
    GW_SELECT_AND,
    GW_SELECT_OR,
    GW_SELECT_NOT,
    GW_SELECT_COMPARE, /* column op value */
    GW_SELECT_IN,      /* column in (values): values are the chain of VALUE nodes from `left` by `right` */
    GW_SELECT_VALUE,
    GW_SELECT_HAS_TAG,
};

enum gw_select_op {
    GW_OP_NONE = 0,
    GW_OP_EQ,
    GW_OP_NE,
    GW_OP_LT,
    GW_OP_LE,
    GW_OP_GT,
    GW_OP_GE,
    GW_OP_GLOB,
};

struct gw_select_node {
    enum gw_select_kind kind;
    enum gw_column column;
    enum gw_select_op op;
    uint16_t left, right; /* node numbers, 0: none; AND and OR have both, NOT has left */
    uint16_t text;        /* offset in select.text of the value, or of the name of a named column */
    uint16_t value;       /* offset in select.text of the value, where `text` is a name */
};

/*
 * What each kind fills: COMPARE column, op, text (value too of a named column); IN column, left = its first
 * VALUE, text = the name of a named column; VALUE text and right = the next VALUE or 0; HAS_TAG column and text = the
 * tag's name.
 */

struct gw_select {
    struct gw_select_node node[GW_SELECT_NODES_MAX]; /* node[0] is never a part of the tree */
    uint16_t n_nodes;                                /* node[0] counted: the tree lies in 1 .. n_nodes - 1 */
    uint16_t root;
    char text[GW_SELECT_TEXT_MAX]; /* unquoted, NUL-terminated words */
    uint16_t text_len;
};

/*
 * Where and why a text is not a selection: offset is the byte of the character that is wrong, the text's
 * length when it ends too early. The reason is printable, whatever the text was.
 */
struct gw_select_error {
    size_t offset;
    char reason[160];
};

/* Parses the whole of text. ret is written on success only, ret_error on failure only. */
bool gw_select_parse(const char *text, struct gw_select *ret, struct gw_select_error *ret_error);
/* The column's name as in the inventory file; of a named one what is before the dot. */
const char *gw_column_name(enum gw_column column);
/* NONE when the inventory has no such column of its own; named ones are not found. */
enum gw_column gw_column_find(const char *name, size_t len);
/* The letters, digits, _ - . that the name of a tag or of a rollout is made of. */
bool gw_tag_name_char(char c);

#endif
