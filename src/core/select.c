/*
 * The selection language: recursive descent over the text itself, into the caller's arrays. A text comes from
 * a person, a file or a database row, so everything is bounded (depth, nodes, words) and each refusal says
 * what was expected and where. Nothing is looked up but column names: whether a value exists is for the store
 * to find out.
 */
#include "gatewave/core/select.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/core/near.h"

/* How much of the text a message quotes. */
#define GW_QUOTE_SIZE 48

struct gw_select_parser {
    const char *text;
    size_t at;
    unsigned depth;
    struct gw_select tree;
    struct gw_select_error *error;
};

static bool gw_is_value_char(char c)
{
    return gw_tag_name_char(c) || (c != '\0' && strchr(":/*?+@%", c));
}

/* ---- refusals ---- */

/* Three pieces make every message here: what is before the quoted words, the words, what is behind them. */
static bool gw_select_refuse(struct gw_select_parser *p, size_t offset, const char *before, const char *word,
                             size_t word_len, const char *behind)
{
    char quote[GW_QUOTE_SIZE];
    char *reason = p->error->reason;
    size_t size = sizeof(p->error->reason), n;

    p->error->offset = offset;
    (void)gw_text_copy(reason, size, before);
    if (word) {
        gw_text_escape(quote, sizeof(quote), word, word_len);
        n = strlen(reason);
        (void)gw_text_copy(reason + n, size - n, quote);
    }
    n = strlen(reason);
    (void)gw_text_copy(reason + n, size - n, behind);
    return false;
}

static bool gw_select_expect(struct gw_select_parser *p, const char *what)
{
    return gw_select_refuse(p, p->at, what, NULL, 0, "");
}

/* ---- words ---- */

static void gw_select_skip_blanks(struct gw_select_parser *p)
{
    while (p->text[p->at] != '\0' && strchr(" \t\r\n", p->text[p->at]))
        p->at++;
}

/* The word at p->at, made of what names are made of; 0 when there is none. */
static size_t gw_select_word_len(const struct gw_select_parser *p)
{
    size_t len = 0;

    while (gw_tag_name_char(p->text[p->at + len]))
        len++;
    return len;
}

static bool gw_word_is(const char *word, size_t len, const char *known)
{
    return strlen(known) == len && memcmp(word, known, len) == 0;
}

/* Takes the keyword if it stands here. */
static bool gw_select_take_word(struct gw_select_parser *p, const char *keyword)
{
    size_t len;

    gw_select_skip_blanks(p);
    len = gw_select_word_len(p);
    if (!gw_word_is(p->text + p->at, len, keyword))
        return false;
    p->at += len;
    return true;
}

static bool gw_select_take_char(struct gw_select_parser *p, char c)
{
    gw_select_skip_blanks(p);
    if (p->text[p->at] != c)
        return false;
    p->at++;
    return true;
}

/* ---- the tree ---- */

static bool gw_select_node(struct gw_select_parser *p, struct gw_select_node node, uint16_t *ret)
{
    if (p->tree.n_nodes == GW_SELECT_NODES_MAX)
        return gw_select_expect(p, "too long: a selection has at most 255 conditions, values and operators");
    p->tree.node[p->tree.n_nodes] = node;
    *ret = p->tree.n_nodes++;
    return true;
}

/* Keeps one word, with doubled quotes made single where quote is not NUL. */
static bool gw_select_keep(struct gw_select_parser *p, const char *word, size_t len, char quote,
                           uint16_t *ret)
{
    struct gw_select *tree = &p->tree;
    size_t at = tree->text_len;

    if (len >= GW_SELECT_TEXT_MAX - at)
        return gw_select_expect(p, "too long: the names and values of a selection fill at most 4096 bytes");
    for (size_t i = 0; i < len; i++) {
        tree->text[at++] = word[i];
        if (quote && word[i] == quote)
            i++;
    }
    tree->text[at++] = '\0';
    *ret = tree->text_len;
    tree->text_len = (uint16_t)at;
    return true;
}

/* ---- the grammar ---- */

static bool gw_select_value(struct gw_select_parser *p, uint16_t *ret)
{
    const char *text = p->text;
    size_t start, end;
    char quote;

    gw_select_skip_blanks(p);
    start = end = p->at;
    quote = text[start];
    if (quote != '\'' && quote != '"') {
        while (gw_is_value_char(text[end]))
            end++;
        if (end == start)
            return gw_select_expect(p, "expected a value; put text with blanks or other signs in 'quotes'");
        p->at = end;
        if (text[end] != '\0' && !strchr(" \t\r\n),&|", text[end]))
            return gw_select_expect(p, "put a value with such a sign in 'quotes'");
        return gw_select_keep(p, text + start, end - start, '\0', ret);
    }
    for (end = start + 1; text[end] != quote || text[end + 1] == quote; end++) {
        if (text[end] == '\0')
            return gw_select_expect(p, "this quote is never closed");
        end += text[end] == quote;
    }
    if (!gw_select_keep(p, text + start + 1, end - start - 1, quote, ret))
        return false;
    p->at = end + 1;
    return true;
}

