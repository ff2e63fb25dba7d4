/*
 * One runner a database: the limits of an account and the two devices of a pair are shared by all its
 * rollouts. The lock is the kernel's (an OFD lock on FILE.lock), so it ends with the process, however that
 * ends. The row says who it is and which rollout it runs, and its epoch stops a runner that lost the lock
 * without noticing: each commit finds its own epoch in the row or writes nothing.
 *
 * A night is more than the rollouts that it runs: a byte of the same file, behind all that a lease locks, is its own.
 *
 * The lock file also remembers, for each rollout, how many batches were made durable. A database that has
 * fewer of them lost its -wal file or came back from a backup, and does not know all the calls that were
 * made.
 */
#include "lease.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/store/night.h"
#include "gatewave/store/rollout.h"
#include "sql.h"

#define HOST_MAX 256

/* The descriptor, or -1 and errno. */
static int open_lock(const struct gw_store *store, int flags)
{
    struct gw_buf path;
    int fd;

    gw_buf_init(&path, 0);
    gw_buf_addf(&path, "%s.lock", store->file);
    fd = open(gw_buf_text(&path), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    gw_buf_release(&path);
    return fd;
}

enum gw_code gw_lock_file_open(struct gw_store *store, int *ret, struct gw_err *err)
{
    int fd = open_lock(store, O_RDWR | O_CREAT);

    if (fd < 0)
        return gw_err_set(err, GW_ERR_STORE,
                          "%s.lock: %s; check the owner and the mode of the file and its directory",
                          store->file, strerror(errno));
    *ret = fd;
    return GW_OK;
}

struct holder {
    int64_t pid, started_unix_ms, rollout_id;
    char host[HOST_MAX], rollout[GW_ROLLOUT_NAME_MAX];
};

static bool holder_row(void *user, sqlite3_stmt *stmt)
{
    struct holder *holder = user;

    holder->pid = sqlite3_column_int64(stmt, 0);
    holder->started_unix_ms = sqlite3_column_int64(stmt, 1);
    gw_text_copy(holder->host, sizeof(holder->host), gw_sql_text(stmt, 2));
    gw_text_copy(holder->rollout, sizeof(holder->rollout), gw_sql_text(stmt, 3));
    holder->rollout_id = sqlite3_column_int64(stmt, 4);
    return false;
}

/* Who took the lease last; pid 0: nobody has written that he did. */
static enum gw_code find_holder(struct gw_store *store, struct holder *ret, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code =
        gw_sql_prepare(store,
                       "SELECT l.pid, l.started_unix_ms, l.host, r.name, l.rollout FROM lease l"
                       " JOIN rollouts r ON r.id = l.rollout ORDER BY l.renewed_unix_ms DESC, l.rollout DESC",
                       &stmt, err);

    *ret = (struct holder){.pid = 0};
    return code == GW_OK ? gw_sql_each(store, stmt, holder_row, ret, err) : code;
}

static enum gw_code report_holder(struct gw_store *store, struct gw_err *err)
{
    struct holder holder;
    char when[GW_WHEN_TEXT_SIZE];
    enum gw_code code = find_holder(store, &holder, err);

    if (code != GW_OK)
        return code;
    gw_when_text(holder.started_unix_ms, when);
    /* Without a row the other runner holds the lock and has not yet written its name. */
    if (holder.pid == 0)
        return gw_err_set(err, GW_ERR_BUSY,
                          "%s: another process starts just now; look with `gatewave status`", store->file);
    return gw_err_set(
        err, GW_ERR_BUSY,
        "%s: rollout %s is run by process %lld on %s since %s, and there is one runner at a time; wait "
        "for it, or stop it with kill -TERM",
        store->file, holder.rollout, (long long)holder.pid, holder.host, when);
}

static bool is_taken(void)
{
    return errno == EAGAIN || errno == EACCES;
}

static enum gw_code cannot_lock(struct gw_store *store, struct gw_err *err)
{
    return gw_err_set(err, GW_ERR_STORE, "%s.lock: cannot be locked: %s; keep the database on a local disk",
                      store->file, strerror(errno));
}

/* Taken at once or not at all. */
static enum gw_code lock(struct gw_store *store, int fd, struct gw_err *err)
{
    struct flock lease = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = GW_LEASE_BYTES};

    if (fcntl(fd, F_OFD_SETLK, &lease) == 0)
        return GW_OK;
    return is_taken() ? report_holder(store, err) : cannot_lock(store, err);
}

