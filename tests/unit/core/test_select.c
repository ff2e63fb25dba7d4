/*
 * gw_select_parse: trees are compared in a spelled-out form (operators in front, values in brackets),
 * refusals by their exact place and words.
 */
#include "gatewave/core/select.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

static const char *const op_signs[] = {
    [GW_OP_EQ] = "=", [GW_OP_NE] = "!=", [GW_OP_LT] = "<",   [GW_OP_LE] = "<=",
    [GW_OP_GT] = ">", [GW_OP_GE] = ">=", [GW_OP_GLOB] = "~",
};

static void spell(const struct gw_select *tree, uint16_t number, char *ret, size_t size);

static void spell_column(const struct gw_select *tree, const struct gw_select_node *node, char *ret,
                         size_t size)
{
    if (gw_column_is_named(node->column))
        (void)snprintf(ret, size, "%s.%s", gw_column_name(node->column), tree->text + node->text);
    else
        (void)snprintf(ret, size, "%s", gw_column_name(node->column));
}

static void spell_in(const struct gw_select *tree, const struct gw_select_node *node, char *ret, size_t size)
{
    char column[64];
    size_t n;

    spell_column(tree, node, column, sizeof(column));
    (void)snprintf(ret, size, "(in %s", column);
    for (uint16_t value = node->left; value; value = tree->node[value].right) {
        assert_int_equal(tree->node[value].kind, GW_SELECT_VALUE);
        n = strlen(ret);
        (void)snprintf(ret + n, size - n, " [%s]", tree->text + tree->node[value].text);
    }
    n = strlen(ret);
    (void)snprintf(ret + n, size - n, ")");
}

static void spell(const struct gw_select *tree, uint16_t number, char *ret, size_t size)
{
    const struct gw_select_node *node = &tree->node[number];
    char left[512] = "", right[512] = "", column[64];

    assert_true(number > 0 && number < tree->n_nodes);
    switch (node->kind) {
    case GW_SELECT_ALL:
        (void)snprintf(ret, size, "all");
        return;
    case GW_SELECT_AND:
    case GW_SELECT_OR:
        spell(tree, node->left, left, sizeof(left));
        spell(tree, node->right, right, sizeof(right));
        (void)snprintf(ret, size, "(%s %s %s)", node->kind == GW_SELECT_AND ? "and" : "or", left, right);
        return;
    case GW_SELECT_NOT:
        spell(tree, node->left, left, sizeof(left));
        (void)snprintf(ret, size, "(not %s)", left);
        return;
    case GW_SELECT_COMPARE:
        spell_column(tree, node, column, sizeof(column));
        (void)snprintf(ret, size, "(%s %s [%s])", op_signs[node->op], column,
                       tree->text + (gw_column_is_named(node->column) ? node->value : node->text));
        return;
    case GW_SELECT_IN:
        spell_in(tree, node, ret, size);
        return;
    case GW_SELECT_HAS_TAG:
        (void)snprintf(ret, size, "(has %s)", tree->text + node->text);
        return;
    case GW_SELECT_NONE:
    case GW_SELECT_VALUE:
        break;
    }
    fail_msg("node %u is of kind %d", number, (int)node->kind);
}

struct good {
    const char *text;
    const char *tree;
};

static void check_good(const struct good *cases, size_t n)
{
    static struct gw_select tree;
    struct gw_select_error error;
    char spelled[1024];

    for (size_t i = 0; i < n; i++) {
        if (!gw_select_parse(cases[i].text, &tree, &error))
            fail_msg("`%s` refused at %zu: %s", cases[i].text, error.offset, error.reason);
        spell(&tree, tree.root, spelled, sizeof(spelled));
        assert_string_equal(spelled, cases[i].tree);
    }
}

