#ifndef GATEWAVE_BASE_BUF_H
#define GATEWAVE_BASE_BUF_H
/*
 * A growing byte buffer with a ceiling. data is NUL-terminated at len whenever it is not NULL. A write that
 * would pass max is dropped whole and sets full, which stays set until gw_buf_reset(): check it once, at the
 * end.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gw_buf {
    char *data;
    size_t len;
    size_t size;
    size_t max; /* bytes of content at most; 0: no ceiling */
    bool full;
    bool secret; /* memory that held some of it is wiped when it is left: grown out of, emptied or freed */
};

void gw_buf_init(struct gw_buf *buf, size_t max);
/* One for what nobody else may find in memory later. */
void gw_buf_init_secret(struct gw_buf *buf, size_t max);
/* Frees and leaves an empty buffer of the same kind. */
void gw_buf_release(struct gw_buf *buf);
/* Empties it and keeps the memory. */
void gw_buf_reset(struct gw_buf *buf);
bool gw_buf_add(struct gw_buf *buf, const void *bytes, size_t len);
bool gw_buf_add_text(struct gw_buf *buf, const char *text);
bool gw_buf_add_char(struct gw_buf *buf, char c);
bool gw_buf_addf(struct gw_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool gw_buf_vaddf(struct gw_buf *buf, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
/* The content as a C string; "" when nothing was ever written. */
const char *gw_buf_text(const struct gw_buf *buf);

#endif
