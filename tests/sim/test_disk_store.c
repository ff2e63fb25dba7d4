/*
 * The store that production uses, on a disk that fails at every operation of a short story: a database is made, an
 * inventory imported, a rollout frozen and run. Whatever was acknowledged is there after the crash, the database is
 * sound, and the story can be told to its end, crashes on the way included.
 */
#include "disk_try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/rng.h"
#include "gatewave/store/inventory.h"
#include "gatewave/store/rollout.h"
#include "gatewave/store/store.h"

#include "stage.h"

#define DEVICES 6
#define BATCHES 8 /* of the runner */
#define T0      INT64_C(1800000000000)

/* What has been acknowledged, by everybody who ever told the story on this disk. */
struct book {
    char directory[40], file[64], lock[80];
    bool created, imported, frozen;
    uint32_t batches;
    struct gw_err err;
    enum gw_code code; /* how the last telling ended */
};

/* The store syncs the directory of its file. */
int fsync(int fd)
{
    (void)fd;
    return sim_disk_sync_directory() == SQLITE_OK ? 0 : -1;
}

static struct gw_value value(const char *text)
{
    return (struct gw_value){text, strlen(text), true};
}

static enum gw_code import(struct gw_store *store, struct book *book)
{
    struct gw_import_counts counts;
    struct gw_import *import;
    enum gw_code code = gw_import_begin(store, &import, &book->err);
    char gateway[16], serial[16], reason[160];

    if (code != GW_OK)
        return code;
    for (uint64_t i = 0; i < DEVICES; i++) {
        struct gw_device_row row = {.line = i + 2};

        snprintf(gateway, sizeof(gateway), "sag-%llu", (unsigned long long)i);
        snprintf(serial, sizeof(serial), "SN%llu", (unsigned long long)i);
        row.column[GW_COLUMN_GATEWAY_ID] = value(gateway);
        row.column[GW_COLUMN_SERIAL] = value(serial);
        row.column[GW_COLUMN_REGION] = value("cn-shanghai");
        row.column[GW_COLUMN_VERSION] = value("2.3.0");
        assert_true(gw_import_put(import, &row, reason));
    }
    code = gw_import_commit(import, &counts, &book->err);
    book->imported = book->imported || code == GW_OK;
    return code;
}

/* The rollout, made when it is not there. */
static enum gw_code freeze(struct gw_store *store, struct book *book, struct gw_rollout_row *ret)
{
    struct gw_rollout_new new_ = {.name = "r",
                                  .version = "2.4.0",
                                  .verify = true,
                                  .selection = "all",
                                  .spec = "rollout: r\n",
                                  .created_by = "tester",
                                  .now_unix_ms = T0};
    struct gw_select_error error;
    struct gw_select select;
    enum gw_code code = gw_rollout_find(store, "r", ret, &book->err);

    if (code != GW_ERR_NOT_FOUND)
        return code;
    assert_true(gw_select_parse("all", &select, &error));
    new_.select = &select;
    code = gw_rollout_create(store, &new_, ret, &book->err);
    book->frozen = book->frozen || code == GW_OK;
    return code;
}

/* Batch b: the intent of device b, and the answer of the one before. */
static size_t batch(uint32_t b, struct gw_record ret[2])
{
    size_t n = 0;

    if (b > 0 && b <= DEVICES)
        ret[n++] = (struct gw_record){.kind = GW_RECORD_ANSWER,
                                      .target = b - 1,
                                      .attempt = 1,
                                      .charged = 1,
                                      .state = GW_STATE_UPGRADING,
                                      .at_unix_ms = T0 + b,
                                      .answer = {.proof = GW_PROOF_ACCEPTED, .http_status = 200}};
    if (b < DEVICES) {
        ret[n] = (struct gw_record){.kind = GW_RECORD_INTENT,
                                    .target = b,
                                    .attempt = 1,
                                    .state = GW_STATE_IN_FLIGHT,
                                    .at_unix_ms = T0 + b,
                                    .signed_unix_ms = T0 + b,
                                    .fence_unix_ms = T0 + b + 1020000};
        snprintf(ret[n++].nonce, sizeof(ret->nonce), "nonce-%u", b);
    }
    if (b > DEVICES)
        ret[n++] = (struct gw_record){.kind = GW_RECORD_STATE,
                                      .target = b - DEVICES - 1,
                                      .state = GW_STATE_SUCCEEDED,
                                      .at_unix_ms = T0 + b,
                                      .version = "2.4.0"};
    return n;
}

/* As many as are there already; 0, too, when the crash comes just now. */
static uint32_t count_commits(const char *file)
{
    sqlite3 *db;
    int64_t n = -1;

    if (sqlite3_open(file, &db) == SQLITE_OK)
        n = try_number(db, "SELECT commits FROM lease");
    sqlite3_close(db);
    return n > 0 ? (uint32_t)n : 0;
}

