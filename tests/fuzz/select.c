/*
 * Selections: what is accepted is a tree within its limits that reads back from its own words, and that the store
 * can ask the database; what is refused has its place.
 */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/core/select.h"
#include "gatewave/store/inventory.h"

#include "base.h"
#include "fuzz.h"

/* ---- a tree to text ---- */

static void print(const struct gw_select *tree, uint16_t number, struct gw_buf *buf);

static void print_value(const char *text, struct gw_buf *buf)
{
    gw_buf_add_char(buf, '\'');
    for (; *text; text++)
        gw_buf_addf(buf, *text == '\'' ? "''" : "%c", *text);
    gw_buf_add_char(buf, '\'');
}

/* In parentheses where it binds less than what it stands in. */
static void print_inside(const struct gw_select *tree, uint16_t number, bool apart, struct gw_buf *buf)
{
    gw_buf_add_text(buf, apart ? "(" : "");
    print(tree, number, buf);
    gw_buf_add_text(buf, apart ? ")" : "");
}

static void print_two(const struct gw_select *tree, const struct gw_select_node *node, struct gw_buf *buf)
{
    enum gw_select_kind left = tree->node[node->left].kind, right = tree->node[node->right].kind;
    bool is_and = node->kind == GW_SELECT_AND;

    print_inside(tree, node->left, is_and && left == GW_SELECT_OR, buf);
    gw_buf_add_text(buf, is_and ? " and " : " or ");
    print_inside(tree, node->right, right == GW_SELECT_OR || (is_and && right == GW_SELECT_AND), buf);
}

static void print_column(const struct gw_select *tree, const struct gw_select_node *node, struct gw_buf *buf)
{
    gw_buf_add_text(buf, gw_column_name(node->column));
    if (gw_column_is_named(node->column))
        gw_buf_addf(buf, ".%s", tree->text + node->text);
}

static void print_condition(const struct gw_select *tree, const struct gw_select_node *node,
                            struct gw_buf *buf)
{
    static const char *const sign[] = {
        [GW_OP_EQ] = "=", [GW_OP_NE] = "!=", [GW_OP_LT] = "<",  [GW_OP_LE] = "<=",
        [GW_OP_GT] = ">", [GW_OP_GE] = ">=", [GW_OP_GLOB] = "~"};

    print_column(tree, node, buf);
    if (node->kind == GW_SELECT_COMPARE) {
        gw_buf_addf(buf, " %s ", sign[node->op]);
        print_value(tree->text + (gw_column_is_named(node->column) ? node->value : node->text), buf);
    } else if (node->kind == GW_SELECT_IN) {
        gw_buf_add_text(buf, " in (");
        for (uint16_t value = node->left; value; value = tree->node[value].right) {
            gw_buf_add_text(buf, value == node->left ? "" : ", ");
            print_value(tree->text + tree->node[value].text, buf);
        }
        gw_buf_add_char(buf, ')');
    }
}

static void print(const struct gw_select *tree, uint16_t number, struct gw_buf *buf)
{
    const struct gw_select_node *node = &tree->node[number];
    enum gw_select_kind inner = tree->node[node->left].kind;

    switch (node->kind) {
    case GW_SELECT_ALL:
        gw_buf_add_text(buf, "all");
        break;
    case GW_SELECT_AND:
    case GW_SELECT_OR:
        print_two(tree, node, buf);
        break;
    case GW_SELECT_NOT:
        gw_buf_add_text(buf, "not ");
        print_inside(tree, node->left, inner == GW_SELECT_AND || inner == GW_SELECT_OR, buf);
        break;
    default:
        print_condition(tree, node, buf);
    }
}

/* ---- what must hold ---- */

static void check_word(const struct gw_select *tree, uint16_t offset)
{
    GW_CHECK(offset < tree->text_len);
    GW_CHECK(memchr(tree->text + offset, 0, tree->text_len - offset) != NULL);
}

/* Every node is a part of the tree once, so that nothing that walks it can go round. */
static void check_tree(const struct gw_select *tree, uint16_t number, bool *seen)
{
    const struct gw_select_node *node = &tree->node[number];

    GW_CHECK(number > 0 && number < tree->n_nodes && !seen[number]);
    seen[number] = true;
    if (node->kind == GW_SELECT_AND || node->kind == GW_SELECT_OR || node->kind == GW_SELECT_NOT)
        check_tree(tree, node->left, seen);
    if (node->kind == GW_SELECT_AND || node->kind == GW_SELECT_OR)
        check_tree(tree, node->right, seen);
    if (gw_column_is_named(node->column) || node->kind == GW_SELECT_COMPARE || node->kind == GW_SELECT_VALUE)
        check_word(tree, node->text);
    if (gw_column_is_named(node->column) && node->kind == GW_SELECT_COMPARE)
        check_word(tree, node->value);
    if (node->kind == GW_SELECT_IN) {
        GW_CHECK(node->left > 0);
        check_tree(tree, node->left, seen);
    }
    if (node->kind == GW_SELECT_VALUE && node->right)
        check_tree(tree, node->right, seen);
}

static bool same(const struct gw_select *a, uint16_t i, const struct gw_select *b, uint16_t k)
{
    const struct gw_select_node *x = &a->node[i], *y = &b->node[k];

    if (i == 0 || k == 0)
        return i == k;
    return x->kind == y->kind && x->column == y->column && x->op == y->op && same(a, x->left, b, y->left) &&
           same(a, x->right, b, y->right) && strcmp(a->text + x->text, b->text + y->text) == 0 &&
           strcmp(a->text + x->value, b->text + y->value) == 0;
}

static void check_accepted(const struct gw_select *tree)
{
    bool seen[GW_SELECT_NODES_MAX] = {false};
    struct gw_select again;
    struct gw_select_error error;
    struct gw_buf text;
    struct gw_err err;
    uint64_t devices, gateways;

    GW_CHECK(tree->n_nodes <= GW_SELECT_NODES_MAX && tree->text_len <= GW_SELECT_TEXT_MAX);
    check_tree(tree, tree->root, seen);
    gw_buf_init(&text, 0);
    print(tree, tree->root, &text);
    GW_CHECK(gw_select_parse(gw_buf_text(&text), &again, &error));
    GW_CHECK(same(tree, tree->root, &again, again.root));
    gw_buf_release(&text);
    GW_CHECK(gw_devices_count(fuzz_base_store(), tree, &devices, &gateways, &err) == GW_OK);
    GW_CHECK(gateways <= devices);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = gw_mem_text((const char *)data, size);
    struct gw_select tree;
    struct gw_select_error error;

    if (gw_select_parse(text, &tree, &error)) {
        check_accepted(&tree);
    } else {
        GW_CHECK(error.offset <= strlen(text));
        fuzz_check_said(error.reason);
    }
    free(text);
    return 0;
}