enum gw_code gw_night_take(struct gw_store *store, int *ret, struct gw_err *err)
{
    struct flock night = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = GW_NIGHT_BYTE, .l_len = 1};
    int fd = -1;
    enum gw_code code = gw_lock_file_open(store, &fd, err);

    if (code != GW_OK)
        return code;
    if (fcntl(fd, F_OFD_SETLK, &night) == 0) {
        *ret = fd;
        return GW_OK;
    }
    if (is_taken())
        code =
            gw_err_set(err, GW_ERR_BUSY,
                       "%s: another reconcile is at work, and there is one night at a time; wait for it, or "
                       "stop it with kill -TERM",
                       store->file);
    else
        code = cannot_lock(store, err);
    close(fd);
    return code;
}

void gw_night_release(int night)
{
    if (night >= 0)
        close(night);
}

enum gw_code gw_lease_is_held(struct gw_store *store, int64_t rollout, bool *ret, struct gw_err *err)
{
    struct flock lease = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = GW_LEASE_BYTES};
    int fd = open_lock(store, O_RDONLY);
    struct holder holder;
    enum gw_code code;
    bool locked;

    /* A file that may not be looked at says nothing: somebody else's run, perhaps. */
    locked = fd < 0 ? errno != ENOENT : fcntl(fd, F_OFD_GETLK, &lease) != 0 || lease.l_type != F_UNLCK;
    if (fd >= 0)
        close(fd);
    code = find_holder(store, &holder, err);
    if (code == GW_OK)
        *ret = locked && (holder.pid == 0 || holder.rollout_id == rollout);
    return code;
}

struct unsettled {
    struct gw_store *store;
    struct gw_err *err;
    bool found;
};

static bool unsettled_row(void *user, sqlite3_stmt *stmt)
{
    struct unsettled *unsettled = user;

    unsettled->found = true;
    gw_err_set(unsettled->err, GW_ERR_BUSY,
               "%s: gateway %s has an upgrade call of rollout %s that nobody knows the end of; "
               "run that rollout to its end first",
               unsettled->store->file, gw_sql_text(stmt, 0), gw_sql_text(stmt, 1));
    return false;
}

/* What another rollout has called and not settled is not called by this one, nor is its mate. */
static enum gw_code refuse_unsettled(struct gw_store *store, const struct gw_lease *lease, struct gw_err *err)
{
    struct unsettled unsettled = {store, err, false};
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = gw_sql_prepare(
        store,
        "SELECT f.gateway_id, r.name FROM targets t INDEXED BY targets_called"
        " JOIN facts f ON f.target = t.id JOIN rollouts r ON r.id = t.rollout"
        " WHERE (t.state = 'in_flight' OR t.state = 'upgrading' OR t.state = 'in_doubt') AND t.rollout <> ?1"
        " AND f.gateway_id IN (SELECT gateway_id FROM facts WHERE target >= ?2 AND target < ?2 + ?3)"
        " ORDER BY t.id LIMIT 1",
        &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, lease->rollout);
    gw_sql_bind_int(stmt, 2, lease->first_target);
    gw_sql_bind_int(stmt, 3, lease->targets);
    code = gw_sql_each(store, stmt, unsettled_row, &unsettled, err);
    return code == GW_OK && unsettled.found ? GW_ERR_BUSY : code;
}

/* Every older lease of the database loses its epoch, whichever rollout it was for. */
static enum gw_code write_row(struct gw_store *store, int64_t rollout, int64_t now_unix_ms,
                              struct gw_err *err)
{
    char host[HOST_MAX] = "";
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_exec(store, "UPDATE lease SET epoch = epoch + 1", err);

