/*
 * One runner a rollout. The lock is the kernel's (an OFD lock on the rollout's own byte of FILE.lock), so it ends with
 * the process, however that ends. The row says who it is, and its epoch stops a runner that lost the lock without
 * noticing: each commit finds its own epoch in the row or writes nothing.
 */
#include "lease.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/store/rollout.h"
#include "sql.h"

#define HOST_MAX 256

static enum gw_code open_lock_file(struct gw_store *store, int *ret, struct gw_err *err)
{
    struct gw_buf path;
    enum gw_code code = GW_OK;
    int fd;

    gw_buf_init(&path, 0);
    gw_buf_addf(&path, "%s.lock", store->file);
    fd = open(gw_buf_text(&path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        code = gw_err_set(err, GW_ERR_STORE,
                          "%s: %s; check the owner and the mode of the file and its directory",
                          gw_buf_text(&path), strerror(errno));
    else
        *ret = fd;
    gw_buf_release(&path);
    return code;
}

struct holder {
    int64_t pid, started_unix_ms;
    char host[HOST_MAX];
};

static bool holder_row(void *user, sqlite3_stmt *stmt)
{
    struct holder *holder = user;

    holder->pid = sqlite3_column_int64(stmt, 0);
    holder->started_unix_ms = sqlite3_column_int64(stmt, 1);
    gw_text_copy(holder->host, sizeof(holder->host), gw_sql_text(stmt, 2));
    return false;
}

static enum gw_code report_holder(struct gw_store *store, int64_t rollout, struct gw_err *err)
{
    struct holder holder = {.pid = 0};
    char when[GW_WHEN_TEXT_SIZE];
    sqlite3_stmt *stmt;
    enum gw_code code;

    code =
        gw_sql_prepare(store, "SELECT pid, started_unix_ms, host FROM lease WHERE rollout = ?1", &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    code = gw_sql_each(store, stmt, holder_row, &holder, err);
    if (code != GW_OK)
        return code;
    gw_when_text(holder.started_unix_ms, when);
    /* Without a row the other runner holds the lock and has not yet written its name. */
    if (holder.pid == 0)
        return gw_err_set(err, GW_ERR_BUSY,
                          "%s: another process starts this rollout just now; look with `gatewave "
                          "status`",
                          store->file);
    return gw_err_set(
        err, GW_ERR_BUSY,
        "%s: the rollout is run by process %lld on %s since %s; wait for it, or stop it with kill -TERM",
        store->file, (long long)holder.pid, holder.host, when);
}

/* The rollout's byte; taken at once or not at all. */
static enum gw_code lock(struct gw_store *store, int fd, int64_t rollout, struct gw_err *err)
{
    struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = rollout, .l_len = 1};

    if (fcntl(fd, F_OFD_SETLK, &byte) == 0)
        return GW_OK;
    if (errno == EAGAIN || errno == EACCES)
        return report_holder(store, rollout, err);
    return gw_err_set(err, GW_ERR_STORE, "%s.lock: cannot be locked: %s; keep the database on a local disk",
                      store->file, strerror(errno));
}

static enum gw_code write_row(struct gw_store *store, int64_t rollout, int64_t now_unix_ms,
                              struct gw_err *err)
{
    char host[HOST_MAX] = "";
    sqlite3_stmt *stmt;
    enum gw_code code;

    if (gethostname(host, sizeof(host) - 1) != 0)
        gw_text_copy(host, sizeof(host), "unknown host");
    code = gw_sql_prepare(
        store,
        "INSERT INTO lease (rollout, epoch, pid, host, started_unix_ms, renewed_unix_ms, commits)"
        " VALUES (?1, 1, ?2, ?3, ?4, ?4, 0) ON CONFLICT (rollout) DO UPDATE SET epoch = epoch + 1,"
        " pid = ?2, host = ?3, started_unix_ms = ?4, renewed_unix_ms = ?4",
        &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    gw_sql_bind_int(stmt, 2, getpid());
    gw_sql_bind_text(stmt, 3, host);
    gw_sql_bind_int(stmt, 4, now_unix_ms);
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    return code;
}

static bool lease_row(void *user, sqlite3_stmt *stmt)
{
    struct gw_lease *lease = user;

    lease->epoch = sqlite3_column_int64(stmt, 0);
    lease->first_target = sqlite3_column_int64(stmt, 1);
    lease->targets = (uint32_t)sqlite3_column_int64(stmt, 2);
    return false;
}

static enum gw_code read_row(struct gw_store *store, struct gw_lease *lease, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = gw_sql_prepare(
        store,
        "SELECT l.epoch, r.first_target, r.targets FROM lease l JOIN rollouts r ON r.id = l.rollout"
        " WHERE l.rollout = ?1",
        &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, lease->rollout);
    return gw_sql_each(store, stmt, lease_row, lease, err);
}

enum gw_code gw_lease_take(struct gw_store *store, int64_t rollout, int64_t now_unix_ms,
                           struct gw_lease **ret, struct gw_err *err)
{
    struct gw_lease lease = {.rollout = rollout};
    enum gw_code code = open_lock_file(store, &lease.fd, err);

    if (code != GW_OK)
        return code;
    code = lock(store, lease.fd, rollout, err);
    if (code == GW_OK)
        code = gw_sql_begin(store, err);
    if (code == GW_OK)
        code = write_row(store, rollout, now_unix_ms, err);
    if (code == GW_OK)
        code = read_row(store, &lease, err);
    if (code == GW_OK)
        code = gw_sql_commit(store, err);
    if (code != GW_OK) {
        gw_sql_rollback(store);
        close(lease.fd);
        return code;
    }
    *ret = gw_mem_new(1, sizeof(lease));
    **ret = lease;
    return GW_OK;
}

void gw_lease_release(struct gw_lease *lease)
{
    if (!lease)
        return;
    close(lease->fd);
    free(lease);
}
