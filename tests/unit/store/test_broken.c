/*
 * A disk that fails once, at each of its operations in turn: whatever is under way fails as a whole and names the file,
 * everything is as it was before or as it was to be, and the same command goes on.
 */
#include "broken.h"
#include "ward.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/store/control.h"
#include "gatewave/store/draft.h"
#include "gatewave/store/inventory.h"
#include "sql.h"

#define DATABASE_MAX (1024 * 1024)
#define STRIDE       5

/* ---- operations ---- */

typedef enum gw_code operation(struct place *place, struct gw_store *store, struct gw_err *err);

static const char canary[] = "gw-1";

static bool on_device(void *user, const struct gw_device *device)
{
    return user && device;
}

static bool on_rollout(void *user, const struct gw_rollout_row *row)
{
    return user && row;
}

static bool on_target(void *user, const struct gw_target_row *row)
{
    return user && row;
}

static bool on_wave(void *user, const struct gw_wave_row *row)
{
    return user && row;
}

static bool on_attempt(void *user, const struct gw_attempt_row *row)
{
    return user && row;
}

static bool on_event(void *user, const struct gw_event_row *row)
{
    return user && row;
}

static bool on_sent(void *user, const char *account, const char *region, int64_t signed_unix_ms,
                    int64_t answered_unix_ms)
{
    return user && account && region && signed_unix_ms && answered_unix_ms >= 0;
}

static bool on_code(void *user, enum gw_state state, const char *code, uint64_t count)
{
    return user && state && code && count;
}

static bool on_order(void *user, const struct gw_order_row *row)
{
    return user && row;
}

static bool on_number(void *user, uint32_t number)
{
    (void)number;
    return user;
}

static bool on_verdict(void *user, const struct gw_verdict_row *row)
{
    return user && row;
}

static bool on_chart(void *user, uint32_t model, const char *name, const struct gw_chart *chart)
{
    (void)model;
    return user && name && chart;
}

static bool on_normal(void *user, const char *model, uint64_t failed, uint64_t judged, uint32_t rollouts)
{
    (void)failed;
    (void)judged;
    return user && model && rollouts;
}

static enum gw_code devices(struct place *place, struct gw_store *store, struct gw_err *err)
{
    return gw_devices_each(store, place_select("all"), on_device, place, err);
}

static enum gw_code devices_counted(struct place *place, struct gw_store *store, struct gw_err *err)
{
    uint64_t n, gateways;

    (void)place;
    return gw_devices_count(store, place_select("model = m-a"), &n, &gateways, err);
}

static enum gw_code tag_names(struct place *place, struct gw_store *store, struct gw_err *err)
{
    char **names;
    size_t n;
    enum gw_code code = gw_tag_names(store, &names, &n, err);

    (void)place;
    if (code == GW_OK) {
        assert_int_equal(n, 2);
        for (size_t i = 0; i < n; i++)
            free(names[i]);
        free(names);
    }
    return code;
}

static enum gw_code rollout_found(struct place *place, struct gw_store *store, struct gw_err *err)
{
    struct gw_rollout_row row;

    (void)place;
    return gw_rollout_find(store, "r", &row, err);
}

static enum gw_code rollout_spec(struct place *place, struct gw_store *store, struct gw_err *err)
{
    char *text;
    enum gw_code code = gw_rollout_spec(store, 1, &text, err);

    (void)place;
    if (code == GW_OK)
        free(text);
    return code;
}

static enum gw_code rollouts(struct place *place, struct gw_store *store, struct gw_err *err)
{
    return gw_rollouts_each(store, on_rollout, place, err);
}

static enum gw_code targets(struct place *place, struct gw_store *store, struct gw_err *err)
{
    return gw_targets_each(store, 1, false, on_target, place, err);
}

static enum gw_code targets_counted(struct place *place, struct gw_store *store, struct gw_err *err)
{
    uint64_t count[GW_STATE_COUNT];

    (void)place;
    return gw_targets_count(store, 1, 1, count, err);
}

static enum gw_code waves(struct place *place, struct gw_store *store, struct gw_err *err)
{
    return gw_waves_each(store, 1, on_wave, place, err);
}

static enum gw_code attempts(struct place *place, struct gw_store *store, struct gw_err *err)
{
    return gw_attempts_each(store, 1, 0, on_attempt, place, err);
}

static enum gw_code events(struct place *place, struct gw_store *store, struct gw_err *err)
{
    return gw_events_each(store, 1, 0, on_event, place, err);
}

static enum gw_code sent(struct place *place, struct gw_store *store, struct gw_err *err)
{
    return gw_sent_since(store, 0, on_sent, place, err);
}

