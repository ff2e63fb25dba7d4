/*
 * The selection language: recursive descent over the text itself, into the caller's arrays. A text comes from
 * a person, a file or a database row, so everything is bounded (depth, nodes, words) and each refusal says
 * what was expected and where. Nothing is looked up but column names and the words for outcomes: whether any
 * other value exists is for the store to find out.
 */
#include "gatewave/core/select.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/core/near.h"
#include "gatewave/core/record.h"
#include "select_parser.h"

static bool gw_select_node(struct gw_select_parser *p, struct gw_select_node node, uint16_t *ret)
{
    if (p->tree.n_nodes == GW_SELECT_NODES_MAX)
        return gw_select_expect(p, "too long: a selection has at most 255 conditions, values and operators");
    p->tree.node[p->tree.n_nodes] = node;
    *ret = p->tree.n_nodes++;
    return true;
}

/* ---- conditions ---- */

/* A column as it stands in the text. */
struct gw_select_subject {
    struct gw_select_node node;
    const char *word;
    size_t len;
};

/* Of a success that did not last, `relapsed` is what came of it. */
static bool gw_select_is_outcome(const char *word)
{
    return gw_text_equal(word, "relapsed") || gw_state_find(word) != GW_STATE_NONE;
}

/* A value of the column at hand; where there are only so many, it must be one of them. */
static bool gw_select_value_of(struct gw_select_parser *p, const struct gw_select_subject *subject,
                               uint16_t *ret)
{
    struct gw_near near;
    const char *value;
    size_t start;

    gw_select_skip_blanks(p);
    start = p->at;
    if (!gw_select_value(p, ret))
        return false;
    value = p->tree.text + *ret;
    if (subject->node.column != GW_COLUMN_OUTCOME || subject->node.op == GW_OP_GLOB ||
        gw_select_is_outcome(value))
        return true;
    gw_near_init(&near, value, strlen(value));
    for (enum gw_state state = GW_STATE_NONE + 1; state < GW_STATE_COUNT; state++)
        gw_near_offer(&near, gw_state_name(state));
    gw_near_offer(&near, "relapsed");
    return gw_select_suggest(
        p, start, "no outcome is called `", value, strlen(value), near.best,
        "`; there are succeeded, relapsed, skipped, failed, deferred, unresolved and canceled");
}

static bool gw_select_in(struct gw_select_parser *p, const struct gw_select_subject *subject, uint16_t *ret)
{
    struct gw_select_node node = subject->node;
    uint16_t last = 0;

    if (!gw_select_take_char(p, '('))
        return gw_select_expect(p, "expected `(` and a list of values after `in`");
    do {
        struct gw_select_node value = {.kind = GW_SELECT_VALUE};
        uint16_t number = 0;

        if (!gw_select_value_of(p, subject, &value.text) || !gw_select_node(p, value, &number))
            return false;
        if (last)
            p->tree.node[last].right = number;
        else
            node.left = number;
        last = number;
    } while (gw_select_take_char(p, ','));
    if (!gw_select_take_char(p, ')'))
        return gw_select_expect(p, "expected `,` or `)` in a list of values");
    node.kind = GW_SELECT_IN;
    return gw_select_node(p, node, ret);
}

/* A column is known: what is asked of it? */
static bool gw_select_condition(struct gw_select_parser *p, struct gw_select_subject *subject, uint16_t *ret)
{
    struct gw_select_node *node = &subject->node;
    bool past = gw_column_is_past(node->column);
    size_t start = p->at;

    if (gw_select_take_word(p, "in"))
        return gw_select_in(p, subject, ret);
    if (!gw_select_op(p, &node->op))
        return false;
    if (past && node->op != GW_OP_EQ && node->op != GW_OP_NE && node->op != GW_OP_GLOB)
        return gw_select_refuse(p, start, "expected one of = != ~ in after `", subject->word, subject->len,
                                "`");
    if (node->op != GW_OP_NONE) {
        node->kind = GW_SELECT_COMPARE;
        return gw_select_value_of(p, subject,
                                  gw_column_is_named(node->column) ? &node->value : &node->text) &&
               gw_select_node(p, *node, ret);
    }
    if (node->column != GW_COLUMN_TAG)
        return gw_select_refuse(p, start, "expected one of = != < <= > >= ~ in after `", subject->word,
                                subject->len, "`");
    node->kind = GW_SELECT_HAS_TAG;
    return gw_select_node(p, *node, ret);
}

/* ---- columns ---- */

/* A keyword where none may stand, or one in upper case; false, with nothing said, for any other word. */
static bool gw_select_refuse_keyword(struct gw_select_parser *p, const char *word, size_t len,
                                     const char *lower)
{
    static const char *const keywords[] = {"and", "or", "not", "in", "all"};

    for (size_t i = 0; i < GW_COUNT_OF(keywords); i++) {
        char copy[8];

        if (len != strlen(keywords[i]))
            continue;
        (void)gw_text_copy_n(copy, sizeof(copy), word, len);
        if (!gw_text_equal_nocase(copy, keywords[i]))
            continue;
        if (gw_text_equal(copy, keywords[i]))
            (void)gw_select_refuse(p, p->at, lower, word, len, "`");
        else
            (void)gw_select_refuse(p, p->at, "keywords are lower case: `", keywords[i], len, "`");
        return true;
    }
    return false;
}

