/* Reading files that hold secrets: into memory of one size, so that no copy is left behind. */
#include "key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gatewave/base/mem.h"

#define KEY_FILE_MAX (1024 * 1024)

/* Refuses what others could have read or written. */
static enum gw_code gw_key_file_check(const struct stat *st, const char *file, enum gw_key_file kind,
                                      struct gw_err *err)
{
    mode_t open_to = kind == GW_KEY_FILE_OWN ? S_IRWXG | S_IRWXO : S_IWGRP | S_IRWXO;

    if (!S_ISREG(st->st_mode))
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: not a regular file", file);
    if (st->st_size > KEY_FILE_MAX)
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: too large for a credentials file", file);
    if (kind == GW_KEY_FILE_TOKEN)
        return GW_OK;
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: belongs to another user; it must be yours: chown it",
                          file);
    if (st->st_mode & open_to)
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: others may read it; close it: chmod 600 %s", file,
                          file);
    return GW_OK;
}

/* Up to size bytes; -1 and errno when it cannot be read. */
static ssize_t gw_key_file_take(int fd, char *bytes, size_t size)
{
    size_t len = 0;
    ssize_t n = 1;

    while (n > 0 && len < size) {
        n = read(fd, bytes + len, size - len);
        len += n > 0 ? (size_t)n : 0;
    }
    return n < 0 ? -1 : (ssize_t)len;
}

static enum gw_code gw_key_file_take_all(int fd, const char *file, enum gw_key_file kind,
                                         struct gw_secret *ret, struct gw_err *err)
{
    struct stat st;
    enum gw_code code = GW_OK;
    ssize_t len;
    char *bytes;

    if (fstat(fd, &st) != 0)
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: %s", file, strerror(errno));
    code = gw_key_file_check(&st, file, kind, err);
    if (code != GW_OK)
        return code;
    /* Room for one byte more tells a file that grows meanwhile. */
    bytes = gw_mem_new((size_t)st.st_size + 1, 1);
    len = gw_key_file_take(fd, bytes, (size_t)st.st_size + 1);
    if (len < 0)
        code = gw_err_set(err, GW_ERR_CREDENTIALS, "%s: %s", file, strerror(errno));
    else if (len > st.st_size)
        code =
            gw_err_set(err, GW_ERR_CREDENTIALS, "%s: it was written to while it was read: try again", file);
    else
        gw_secret_set(ret, bytes, (size_t)len);
    gw_secret_wipe(bytes, (size_t)st.st_size + 1);
    free(bytes);
    return code;
}

enum gw_code gw_key_file_read(const char *file, enum gw_key_file kind, struct gw_secret *ret,
                              struct gw_err *err)
{
    /* NONBLOCK: whatever stands there, opening it does not wait. */
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (kind == GW_KEY_FILE_TOKEN ? 0 : O_NOFOLLOW));
    enum gw_code code;

    if (fd < 0 && errno == ELOOP)
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: is a symbolic link; name the file itself", file);
    if (fd < 0)
        return gw_err_set(err, errno == ENOENT ? GW_ERR_NOT_FOUND : GW_ERR_CREDENTIALS, "%s: %s", file,
                          strerror(errno));
    code = gw_key_file_take_all(fd, file, kind, ret, err);
    (void)close(fd);
    return code;
}
