/*
 * A damaged or hostile database. The bytes are SQL, up to a NUL, which is run over a good database without its checks
 * and triggers, and then patches of the file's bytes. The file is opened for reading, and asked all that people ask, and
 * for writing, up to the first decisions of a run. Each ends well, or in an error that says something.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "gatewave/app/inventory.h"
#include "gatewave/app/session.h"
#include "gatewave/app/status.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/store/control.h"
#include "gatewave/store/draft.h"
#include "gatewave/store/inventory.h"
#include "gatewave/store/rollout.h"

#include "base.h"
#include "fuzz.h"
#include "rollout/load.h"

#define SQL_STEPS_MAX 20 /* of a thousand of SQLite's instructions: what a patch may take */
#define IMAGE_MAX     ((size_t)1 << 20)
/* Where the file says how it is journaled: 2 is a write-ahead log, which a database in memory cannot have. */
#define JOURNAL_AT 18

/* ---- the file ---- */

struct image {
    char *directory, *file;
    void *bytes;
    sqlite3_int64 size;
};

static void forget(const struct image *image)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal", ".lock"};
    struct gw_buf path;

    gw_buf_init(&path, 0);
    for (size_t i = 0; i < GW_COUNT_OF(endings); i++) {
        gw_buf_reset(&path);
        gw_buf_addf(&path, "%s%s", image->file, endings[i]);
        (void)unlink(gw_buf_text(&path));
    }
    gw_buf_release(&path);
}

static void read_whole(struct image *image)
{
    FILE *stream = fopen(image->file, "re");

    GW_CHECK(stream != NULL);
    image->bytes = sqlite3_malloc64(IMAGE_MAX);
    image->size = (sqlite3_int64)fread(image->bytes, 1, IMAGE_MAX, stream);
    GW_CHECK(image->size > 0 && image->size < (sqlite3_int64)IMAGE_MAX);
    (void)fclose(stream);
}

/* The directory, and the good database, which stays as it is. */
static struct image the_image;

static void leave(void)
{
    (void)rmdir(the_image.directory);
}

static const struct image *base(void)
{
    struct image *image = &the_image;
    struct gw_buf file;

    if (image->bytes)
        return image;
    gw_buf_init(&file, 0);
    image->directory = fuzz_base_directory();
    gw_buf_addf(&file, "%s/fleet.db", image->directory);
    image->file = gw_mem_dup(gw_buf_text(&file));
    gw_buf_release(&file);
    fuzz_base_write(image->file);
    read_whole(image);
    forget(image);
    GW_CHECK(atexit(leave) == 0);
    return image;
}

static void set_journal(unsigned char *image, sqlite3_int64 size, unsigned char version)
{
    if (size > JOURNAL_AT + 1)
        image[JOURNAL_AT] = image[JOURNAL_AT + 1] = version;
}

static int stop_long(void *user)
{
    int *steps = user;

    return ++*steps > SQL_STEPS_MAX;
}

/* The database with the SQL done to it, as far as SQLite takes it; the caller's to free. */
static unsigned char *change(const struct image *image, struct fuzz_bytes sql, sqlite3_int64 *ret_size)
{
    unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)image->size), *changed;
    int steps = 0;
    sqlite3 *db;
    char *text;

    memcpy(copy, image->bytes, (size_t)image->size);
    *ret_size = image->size;
    if (sql.left == 0)
        return copy;
    text = gw_mem_text((const char *)sql.at, sql.left);
    set_journal(copy, image->size, 1);
    GW_CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
    GW_CHECK(sqlite3_deserialize(db, "main", copy, image->size, image->size,
                                 SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) ==
             SQLITE_OK);
    GW_CHECK(sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL) == SQLITE_OK);
    (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1 << 16);
    (void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_exec(db, "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF;", NULL, NULL,
                       NULL);
    sqlite3_progress_handler(db, 1000, stop_long, &steps);
    (void)sqlite3_exec(db, text, NULL, NULL, NULL);
    changed = sqlite3_serialize(db, "main", ret_size, 0);
    (void)sqlite3_close(db);
    free(text);
    if (changed)
        set_journal(changed, *ret_size, 2);
    return changed;
}

