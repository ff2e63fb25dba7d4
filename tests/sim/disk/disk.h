#ifndef GATEWAVE_TESTS_SIM_DISK_H
#define GATEWAVE_TESTS_SIM_DISK_H
/*
 * A disk in memory that loses power: SQLite's default VFS while the simulator runs. A file is its present bytes, its
 * durable bytes and the writes between them; its name in the directory is durable or not; one that is deleted and made
 * again is another file. Locks and the WAL's shared memory are those of one machine: they end with the process that
 * holds them, or with the power.
 *
 * Handles belong to the process that opened them (stage.h). One whose process was killed, or whose machine lost its
 * power since, answers every operation with SQLITE_IOERR and changes nothing. What waits for a lock waits in virtual
 * time (xSleep). One disk, like one stage; nothing of it is real but its names: the store looks at real paths, so that
 * for each database there is a real, empty file of its name, and a database of which only that is there is empty.
 *
 * The disk is as strict as POSIX lets it be. The first sync of a log or journal makes its own name durable, as SQLite
 * sees to (it syncs the directory then, but ignores errors); a database's name, and that a file was deleted, are
 * durable when the directory was synced for them. A sync that fails is never made good by a later one: as on Linux,
 * what was not written counts as written from then on, and only those who have the file open just then hear of it, once
 * each.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

struct sim_process;

/* Once, before SQLite is used: memory, threads, randomness and the VFS. */
void sim_disk_install(void);
/* An empty disk with a power switch; everything that it does is drawn from the seed. Nothing may be open on it. */
void sim_disk_format(uint64_t seed);

/* ---- operations ---- */

enum sim_disk_op {
    SIM_DISK_OPEN = 1,
    SIM_DISK_READ,
    SIM_DISK_WRITE,
    SIM_DISK_TRUNCATE,
    SIM_DISK_SYNC,
    SIM_DISK_DELETE,
    SIM_DISK_LOCK,
    SIM_DISK_SHM,
    SIM_DISK_SYNC_DIRECTORY,
};
const char *sim_disk_op_name(enum sim_disk_op op);

/*
 * Before each operation of a living process; file: "" for a temporary one and for the directory. It may kill or freeze
 * that process, or have the power fail: then the operation does not take place, or does after the thaw. Returns
 * SQLITE_OK, or the error that the operation has (SQLITE_IOERR_*, SQLITE_FULL): it then has had no effect, but that a
 * write may have been done in part, and that of what was to be synced some may be durable and the rest never will be.
 * Giving locks back and asking for sizes are no operations.
 */
typedef int sim_disk_hook(void *user, enum sim_disk_op op, const char *file);
void sim_disk_on_op(sim_disk_hook *hook, void *user);
/* Operations since the disk was formatted that change something (WRITE, TRUNCATE, SYNC, DELETE, OPEN that creates). */
uint64_t sim_disk_changes(void);
/* What gw_path_sync_directory does: names become durable. */
int sim_disk_sync_directory(void);

/* ---- databases that were there before ---- */

/* The bytes of a database that nobody has open and that has no log beside it; free them. */
uint8_t *sim_disk_take(const char *file, size_t *ret_len);
/* A durable database of these bytes. It must not be there. */
void sim_disk_put(const char *file, const uint8_t *bytes, size_t len);

/* ---- crashes ---- */

/* The process is dead: its locks are gone; what it wrote stays, as the kernel has it. */
void sim_disk_process_died(struct sim_process *process);

struct sim_disk_loss {
    uint32_t kept, dropped, torn; /* unsynced writes, by what became of them; torn: by sectors of 512 bytes */
    uint32_t names_lost, names_back; /* new files that are gone, deleted files that are there again */
};
/*
 * The power fails: each write that was not synced is kept, dropped or torn, each name that was not synced is there or
 * not. All handles are dead. The disk is as the next boot finds it.
 */
void sim_disk_power_loss(struct sim_disk_loss *ret);

/* ---- looking, from outside ---- */

enum sim_disk_image {
    SIM_DISK_PRESENT = 1, /* as the kernel has it */
    SIM_DISK_DURABLE,     /* what surely survives if the power fails now: nothing but what was synced */
};

/* True when the database, or its WAL beside it, holds these bytes durably. */
bool sim_disk_has_durably(const char *file, const void *bytes, size_t len);
/*
 * Opens a copy of a database, with its WAL or journal, as it is in that image just now: recovered as the next process
 * would recover it, without touching the disk, its hook or its counters. NULL: there is no such file, or it is empty;
 * *ret_rc tells SQLITE_OK then, or what is wrong with it.
 */
sqlite3 *sim_disk_open_image(const char *file, enum sim_disk_image image, int *ret_rc);
/*
 * Gives an image back that was only read; NULL is fine. Its connection is kept for the next one, with the statements
 * that are prepared on it. Whoever changed an image closes it with sqlite3_close.
 */
void sim_disk_close_image(sqlite3 *image);

#endif