static enum gw_code run(struct gw_store *store, struct book *book, const struct gw_rollout_row *rollout)
{
    struct gw_lease *lease;
    enum gw_code code = gw_lease_take(store, rollout->id, T0, &lease, &book->err);

    if (code != GW_OK)
        return code;
    for (uint32_t b = count_commits(book->file); b < BATCHES && code == GW_OK; b++) {
        struct gw_record record[2];

        code = gw_commit(store, lease, record, batch(b, record), &book->err);
        if (code == GW_OK)
            book->batches = b + 1;
    }
    gw_lease_release(lease);
    return code;
}

/* One process, from wherever the last one came to. */
static void tell(void *user)
{
    struct book *book = user;
    struct gw_rollout_row rollout;
    struct gw_store *store;

    book->code = gw_store_open(book->file, GW_STORE_CREATE, &store, &book->err);
    if (book->code != GW_OK)
        return;
    book->created = true;
    if (!book->imported)
        book->code = import(store, book);
    if (book->code == GW_OK)
        book->code = freeze(store, book, &rollout);
    if (book->code == GW_OK)
        book->code = run(store, book, &rollout);
    gw_store_close(store);
}

static int set_up(void **state)
{
    struct book *book = calloc(1, sizeof(*book));

    assert_non_null(book);
    snprintf(book->directory, sizeof(book->directory), "%s/gatewave-disk-XXXXXX",
             access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(book->directory));
    snprintf(book->file, sizeof(book->file), "%s/fleet.db", book->directory);
    snprintf(book->lock, sizeof(book->lock), "%s.lock", book->file);
    *state = book;
    return 0;
}

static void begin(struct book *book, uint64_t seed)
{
    sim_disk_format(seed);
    unlink(book->file);
    unlink(book->lock);
    book->created = book->imported = book->frozen = false;
    book->batches = 0;
}

static int tear_down(void **state)
{
    struct book *book = *state;

    begin(book, 0);
    assert_int_equal(rmdir(book->directory), 0);
    free(book);
    return 0;
}

/* All that was acknowledged is in the image that the next process will find, and it is sound. */
static void check(const struct book *book, enum sim_disk_image which)
{
    int rc;
    sqlite3 *db = sim_disk_open_image(book->file, which, &rc);

    assert_int_equal(rc, SQLITE_OK);
    if (book->created)
        assert_non_null(db);
    if (!db)
        return;
    if (strcmp(try_text(db, "PRAGMA integrity_check"), "ok") != 0)
        fail_msg("damaged: %s", try_text(db, "PRAGMA integrity_check"));
    if (book->created) {
        assert_int_equal(try_number(db, "PRAGMA user_version"), gw_store_schema_version());
        assert_string_equal(try_text(db, "PRAGMA journal_mode"), "wal");
    }
    if (book->imported)
        assert_int_equal(try_number(db, "SELECT count(*) FROM devices"), DEVICES);
    if (book->frozen)
        assert_int_equal(try_number(db, "SELECT count(*) FROM targets"), DEVICES);
    if (book->batches) {
        uint32_t intents = book->batches < DEVICES ? book->batches : DEVICES;

        assert_in_range(try_number(db, "SELECT commits FROM lease"), book->batches, BATCHES);
        assert_in_range(try_number(db, "SELECT count(*) FROM attempts"), intents, DEVICES);
        assert_in_range(try_number(db, "SELECT count(*) FROM answers"), intents - 1, DEVICES);
    }
    sqlite3_close(db);
}

/* As the next process finds it, and, what is acknowledged, as it surely is. */
static void check_both(const struct book *book)
{
    check(book, SIM_DISK_PRESENT);
    if (book->created)
        check(book, SIM_DISK_DURABLE);
}

/* What it acknowledges outlives the power, whatever went before. */
static struct try_told tell_to_the_end(struct book *book)
{
    struct try_told told = try_story(tell, book, (struct try_crash){.op = 0});
    struct sim_disk_loss loss;

    if (book->code != GW_OK)
        fail_msg("%s", book->err.text);
    book->batches = BATCHES;
    check_both(book);
    sim_disk_power_loss(&loss);
    check_both(book);
    return told;
}

/*
 * Before each operation that changes something. The process that comes next does the rest of the story, which takes
 * the longest: not each time, unless somebody has asked for more.
 */
