/*
 * Who reads which part just now. Two syncs of one account in one region would ask at twice its limit, and take what the
 * other has put for changes. The locks are the kernel's, as the runner's is, and end with the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/mem.h"
#include "gatewave/store/sync.h"
#include "lease.h"
#include "sql.h"

struct gw_sync_lock {
    struct gw_store *store;
    int fd;
};

enum gw_code gw_sync_lock_new(struct gw_store *store, struct gw_sync_lock **ret, struct gw_err *err)
{
    int fd;
    enum gw_code code = gw_lock_file_open(store, &fd, err);

    if (code != GW_OK)
        return code;
    *ret = gw_mem_new(1, sizeof(**ret));
    **ret = (struct gw_sync_lock){.store = store, .fd = fd};
    return GW_OK;
}

void gw_sync_lock_free(struct gw_sync_lock *lock)
{
    if (!lock)
        return;
    close(lock->fd);
    free(lock);
}

/* FNV-1a, the end of the text included. */
static uint64_t hash(uint64_t seed, const char *text)
{
    size_t i = 0;

    do
        seed = (seed ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    while (text[i++]);
    return seed;
}

/* That two parts have one byte is as likely as nothing; then one of them waits for the other. */
static off_t place(const char *account, const char *region)
{
    uint64_t at = hash(hash(UINT64_C(14695981039346656037), account), region);

    return (off_t)(GW_SYNC_FIRST + (int64_t)(at % (uint64_t)GW_LEASE_BYTES));
}

enum gw_code gw_sync_lock_take(struct gw_sync_lock *lock, const char *account, const char *region, bool *ret,
                               struct gw_err *err)
{
    struct flock byte = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = place(account, region), .l_len = 1};
    bool taken = fcntl(lock->fd, F_OFD_SETLK, &byte) == 0;

    if (!taken && errno != EAGAIN && errno != EACCES)
        return gw_err_set(err, GW_ERR_STORE,
                          "%s.lock: cannot be locked: %s; keep the database on a local disk",
                          lock->store->file, strerror(errno));
    *ret = taken;
    return GW_OK;
}
