/* The world of the checker's tests: its stage, its disk, its fleet and its plan. */
#include "check/try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/store/migrations.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "disk/disk.h"

struct sim_process {
    uint32_t pid;
};

struct try_world try;

static struct sim_process processes[8];

/* ---- the stage and the disk ---- */

uint64_t sim_now_ms(void)
{
    return try.now_ms;
}

int64_t sim_now_unix_ms(void)
{
    return SIM_START_UNIX_MS + (int64_t)(try.now_ms - SIM_START_MS);
}

int64_t sim_clock_off_ms(void)
{
    return try.clock_off_ms;
}

struct sim_process *try_process(uint32_t pid)
{
    processes[pid].pid = pid;
    return &processes[pid];
}

uint32_t sim_process_pid(const struct sim_process *process)
{
    return process->pid;
}

uint64_t sim_process_thawed_ms(const struct sim_process *process)
{
    return process->pid == try.frozen ? try.thawed_ms : 0;
}

bool sim_disk_has_durably(const char *file, const void *bytes, size_t len)
{
    (void)file;
    (void)bytes;
    (void)len;
    return !try.undurable;
}

/* Each look finds another one. */
uint64_t sim_disk_changes(void)
{
    static uint64_t changes;

    return ++changes;
}

sqlite3 *sim_disk_open_image(const char *file, enum sim_disk_image image, int *ret_rc)
{
    sqlite3_int64 len = 0;
    unsigned char *bytes;
    sqlite3 *copy = NULL;

    (void)file;
    *ret_rc = SQLITE_OK;
    if (image == SIM_DISK_DURABLE && (try.undurable || try.bare))
        return NULL;
    bytes = sqlite3_serialize(try.db, "main", &len, 0);
    assert_int_equal(sqlite3_open(":memory:", &copy), SQLITE_OK);
    assert_int_equal(sqlite3_deserialize(copy, "main", bytes, len, len, SQLITE_DESERIALIZE_FREEONCLOSE),
                     SQLITE_OK);
    return copy;
}