static enum gw_code codes(struct place *place, struct gw_store *store, struct gw_err *err)
{
    return gw_codes_each(store, 1, on_code, place, err);
}

static enum gw_code orders(struct place *place, struct gw_store *store, struct gw_err *err)
{
    return gw_orders_each(store, 1, false, on_order, place, err);
}

static enum gw_code order_targets(struct place *place, struct gw_store *store, struct gw_err *err)
{
    uint32_t *list, n;
    enum gw_code code = gw_order_targets(store, 1, &list, &n, err);

    (void)place;
    if (code == GW_OK) {
        assert_int_equal(n, 3);
        free(list);
    }
    return code;
}

static enum gw_code left_out(struct place *place, struct gw_store *store, struct gw_err *err)
{
    return gw_left_out_each(store, 1, on_number, place, err);
}

static enum gw_code verdicts(struct place *place, struct gw_store *store, struct gw_err *err)
{
    return gw_verdicts_each(store, 1, on_verdict, place, err);
}

static enum gw_code charts(struct place *place, struct gw_store *store, struct gw_err *err)
{
    return gw_charts_each(store, 1, on_chart, place, err);
}

static enum gw_code normal(struct place *place, struct gw_store *store, struct gw_err *err)
{
    return gw_normal_each(store, false, on_normal, place, err);
}

static enum gw_code culprit(struct place *place, struct gw_store *store, struct gw_err *err)
{
    struct gw_culprit found;

    (void)place;
    return gw_culprit_find(store, 1, &found, err);
}

static enum gw_code draft(struct place *place, struct gw_store *store, struct gw_err *err)
{
    const struct gw_draft_request request = {.name = "next", .select = place_select("all")};
    struct gw_draft *made = NULL;
    uint32_t wave;
    enum gw_code code = gw_draft_new(store, &request, &made, &wave, err);

    (void)place;
    if (code == GW_OK)
        gw_draft_free(made);
    return code;
}

static enum gw_code import(struct place *place, struct gw_store *store, struct gw_err *err)
{
    static const struct gw_tag_value tag = {{"floor", 5, true}, {"3", 1, true}};
    struct gw_device_row row = {.tag = &tag, .n_tags = 1, .line = 2};
    struct gw_import_counts counts;
    struct gw_import *made;
    char reason[160];
    enum gw_code code = gw_import_begin(store, &made, err);

    (void)place;
    if (code != GW_OK)
        return code;
    row.column[GW_COLUMN_GATEWAY_ID] = (struct gw_value){canary, strlen(canary), true};
    row.column[GW_COLUMN_REGION] = (struct gw_value){"eu-central-1", 12, true};
    row.column[GW_COLUMN_VERSION] = (struct gw_value){"2.3.7", 5, true};
    assert_true(gw_import_put(made, &row, reason));
    row.column[GW_COLUMN_GATEWAY_ID] = (struct gw_value){"gw-new", 6, true};
    row.line = 3;
    assert_true(gw_import_put(made, &row, reason));
    return gw_import_commit(made, &counts, err);
}

static enum gw_code create(struct place *place, struct gw_store *store, struct gw_err *err)
{
    const struct gw_rollout_new new_ = {.name = "next",
                                        .version = "2.5.0",
                                        .verify = true,
                                        .selection = "all",
                                        .spec = "rollout: next\n",
                                        .created_by = "tester",
                                        .now_unix_ms = T0,
                                        .select = place_select("all")};
    struct gw_rollout_row row;

    (void)place;
    return gw_rollout_create(store, &new_, &row, err);
}

static enum gw_code order(struct place *place, struct gw_store *store, struct gw_err *err)
{
    const struct gw_order_new new_ = {.kind = GW_ORDER_RESUME,
                                      .argument = "model = m-b",
                                      .by = "anna@nms",
                                      .reason = "",
                                      .without = place_select("model = m-b"),
                                      .now_unix_ms = T0};
    int64_t id;

    (void)place;
    return gw_order_add(store, 1, &new_, &id, err);
}

/* Five records of one transaction, in a lease that is taken and let go. */
static enum gw_code commit(struct place *place, struct gw_store *store, struct gw_err *err)
{
    const struct gw_record record[] = {
        intent_of(3, 1),
        answer_of(3, 1, GW_PROOF_IN_DOUBT, GW_STATE_IN_DOUBT),
        state_of(3, GW_STATE_FAILED, "stuck"),
        {.kind = GW_RECORD_PHASE, .phase = GW_PHASE_WAITING, .at_unix_ms = T0, .reason = "it"},
        {.kind = GW_RECORD_CHART, .at_unix_ms = T0, .model = GW_NO_MODEL, .chart = {.judged = 2}},
    };
    struct gw_lease *lease = NULL;
    enum gw_code code = gw_lease_take(store, 1, T0, &lease, err);