static void conditions_become_nodes(void **state)
{
    static const struct good cases[] = {
        {"all", "all"},
        {" \t\r\n all \n", "all"},
        {"region = cn-shanghai", "(= region [cn-shanghai])"},
        {"region=cn-shanghai", "(= region [cn-shanghai])"},
        {"version != 2.4.0", "(!= version [2.4.0])"},
        {"version<2.4.0", "(< version [2.4.0])"},
        {"version <= 2.4.0", "(<= version [2.4.0])"},
        {"dpi_version > 20201117_1_0-0.0.1", "(> dpi_version [20201117_1_0-0.0.1])"},
        {"dpi_version>=1", "(>= dpi_version [1])"},
        {"name ~ shop-*/?+@%:x", "(~ name [shop-*/?+@%:x])"},
        {"site = ''", "(= site [])"},
        {"site = \"\"", "(= site [])"},
        {"site = 'it''s here'", "(= site [it's here])"},
        {"site = ''''", "(= site ['])"},
        {"site = 'a \"b\"'", "(= site [a \"b\"])"},
        {"site = \"a 'b' \"\"c\"\"\"", "(= site [a 'b' \"c\"])"},
        {"site = '\xe4\xb8\x8a\xe6\xb5\xb7'", "(= site [\xe4\xb8\x8a\xe6\xb5\xb7])"},
        {"name = and", "(= name [and])"},
        {"name in (a, 'b c' ,\"d\")", "(in name [a] [b c] [d])"},
        {"name in(not)", "(in name [not])"},
        {"tag.freeze", "(has freeze)"},
        {"tag.a.b-c_1", "(has a.b-c_1)"},
        {"tag.ring = 1", "(= tag.ring [1])"},
        {"tag.ring in (1, 2)", "(in tag.ring [1] [2])"},
        {"tag.all", "(has all)"},
        {"tag.outcome.r = failed", "(= tag.outcome.r [failed])"},
        {"outcome.os-2.4.0 = failed", "(= outcome.os-2.4.0 [failed])"},
        {"outcome.r!=succeeded", "(!= outcome.r [succeeded])"},
        {"outcome.r ~ un*", "(~ outcome.r [un*])"},
        {"outcome.r in (failed, 'unresolved')", "(in outcome.r [failed] [unresolved])"},
        {"outcome.r = waiting", "(= outcome.r [waiting])"},
        {"outcome.r = relapsed", "(= outcome.r [relapsed])"},
        {"outcome.outcome = skipped", "(= outcome.outcome [skipped])"},
        {"code.r_1 = ''", "(= code.r_1 [])"},
        {"code.r ~ *.Offline", "(~ code.r [*.Offline])"},
        {"not code.r in (stuck, not_found)", "(not (in code.r [stuck] [not_found]))"},
        {"before.r = 2.3.0", "(= before.r [2.3.0])"},
        {"before.r != 2.3.0 and all", "(and (!= before.r [2.3.0]) all)"},
    };

    (void)state;
    check_good(cases, GW_COUNT_OF(cases));
}

static void every_column_is_known_by_its_name(void **state)
{
    static const char *const names[] = {"gateway_id", "serial",      "region",  "ha_role",
                                        "version",    "dpi_version", "model",   "name",
                                        "site",       "timezone",    "account", "isp"};
    static struct gw_select tree;
    struct gw_select_error error;
    char text[64];

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(names); i++) {
        enum gw_column column = gw_column_find(names[i], strlen(names[i]));

        assert_int_not_equal(column, GW_COLUMN_NONE);
        assert_string_equal(gw_column_name(column), names[i]);
        (void)snprintf(text, sizeof(text), "%s = x", names[i]);
        assert_true(gw_select_parse(text, &tree, &error));
        assert_int_equal(tree.node[tree.root].column, column);
    }
    assert_int_equal(gw_column_find("tag", 3), GW_COLUMN_NONE);
    assert_int_equal(gw_column_find("outcome", 7), GW_COLUMN_NONE);
    assert_int_equal(gw_column_find("regio", 5), GW_COLUMN_NONE);
    assert_int_equal(gw_column_find("regions", 6), GW_COLUMN_REGION);
    assert_string_equal(gw_column_name(GW_COLUMN_TAG), "tag");
    assert_string_equal(gw_column_name(GW_COLUMN_OUTCOME), "outcome");
    assert_string_equal(gw_column_name(GW_COLUMN_CODE), "code");
    assert_string_equal(gw_column_name(GW_COLUMN_BEFORE), "before");
}

