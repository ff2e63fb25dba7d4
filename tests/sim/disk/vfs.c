/*
 * The disk as SQLite sees it: a VFS that does what its own one does on Linux, sector size, powersafe overwrites, codes
 * and the order of syncs included, so that production meets here the cases that it meets there.
 */
#include "disk/local.h"

#include <string.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "stage/stage.h"

#define SECTOR_SIZE     4096
#define PATH_SIZE       512
#define JULIAN_EPOCH_MS INT64_C(210866760000000) /* 1970-01-01 in milliseconds of the Julian calendar */

static struct sim_handle *handle_of(sqlite3_file *base)
{
    return (struct sim_handle *)base;
}

/* ---- a file ---- */

static int close_file(sqlite3_file *base)
{
    struct sim_handle *handle = handle_of(base);

    sim_shm_unmap(base, 0);
    sim_handle_remove(handle);
    if (handle->image && handle->main)
        sim_image_free(handle->name->path);
    sim_file_drop(handle->file);
    handle->file = NULL;
    base->pMethods = NULL;
    return SQLITE_OK;
}

static int read_file(sqlite3_file *base, void *ret, int len, sqlite3_int64 offset)
{
    struct sim_handle *handle = handle_of(base);
    int rc = sim_handle_enter(handle, SIM_DISK_READ, SQLITE_IOERR_READ);

    if (rc != SQLITE_OK)
        return rc;
    return sim_file_read(handle->file, ret, (size_t)len, (uint64_t)offset) == (size_t)len
               ? SQLITE_OK
               : SQLITE_IOERR_SHORT_READ;
}

static int write_file(sqlite3_file *base, const void *bytes, int len, sqlite3_int64 offset)
{
    struct sim_handle *handle = handle_of(base);
    int rc = sim_handle_enter(handle, SIM_DISK_WRITE, SQLITE_IOERR_WRITE);
    size_t done = (size_t)len;

    if (rc != SQLITE_OK && sim_handle_is_gone(handle))
        return rc;
    if (rc != SQLITE_OK)
        done = gw_rng_below(sim_disk_rng(), done);
    if (done > 0)
        sim_file_write(handle->file, bytes, done, (uint64_t)offset);
    return rc;
}

static int truncate_file(sqlite3_file *base, sqlite3_int64 size)
{
    struct sim_handle *handle = handle_of(base);
    int rc = sim_handle_enter(handle, SIM_DISK_TRUNCATE, SQLITE_IOERR_TRUNCATE);

    if (rc == SQLITE_OK)
        sim_file_truncate(handle->file, (uint64_t)size);
    return rc;
}

/* Whoever has the file open hears of a failed sync at its own next one; whoever opens it later never does. */
static int fail_sync(struct sim_handle *handle, int rc)
{
    for (struct sim_handle *other = sim_handles(); other; other = other->next)
        other->missed = other->missed || (other != handle && other->file == handle->file);
    sim_file_sync_in_vain(handle->file, sim_disk_rng());
    return rc;
}

static int sync_file(sqlite3_file *base, int flags)
{
    struct sim_handle *handle = handle_of(base);
    int rc = sim_handle_enter(handle, SIM_DISK_SYNC, SQLITE_IOERR_FSYNC);

    (void)flags;
    if (sim_handle_is_gone(handle))
        return rc;
    if (rc != SQLITE_OK)
        return fail_sync(handle, rc);
    sim_file_sync(handle->file);
    if (handle->names && sim_name_present(handle->name) == handle->file)
        sim_name_settle(handle->name);
    handle->names = false;
    rc = handle->missed ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    handle->missed = false;
    return rc;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *ret)
{
    struct sim_handle *handle = handle_of(base);

    if (sim_handle_is_gone(handle))
        return SQLITE_IOERR_FSTAT;
    *ret = (sqlite3_int64)handle->file->present.len;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int op, void *arg)
{
    (void)base;
    if (op != SQLITE_FCNTL_MMAP_SIZE)
        return SQLITE_NOTFOUND;
    *(sqlite3_int64 *)arg = 0; /* whatever was asked for */
    return SQLITE_OK;
}

static int sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR_SIZE;
}

static int characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = sim_lock,
    .xUnlock = sim_unlock,
    .xCheckReservedLock = sim_check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = sim_shm_map,
    .xShmLock = sim_shm_lock,
    .xShmBarrier = sim_shm_barrier,
    .xShmUnmap = sim_shm_unmap,
};

/* ---- names ---- */

/*
 * The store makes a new database's file itself, with open(2), before SQLite opens it: a database whose real, empty file
 * is there is on the disk, and empty.
 */
static bool is_there(const char *path, int flags)
{
    return (flags & SQLITE_OPEN_CREATE) || ((flags & SQLITE_OPEN_MAIN_DB) && access(path, F_OK) == 0);
}

