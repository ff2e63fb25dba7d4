/*
 * The log is written over itself, byte for byte, so that the kernel has to write all of it, and is then synced. Nobody
 * appends to it meanwhile: the write lock is held. The database file needs no such care: a checkpoint that could not
 * sync it is done anew, for the log still has everything.
 *
 * The note is at the beginning of FILE.lock, where no rollout has its mark: their numbers start at 1. One that outlives
 * the machine's next start costs a needless writing.
 */
#include "heal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"

#define BLOCK 65536

static const char noted[] = "a sync failed";

static int open_note(const struct gw_store *store, int flags)
{
    struct gw_buf path;
    int fd;

    gw_buf_init(&path, 0);
    gw_buf_addf(&path, "%s.lock", store->file);
    fd = open(gw_buf_text(&path), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    gw_buf_release(&path);
    return fd;
}

void gw_heal_note(const struct gw_store *store)
{
    int fd = open_note(store, O_WRONLY | O_CREAT);
    ssize_t n;

    if (fd < 0)
        return;
    n = pwrite(fd, noted, sizeof(noted), 0);
    (void)n;
    (void)close(fd);
}

static int rewrite(sqlite3_file *log)
{
    unsigned char *block = gw_mem_new(BLOCK, 1);
    sqlite3_int64 size = 0;
    int rc = log->pMethods->xFileSize(log, &size);

    for (sqlite3_int64 at = 0; at < size && rc == SQLITE_OK; at += BLOCK) {
        int len = size - at < BLOCK ? (int)(size - at) : BLOCK;

        rc = log->pMethods->xRead(log, block, len, at);
        if (rc == SQLITE_OK)
            rc = log->pMethods->xWrite(log, block, len, at);
    }
    if (rc == SQLITE_OK)
        rc = log->pMethods->xSync(log, SQLITE_SYNC_FULL);
    free(block);
    return rc;
}

static enum gw_code heal(struct gw_store *store, struct gw_err *err)
{
    sqlite3_file *log = NULL;
    enum gw_code code = gw_sql_begin(store, err);
    int rc;

    if (code != GW_OK)
        return code;
    rc = sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (rc == SQLITE_OK && log && log->pMethods)
        rc = rewrite(log);
    gw_sql_rollback(store);
    return rc == SQLITE_OK ? GW_OK : gw_sql_error(store, rc, err);
}

enum gw_code gw_heal(struct gw_store *store, struct gw_err *err)
{
    static const char none[sizeof(noted)];
    char note[sizeof(noted)] = "";
    int fd = open_note(store, O_RDWR);
    enum gw_code code = GW_OK;
    ssize_t n;

    if (fd < 0)
        return GW_OK;
    n = pread(fd, note, sizeof(note), 0);
    if (n == (ssize_t)sizeof(note) && memcmp(note, noted, sizeof(noted)) == 0) {
        code = heal(store, err);
        if (code == GW_OK) {
            n = pwrite(fd, none, sizeof(none), 0);
            (void)n; /* a note that stays is healed once more, which harms nothing */
        }
    }
    (void)close(fd);
    return code;
}