static void crash_everywhere(struct book *book, enum try_end end)
{
    uint64_t seeds = try_wish("SIM_DISK_SEEDS", 0), changes;

    begin(book, 0);
    changes = tell_to_the_end(book).changes;
    assert_in_range(changes, 200, 2000);
    for (uint64_t at = 1; at <= changes; at++) {
        uint64_t seed = 0;

        do {
            begin(book, at * 10000 + seed);
            assert_true(try_story(tell, book, (struct try_crash){.end = end, .change = at}).crashed);
            check_both(book);
            if (seeds > 0 || at % 16 == 0)
                tell_to_the_end(book);
        } while (++seed < seeds);
    }
}

static void test_a_killed_process_loses_nothing(void **state)
{
    crash_everywhere(*state, TRY_KILL);
}

static void test_power_losses_lose_nothing(void **state)
{
    crash_everywhere(*state, TRY_POWER);
}

/* Crashes of whoever recovers from a crash, of both kinds, until one gets through. */
static void test_crashes_during_recovery_lose_nothing(void **state)
{
    struct book *book = *state;
    uint64_t seeds = try_wish("SIM_DISK_SEEDS", 1) * 25;

    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct gw_rng rng;

        gw_rng_init(&rng, seed);
        begin(book, seed);
        for (uint64_t crashes = gw_rng_below(&rng, 8) + 1; crashes > 0; crashes--) {
            enum try_end end = gw_rng_below(&rng, 4) == 0 ? TRY_KILL : TRY_POWER;

            try_story(tell, book, (struct try_crash){.end = end, .op = 1 + gw_rng_below(&rng, 600)});
            check_both(book);
        }
        tell_to_the_end(book);
    }
}

/* ---- a disk that refuses ---- */

struct fault {
    enum sim_disk_op op;
    int rc;
    uint64_t at, n;
    bool lasts;
};

static int refuse(void *user, enum sim_disk_op op, const char *file)
{
    struct fault *fault = user;

    (void)file;
    if (!sim_self() || op != fault->op)
        return SQLITE_OK;
    fault->n++;
    return fault->n == fault->at || (fault->lasts && fault->n > fault->at) ? fault->rc : SQLITE_OK;
}

static bool never(void *user)
{
    (void)user;
    return false;
}

static bool tell_with(struct book *book, struct fault *fault)
{
    sim_stage_begin(fault->at);
    sim_disk_on_op(refuse, fault);
    (void)sim_process_start("story", tell, book);
    sim_stage_play(SIM_NEVER - 1, never, NULL);
    sim_disk_on_op(NULL, NULL);
    sim_stage_end();
    return fault->n >= fault->at;
}

/* Nothing is damaged, and nothing acknowledged that a power loss right after it could take; from the first-th on. */
static void refuse_everywhere(struct book *book, struct fault fault, uint64_t first)
{
    uint64_t step = try_wish("SIM_DISK_SEEDS", 0) > 0 ? 1 : 11;
    bool struck = true;

    for (fault.at = first; struck; fault.at += step) {
        struct sim_disk_loss loss;

        begin(book, fault.at);
        fault.n = 0;
        struck = tell_with(book, &fault);
        check_both(book);
        if (fault.at % 2)
            sim_disk_power_loss(&loss);
        tell_to_the_end(book);
    }
}

static void test_errors_are_survived(void **state)
{
    static const struct fault faults[] = {
        {SIM_DISK_WRITE, SQLITE_FULL, 0, 0, false},
        {SIM_DISK_WRITE, SQLITE_FULL, 0, 0, true},
        {SIM_DISK_WRITE, SQLITE_IOERR_WRITE, 0, 0, false},
        {SIM_DISK_READ, SQLITE_IOERR_READ, 0, 0, false},
        {SIM_DISK_TRUNCATE, SQLITE_IOERR_TRUNCATE, 0, 0, false},
        {SIM_DISK_SYNC_DIRECTORY, SQLITE_IOERR_DIR_FSYNC, 0, 0, false},
    };

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        refuse_everywhere(*state, faults[i], i + 1);
}

/*
 * After a failed sync nobody knows what the disk has, and the kernel takes it for written: what the next process finds
 * may be nowhere but in memory, and what it adds must not rest on that.
 */
static void test_failed_syncs_are_survived(void **state)
{
    struct fault fault = {.op = SIM_DISK_SYNC, .rc = SQLITE_IOERR_FSYNC};
    struct book *book = *state;
    bool struck = true;

    for (fault.at = 1; struck; fault.at++)
        for (uint64_t seed = 0; seed < 8; seed++) {
            begin(book, fault.at * 10000 + seed);
            fault.n = 0;
            struck = tell_with(book, &fault);
            tell_to_the_end(book);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_killed_process_loses_nothing),
        cmocka_unit_test(test_power_losses_lose_nothing),
        cmocka_unit_test(test_crashes_during_recovery_lose_nothing),
        cmocka_unit_test(test_errors_are_survived),
        cmocka_unit_test(test_failed_syncs_are_survived),
    };

    sim_disk_install();
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
