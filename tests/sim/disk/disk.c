/*
 * The disk: its one directory, who has files open, what takes place and what a crash leaves. A play has a handful of
 * names and of handles, so that they stand in lists, in the order in which they came: what is drawn for them depends on
 * nothing but the seed.
 */
#include "disk/local.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "stage/stage.h"

/* There is one, as there is one stage: SQLite's VFS has no argument that could name another. */
static struct {
    bool installed;
    struct gw_rng rng;
    struct sim_name *names;
    struct sim_handle *handles;
    sim_disk_hook *hook;
    void *hook_user;
    uint64_t changes;
    uint32_t boots; /* the power failed so often */
} disk;

void sim_disk_install(void)
{
    if (disk.installed)
        return;
    /*
     * Production code is single-threaded per connection, and fibers are one thread: with SQLite's mutexes left out, one
     * process can be frozen within a VFS method while another one uses a connection of its own.
     */
    GW_CHECK(sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) == SQLITE_OK);
    GW_CHECK(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK);
#ifndef __SANITIZE_ADDRESS__
    /* The sanitizer watches over malloc's blocks, and over those that SQLite gives us, too. */
    GW_CHECK(sqlite3_config(SQLITE_CONFIG_MALLOC, sim_heap()) == SQLITE_OK);
#endif
    GW_CHECK(sqlite3_initialize() == SQLITE_OK);
    sim_vfs_register();
    disk.installed = true;
    sim_disk_format(0);
}

void sim_disk_format(uint64_t seed)
{
    GW_CHECK(disk.installed);
    sim_image_forget();
    for (const struct sim_handle *handle = disk.handles; handle; handle = handle->next)
        GW_CHECK(handle->image);
    for (struct sim_name *name = disk.names, *next; name; name = next) {
        next = name->next;
        if (!sim_image_is(name->path))
            sim_name_forget(name->path);
    }
    gw_rng_init(&disk.rng, seed);
    disk.changes = 0;
    /* SQLite's own generator asks for a new seed at its next use. */
    sqlite3_randomness(0, NULL);
}

/* ---- names ---- */

struct sim_name *sim_name_find(const char *path)
{
    struct sim_name *name = disk.names;

    while (name && strcmp(name->path, path) != 0)
        name = name->next;
    return name;
}

struct sim_file *sim_name_present(const struct sim_name *name)
{
    return name ? name->past[name->n - 1] : NULL;
}

struct sim_file *sim_name_durable(const struct sim_name *name)
{
    return name ? name->past[0] : NULL;
}

static struct sim_name *new_name(const char *path)
{
    size_t size = strlen(path) + 1;
    struct sim_name *name = gw_mem_new(1, sizeof(*name) + size);
    struct sim_name **last = &disk.names;

    memcpy(name->path, path, size);
    name->size = 4;
    name->past = gw_mem_new(name->size, sizeof(struct sim_file *));
    name->n = 1;
    while (*last)
        last = &(*last)->next;
    *last = name;
    return name;
}

struct sim_name *sim_name_set(const char *path, struct sim_file *file)
{
    struct sim_name *name = sim_name_find(path);

    if (!name)
        name = new_name(path);
    if (name->n == name->size) {
        name->size *= 2;
        name->past = gw_mem_resize(name->past, name->size, sizeof(struct sim_file *));
    }
    name->past[name->n++] = file ? sim_file_hold(file) : NULL;
    return name;
}

/* Of all that the name stood for, that one remains. */
static void choose(struct sim_name *name, size_t chosen)
{
    struct sim_file *file = name->past[chosen];

    for (size_t i = 0; i < name->n; i++)
        if (i != chosen)
            sim_file_drop(name->past[i]);
    name->past[0] = file;
    name->n = 1;
}

void sim_name_settle(struct sim_name *name)
{
    choose(name, name->n - 1);
}

void sim_name_forget(const char *path)
{
    struct sim_name **link = &disk.names;

    while (*link && strcmp((*link)->path, path) != 0)
        link = &(*link)->next;
    if (*link) {
        struct sim_name *name = *link;

        *link = name->next;
        choose(name, 0);
        sim_file_drop(name->past[0]);
        free(name->past);
        free(name);
    }
}

/* ---- handles ---- */

struct sim_handle *sim_handles(void)
{
    return disk.handles;
}

void sim_handle_add(struct sim_handle *handle)
{
    handle->next = disk.handles;
    handle->link = &disk.handles;
    if (handle->next)
        handle->next->link = &handle->next;
    disk.handles = handle;
}

void sim_handle_remove(struct sim_handle *handle)
{
    *handle->link = handle->next;
    if (handle->next)
        handle->next->link = handle->link;
}

