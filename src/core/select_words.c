/*
 * The words of a selection: blanks, names, values, operators, and how a text is refused. Everything is read in
 * place and bounded; only what the tree needs is copied, into its own text.
 */
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "select_parser.h"

/* How much of the text a message quotes. */
#define GW_QUOTE_SIZE 48

static bool gw_is_value_char(char c)
{
    return gw_tag_name_char(c) || (c != '\0' && strchr(":/*?+@%", c));
}

/* ---- refusals ---- */

bool gw_select_refuse(struct gw_select_parser *p, size_t offset, const char *before, const char *word,
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

bool gw_select_expect(struct gw_select_parser *p, const char *what)
{
    return gw_select_refuse(p, p->at, what, NULL, 0, "");
}

bool gw_select_suggest(struct gw_select_parser *p, size_t offset, const char *before, const char *word,
                       size_t word_len, const char *meant, const char *otherwise)
{
    char hint[GW_QUOTE_SIZE + 24] = "`; did you mean `";
    size_t n = strlen(hint);

    if (!meant)
        return gw_select_refuse(p, offset, before, word, word_len, otherwise);
    (void)gw_text_copy(hint + n, sizeof(hint) - n, meant);
    n = strlen(hint);
    (void)gw_text_copy(hint + n, sizeof(hint) - n, "`?");
    return gw_select_refuse(p, offset, before, word, word_len, hint);
}

/* ---- words ---- */

void gw_select_skip_blanks(struct gw_select_parser *p)
{
    while (p->text[p->at] != '\0' && strchr(" \t\r\n", p->text[p->at]))
        p->at++;
}

size_t gw_select_word_len(const struct gw_select_parser *p)
{
    size_t len = 0;

    while (gw_tag_name_char(p->text[p->at + len]))
        len++;
    return len;
}

bool gw_select_word_is(const char *word, size_t len, const char *known)
{
    return strlen(known) == len && memcmp(word, known, len) == 0;
}

bool gw_select_take_word(struct gw_select_parser *p, const char *keyword)
{
    size_t len;

    gw_select_skip_blanks(p);
    len = gw_select_word_len(p);
    if (!gw_select_word_is(p->text + p->at, len, keyword))
        return false;
    p->at += len;
    return true;
}

bool gw_select_take_char(struct gw_select_parser *p, char c)
{
    gw_select_skip_blanks(p);
    if (p->text[p->at] != c)
        return false;
    p->at++;
    return true;
}

bool gw_select_keep(struct gw_select_parser *p, const char *word, size_t len, char quote, uint16_t *ret)
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

bool gw_select_value(struct gw_select_parser *p, uint16_t *ret)
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

bool gw_select_op(struct gw_select_parser *p, enum gw_select_op *ret)
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