    (void)place;
    if (code != GW_OK)
        return code;
    code = gw_commit(store, lease, record, GW_COUNT_OF(record), err);
    gw_lease_release(lease);
    return code;
}

/* ---- the disk ---- */

/* A database with something of everything, as one piece of memory. */
struct image {
    char *bytes;
    size_t len;
};

static struct image image_take(struct place *place)
{
    struct image image = {.bytes = malloc(DATABASE_MAX)};
    FILE *file = fopen(place->file, "rb");

    assert_true(image.bytes && file);
    image.len = fread(image.bytes, 1, DATABASE_MAX, file);
    assert_in_range(image.len, 4096, DATABASE_MAX - 1);
    assert_int_equal(fclose(file), 0);
    return image;
}

static void image_put(const struct place *place, const struct image *image)
{
    static const char *const beside[] = {"-wal", "-shm", ".lock"};
    FILE *file = fopen(place->file, "wb");
    char path[128];

    assert_non_null(file);
    assert_int_equal(fwrite(image->bytes, 1, image->len, file), image->len);
    assert_int_equal(fclose(file), 0);
    for (size_t i = 0; i < GW_COUNT_OF(beside); i++) {
        (void)snprintf(path, sizeof(path), "%s%s", place->file, beside[i]);
        (void)unlink(path);
    }
}

static struct image image_of_everything(struct place *place)
{
    void *state = place;
    struct run run = ward_start(&state);
    struct gw_record verdict = {
        .kind = GW_RECORD_VERDICT, .verdict = GW_VERDICT_ABORT, .model = GW_NO_MODEL, .at_unix_ms = T0};

    place_exec(place,
               "INSERT INTO tags (device, name, value) VALUES (1, 'floor', '2'), (2, 'freeze', 'yes')");
    run_commit(&run, intent_of(0, 1));
    run_commit(&run, answer_of(0, 1, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING));
    run_commit(&run, state_of(0, GW_STATE_FAILED, "stuck"));
    run_commit(&run, verdict);
    run_stop(&run);
    assert_int_equal(order(place, place->store, &place->err), GW_OK);
    gw_store_close(place->store);
    place->store = NULL;
    return image_take(place);
}

static uint64_t hash_more(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

/* All rows of all tables, but the counters of the lease. */
static uint64_t content(const struct place *place)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    sqlite3_stmt *tables, *rows;
    sqlite3 *db;
    char sql[200];

    assert_int_equal(sqlite3_open_v2(place->file, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'lease'"
                           " AND name NOT LIKE 'sqlite%' ORDER BY name",
                           -1, &tables, NULL),
        SQLITE_OK);
    while (sqlite3_step(tables) == SQLITE_ROW) {
        hash = hash_more(hash, (const char *)sqlite3_column_text(tables, 0));
        (void)snprintf(sql, sizeof(sql), "SELECT * FROM %s", (const char *)sqlite3_column_text(tables, 0));
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
        while (sqlite3_step(rows) == SQLITE_ROW)
            for (int i = 0; i < sqlite3_column_count(rows); i++) {
                const char *text = (const char *)sqlite3_column_text(rows, i);

                hash = hash_more(hash, text ? text : "NULL");
            }
        sqlite3_finalize(rows);
    }
    sqlite3_finalize(tables);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return hash;
}

/* Runs it with the n-th operation of the disk failing, 0: none; from the first look at the file on when all is true. */
static enum gw_code run_broken(struct place *place, operation *run, enum gw_store_mode mode, bool all,
                               uint32_t n)
{
    struct gw_store *store = NULL;
    enum gw_code code;

    place->err = (struct gw_err){0};
    broken_at(all ? n : 0);
    code = gw_store_open(place->file, mode, &store, &place->err);
    if (code != GW_OK)
        return code;
    if (!all) {
        /* What was read of the file so far is read again. */
        (void)sqlite3_db_release_memory(store->db);
        broken_at(n);
    }
    code = run(place, store, &place->err);
    gw_store_close(store);
    return code;
}

/* What an operation leaves behind that failed, or was in no need of what did: all of it, or nothing. */
static void check_what_is_left(struct place *place, operation *run, enum gw_code code, uint64_t before,
                               uint64_t after)
{
    uint64_t now = content(place);

    assert_string_equal(place_text(place, "PRAGMA integrity_check"), "ok");
    if (now == after)
        return;
    assert_true(code != GW_OK && now == before);
    if (run_broken(place, run, GW_STORE_WRITE, false, 0) != GW_OK)
        fail_msg("%s", place->err.text);
    assert_true(content(place) == after);
}

