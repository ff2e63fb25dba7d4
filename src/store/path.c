/*
 * SQLite's promises hold for one name of a regular file on a local file system. Anything else is refused
 * here, before SQLite sees it: a network file system (locks and WAL shared memory lie), a hard link (the
 * -wal belongs to one name only), a read-only place.
 */
#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

struct network {
    unsigned long type; /* from the kernel's magic.h, which does not have them all */
    const char *name;
};

static const struct network networks[] = {
    {0x6969, "NFS"},        {0xff534d42, "CIFS"}, {0xfe534d42, "SMB"},
    {0x517b, "SMB"},        {0x01021997, "9p"},   {0x5346414f, "AFS"},
    {0x00c36400, "CephFS"}, {0x73757245, "Coda"}, {0x0bd00bd0, "Lustre"},
};

const char *gw_path_network_name(unsigned long type)
{
    for (size_t i = 0; i < GW_COUNT_OF(networks); i++)
        if (networks[i].type == type)
            return networks[i].name;
    return NULL;
}

/* The part before the last slash of a path that has one; "/" for a file in the root. Free it. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    GW_CHECK(slash);
    return gw_mem_text(path, slash == path ? 1 : (size_t)(slash - path));
}

/* The real path of a file that is not there: its directory's, and its name. */
static enum gw_code resolve_missing(const char *file, char **ret, struct gw_err *err)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash ? slash + 1 : file;
    char *directory = slash ? directory_of(file) : gw_mem_dup(".");
    char *real = realpath(directory, NULL);
    struct gw_buf path;

    if (!real || name[0] == '\0') {
        (void)gw_err_set(err, GW_ERR_STORE, "%s: directory %s: %s; create it, or name another file", file,
                         directory, real ? "no file name given" : strerror(errno));
        free(real);
        free(directory);
        return GW_ERR_STORE;
    }
    gw_buf_init(&path, 0);
    gw_buf_addf(&path, "%s/%s", strcmp(real, "/") == 0 ? "" : real, name);
    *ret = gw_mem_dup(gw_buf_text(&path));
    gw_buf_release(&path);
    free(real);
    free(directory);
    return GW_OK;
}

static enum gw_code create(const char *path, struct gw_err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    /* Another process may have been faster: then its file is as good as ours. */
    if (fd < 0 && errno != EEXIST)
        return gw_err_set(err, GW_ERR_STORE,
                          "%s: cannot create the database: %s; name a file in a directory that you may write",
                          path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return GW_OK;
}

static enum gw_code check_file(const char *path, enum gw_store_mode mode, struct gw_err *err)
{
    struct stat st;
    int want = mode == GW_STORE_READ ? R_OK : R_OK | W_OK;

    if (stat(path, &st) != 0)
        return gw_err_set(err, GW_ERR_STORE, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return gw_err_set(err, GW_ERR_STORE, "%s: not a regular file; name a database file", path);
    if (st.st_nlink > 1)
        return gw_err_set(err, GW_ERR_STORE,
                          "%s: the file has %lu names (hard links), and a database must have one; "
                          "copy it and use the copy",
                          path, (unsigned long)st.st_nlink);
    if (faccessat(AT_FDCWD, path, want, AT_EACCESS) != 0)
        return gw_err_set(err, GW_ERR_STORE, "%s: cannot be %s: %s; check its owner and mode%s", path,
                          mode == GW_STORE_READ ? "read" : "written", strerror(errno),
                          errno == EROFS ? ", or mount the file system writable" : "");
    return GW_OK;
}

static enum gw_code check_directory(const char *path, enum gw_store_mode mode, struct gw_err *err)
{
    char *directory = directory_of(path);
    enum gw_code code = GW_OK;
    struct statfs fs;
    const char *network;

    if (statfs(directory, &fs) != 0)
        code = gw_err_set(err, GW_ERR_STORE, "%s: %s", directory, strerror(errno));
    else if ((network = gw_path_network_name((unsigned long)fs.f_type & 0xffffffffu)))
        code = gw_err_set(err, GW_ERR_STORE,
                          "%s: %s is a network file system (%s), whose locks cannot be relied on; "
                          "keep the database on a local disk",
                          path, directory, network);
    else if (mode != GW_STORE_READ && faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) != 0)
        code = gw_err_set(
            err, GW_ERR_STORE,
            "%s: its directory cannot be written: %s; the database keeps a -wal and a .lock file there", path,
            strerror(errno));
    free(directory);
    return code;
}

enum gw_code gw_path_ready(const char *file, enum gw_store_mode mode, char **ret, struct gw_err *err)
{
    char *path = realpath(file, NULL);
    enum gw_code code = GW_OK;
    bool missing = !path && errno == ENOENT;

    if (missing && mode == GW_STORE_CREATE)
        code = resolve_missing(file, &path, err);
    else if (missing)
        return gw_err_set(
            err, GW_ERR_STORE,
            "%s: there is no such database; `gatewave inventory import` creates it, --db names another",
            file);
    else if (!path)
        return gw_err_set(err, GW_ERR_STORE, "%s: %s", file, strerror(errno));
    if (code == GW_OK)
        code = check_directory(path, mode, err);
    if (code == GW_OK && missing)
        code = create(path, err);
    if (code == GW_OK)
        code = check_file(path, mode, err);
    if (code == GW_OK)
        *ret = path;
    else
        free(path);
    return code;
}

enum gw_code gw_path_sync_directory(const char *path, struct gw_err *err)
{
    char *directory = directory_of(path);
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum gw_code code = GW_OK;

    if (fd < 0 || fsync(fd) != 0)
        code = gw_err_set(err, GW_ERR_STORE, "%s: cannot make the directory durable: %s; check the disk",
                          directory, strerror(errno));
    if (fd >= 0)
        close(fd);
    free(directory);
    return code;
}
