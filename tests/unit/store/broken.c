/* A disk that fails once. The files stay the system's: only the table of what can be done with them is another one. */
#include "broken.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>
#include <sqlite3.h>

/* Files that are locked and files that are not have different ones. */
#define METHODS_MAX 4

struct methods {
    sqlite3_io_methods ours; /* first: a file knows its methods by it */
    const sqlite3_io_methods *theirs;
};

static sqlite3_vfs *real, broken;
static struct methods methods[METHODS_MAX];
static uint32_t fails_at, count;

static bool fails(void)
{
    return ++count == fails_at;
}

static const sqlite3_io_methods *theirs(const sqlite3_file *file)
{
    return ((const struct methods *)file->pMethods)->theirs;
}

static int broken_read(sqlite3_file *file, void *ret, int n, sqlite3_int64 at)
{
    return fails() ? SQLITE_IOERR_READ : theirs(file)->xRead(file, ret, n, at);
}

static int broken_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
    return fails() ? SQLITE_IOERR_WRITE : theirs(file)->xWrite(file, bytes, n, at);
}

static int broken_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return fails() ? SQLITE_IOERR_TRUNCATE : theirs(file)->xTruncate(file, size);
}

static int broken_sync(sqlite3_file *file, int flags)
{
    (void)file;
    (void)flags;
    return fails() ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int broken_size(sqlite3_file *file, sqlite3_int64 *ret)
{
    return fails() ? SQLITE_IOERR_FSTAT : theirs(file)->xFileSize(file, ret);
}

static int broken_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret)
{
    return fails() ? SQLITE_IOERR_SHMMAP : theirs(file)->xShmMap(file, page, size, extend, ret);
}

static const sqlite3_io_methods *ours(const sqlite3_io_methods *real_methods)
{
    size_t i = 0;

    while (i < METHODS_MAX && methods[i].theirs && methods[i].theirs != real_methods)
        i++;
    assert_true(i < METHODS_MAX);
    methods[i] = (struct methods){.ours = *real_methods, .theirs = real_methods};
    methods[i].ours.xRead = broken_read;
    methods[i].ours.xWrite = broken_write;
    methods[i].ours.xTruncate = broken_truncate;
    methods[i].ours.xSync = broken_sync;
    methods[i].ours.xFileSize = broken_size;
    methods[i].ours.xShmMap = broken_map;
    return &methods[i].ours;
}

static int broken_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
    int rc;

    (void)vfs;
    if (fails()) {
        file->pMethods = NULL;
        return SQLITE_CANTOPEN;
    }
    rc = real->xOpen(real, name, file, flags, ret_flags);
    if (rc != SQLITE_OK || !file->pMethods)
        return rc;
    file->pMethods = ours(file->pMethods);
    return SQLITE_OK;
}

void broken_install(void)
{
    if (real)
        return;
    real = sqlite3_vfs_find(NULL);
    assert_non_null(real);
    broken = *real;
    broken.zName = "broken";
    broken.xOpen = broken_open;
    assert_int_equal(sqlite3_vfs_register(&broken, 1), SQLITE_OK);
}

void broken_at(uint32_t n)
{
    fails_at = n;
    count = 0;
}

uint32_t broken_count(void)
{
    return count;
}
