#ifndef GATEWAVE_BASE_TEXT_H
#define GATEWAVE_BASE_TEXT_H
/* Small pure helpers on text; no locale, no allocation. */
#include <stdbool.h>
#include <stddef.h>

/* Copies at most size-1 bytes of the len at from, always ends with NUL; true when all of it fitted. */
bool gw_text_copy_n(char *ret, size_t size, const char *from, size_t len);
bool gw_text_copy(char *ret, size_t size, const char *from);
bool gw_text_equal(const char *a, const char *b);
/* ASCII case folded. */
bool gw_text_equal_nocase(const char *a, const char *b);
bool gw_text_starts(const char *text, const char *prefix);
/* True when the len bytes are well-formed UTF-8 (no overlong forms, no surrogates, no NUL). */
bool gw_text_is_utf8(const char *text, size_t len);
/* Bytes of the first malformed sequence's offset, or len when all is well. */
size_t gw_text_utf8_prefix(const char *text, size_t len);
/*
 * Copies foreign text for a person's eyes: control bytes, escapes and malformed UTF-8 become \xNN, cut to
 * size with a closing "..." when it does not fit.
 */
void gw_text_escape(char *ret, size_t size, const char *from, size_t len);
/* A glob where * stands for any run of bytes and ? for one; no brackets; bounded work (no exponential
 * blow-up). */
bool gw_text_glob(const char *pattern, const char *text);

#endif