/* The file of that name, which has one holder more. */
static int find_file(const char *path, int flags, struct sim_name **ret_name, struct sim_file **ret_file)
{
    struct sim_name *name = sim_name_find(path);
    struct sim_file *file = sim_name_present(name);

    if (file && (flags & SQLITE_OPEN_CREATE) && (flags & SQLITE_OPEN_EXCLUSIVE))
        return SQLITE_CANTOPEN;
    if (file) {
        sim_file_hold(file);
    } else if (is_there(path, flags)) {
        file = sim_file_new(sim_image_is(path));
        name = sim_name_set(path, file);
        if (!sim_image_is(path))
            sim_disk_count();
    } else {
        return SQLITE_CANTOPEN;
    }
    *ret_name = name;
    *ret_file = file;
    return SQLITE_OK;
}

static int open_file(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *ret_flags)
{
    struct sim_handle *handle = handle_of(base);
    int rc = sim_disk_enter(SIM_DISK_OPEN, path, SQLITE_IOERR);

    (void)vfs;
    memset(handle, 0, sizeof(*handle));
    if (rc != SQLITE_OK)
        return rc;
    if (path)
        rc = find_file(path, flags, &handle->name, &handle->file);
    else
        handle->file = sim_file_new(true);
    if (rc != SQLITE_OK)
        return rc;
    handle->image = path && sim_image_is(path);
    handle->process = handle->image ? NULL : sim_self();
    handle->main = flags & SQLITE_OPEN_MAIN_DB;
    /*
     * SQLite syncs the directory with the first sync of a log or journal that it may have created, and ignores
     * whether that worked: its own name is durable then, but what else happened in the directory need not be.
     */
    handle->names = (flags & SQLITE_OPEN_CREATE) &&
                    (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL));
    sim_handle_add(handle);
    base->pMethods = &methods;
    if (ret_flags)
        *ret_flags = flags;
    return SQLITE_OK;
}

static int delete_file(sqlite3_vfs *vfs, const char *path, int sync_directory)
{
    int rc = sim_disk_enter(SIM_DISK_DELETE, path, SQLITE_IOERR_DELETE);
    struct sim_name *name;

    (void)vfs;
    if (rc != SQLITE_OK)
        return rc;
    if (!sim_name_present(sim_name_find(path)))
        return SQLITE_IOERR_DELETE_NOENT;
    name = sim_name_set(path, NULL);
    if (sim_image_is(path))
        sim_name_settle(name);
    else if (sync_directory & 1)
        return sim_disk_sync_directory();
    return SQLITE_OK;
}

static int access_file(sqlite3_vfs *vfs, const char *path, int flags, int *ret)
{
    const struct sim_process *self = sim_self();
    const struct sim_file *file = sim_name_present(sim_name_find(path));

    (void)vfs;
    if (!sim_image_is(path) && self && sim_process_is_dead(self))
        return SQLITE_IOERR_ACCESS;
    /* An empty file is no journal and no log. */
    *ret = file && (flags != SQLITE_ACCESS_EXISTS || file->present.len > 0);
    return SQLITE_OK;
}

static int full_path(sqlite3_vfs *vfs, const char *path, int size, char *ret)
{
    char here[PATH_SIZE] = "";
    bool whole = path[0] == '/' || sim_image_is(path);

    (void)vfs;
    if (!whole && !getcwd(here, sizeof(here)))
        return SQLITE_CANTOPEN_FULLPATH;
    if (strlen(here) + 1 + strlen(path) + 1 > (size_t)size)
        return SQLITE_CANTOPEN_FULLPATH;
    sqlite3_snprintf(size, ret, "%s%s%s", here, whole ? "" : "/", path);
    return SQLITE_OK;
}

/* ---- the machine ---- */

static int randomness(sqlite3_vfs *vfs, int len, char *ret)
{
    (void)vfs;
    for (int i = 0; i < len; i++)
        ret[i] = (char)gw_rng_next(sim_disk_rng());
    return len;
}

/* Whoever waits lets the others go on. The director cannot wait: the lock that it wants will not be freed meanwhile. */
static int sleep_us(sqlite3_vfs *vfs, int us)
{
    uint64_t until_ms = sim_now_ms() + ((uint64_t)us + 999) / 1000;
    bool woken = false;

    (void)vfs;
    while (sim_self() && sim_now_ms() < until_ms && sim_wait(until_ms))
        woken = woken || sim_now_ms() < until_ms;
    /* It was not SQLite that somebody woke. */
    if (woken)
        sim_wake(sim_thread_self());
    return us;
}

static int current_time(sqlite3_vfs *vfs, sqlite3_int64 *ret_ms)
{
    (void)vfs;
    *ret_ms = JULIAN_EPOCH_MS + sim_now_unix_ms() + sim_clock_off_ms();
    return SQLITE_OK;
}

static int last_error(sqlite3_vfs *vfs, int size, char *ret)
{
    (void)vfs;
    (void)size;
    (void)ret;
    return 0;
}

void sim_vfs_register(void)
{
    static sqlite3_vfs vfs = {
        .iVersion = 2,
        .szOsFile = sizeof(struct sim_handle),
        .mxPathname = PATH_SIZE,
        .zName = "sim",
        .xOpen = open_file,
        .xDelete = delete_file,
        .xAccess = access_file,
        .xFullPathname = full_path,
        .xRandomness = randomness,
        .xSleep = sleep_us,
        .xGetLastError = last_error,
        .xCurrentTimeInt64 = current_time,
    };

    GW_CHECK(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
}
