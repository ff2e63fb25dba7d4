/* A growing buffer with a ceiling. Growth doubles, so a long text costs a few copies, not one a write. */
#include "gatewave/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/secret.h"

void gw_buf_init(struct gw_buf *buf, size_t max)
{
    *buf = (struct gw_buf){.max = max};
}

void gw_buf_init_secret(struct gw_buf *buf, size_t max)
{
    *buf = (struct gw_buf){.max = max, .secret = true};
}

static void gw_buf_wipe(struct gw_buf *buf)
{
    if (buf->secret)
        gw_secret_wipe(buf->data, buf->size);
}

void gw_buf_release(struct gw_buf *buf)
{
    gw_buf_wipe(buf);
    free(buf->data);
    *buf = (struct gw_buf){.max = buf->max, .secret = buf->secret};
}

void gw_buf_reset(struct gw_buf *buf)
{
    gw_buf_wipe(buf);
    buf->len = 0;
    buf->full = false;
    if (buf->data)
        buf->data[0] = '\0';
}

/* Not by realloc, which may leave the old bytes where they were. */
static void gw_buf_move(struct gw_buf *buf, size_t size)
{
    char *data = gw_mem_new(size, 1);

    if (buf->data)
        memcpy(data, buf->data, buf->len + 1);
    gw_buf_wipe(buf);
    free(buf->data);
    buf->data = data;
}

/* Makes room for len more bytes and a NUL; false when the ceiling is in the way. */
static bool gw_buf_reserve(struct gw_buf *buf, size_t len)
{
    size_t size = buf->size ? buf->size : 64;

    if (buf->max && len > buf->max - buf->len) {
        buf->full = true;
        return false;
    }
    if (buf->len + len + 1 <= buf->size)
        return true;
    while (size < buf->len + len + 1)
        size *= 2;
    if (buf->secret)
        gw_buf_move(buf, size);
    else
        buf->data = gw_mem_resize(buf->data, size, 1);
    buf->size = size;
    return true;
}

bool gw_buf_add(struct gw_buf *buf, const void *bytes, size_t len)
{
    if (!gw_buf_reserve(buf, len))
        return false;
    if (len > 0)
        memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return true;
}

bool gw_buf_add_text(struct gw_buf *buf, const char *text)
{
    return gw_buf_add(buf, text, strlen(text));
}

bool gw_buf_add_char(struct gw_buf *buf, char c)
{
    if (!gw_buf_reserve(buf, 1))
        return false;
    buf->data[buf->len++] = c;
    buf->data[buf->len] = '\0';
    return true;
}

/* Most texts fit into what is there already, and are formatted once. */
bool gw_buf_vaddf(struct gw_buf *buf, const char *format, va_list args)
{
    size_t room = buf->size - buf->len;
    va_list again;
    int len;

    va_copy(again, args);
    len = vsnprintf(buf->data ? buf->data + buf->len : NULL, room, format, again);
    va_end(again);
    if (len < 0 || !gw_buf_reserve(buf, (size_t)len)) {
        if (buf->data)
            buf->data[buf->len] = '\0';
        return false;
    }
    if ((size_t)len >= room)
        (void)vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
    buf->len += (size_t)len;
    return true;
}

bool gw_buf_addf(struct gw_buf *buf, const char *format, ...)
{
    va_list args;
    bool added;

    va_start(args, format);
    added = gw_buf_vaddf(buf, format, args);
    va_end(args);
    return added;
}

const char *gw_buf_text(const struct gw_buf *buf)
{
    return buf->data ? buf->data : "";
}
