/*
 * Who may read and write: a database file's locks and, in WAL mode, its shared memory with the eight locks on it. They
 * are held by handles; nobody ever waits here, SQLite's busy handler does.
 *
 * The shared memory of a file is real shared memory, mapped once for each handle: a process that was killed runs on for
 * a moment, until its stack has unwound, and may write into it. Its own mapping is made private then, so that the
 * living see the memory as it was when the process died.
 */
#include "disk/local.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#define REGION_SIZE 32768 /* SQLite asks for no other */

struct sim_shm {
    int fd;
    int regions;
    uint32_t users;
};

/* ---- the file's locks ---- */

/* The highest lock that another handle of the file holds. */
static int others(const struct sim_handle *handle)
{
    int highest = SQLITE_LOCK_NONE;

    for (const struct sim_handle *other = sim_handles(); other; other = other->next)
        if (other != handle && other->file == handle->file && other->lock > highest)
            highest = other->lock;
    return highest;
}

int sim_lock(sqlite3_file *base, int level)
{
    struct sim_handle *handle = (struct sim_handle *)base;
    int rc, theirs;

    if (handle->lock >= level && !sim_handle_is_gone(handle))
        return SQLITE_OK;
    rc = sim_handle_enter(handle, SIM_DISK_LOCK, SQLITE_IOERR_LOCK);
    if (rc != SQLITE_OK)
        return rc;
    theirs = others(handle);
    if (theirs >= (level == SQLITE_LOCK_SHARED ? SQLITE_LOCK_PENDING : SQLITE_LOCK_RESERVED))
        return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && theirs != SQLITE_LOCK_NONE) {
        /* No new readers: it gets its turn when those that are there have ended. */
        handle->lock = SQLITE_LOCK_PENDING;
        return SQLITE_BUSY;
    }
    handle->lock = level;
    return SQLITE_OK;
}

int sim_unlock(sqlite3_file *base, int level)
{
    struct sim_handle *handle = (struct sim_handle *)base;

    if (sim_handle_is_gone(handle))
        return SQLITE_IOERR_UNLOCK;
    if (handle->lock > level)
        handle->lock = level;
    return SQLITE_OK;
}

int sim_check_reserved_lock(sqlite3_file *base, int *ret)
{
    struct sim_handle *handle = (struct sim_handle *)base;
    int rc = sim_handle_enter(handle, SIM_DISK_LOCK, SQLITE_IOERR_CHECKRESERVEDLOCK);

    if (rc == SQLITE_OK)
        *ret = handle->lock >= SQLITE_LOCK_RESERVED || others(handle) >= SQLITE_LOCK_RESERVED;
    return rc;
}

/* ---- shared memory ---- */

static struct sim_shm *attach(struct sim_handle *handle)
{
    struct sim_file *file = handle->file;

    if (!file->shm) {
        file->shm = gw_mem_new(1, sizeof(*file->shm));
        file->shm->fd = memfd_create("shm", MFD_CLOEXEC);
        GW_CHECK(file->shm->fd >= 0);
    }
    if (handle->n_shm == 0)
        file->shm->users++;
    return file->shm;
}

static void *map(const struct sim_shm *shm, void *where, size_t region, int flags)
{
    void *at =
        mmap(where, REGION_SIZE, PROT_READ | PROT_WRITE, flags, shm->fd, (off_t)(region * REGION_SIZE));

    GW_CHECK(at != MAP_FAILED);
    return at;
}

int sim_shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **ret)
{
    struct sim_handle *handle = (struct sim_handle *)base;
    int rc = sim_handle_enter(handle, SIM_DISK_SHM, SQLITE_IOERR_SHMMAP);
    struct sim_shm *shm;

    *ret = NULL;
    if (rc != SQLITE_OK)
        return rc;
    GW_CHECK(size == REGION_SIZE);
    if (!extend && (!handle->file->shm || handle->file->shm->regions <= region))
        return SQLITE_OK;
    shm = attach(handle);
    if (shm->regions <= region) {
        shm->regions = region + 1;
        GW_CHECK(ftruncate(shm->fd, (off_t)shm->regions * REGION_SIZE) == 0);
    }
    while (handle->n_shm <= (size_t)region) {
        handle->shm = gw_mem_resize(handle->shm, handle->n_shm + 1, sizeof(*handle->shm));
        handle->shm[handle->n_shm] = map(shm, NULL, handle->n_shm, MAP_SHARED);
        handle->n_shm++;
    }
    *ret = handle->shm[region];
    return SQLITE_OK;
}

/* Whether another handle of the file has locked one of these slots. */
static bool is_locked(const struct sim_handle *handle, uint32_t slots, bool exclusively)
{
    for (const struct sim_handle *other = sim_handles(); other; other = other->next)
        if (other != handle && other->file == handle->file &&
            ((other->shm_exclusive | (exclusively ? 0 : other->shm_shared)) & slots))
            return true;
    return false;
}

int sim_shm_lock(sqlite3_file *base, int first, int n, int flags)
{
    struct sim_handle *handle = (struct sim_handle *)base;
    uint32_t slots = ((1u << n) - 1) << first;
    bool shared = flags & SQLITE_SHM_SHARED;
    int rc;

    if (flags & SQLITE_SHM_UNLOCK) {
        handle->shm_shared &= ~slots;
        handle->shm_exclusive &= ~slots;
        return SQLITE_OK;
    }
    rc = sim_handle_enter(handle, SIM_DISK_SHM, SQLITE_IOERR_SHMLOCK);
    if (rc != SQLITE_OK)
        return rc;
    if (is_locked(handle, slots, shared))
        return SQLITE_BUSY;
    if (shared)
        handle->shm_shared |= slots;
    else
        handle->shm_exclusive |= slots;
    return SQLITE_OK;
}

/* There is one thread. */
void sim_shm_barrier(sqlite3_file *base)
{
    (void)base;
}

/* The handle no longer uses the file's shared memory, which ends with its last user; its mapping is still there. */
static void detach(struct sim_handle *handle)
{
    struct sim_file *file = handle->file;

    handle->shm_shared = handle->shm_exclusive = 0;
    if (handle->n_shm == 0 || --file->shm->users > 0)
        return;
    close(file->shm->fd);
    free(file->shm);
    file->shm = NULL;
}

void sim_shm_part(struct sim_handle *handle)
{
    for (size_t i = 0; i < handle->n_shm; i++)
        map(handle->file->shm, handle->shm[i], i, MAP_PRIVATE | MAP_FIXED);
    detach(handle);
}

void sim_shm_wipe(const struct sim_file *file)
{
    for (struct sim_handle *handle = sim_handles(); handle; handle = handle->next)
        for (size_t i = 0; handle->file == file && i < handle->n_shm; i++)
            memset(handle->shm[i], 0, REGION_SIZE);
}

int sim_shm_unmap(sqlite3_file *base, int delete)
{
    struct sim_handle *handle = (struct sim_handle *)base;

    (void)delete;
    if (handle->file)
        detach(handle);
    for (size_t i = 0; i < handle->n_shm; i++)
        munmap(handle->shm[i], REGION_SIZE);
    free(handle->shm);
    handle->shm = NULL;
    handle->n_shm = 0;
    return SQLITE_OK;
}