/* Each patch: how, where (3 bytes), how many, and the bytes. */
static void patch(struct fuzz_bytes *bytes, unsigned char *image, size_t size)
{
    while (bytes->left > 4) {
        uint8_t how = fuzz_byte(bytes);
        size_t at = (size_t)fuzz_byte(bytes) << 16;
        size_t n;

        at |= (size_t)fuzz_byte(bytes) << 8;
        at = (at | fuzz_byte(bytes)) % size;
        n = fuzz_byte(bytes);
        for (size_t i = 0; i < n && at + i < size; i++)
            image[at + i] = how % 2 ? (unsigned char)how : fuzz_byte(bytes);
    }
}

static void write_file(const struct image *image, const unsigned char *bytes, size_t size)
{
    int fd = open(image->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    GW_CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    GW_CHECK(close(fd) == 0);
}

/* ---- what is asked of it ---- */

static void check(enum gw_code code, const struct gw_err *err)
{
    /* What it quotes of the file is escaped by whoever prints it. */
    GW_CHECK(code == GW_OK || (err->code == code && err->text[0]));
}

static bool on_target(void *user, const struct gw_target_row *row)
{
    uint64_t *sum = user;

    *sum += strlen(row->gateway_id) + strlen(row->serial) + strlen(row->region) + strlen(row->account) +
            strlen(row->ha_role) + strlen(row->model) + strlen(row->site) + strlen(row->isp) +
            strlen(row->timezone) + strlen(row->code) + strlen(row->reason) + strlen(row->request_id) +
            strlen(row->version_before) + strlen(row->version_after);
    GW_CHECK(row->state < GW_STATE_COUNT);
    return true;
}

static bool on_device(void *user, const struct gw_device *device)
{
    uint64_t *sum = user;

    for (enum gw_column column = GW_COLUMN_NONE + 1; column < GW_COLUMN_TAG; column++)
        *sum += strlen(device->column[column]);
    for (size_t i = 0; i < device->n_tags; i++)
        *sum += strlen(device->tag_name[i]) + strlen(device->tag_value[i]);
    return true;
}

static bool on_attempt(void *user, const struct gw_attempt_row *row)
{
    uint64_t *sum = user;

    *sum += strlen(row->nonce) + strlen(row->code) + strlen(row->request_id) + strlen(row->message);
    return true;
}

static bool on_normal(void *user, const char *model, uint64_t failed, uint64_t judged, uint32_t rollouts)
{
    uint64_t *sum = user;

    *sum += strlen(model) + failed + judged + rollouts;
    return true;
}

static bool on_rollout(void *user, const struct gw_rollout_row *row)
{
    *(struct gw_rollout_row *)user = *row;
    return true;
}

/* The store's own questions. */
static void ask_store(struct gw_store *store, int64_t rollout)
{
    const struct gw_draft_request request = {.name = "next", .select = NULL};
    struct gw_select select;
    struct gw_select_error wrong;
    struct gw_draft_request draft_request = request;
    uint64_t sum = 0, count[GW_STATE_COUNT];
    struct gw_culprit culprit;
    struct gw_draft *draft;
    struct gw_err err = {0};
    uint32_t wave;
    enum gw_code code;

    GW_CHECK(gw_select_parse("outcome.os-2.3.0 = failed or tag.ring = 1", &select, &wrong));
    check(gw_targets_each(store, rollout, false, on_target, &sum, &err), &err);
    check(gw_targets_each(store, rollout, true, on_target, &sum, &err), &err);
    check(gw_targets_count(store, rollout, 0, count, &err), &err);
    check(gw_attempts_each(store, rollout, 2, on_attempt, &sum, &err), &err);
    check(gw_devices_each(store, &select, on_device, &sum, &err), &err);
    check(gw_normal_each(store, false, on_normal, &sum, &err), &err);
    check(gw_culprit_find(store, rollout, &culprit, &err), &err);
    GW_CHECK(gw_select_parse("all", &select, &wrong));
    draft_request.select = &select;
    code = gw_draft_new(store, &draft_request, &draft, &wave, &err);
    check(code, &err);
    if (code == GW_OK)
        gw_draft_free(draft);
}

/* What people are shown; nowhere. */
static void ask_shell(struct gw_session *session)
{
    struct gw_err err = {0};

    check(gw_status_show(session, "os-2.4.0", &err), &err);
    session->format = GW_OUTPUT_JSON;
    check(gw_status_show(session, "os-2.3.0", &err), &err);
    check(gw_report_show(session, "os-2.4.0", &err), &err);
    session->format = GW_OUTPUT_TABLE;
    check(gw_explain_show(session, "os-2.4.0", "sag-2", &err), &err);
    check(gw_history_show(session, &err), &err);
    session->format = GW_OUTPUT_CSV;
    check(gw_inventory_export(session, NULL, &err), &err);
}

/* What a run reads of it, up to its first decisions. */
static void ask_run(struct gw_session *session, const struct gw_rollout_row *row)
{
    struct gw_load load = {0};
    struct gw_buf problems;
    struct gw_err err = {0};
    struct gw_effect effect;
    struct gw_spec spec;
    char *text;
    enum gw_code code = gw_rollout_spec(session->store, row->id, &text, &err);

    check(code, &err);
    if (code != GW_OK)
        return;
    gw_buf_init(&problems, 0);
    code = gw_spec_parse(text, strlen(text), "f", &spec, &problems, &err);
    check(code, &err);
    if (code == GW_OK) {
        code = gw_load_rollout(&load, session->store, row, &session->config, &spec, false, 1000000, &err);
        check(code, &err);
        if (code == GW_OK) {
            gw_rollout_start(load.rollout, 1000000, false);
            for (int i = 0; i < 1000 && gw_rollout_next(load.rollout, 1000000, &effect); i++)
                continue;
        }
        gw_load_release(&load);
        gw_spec_release(&spec);
    }
    gw_buf_release(&problems);
    free(text);
}

/* Reading is what viewers do, writing what a run does. */
static void ask(struct gw_session *session, enum gw_store_mode mode)
{
    struct gw_rollout_row row = {0};
    struct gw_err err = {0};
    struct gw_lease *lease;
    enum gw_code code;

    if (mode == GW_STORE_READ) {
        check(gw_rollouts_each(session->store, on_rollout, &row, &err), &err);
        ask_store(session->store, row.id);
        ask_shell(session);
        return;
    }
    code = gw_rollout_find(session->store, "os-2.4.0", &row, &err);
    check(code, &err);
    if (code != GW_OK)
        return;
    if (row.phase == GW_PHASE_FINISHED || row.phase == GW_PHASE_ABORTED)
        return;
    code = gw_lease_take(session->store, row.id, row.created_unix_ms, &lease, &err);
    check(code, &err);
    if (code != GW_OK)
        return;
    ask_run(session, &row);
    gw_lease_release(lease);
}

static void open_and_ask(const char *file, enum gw_store_mode mode, int nowhere)
{
    struct gw_session session;
    struct gw_err err = {0};
    enum gw_code code;

    gw_session_init(&session, nowhere, nowhere);
    free(session.config.database);
    session.config.database = gw_mem_dup(file);
    code = gw_session_open(&session, mode, &err);
    check(code, &err);
    if (code == GW_OK)
        ask(&session, mode);
    gw_session_release(&session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int nowhere = -1;
    const struct image *image = base();
    struct fuzz_bytes bytes = {data, size};
    struct fuzz_bytes sql = fuzz_text(&bytes);
    sqlite3_int64 changed_size;
    unsigned char *changed = change(image, sql, &changed_size);

    if (nowhere < 0)
        nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (changed && changed_size > 0) {
        patch(&bytes, changed, (size_t)changed_size);
        write_file(image, changed, (size_t)changed_size);
        open_and_ask(image->file, GW_STORE_READ, nowhere);
        open_and_ask(image->file, GW_STORE_WRITE, nowhere);
        forget(image);
    }
    sqlite3_free(changed);
    return 0;
}