static void operators_bind_not_then_and_then_or(void **state)
{
    static const struct good cases[] = {
        {"all or all and all", "(or all (and all all))"},
        {"all and all or all", "(or (and all all) all)"},
        {"not all and all", "(and (not all) all)"},
        {"not (all and all)", "(not (and all all))"},
        {"not(all)or(all)", "(or (not all) all)"},
        {"not not all", "(not (not all))"},
        {"all and all and all", "(and (and all all) all)"},
        {"all or all or all", "(or (or all all) all)"},
        {"(((all)))", "all"},
        {"region = cn-shanghai and model = sag-1000 and not tag.freeze",
         "(and (and (= region [cn-shanghai]) (= model [sag-1000])) (not (has freeze)))"},
        {"tag.a and tag.b or tag.c", "(or (and (has a) (has b)) (has c))"},
    };

    (void)state;
    check_good(cases, GW_COUNT_OF(cases));
}

struct bad {
    const char *text;
    size_t offset;
    const char *reason;
};

static void check_bad(const struct bad *cases, size_t n)
{
    static struct gw_select tree;

    for (size_t i = 0; i < n; i++) {
        struct gw_select_error error = {0};

        tree.n_nodes = 4242;
        if (gw_select_parse(cases[i].text, &tree, &error))
            fail_msg("`%s` was taken", cases[i].text);
        assert_string_equal(error.reason, cases[i].reason);
        if (error.offset != cases[i].offset)
            fail_msg("`%s`: at %zu, not %zu", cases[i].text, error.offset, cases[i].offset);
        assert_int_equal(tree.n_nodes, 4242); /* nothing is written on failure */
    }
}

static void a_refusal_says_where_and_what_was_expected(void **state)
{
    static const char quotes[] = "put a value with such a sign in 'quotes'";
    static const char value[] = "expected a value; put text with blanks or other signs in 'quotes'";
    static const char condition[] = "expected a condition, as in region = cn-shanghai";
    static const char more[] = "expected `and`, `or` or the end";
    static const struct bad cases[] = {
        {"", 0, "empty: write a condition, or `all` for every device"},
        {" \t ", 3, "empty: write a condition, or `all` for every device"},
        {"region", 6, "expected one of = != < <= > >= ~ in after `region`"},
        {"region cn", 7, "expected one of = != < <= > >= ~ in after `region`"},
        {"region =", 8, value},
        {"region = ", 9, value},
        {"region = )", 9, value},
        {"region == x", 7, "`==` is not an operator here; write one `=`"},
        {"region <> x", 7, "`<>` is not an operator here; write `!=`"},
        {"name =~ x", 5, "`=~` is not an operator here; write `~` and a glob with * and ?"},
        {"region ! x", 7, "expected one of = != < <= > >= ~ in after `region`"},
        {"region = x y", 11, more},
        {"region = x,y", 10, more},
        {"region = x)", 10, more},
        {"region = a'b'", 10, quotes},
        {"name = Z\xc3\xbcrich", 8, quotes},
        {"name = a=b", 8, quotes},
        {"all && all", 4, "`&&` is not an operator here; write `and`"},
        {"name = a&&all", 8, "`&&` is not an operator here; write `and`"},
        {"all || all", 4, "`||` is not an operator here; write `or`"},
        {"all AND all", 4, "keywords are lower case: `and`"},
        {"all not all", 4, "expected `and` or `or` before `not`"},
        {"NOT all", 0, "keywords are lower case: `not`"},
        {"All", 0, "keywords are lower case: `all`"},
        {"and all", 0, "expected a condition before `and`"},
        {"all and or all", 8, "expected a condition before `or`"},
        {"all and", 7, condition},
        {"not", 3, condition},
        {"= x", 0, condition},
        {"()", 1, condition},
        {"(all", 0, "this `(` is never closed"},
        {"(all]", 4, "expected `and`, `or` or `)`"},
        {"name in", 7, "expected `(` and a list of values after `in`"},
        {"name in x", 8, "expected `(` and a list of values after `in`"},
        {"name in ()", 9, value},
        {"name in (a,)", 11, value},
        {"name in (a b)", 11, "expected `,` or `)` in a list of values"},
        {"name in (a", 10, "expected `,` or `)` in a list of values"},
        {"name = 'a", 7, "this quote is never closed"},
        {"name = 'a''", 7, "this quote is never closed"},
        {"name = \"a'", 7, "this quote is never closed"},
        {"all and name = '", 15, "this quote is never closed"},
        {"tag", 0, "a tag is written with its name, as in tag.freeze"},
        {"tag. = x", 0, "a tag is written with its name, as in tag.freeze"},
        {"name = \xff", 7, "not UTF-8 text"},
    };

    (void)state;
    check_bad(cases, GW_COUNT_OF(cases));
}

