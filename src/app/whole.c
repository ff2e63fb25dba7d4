/*
 * Whole files, from and to memory. Reading costs a few hundredths of a second of what is done with them, so a file is read
 * rather than mapped: a mapped file that somebody cuts short kills the reader.
 */
#include "whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#define CHUNK_SIZE ((size_t)1 << 20)

static enum gw_code gw_whole_rest(int fd, const char *name, struct gw_buf *ret, struct gw_err *err)
{
    char *chunk = gw_mem_new(CHUNK_SIZE, 1);
    ssize_t n;

    do {
        n = read(fd, chunk, CHUNK_SIZE);
        if (n > 0)
            gw_buf_add(ret, chunk, (size_t)n);
    } while ((n > 0 && !ret->full) || (n < 0 && errno == EINTR));
    free(chunk);
    if (n < 0)
        return gw_err_set(err, GW_ERR_INPUT, "%s cannot be read: %s", name, strerror(errno));
    if (ret->full)
        return gw_err_set(err, GW_ERR_INPUT, "%s is larger than %zu MiB", name, ret->max >> 20);
    return GW_OK;
}

enum gw_code gw_whole_read(const char *file, struct gw_buf *ret, struct gw_err *err)
{
    enum gw_code code;
    int fd;

    if (gw_text_equal(file, "-"))
        return gw_whole_rest(STDIN_FILENO, "the standard input", ret, err);
    fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return gw_err_set(err, errno == ENOENT ? GW_ERR_NOT_FOUND : GW_ERR_INPUT, "%s cannot be opened: %s",
                          file, strerror(errno));
    code = gw_whole_rest(fd, file, ret, err);
    (void)close(fd);
    return code;
}

/* 0, or the errno of what went wrong. */
static int gw_whole_fill(int fd, const struct gw_buf *text, mode_t mode, bool sync)
{
    for (size_t done = 0; done < text->len;) {
        ssize_t n = write(fd, text->data + done, text->len - done);

        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0)
            done += (size_t)n;
    }
    return fchmod(fd, mode) == 0 && (!sync || fsync(fd) == 0) ? 0 : errno;
}

enum gw_code gw_whole_write(const char *file, const struct gw_buf *text, mode_t mode, bool sync,
                            struct gw_err *err)
{
    struct gw_buf name;
    int fd, failed;

    gw_buf_init(&name, 0);
    gw_buf_addf(&name, "%s.XXXXXX", file);
    fd = mkostemp(name.data, O_CLOEXEC);
    failed = fd < 0 ? errno : gw_whole_fill(fd, text, mode, sync);
    if (fd >= 0 && close(fd) != 0 && !failed)
        failed = errno;
    if (!failed && rename(name.data, file) != 0)
        failed = errno;
    if (failed && fd >= 0)
        (void)unlink(name.data);
    gw_buf_release(&name);
    if (failed)
        return gw_err_set(err, GW_ERR_STORE, "%s cannot be written: %s", file, strerror(failed));
    return GW_OK;
}
