/* The story of a store, told by one process after the other. */
#include "disk/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/store/inventory.h"
#include "gatewave/store/rollout.h"
#include "gatewave/store/store.h"

#define T0 INT64_C(1800000000000)

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

static enum gw_code import(struct gw_store *store, struct story_book *book)
{
    struct gw_import_counts counts;
    struct gw_import *import;
    enum gw_code code = gw_import_begin(store, &import, &book->err);
    char gateway[16], serial[16], reason[160];

    if (code != GW_OK)
        return code;
    for (uint64_t i = 0; i < STORY_DEVICES; i++) {
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
static enum gw_code freeze(struct gw_store *store, struct story_book *book, struct gw_rollout_row *ret)
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

    if (b > 0 && b <= STORY_DEVICES)
        ret[n++] = (struct gw_record){.kind = GW_RECORD_ANSWER,
                                      .target = b - 1,
                                      .attempt = 1,
                                      .charged = 1,
                                      .state = GW_STATE_UPGRADING,
                                      .at_unix_ms = T0 + b,
                                      .answer = {.proof = GW_PROOF_ACCEPTED, .http_status = 200}};
    if (b < STORY_DEVICES) {
        ret[n] = (struct gw_record){.kind = GW_RECORD_INTENT,
                                    .target = b,
                                    .attempt = 1,
                                    .state = GW_STATE_IN_FLIGHT,
                                    .at_unix_ms = T0 + b,
                                    .signed_unix_ms = T0 + b,
                                    .fence_unix_ms = T0 + b + 1020000};
        snprintf(ret[n++].nonce, sizeof(ret->nonce), "nonce-%u", b);
    }
    if (b > STORY_DEVICES)
        ret[n++] = (struct gw_record){.kind = GW_RECORD_STATE,
                                      .target = b - STORY_DEVICES - 1,
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

static enum gw_code run(struct gw_store *store, struct story_book *book, const struct gw_rollout_row *rollout)
{
    struct gw_lease *lease;
    enum gw_code code = gw_lease_take(store, rollout->id, T0, &lease, &book->err);

    if (code != GW_OK)
        return code;
    for (uint32_t b = count_commits(book->file); b < STORY_BATCHES && code == GW_OK; b++) {
        struct gw_record record[2];

        code = gw_commit(store, lease, record, batch(b, record), &book->err);
        if (code == GW_OK)
            book->batches = b + 1;
    }
    gw_lease_release(lease);
    return code;
}

/* One process, from wherever the last one came to. */
void story_tell(void *user)
{
    struct story_book *book = user;
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

int story_set_up(void **state)
{
    struct story_book *book = calloc(1, sizeof(*book));

    assert_non_null(book);
    snprintf(book->directory, sizeof(book->directory), "%s/gatewave-disk-XXXXXX",
             access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(book->directory));
    snprintf(book->file, sizeof(book->file), "%s/fleet.db", book->directory);
    snprintf(book->lock, sizeof(book->lock), "%s.lock", book->file);
    *state = book;
    return 0;
}

void story_begin(struct story_book *book, uint64_t seed)
{
    sim_disk_format(seed);
    unlink(book->file);
    unlink(book->lock);
    book->created = book->imported = book->frozen = false;
    book->batches = 0;
}

int story_tear_down(void **state)
{
    struct story_book *book = *state;

    story_begin(book, 0);
    assert_int_equal(rmdir(book->directory), 0);
    free(book);
    return 0;
}

/* All that was acknowledged is in the image that the next process will find, and it is sound. */
static void check(const struct story_book *book, enum sim_disk_image which)
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
        assert_int_equal(try_number(db, "SELECT count(*) FROM devices"), STORY_DEVICES);
    if (book->frozen)
        assert_int_equal(try_number(db, "SELECT count(*) FROM targets"), STORY_DEVICES);
    if (book->batches) {
        uint32_t intents = book->batches < STORY_DEVICES ? book->batches : STORY_DEVICES;

        assert_in_range(try_number(db, "SELECT commits FROM lease"), book->batches, STORY_BATCHES);
        assert_in_range(try_number(db, "SELECT count(*) FROM attempts"), intents, STORY_DEVICES);
        assert_in_range(try_number(db, "SELECT count(*) FROM answers"), intents - 1, STORY_DEVICES);
    }
    sqlite3_close(db);
}

/* As the next process finds it, and, what is acknowledged, as it surely is. */
void story_check(const struct story_book *book)
{
    check(book, SIM_DISK_PRESENT);
    if (book->created)
        check(book, SIM_DISK_DURABLE);
}

/* What it acknowledges outlives the power, whatever went before. */
struct try_told story_tell_to_the_end(struct story_book *book)
{
    struct try_told told = try_story(story_tell, book, (struct try_crash){.op = 0});
    struct sim_disk_loss loss;

    if (book->code != GW_OK)
        fail_msg("%s", book->err.text);
    book->batches = STORY_BATCHES;
    story_check(book);
    sim_disk_power_loss(&loss);
    story_check(book);
    return told;
}