bool sim_handle_is_gone(const struct sim_handle *handle)
{
    return !handle->file || (handle->process && sim_process_is_dead(handle->process));
}

/* What it locked is free; SQLite still has to close it. */
static void end_handle(struct sim_handle *handle)
{
    handle->lock = SQLITE_LOCK_NONE;
    sim_shm_part(handle);
    sim_file_drop(handle->file);
    handle->file = NULL;
    handle->name = NULL;
}

/* ---- operations ---- */

const char *sim_disk_op_name(enum sim_disk_op op)
{
    static const char *const names[] = {
        [SIM_DISK_OPEN] = "open",
        [SIM_DISK_READ] = "read",
        [SIM_DISK_WRITE] = "write",
        [SIM_DISK_TRUNCATE] = "truncate",
        [SIM_DISK_SYNC] = "sync",
        [SIM_DISK_DELETE] = "delete",
        [SIM_DISK_LOCK] = "lock",
        [SIM_DISK_SHM] = "shm",
        [SIM_DISK_SYNC_DIRECTORY] = "sync directory",
    };

    return names[op];
}

void sim_disk_on_op(sim_disk_hook *hook, void *user)
{
    disk.hook = hook;
    disk.hook_user = user;
}

static int ask(enum sim_disk_op op, const char *path)
{
    return disk.hook ? disk.hook(disk.hook_user, op, path) : SQLITE_OK;
}

static int admit(enum sim_disk_op op, int rc)
{
    if (rc == SQLITE_OK &&
        (op == SIM_DISK_WRITE || op == SIM_DISK_TRUNCATE || op == SIM_DISK_SYNC || op == SIM_DISK_DELETE))
        disk.changes++;
    return rc;
}

int sim_handle_enter(const struct sim_handle *handle, enum sim_disk_op op, int gone)
{
    int rc;

    if (sim_handle_is_gone(handle))
        return gone;
    if (handle->image)
        return SQLITE_OK;
    rc = ask(op, handle->name ? handle->name->path : "");
    /* The hook may have ended its process or its machine. */
    return sim_handle_is_gone(handle) ? gone : admit(op, rc);
}

int sim_disk_enter(enum sim_disk_op op, const char *path, int gone)
{
    const struct sim_process *self = sim_self();
    uint32_t boots = disk.boots;
    int rc;

    if (path && sim_image_is(path))
        return SQLITE_OK;
    if (self && sim_process_is_dead(self))
        return gone;
    rc = ask(op, path ? path : "");
    return boots != disk.boots || (self && sim_process_is_dead(self)) ? gone : admit(op, rc);
}

void sim_disk_count(void)
{
    disk.changes++;
}

uint64_t sim_disk_changes(void)
{
    return disk.changes;
}

struct gw_rng *sim_disk_rng(void)
{
    return &disk.rng;
}

int sim_disk_sync_directory(void)
{
    int rc = sim_disk_enter(SIM_DISK_SYNC_DIRECTORY, NULL, SQLITE_IOERR_DIR_FSYNC);

    if (rc == SQLITE_OK)
        for (struct sim_name *name = disk.names; name; name = name->next)
            sim_name_settle(name);
    return rc;
}

/* ---- crashes ---- */

void sim_disk_process_died(struct sim_process *process)
{
    for (struct sim_handle *handle = disk.handles; handle; handle = handle->next)
        if (handle->file && handle->process == process)
            end_handle(handle);
}

static void lose_name(struct sim_name *name, struct sim_disk_loss *loss)
{
    size_t present = name->n - 1, chosen = gw_rng_below(&disk.rng, name->n);
    const struct sim_file *was = name->past[present], *is = name->past[chosen];

    if (was != is && is)
        loss->names_back++;
    else if (was != is)
        loss->names_lost++;
    choose(name, chosen);
}

void sim_disk_power_loss(struct sim_disk_loss *ret)
{
    const struct sim_odds odds = {.keep = (uint32_t)gw_rng_below(&disk.rng, 9),
                                  .tears = gw_rng_below(&disk.rng, 2) == 0};
    struct sim_disk_loss loss = {0};

    disk.boots++;
    for (struct sim_handle *handle = disk.handles; handle; handle = handle->next)
        if (handle->file && !handle->image)
            end_handle(handle);
    for (struct sim_name *name = disk.names; name; name = name->next) {
        if (sim_image_is(name->path))
            continue;
        lose_name(name, &loss);
        if (name->past[0])
            sim_file_lose(name->past[0], odds, &disk.rng, &loss);
    }
    *ret = loss;
}