static bool gw_select_op(struct gw_select_parser *p, enum gw_select_op *ret)
{
    static const struct {
        const char *sign;
        enum gw_select_op op;
        const char *hint; /* what people write who come from other languages */
    } signs[] = {
        {"==", GW_OP_NONE, "`==` is not an operator here; write one `=`"},
        {"=~", GW_OP_NONE, "`=~` is not an operator here; write `~` and a glob with * and ?"},
        {"<>", GW_OP_NONE, "`<>` is not an operator here; write `!=`"},
        {"!=", GW_OP_NE, NULL},
        {"<=", GW_OP_LE, NULL},
        {">=", GW_OP_GE, NULL},
        {"=", GW_OP_EQ, NULL},
        {"<", GW_OP_LT, NULL},
        {">", GW_OP_GT, NULL},
        {"~", GW_OP_GLOB, NULL},
    };

    for (size_t i = 0; i < GW_COUNT_OF(signs); i++) {
        if (!gw_text_starts(p->text + p->at, signs[i].sign))
            continue;
        if (signs[i].hint)
            return gw_select_expect(p, signs[i].hint);
        p->at += strlen(signs[i].sign);
        *ret = signs[i].op;
        return true;
    }
    *ret = GW_OP_NONE;
    return true;
}

static bool gw_select_in(struct gw_select_parser *p, struct gw_select_node node, uint16_t *ret)
{
    uint16_t last = 0;

    if (!gw_select_take_char(p, '('))
        return gw_select_expect(p, "expected `(` and a list of values after `in`");
    do {
        struct gw_select_node value = {.kind = GW_SELECT_VALUE};
        uint16_t number;

        if (!gw_select_value(p, &value.text) || !gw_select_node(p, value, &number))
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
static bool gw_select_condition(struct gw_select_parser *p, struct gw_select_node node, uint16_t *ret)
{
    if (gw_select_take_word(p, "in"))
        return gw_select_in(p, node, ret);
    if (!gw_select_op(p, &node.op))
        return false;
    if (node.op != GW_OP_NONE) {
        node.kind = GW_SELECT_COMPARE;
        return gw_select_value(p, node.column == GW_COLUMN_TAG ? &node.value : &node.text) &&
               gw_select_node(p, node, ret);
    }
    if (node.column != GW_COLUMN_TAG)
        return gw_select_refuse(p, p->at, "expected one of = != < <= > >= ~ in after `",
                                gw_column_name(node.column), strlen(gw_column_name(node.column)), "`");
    node.kind = GW_SELECT_HAS_TAG;
    return gw_select_node(p, node, ret);
}

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
    char hint[GW_QUOTE_SIZE + 24] = "`; did you mean `";
    size_t n = strlen(hint);

    if (gw_select_refuse_keyword(p, word, len, "expected a condition before `"))
        return false;
    gw_near_init(&near, word, len);
    for (enum gw_column column = GW_COLUMN_NONE + 1; column < GW_COLUMN_TAG; column++)
        gw_near_offer(&near, gw_column_name(column));
    if (!near.best)
        return gw_select_refuse(p, p->at, "unknown column `", word, len, "`");
    (void)gw_text_copy(hint + n, sizeof(hint) - n, near.best);
    n = strlen(hint);
    (void)gw_text_copy(hint + n, sizeof(hint) - n, "`?");
    return gw_select_refuse(p, p->at, "unknown column `", word, len, hint);
}

static bool gw_select_or(struct gw_select_parser *p, uint16_t *ret);

static bool gw_select_primary(struct gw_select_parser *p, uint16_t *ret)
{
    const char *word = p->text + p->at;
    size_t len = gw_select_word_len(p);
    struct gw_select_node node = {0};

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
        node.kind = GW_SELECT_ALL;
        return gw_select_node(p, node, ret);
    }
    if (gw_word_is(word, len, "tag") || gw_word_is(word, len, "tag."))
        return gw_select_expect(p, "a tag is written with its name, as in tag.freeze");
    if (gw_text_starts(word, "tag.")) {
        node.column = GW_COLUMN_TAG;
        if (!gw_select_keep(p, word + 4, len - 4, '\0', &node.text))
            return false;
    } else {
        node.column = gw_column_find(word, len);
        if (node.column == GW_COLUMN_NONE)
            return gw_select_unknown(p, word, len);
    }
    p->at += len;
    gw_select_skip_blanks(p);
    return gw_select_condition(p, node, ret);
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
