#ifndef GATEWAVE_SRC_CORE_SELECT_PARSER_H
#define GATEWAVE_SRC_CORE_SELECT_PARSER_H
/*
 * The selection's parser and its words; the grammar is in select.c. Whatever returns bool is false where the
 * text is refused, and the refusal is said then.
 */
#include "gatewave/core/select.h"

struct gw_select_parser {
    const char *text;
    size_t at;
    unsigned depth;
    struct gw_select tree;
    struct gw_select_error *error;
};

/* Three pieces make every message: what is before the quoted words, the words (may be NULL), what is behind. */
bool gw_select_refuse(struct gw_select_parser *p, size_t offset, const char *before, const char *word,
                      size_t word_len, const char *behind);
/* Refuses the character that stands next. */
bool gw_select_expect(struct gw_select_parser *p, const char *what);
/* Refuses a word and names the one that was meant; when that is NULL, `otherwise` is what is behind the word. */
bool gw_select_suggest(struct gw_select_parser *p, size_t offset, const char *before, const char *word,
                       size_t word_len, const char *meant, const char *otherwise);

void gw_select_skip_blanks(struct gw_select_parser *p);
/* The word at p->at, made of what names are made of; 0 when there is none. */
size_t gw_select_word_len(const struct gw_select_parser *p);
bool gw_select_word_is(const char *word, size_t len, const char *known);
/* Take the keyword, or the character, if it stands here. */
bool gw_select_take_word(struct gw_select_parser *p, const char *keyword);
bool gw_select_take_char(struct gw_select_parser *p, char c);
/* Keeps a word in the tree's text, with doubled quotes made single where quote is not NUL. */
bool gw_select_keep(struct gw_select_parser *p, const char *word, size_t len, char quote, uint16_t *ret);
/* A value, bare or quoted, into the tree's text. */
bool gw_select_value(struct gw_select_parser *p, uint16_t *ret);
/* NONE where no operator stands. */
bool gw_select_op(struct gw_select_parser *p, enum gw_select_op *ret);

#endif