void sim_disk_close_image(sqlite3 *db)
{
    sqlite3_stmt *stmt;

    while (db && (stmt = sqlite3_next_stmt(db, NULL)))
        sqlite3_finalize(stmt);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* ---- life ---- */

static void draw_swarm(struct sim_swarm *swarm)
{
    static const char *const sites[TRY_DEVICES] = {"s1", "s1", "s2", "s3", "s3", "s4"};

    *swarm = (struct sim_swarm){.n_devices = TRY_DEVICES,
                                .n_lanes = 1,
                                .n_waves = 2,
                                .wave = {{"canary", 3, TRY_SOAK_MS, false}, {"rest", 0, 0, false}},
                                .in_flight = 64,
                                .upgrading = 200,
                                .fence_ms = 60000,
                                .validity_ms = 52000,
                                .agree_ms = 3000,
                                .fresh_ms = 60000,
                                .pair_soak_ms = 10000,
                                .every_ms = 3000,
                                .stuck_ms = 180000,
                                .offline_ms = 30000,
                                .attempts = 3,
                                .delay_ms = 20,
                                .sync_ms = 2};
    for (uint32_t i = 0; i < TRY_DEVICES; i++) {
        struct sim_device *device = &swarm->device[i];

        *device = (struct sim_device){.account = "",
                                      .region = "cn-shanghai",
                                      .model = "sag-1000",
                                      .site = sites[i],
                                      .timezone = "Asia/Kolkata",
                                      .version = SIM_VERSION_OLD,
                                      .mate = SIM_NONE,
                                      .role = SIM_SINGLE,
                                      .known = true,
                                      .selected = i != TRY_EXCLUDED};
        (void)snprintf(device->gateway_id, sizeof(device->gateway_id), "sag-%u",
                       i == TRY_ACTIVE ? TRY_STANDBY : i);
        (void)snprintf(device->serial, sizeof(device->serial), "sn-%u", i);
    }
    swarm->device[TRY_STANDBY].mate = TRY_ACTIVE;
    swarm->device[TRY_STANDBY].role = SIM_STANDBY;
    swarm->device[TRY_ACTIVE].mate = TRY_STANDBY;
    swarm->device[TRY_ACTIVE].role = SIM_ACTIVE;
}

static void drop_triggers(void)
{
    sqlite3_stmt *stmt;

    do {
        assert_int_equal(sqlite3_prepare_v2(try.db, "SELECT name FROM sqlite_schema WHERE type = 'trigger'",
                                            -1, &stmt, NULL),
                         SQLITE_OK);
        if (sqlite3_step(stmt) == SQLITE_ROW) {
            char *name = gw_mem_dup((const char *)sqlite3_column_text(stmt, 0));

            sqlite3_finalize(stmt);
            try_sql("DROP TRIGGER %s", name);
            free(name);
            continue;
        }
        sqlite3_finalize(stmt);
        return;
    } while (true);
}

/* The schema, made once. */
static void open_database(void)
{
    static unsigned char *schema;
    static sqlite3_int64 len;
    unsigned char *bytes;

    assert_int_equal(sqlite3_open(":memory:", &try.db), SQLITE_OK);
    if (!schema) {
        for (int i = 0; i < gw_migrations_count; i++)
            try_sql("%s", gw_migrations[i].sql);
        drop_triggers();
        schema = sqlite3_serialize(try.db, "main", &len, 0);
    }
    bytes = sqlite3_malloc64((sqlite3_uint64)len);
    memcpy(bytes, schema, (size_t)len);
    assert_int_equal(sqlite3_deserialize(try.db, "main", bytes, len, len,
                                         SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE),
                     SQLITE_OK);
}

static void freeze(void)
{
    try_sql("INSERT INTO rollouts (id, name, version, type, verify, phase, selection, spec, first_target, "
            "targets,"
            " membership, created_unix_ms) VALUES (1, 'r1', '" SIM_VERSION_NEW
            "', 'Device', 1, 'waiting', 'all', '', 1, %d, 'hash', 0)",
            TRY_TARGETS);
    try_sql("INSERT INTO waves (rollout, number, name, phase, first, targets) VALUES"
            " (1, 1, 'canary', 'pending', 0, 3), (1, 2, 'rest', 'pending', 3, 2)");
    for (uint32_t i = 0; i < TRY_TARGETS; i++) {
        const struct sim_device *device = &try.swarm.device[i];

        try_sql("INSERT INTO targets (id, rollout, wave, device) VALUES (%u, 1, %d, %u)", i + 1,
                i < 3 ? 1 : 2, i + 1);
        try_sql("INSERT INTO facts (target, device, gateway_id, serial, ha_role, region, account, model, "
                "site, isp,"
                " timezone, version_listed) VALUES (%u, %u, '%s', '%s', '', '%s', '', '', '%s', '', '', '')",
                i + 1, i + 1, device->gateway_id, device->serial, device->region, device->site);
    }
    try_lease(1);
    try_phase("running");
    try_wave(0, "running");
}

void try_again(void)
{
    sim_check_free(try.check);
    sim_disk_close_image(try.db);
    sim_note_begin();
    sim_ledger_begin(&try.swarm);
    open_database();
    freeze();
    try.check = sim_check_new(&try.swarm, "fleet.db");
}

int try_setup(void **state)
{
    (void)state;
    try = (struct try_world){.now_ms = SIM_START_MS};
    draw_swarm(&try.swarm);
    try_tale_begin();
    try_again();
    return 0;
}

int try_teardown(void **state)
{
    (void)state;
    sim_check_free(try.check);
    sim_disk_close_image(try.db);
    sim_ledger_end();
    return 0;
}

/* ---- verdicts ---- */

void try_image(void)
{
    sim_check_image(try.check, try.db);
}

void try_begin(uint32_t pid)
{
    try_lease(pid);
    (void)try_see(pid, TRY_EXCLUDED, SIM_VERSION_OLD, true);
}

void try_assert_well(void)
{
    const char *text = "", *invariant = sim_violation(&text);

    if (invariant)
        fail_msg("%s: %s", invariant, text);
}

void try_assert_broken(const char *invariant)
{
    const char *text = "", *broken = sim_violation(&text);

    if (!broken)
        fail_msg("%s is broken, and nobody noticed", invariant);
    if (!gw_text_equal(broken, invariant))
        fail_msg("%s is broken, and %s was said: %s", invariant, broken, text);
}