/* Breaks the disk at each of its operations, one after the other, until one run gets through untouched. */
static void break_everywhere(struct place *place, const struct image *image, operation *run,
                             enum gw_store_mode mode, bool all)
{
    uint32_t failures = 0, count;
    uint64_t before, after;
    enum gw_code code;

    image_put(place, image);
    before = content(place);
    assert_int_equal(run_broken(place, run, mode, all, 0), GW_OK);
    after = content(place);
    for (uint32_t n = 1;; n++) {
        image_put(place, image);
        code = run_broken(place, run, mode, all, n);
        count = broken_count();
        broken_at(0);
        if (count < n)
            break;
        failures += code != GW_OK;
        if (code != GW_OK) {
            assert_int_equal(code, GW_ERR_STORE);
            place_error_has(place, place->file, ": ");
        }
        if (mode != GW_STORE_READ)
            check_what_is_left(place, run, code, before, after);
    }
    assert_int_equal(code, GW_OK);
    assert_true(failures > 0);
}

static void looking_fails_aloud(void **state)
{
    static operation *const looks[] = {
        devices,         devices_counted, tag_names, rollout_found, rollout_spec, rollouts, targets,
        targets_counted, waves,           attempts,  events,        sent,         codes,    orders,
        order_targets,   left_out,        verdicts,  charts,        normal,       culprit,  draft};
    struct place *place = *state;
    struct image image = image_of_everything(place);

    for (size_t i = 0; i < GW_COUNT_OF(looks); i++)
        break_everywhere(place, &image, looks[i], GW_STORE_READ, false);
    free(image.bytes);
}

static void opening_fails_aloud(void **state)
{
    static const enum gw_store_mode modes[] = {GW_STORE_READ, GW_STORE_WRITE, GW_STORE_CREATE};
    struct place *place = *state;
    struct image image = image_of_everything(place);

    for (size_t i = 0; i < GW_COUNT_OF(modes); i++)
        break_everywhere(place, &image, rollout_found, modes[i], true);
    free(image.bytes);
}

/* At every few of the many operations. Each migration is a transaction: what was made stays, and the next one who opens it goes on. */
static void a_database_that_was_half_made_is_finished(void **state)
{
    const struct image nothing = {.bytes = ""};
    struct place *place = *state;
    uint32_t failures = 0;
    enum gw_code code;
    uint64_t after;

    after = content(place);
    gw_store_close(place->store);
    place->store = NULL;
    for (uint32_t n = 1;; n += STRIDE) {
        image_put(place, &nothing);
        code = run_broken(place, devices, GW_STORE_CREATE, true, n);
        if (broken_count() < n)
            break;
        broken_at(0);
        failures += code != GW_OK;
        assert_true(code == GW_OK || code == GW_ERR_STORE);
        assert_int_equal(run_broken(place, devices, GW_STORE_CREATE, true, 0), GW_OK);
        assert_true(content(place) == after);
    }
    broken_at(0);
    assert_int_equal(code, GW_OK);
    assert_true(failures > 0);
}

static void an_import_is_there_or_not(void **state)
{
    struct place *place = *state;
    struct image image = image_of_everything(place);

    break_everywhere(place, &image, import, GW_STORE_WRITE, false);
    free(image.bytes);
}

static void a_rollout_is_there_or_not(void **state)
{
    struct place *place = *state;
    struct image image = image_of_everything(place);

    break_everywhere(place, &image, create, GW_STORE_WRITE, false);
    free(image.bytes);
}

static void an_order_is_there_or_not(void **state)
{
    struct place *place = *state;
    struct image image = image_of_everything(place);

    break_everywhere(place, &image, order, GW_STORE_WRITE, false);
    free(image.bytes);
}

static void records_are_there_together_or_not(void **state)
{
    struct place *place = *state;
    struct image image = image_of_everything(place);

    break_everywhere(place, &image, commit, GW_STORE_WRITE, false);
    free(image.bytes);
}

static int set_up(void **state)
{
    broken_install();
    return place_set_up(state);
}

#define BROKEN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKEN_TEST(looking_fails_aloud),
        BROKEN_TEST(opening_fails_aloud),
        BROKEN_TEST(a_database_that_was_half_made_is_finished),
        BROKEN_TEST(an_import_is_there_or_not),
        BROKEN_TEST(a_rollout_is_there_or_not),
        BROKEN_TEST(an_order_is_there_or_not),
        BROKEN_TEST(records_are_there_together_or_not),
    };

    return cmocka_run_group_tests_name("store/broken", tests, NULL, NULL);
}
