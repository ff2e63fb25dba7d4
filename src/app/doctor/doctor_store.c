/* The database: opened as a viewer opens it, each page looked at, and room on the disk for the nights to come. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/store/examine.h"
#include "gatewave/store/inventory.h"

#include "clock.h"
#include "doctor.h"

#define MIB           ((uint64_t)1 << 20)
#define DISK_LEAST    (64 * MIB)  /* less than that, and the first night may end with a full disk */
#define DISK_ENOUGH   (512 * MIB) /* or as much as the database has, if that is more */
#define WAL_TOO_LARGE (256 * MIB) /* it is cut to 64 MiB when nobody reads behind it */

/* ---- the file ---- */

static bool gw_doctor_go_on(void *user)
{
    const int64_t *until_unix_ms = user;

    return gw_clock_unix_ms() < *until_unix_ms;
}

static void gw_doctor_integrity(struct gw_doctor *doctor)
{
    int64_t until_unix_ms = gw_clock_unix_ms() + GW_DOCTOR_PATIENCE_MS;
    struct gw_store_health health = {.bytes = 0};
    struct gw_err err = {0};

    if (gw_store_examine(doctor->session->store, gw_doctor_go_on, &until_unix_ms, &health, &err))
        gw_doctor_add(
            doctor, GW_FINDING_DATABASE, "integrity",
            "keep the file as it is, and restore FILE, FILE-wal and FILE.lock together from a backup", "%s",
            err.text);
    else if (!gw_text_equal(health.integrity, "ok"))
        gw_doctor_add(
            doctor, GW_FINDING_DATABASE, "integrity",
            "keep the file as it is, and restore FILE, FILE-wal and FILE.lock together from a backup",
            "the database is damaged: %s", health.integrity);
    else if (health.cut_short)
        gw_doctor_add(doctor, GW_FINDING_WARN, "integrity",
                      "ask `sqlite3 FILE 'PRAGMA quick_check'` when there is time",
                      "%" PRIu64
                      " MiB are too many for %u s; nothing was found in the part that was looked at",
                      (uint64_t)health.bytes / MIB, GW_DOCTOR_PATIENCE_MS / 1000);
    else
        gw_doctor_add(doctor, GW_FINDING_OK, "integrity", "",
                      "schema %" PRId64 ", %" PRIu64 " KiB without a fault", health.schema,
                      (uint64_t)health.bytes / 1024);
    if ((uint64_t)health.wal_bytes > WAL_TOO_LARGE)
        gw_doctor_add(doctor, GW_FINDING_WARN, "write-ahead log",
                      "end what has read for long (a backup, a shell with an open transaction)",
                      "FILE-wal has %" PRIu64 " MiB: somebody reads behind it",
                      (uint64_t)health.wal_bytes / MIB);
}

/* ---- the disk ---- */

/* A database that a restart forgets. */
static bool gw_doctor_is_memory(const char *folder)
{
    const unsigned long tmpfs = 0x01021994, ramfs = 0x858458f6;
    struct statfs fs;
    unsigned long type = statfs(folder, &fs) == 0 ? (unsigned long)fs.f_type & 0xffffffffu : 0;

    return type == tmpfs || type == ramfs;
}

static char *gw_doctor_folder(const char *file)
{
    const char *slash = strrchr(file, '/');

    return slash ? gw_mem_text(file, (size_t)(slash - file) + 1) : gw_mem_dup(".");
}

static void gw_doctor_room(struct gw_doctor *doctor, const char *folder)
{
    static const char remedy[] = "make room on that disk, or move the database to a larger one";
    struct statvfs fs;
    uint64_t free_bytes;

    if (statvfs(folder, &fs) != 0) {
        gw_doctor_add(doctor, GW_FINDING_DATABASE, "disk", "name a database in a folder that is there",
                      "%s: %s", folder, strerror(errno));
        return;
    }
    free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    if (free_bytes < DISK_LEAST)
        gw_doctor_add(doctor, GW_FINDING_DATABASE, "disk", remedy, "%s has %" PRIu64 " MiB left", folder,
                      free_bytes / MIB);
    else if (free_bytes < DISK_ENOUGH)
        gw_doctor_add(doctor, GW_FINDING_WARN, "disk", remedy, "%s has %" PRIu64 " MiB left", folder,
                      free_bytes / MIB);
    else
        gw_doctor_add(doctor, GW_FINDING_OK, "disk", "", "%s has %" PRIu64 " MiB left", folder,
                      free_bytes / MIB);
    if (gw_doctor_is_memory(folder))
        gw_doctor_add(doctor, GW_FINDING_WARN, "file system", "keep the database on a disk",
                      "%s is in memory: a restart forgets every rollout", folder);
}