/* A word that is no column. */
static bool gw_select_unknown(struct gw_select_parser *p, const char *word, size_t len)
{
    struct gw_near near;

    if (gw_select_refuse_keyword(p, word, len, "expected a condition before `"))
        return false;
    gw_near_init(&near, word, len);
    for (enum gw_column column = GW_COLUMN_NONE + 1; column < GW_COLUMN_TAG; column++)
        gw_near_offer(&near, gw_column_name(column));
    return gw_select_suggest(p, p->at, "unknown column `", word, len, near.best, "`");
}

/* Which column the word that stands here is; it is not taken yet. */
static bool gw_select_column(struct gw_select_parser *p, const char *word, size_t len,
                             struct gw_select_node *ret)
{
    static const struct {
        enum gw_column column;
        const char *alone; /* what is said of it without the name that it needs */
    } named[] = {
        {GW_COLUMN_TAG, "a tag is written with its name, as in tag.freeze"},
        {GW_COLUMN_OUTCOME, "an outcome is written with its rollout, as in outcome.os-2.4.0 = failed"},
        {GW_COLUMN_CODE, "a code is written with its rollout, as in code.os-2.4.0 = stuck"},
        {GW_COLUMN_BEFORE, "a version before is written with its rollout, as in before.os-2.4.0 = 2.3.0"},
    };

    for (size_t i = 0; i < GW_COUNT_OF(named); i++) {
        const char *name = gw_column_name(named[i].column);
        size_t n = strlen(name);

        if (len < n || memcmp(word, name, n) != 0 || (len > n && word[n] != '.'))
            continue;
        if (len <= n + 1)
            return gw_select_expect(p, named[i].alone);
        ret->column = named[i].column;
        return gw_select_keep(p, word + n + 1, len - n - 1, '\0', &ret->text);
    }
    ret->column = gw_column_find(word, len);
    return ret->column != GW_COLUMN_NONE || gw_select_unknown(p, word, len);
}

/* ---- the grammar ---- */

static bool gw_select_or(struct gw_select_parser *p, uint16_t *ret);

static bool gw_select_primary(struct gw_select_parser *p, uint16_t *ret)
{
    const char *word = p->text + p->at;
    size_t len = gw_select_word_len(p);
    struct gw_select_subject subject = {.word = word, .len = len};

    if (gw_select_take_char(p, '(')) {
        size_t open = p->at - 1;

        if (!gw_select_or(p, ret))
            return false;
        if (gw_select_take_char(p, ')'))
            return true;
        if (p->text[p->at] == '\0')
            return gw_select_refuse(p, open, "this `(` is never closed", NULL, 0, "");
        return gw_select_expect(p, "expected `and`, `or` or `)`");
    }
    if (len == 0)
        return gw_select_expect(p, "expected a condition, as in region = cn-shanghai");
    if (gw_select_take_word(p, "all")) {
        subject.node.kind = GW_SELECT_ALL;
        return gw_select_node(p, subject.node, ret);
    }
    if (!gw_select_column(p, word, len, &subject.node))
        return false;
    p->at += len;
    gw_select_skip_blanks(p);
    return gw_select_condition(p, &subject, ret);
}

static bool gw_select_unary(struct gw_select_parser *p, uint16_t *ret)
{
    struct gw_select_node node = {.kind = GW_SELECT_NOT};
    bool ok;

    gw_select_skip_blanks(p);
    if (p->depth > GW_SELECT_DEPTH_MAX)
        return gw_select_expect(p, "nested too deep: at most 32 of `not` and `(` within each other");
    p->depth++;
    if (gw_select_take_word(p, "not"))
        ok = gw_select_unary(p, &node.left) && gw_select_node(p, node, ret);
    else
        ok = gw_select_primary(p, ret);
    p->depth--;
    return ok;
}

static bool gw_select_and(struct gw_select_parser *p, uint16_t *ret)
{
    if (!gw_select_unary(p, ret))
        return false;
    while (gw_select_take_word(p, "and")) {
        struct gw_select_node node = {.kind = GW_SELECT_AND, .left = *ret};

        if (!gw_select_unary(p, &node.right) || !gw_select_node(p, node, ret))
            return false;
    }
    return true;
}

static bool gw_select_or(struct gw_select_parser *p, uint16_t *ret)
{
    if (!gw_select_and(p, ret))
        return false;
    while (gw_select_take_word(p, "or")) {
        struct gw_select_node node = {.kind = GW_SELECT_OR, .left = *ret};

        if (!gw_select_and(p, &node.right) || !gw_select_node(p, node, ret))
            return false;
    }
    return true;
}

bool gw_select_parse(const char *text, struct gw_select *ret, struct gw_select_error *ret_error)
{
    struct gw_select_parser parser = {.text = text, .tree.n_nodes = 1, .error = ret_error};
    struct gw_select_parser *p = &parser;
    size_t len = strlen(text);

    p->at = gw_text_utf8_prefix(text, len);
    if (p->at < len)
        return gw_select_expect(p, "not UTF-8 text");
    p->at = 0;
    gw_select_skip_blanks(p);
    if (text[p->at] == '\0')
        return gw_select_expect(p, "empty: write a condition, or `all` for every device");
    if (!gw_select_or(p, &p->tree.root))
        return false;
    gw_select_skip_blanks(p);
    if (gw_text_starts(text + p->at, "&&"))
        return gw_select_expect(p, "`&&` is not an operator here; write `and`");
    if (gw_text_starts(text + p->at, "||"))
        return gw_select_expect(p, "`||` is not an operator here; write `or`");
    if (text[p->at] != '\0') {
        if (!gw_select_refuse_keyword(p, text + p->at, gw_select_word_len(p),
                                      "expected `and` or `or` before `"))
            (void)gw_select_expect(p, "expected `and`, `or` or the end");
        return false;
    }
    *ret = p->tree;
    return true;
}