static void an_unknown_column_names_the_nearest(void **state)
{
    static const struct bad cases[] = {
        {"modl = x", 0, "unknown column `modl`; did you mean `model`?"},
        {"all and (regoin = x)", 9, "unknown column `regoin`; did you mean `region`?"},
        {"Region = x", 0, "unknown column `Region`; did you mean `region`?"},
        {"bandwidth = x", 0, "unknown column `bandwidth`"},
        {"tag_freeze = x", 0, "unknown column `tag_freeze`"},
        {"freeze-freeze-freeze-freeze-freeze-freeze-freeze-freeze = 1", 0,
         "unknown column `freeze-freeze-freeze-freeze-freeze-freeze-fr...`"},
    };

    (void)state;
    check_bad(cases, GW_COUNT_OF(cases));
}

static void the_past_is_asked_with_fewer_words(void **state)
{
    static const char outcome[] = "an outcome is written with its rollout, as in outcome.os-2.4.0 = failed";
    static const char ops[] = "expected one of = != ~ in after `outcome.r`";
    static const char words[] =
        "no outcome is called `broken`; there are succeeded, relapsed, skipped, failed, deferred, "
        "unresolved and canceled";
    static const struct bad cases[] = {
        {"outcome", 0, outcome},
        {"all and outcome. = x", 8, outcome},
        {"code = x", 0, "a code is written with its rollout, as in code.os-2.4.0 = stuck"},
        {"before = x", 0, "a version before is written with its rollout, as in before.os-2.4.0 = 2.3.0"},
        {"outcome.r", 9, ops},
        {"outcome.r < failed", 10, ops},
        {"outcome.r>=failed", 9, ops},
        {"code.r > a", 7, "expected one of = != ~ in after `code.r`"},
        {"before.r <= 2.4.0", 9, "expected one of = != ~ in after `before.r`"},
        {"outcome.r == failed", 10, "`==` is not an operator here; write one `=`"},
        {"outcome.r =  broken", 13, words},
        {"outcome.r = ''", 12,
         "no outcome is called ``; there are succeeded, relapsed, skipped, failed, deferred, unresolved and "
         "canceled"},
        {"outcome.r != faild", 13, "no outcome is called `faild`; did you mean `failed`?"},
        {"outcome.r = relapse", 12, "no outcome is called `relapse`; did you mean `relapsed`?"},
        {"outcome.r = Failed", 12, "no outcome is called `Failed`; did you mean `failed`?"},
        {"outcome.r in (failed,  unresolve)", 23,
         "no outcome is called `unresolve`; did you mean `unresolved`?"},
        {"outcomes.r = failed", 0, "unknown column `outcomes.r`"},
    };

    (void)state;
    check_bad(cases, GW_COUNT_OF(cases));
}

static void add(char *text, size_t size, const char *more)
{
    size_t len = strlen(text);

    assert_true((size_t)snprintf(text + len, size - len, "%s", more) < size - len);
}

/* n times `open`, then `all`, then n times `close`. */
static void nested(char ret[512], const char *open, unsigned n, const char *close)
{
    *ret = '\0';
    for (unsigned i = 0; i < n; i++)
        add(ret, 512, open);
    add(ret, 512, "all");
    for (unsigned i = 0; i < n; i++)
        add(ret, 512, close);
}