    if (code != GW_OK)
        return code;
    if (gethostname(host, sizeof(host) - 1) != 0)
        gw_text_copy(host, sizeof(host), "unknown host");
    code = gw_sql_prepare(
        store,
        "INSERT INTO lease (rollout, epoch, pid, host, started_unix_ms, renewed_unix_ms, commits)"
        " VALUES (?1, 1, ?2, ?3, ?4, ?4, 0) ON CONFLICT (rollout) DO UPDATE SET pid = ?2, host = ?3,"
        " started_unix_ms = ?4, renewed_unix_ms = ?4",
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
    const char *membership = gw_sql_text(stmt, 4);

    lease->epoch = sqlite3_column_int64(stmt, 0);
    lease->first_target = sqlite3_column_int64(stmt, 1);
    lease->targets = (uint32_t)sqlite3_column_int64(stmt, 2);
    lease->commits = (uint64_t)sqlite3_column_int64(stmt, 3);
    lease->tag = gw_hash(membership, strlen(membership), (uint64_t)sqlite3_column_int64(stmt, 5));
    return false;
}

static enum gw_code read_row(struct gw_store *store, struct gw_lease *lease, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code;

    code =
        gw_sql_prepare(store,
                       "SELECT l.epoch, r.first_target, r.targets, l.commits, r.membership, r.created_unix_ms"
                       " FROM lease l JOIN rollouts r ON r.id = l.rollout WHERE l.rollout = ?1",
                       &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, lease->rollout);
    return gw_sql_each(store, stmt, lease_row, lease, err);
}

/* What the lock file has of each rollout, at its number times the size of this. */
struct mark {
    uint64_t tag;
    uint64_t commits;
};

static enum gw_code check_mark(struct gw_store *store, const struct gw_lease *lease, struct gw_err *err)
{
    struct mark mark;
    ssize_t n = pread(lease->fd, &mark, sizeof(mark), (off_t)(lease->rollout * (int64_t)sizeof(mark)));

    if (n != (ssize_t)sizeof(mark) || mark.tag != lease->tag || mark.commits <= lease->commits)
        return GW_OK;
    return gw_err_set(
        err, GW_ERR_STORE,
        "%s: the database is older than the last run that wrote to it: %llu batches are missing, and with "
        "them calls that were made (its -wal file was removed, or it comes from a backup); restore "
        "FILE, FILE-wal and FILE.lock of one moment, or remove FILE.lock to go on with what there is",
        store->file, (unsigned long long)(mark.commits - lease->commits));
}

void gw_lease_mark(struct gw_lease *lease)
{
    struct mark mark = {.tag = lease->tag, .commits = ++lease->commits};
    ssize_t n = pwrite(lease->fd, &mark, sizeof(mark), (off_t)(lease->rollout * (int64_t)sizeof(mark)));

    /* It is never ahead of the database; where it cannot be written it stays behind, and notices less. */
    (void)n;
}

enum gw_code gw_lease_take(struct gw_store *store, int64_t rollout, int64_t now_unix_ms,
                           struct gw_lease **ret, struct gw_err *err)
{
    struct gw_lease lease = {.rollout = rollout};
    enum gw_code code = gw_lock_file_open(store, &lease.fd, err);

    if (code != GW_OK)
        return code;
    code = lock(store, lease.fd, err);
    if (code == GW_OK)
        code = gw_sql_begin(store, err);
    if (code == GW_OK)
        code = write_row(store, rollout, now_unix_ms, err);
    if (code == GW_OK)
        code = read_row(store, &lease, err);
    if (code == GW_OK)
        code = refuse_unsettled(store, &lease, err);
    if (code == GW_OK)
        code = check_mark(store, &lease, err);
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

static bool epoch_row(void *user, sqlite3_stmt *stmt)
{
    int64_t *epoch = user;

    *epoch = sqlite3_column_int64(stmt, 0);
    return false;
}

enum gw_code gw_lease_check(struct gw_store *store, const struct gw_lease *lease, struct gw_err *err)
{
    int64_t epoch = 0;
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, "SELECT epoch FROM lease WHERE rollout = ?1", &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, lease->rollout);
    code = gw_sql_each(store, stmt, epoch_row, &epoch, err);
    if (code == GW_OK && epoch != lease->epoch)
        return gw_err_set(
            err, GW_ERR_LEASE,
            "%s: another runner has taken the rollout over; look with `gatewave status` at what "
            "became of it",
            store->file);
    return code;
}

void gw_lease_release(struct gw_lease *lease)
{
    if (!lease)
        return;
    close(lease->fd);
    free(lease);
}
