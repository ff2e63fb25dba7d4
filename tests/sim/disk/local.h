#ifndef GATEWAVE_TESTS_SIM_DISK_LOCAL_H
#define GATEWAVE_TESTS_SIM_DISK_LOCAL_H
/* What the disk is made of; only its own files include this. */
#include "disk/disk.h"

#include "gatewave/base/rng.h"

/* ---- files (disk_file.c) ---- */

struct sim_bytes {
    uint8_t *at;
    size_t len, size;
};

/* A write, or a truncation, that was not synced. */
struct sim_change {
    uint64_t offset; /* of the write; or the file's new size */
    size_t len;
    size_t data; /* of the write: where its bytes begin in the file's written */
    bool truncates;
};

/* What Unix calls an inode. */
struct sim_file {
    struct sim_bytes present, durable, written;
    struct sim_change *change;
    size_t n_changes, changes_size;
    uint64_t synced_to;  /* where the last synced write ended */
    uint32_t holders;    /* names, handles */
    bool fleeting;       /* temporary, or an image's: nobody will ask what of it is durable */
    struct sim_shm *shm; /* of a database in WAL mode, while it is open */
};

/* How a power loss treats writes; drawn once for all of one loss, so that some lose nearly all and some nothing. */
struct sim_odds {
    uint32_t keep; /* in 8 */
    bool tears;
};

/* Its first holder is the caller. */
struct sim_file *sim_file_new(bool fleeting);
struct sim_file *sim_file_hold(struct sim_file *file);
/* NULL is fine. */
void sim_file_drop(struct sim_file *file);
/* Fills up with zeros what is not there; returns how many bytes were. */
size_t sim_file_read(const struct sim_file *file, void *ret, size_t len, uint64_t offset);
void sim_file_write(struct sim_file *file, const void *bytes, size_t len, uint64_t offset);
void sim_file_truncate(struct sim_file *file, uint64_t size);
void sim_file_sync(struct sim_file *file);
/* A sync that failed: the kernel holds the pages to be clean from now on, whether they reached the disk or not. */
void sim_file_sync_in_vain(struct sim_file *file, struct gw_rng *rng);
void sim_file_lose(struct sim_file *file, struct sim_odds odds, struct gw_rng *rng,
                   struct sim_disk_loss *loss);
/* A fleeting copy of what is present, or of what is durable. */
struct sim_file *sim_file_copy(const struct sim_file *file, enum sim_disk_image image);
/* Makes such a copy that of another file; NULL: of an empty one. */
void sim_file_replace(struct sim_file *twin, const struct sim_file *file, enum sim_disk_image image);

/* ---- names (disk.c) ---- */

/* What a name stood for since it was last durable: the first is durable, the last is present. NULL: it is not there. */
struct sim_name {
    struct sim_name *next;
    struct sim_file **past;
    size_t n, size;
    char path[];
};

/* NULL: nobody ever used that name. */
struct sim_name *sim_name_find(const char *path);
struct sim_file *sim_name_present(const struct sim_name *name);
struct sim_file *sim_name_durable(const struct sim_name *name);
/* From now on it stands for file, which the name holds; NULL: for none. Makes the name if need be. */
struct sim_name *sim_name_set(const char *path, struct sim_file *file);
/* It surely stands for what it stands for now. */
void sim_name_settle(struct sim_name *name);
/* Away with it. */
void sim_name_forget(const char *path);

/* ---- handles ---- */

struct sim_handle {
    sqlite3_file base;
    struct sim_handle *next, **link; /* of all handles */
    struct sim_process *process;     /* NULL: the director's, or an image's */
    struct sim_file *file;           /* NULL: its process or its machine is gone */
    struct sim_name *name;           /* NULL: temporary */
    bool image, main;
    bool names;  /* its next sync makes its name durable, too */
    bool missed; /* a sync of the file failed for somebody else */
    int lock;    /* SQLITE_LOCK_* */
    void **shm;  /* the regions of shared memory that it mapped */
    size_t n_shm;
    uint32_t shm_shared, shm_exclusive; /* bits: the slots that it locked */
};

/* All that are open. */
struct sim_handle *sim_handles(void);
void sim_handle_add(struct sim_handle *handle);
void sim_handle_remove(struct sim_handle *handle);
bool sim_handle_is_gone(const struct sim_handle *handle);

/* ---- operations: whether one takes place ---- */

/* SQLITE_OK, the hook's error, or gone when the handle's process or machine is gone. */
int sim_handle_enter(const struct sim_handle *handle, enum sim_disk_op op, int gone);
/* The same for what needs no handle, and is done by the process that runs. */
int sim_disk_enter(enum sim_disk_op op, const char *path, int gone);
/* An operation that changes something took place. */
void sim_disk_count(void);
struct gw_rng *sim_disk_rng(void);

/* ---- locks (disk_lock.c) ---- */

int sim_lock(sqlite3_file *base, int level);
int sim_unlock(sqlite3_file *base, int level);
int sim_check_reserved_lock(sqlite3_file *base, int *ret);
int sim_shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **ret);
int sim_shm_lock(sqlite3_file *base, int first, int n, int flags);
void sim_shm_barrier(sqlite3_file *base);
int sim_shm_unmap(sqlite3_file *base, int delete);
/* Its process died: others no longer see what it writes. */
void sim_shm_part(struct sim_handle *handle);
/* Whoever uses the file next has to recover its log. */
void sim_shm_wipe(const struct sim_file *file);

/* ---- images (disk_image.c) ---- */

bool sim_image_is(const char *path);
/* The connection of that database has been closed. */
void sim_image_free(const char *path);
/* Closes the connection that is kept for the next image. */
void sim_image_forget(void);

/* ---- SQLite's side (disk_vfs.c, disk_heap.c) ---- */

void sim_vfs_register(void);
/* For SQLITE_CONFIG_MALLOC. */
const struct sqlite3_mem_methods *sim_heap(void);

#endif