static void depth_is_bounded(void **state)
{
    static struct gw_select tree;
    static const char reason[] = "nested too deep: at most 32 of `not` and `(` within each other";
    struct gw_select_error error;
    char text[512];

    (void)state;
    nested(text, "(", GW_SELECT_DEPTH_MAX, ")");
    assert_true(gw_select_parse(text, &tree, &error));
    nested(text, "(", GW_SELECT_DEPTH_MAX + 1, ")");
    assert_false(gw_select_parse(text, &tree, &error));
    assert_string_equal(error.reason, reason);
    assert_int_equal(error.offset, GW_SELECT_DEPTH_MAX + 1);
    nested(text, "not ", GW_SELECT_DEPTH_MAX, "");
    assert_true(gw_select_parse(text, &tree, &error));
    nested(text, "not ", GW_SELECT_DEPTH_MAX + 1, "");
    assert_false(gw_select_parse(text, &tree, &error));
    assert_string_equal(error.reason, reason);
}

static void nodes_are_bounded(void **state)
{
    static struct gw_select tree;
    struct gw_select_error error;
    char text[4096] = "all";

    (void)state;
    for (unsigned i = 0; i < 127; i++) /* 128 leaves and 127 operators: 255 nodes */
        add(text, sizeof(text), " or all");
    assert_true(gw_select_parse(text, &tree, &error));
    assert_int_equal(tree.n_nodes, GW_SELECT_NODES_MAX);
    add(text, sizeof(text), " or all");
    assert_false(gw_select_parse(text, &tree, &error));
    assert_string_equal(error.reason,
                        "too long: a selection has at most 255 conditions, values and operators");
}

static void words_are_bounded(void **state)
{
    static struct gw_select tree;
    static char text[2 * GW_SELECT_TEXT_MAX];
    struct gw_select_error error;

    (void)state;
    memcpy(text, "name = ", 7);
    memset(text + 7, 'x', GW_SELECT_TEXT_MAX - 1);
    assert_true(gw_select_parse(text, &tree, &error));
    assert_int_equal(strlen(tree.text), GW_SELECT_TEXT_MAX - 1);
    text[7 + GW_SELECT_TEXT_MAX - 1] = 'x';
    assert_false(gw_select_parse(text, &tree, &error));
    assert_string_equal(error.reason,
                        "too long: the names and values of a selection fill at most 4096 bytes");
}

/* Whatever the text, the parser ends, and points into it. */
static void random_text_is_taken_or_refused_in_bounds(void **state)
{
    static const char *const pieces[] = {"all",   "and", "or", "not", "(",         ")",      "in",   "name",
                                         "tag.x", "=",   "!=", "~",   "outcome.x", "failed", "'",    "\"",
                                         ",",     "x",   " ",  "*",   "&",         "\xc3",   "\xbc", "!"};
    static struct gw_select tree;
    uint32_t seed = 1;
    unsigned taken = 0;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct gw_select_error error;
        char text[256] = "";

        for (unsigned i = 0; i < 1 + round % 9; i++) {
            seed = seed * 1664525 + 1013904223;
            add(text, sizeof(text), pieces[(seed >> 16) % GW_COUNT_OF(pieces)]);
            add(text, sizeof(text), " ");
        }
        if (gw_select_parse(text, &tree, &error)) {
            taken++;
        } else {
            assert_true(error.offset <= strlen(text));
            assert_true(strlen(error.reason) > 0);
        }
    }
    assert_true(taken > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_become_nodes),
        cmocka_unit_test(every_column_is_known_by_its_name),
        cmocka_unit_test(operators_bind_not_then_and_then_or),
        cmocka_unit_test(a_refusal_says_where_and_what_was_expected),
        cmocka_unit_test(an_unknown_column_names_the_nearest),
        cmocka_unit_test(the_past_is_asked_with_fewer_words),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(nodes_are_bounded),
        cmocka_unit_test(words_are_bounded),
        cmocka_unit_test(random_text_is_taken_or_refused_in_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