void gw_doctor_store(struct gw_doctor *doctor)
{
    struct gw_session *session = doctor->session;
    struct gw_err err = {0};
    char *folder;

    if (gw_session_open(session, GW_STORE_READ, &err)) {
        gw_doctor_add(doctor, GW_FINDING_DATABASE, "database",
                      access(session->config.database, F_OK) != 0
                          ? "let `gatewave init` make one, or name it with --db"
                          : "do what the finding says, or name another file with --db",
                      "%s", err.text);
        return;
    }
    gw_doctor_add(doctor, GW_FINDING_OK, "database", "", "%s", gw_store_file(session->store));
    gw_doctor_integrity(doctor);
    folder = gw_doctor_folder(gw_store_file(session->store));
    gw_doctor_room(doctor, folder);
    free(folder);
}

/* ---- the inventory ---- */

static void gw_doctor_add_lane(struct gw_doctor *doctor, const char *account, const char *region,
                               const char *gateway_id)
{
    struct gw_doctor_lane *lane;

    for (size_t i = 0; i < doctor->n_lanes; i++)
        if (gw_text_equal(doctor->lane[i].account, account) && gw_text_equal(doctor->lane[i].region, region))
            return;
    if (doctor->n_lanes == GW_DOCTOR_LANES) {
        doctor->more_lanes = true;
        return;
    }
    lane = &doctor->lane[doctor->n_lanes++];
    (void)gw_text_copy(lane->account, sizeof(lane->account), account);
    (void)gw_text_copy(lane->region, sizeof(lane->region), region);
    (void)gw_text_copy(lane->gateway_id, sizeof(lane->gateway_id), gateway_id);
}

static bool gw_doctor_device(void *user, const struct gw_device *device)
{
    struct gw_doctor *doctor = user;
    bool one = doctor->session->config.n_accounts == 0;

    gw_doctor_add_lane(doctor, one ? "" : device->column[GW_COLUMN_ACCOUNT], device->column[GW_COLUMN_REGION],
                       device->column[GW_COLUMN_GATEWAY_ID]);
    if (device->column[GW_COLUMN_TIMEZONE][0])
        (void)gw_names_add(&doctor->zone, device->column[GW_COLUMN_TIMEZONE]);
    return true;
}

void gw_doctor_survey(struct gw_doctor *doctor)
{
    const struct gw_config *config = &doctor->session->config;
    struct gw_err err = {0};
    struct gw_select all;
    struct gw_select_error wrong;

    GW_CHECK(gw_select_parse("all", &all, &wrong));
    if (doctor->session->store &&
        gw_devices_each(doctor->session->store, &all, gw_doctor_device, doctor, &err))
        gw_doctor_add(doctor, GW_FINDING_DATABASE, "inventory", "restore the database from a backup", "%s",
                      err.text);
    for (size_t i = 0; i < config->n_accounts; i++)
        for (size_t k = 0; k < config->account[i].region.n; k++)
            gw_doctor_add_lane(doctor, config->account[i].name, config->account[i].region.name[k], "");
    if (doctor->n_lanes == 0)
        gw_doctor_add(doctor, GW_FINDING_WARN, "inventory",
                      "import an inventory: `gatewave inventory import FILE`",
                      "it has no gateway, so that no region of the cloud was asked");
    if (doctor->more_lanes)
        gw_doctor_add(doctor, GW_FINDING_WARN, "inventory",
                      "look at the others by a --db that has only those",
                      "only the first %d pairs of account and region are asked", GW_DOCTOR_LANES);
}
