/*
 * The base of the store's targets, made through the store's own functions: what a run would have written. Its times are
 * told, and what tells of this machine (the runner's process and host) is overwritten.
 */
#include "base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/conf/spec.h"
#include "gatewave/store/control.h"
#include "gatewave/store/inventory.h"
#include "gatewave/store/rollout.h"

#define T0 INT64_C(1767323045000)

struct making {
    struct gw_store *store;
    struct gw_lease *lease;
    struct gw_rollout_row rollout;
    int64_t at_unix_ms;
    struct gw_err err;
};

#define MUST(making, call) GW_CHECK((call) == GW_OK || !fputs((making)->err.text, stderr))

char *fuzz_base_directory(void)
{
    char *path = gw_mem_dup(access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm/gatewave-fuzz-XXXXXX"
                                                                 : "/tmp/gatewave-fuzz-XXXXXX");

    GW_CHECK(mkdtemp(path) != NULL);
    return path;
}

/* ---- the inventory ---- */

static void put(struct gw_import *import, const char *const cell[7], uint64_t line)
{
    static const enum gw_column column[7] = {GW_COLUMN_GATEWAY_ID, GW_COLUMN_SERIAL, GW_COLUMN_HA_ROLE,
                                             GW_COLUMN_MODEL,      GW_COLUMN_SITE,   GW_COLUMN_ISP,
                                             GW_COLUMN_NAME};
    struct gw_tag_value tag = {.name = {"ring", 4, true}, .value = {"1", 1, true}};
    struct gw_device_row row = {.tag = &tag, .n_tags = 1, .line = line};
    char reason[160];

    for (size_t i = 0; i < GW_COUNT_OF(column); i++)
        row.column[column[i]] = (struct gw_value){cell[i], strlen(cell[i]), true};
    row.column[GW_COLUMN_REGION] = (struct gw_value){"cn-shanghai", strlen("cn-shanghai"), true};
    row.column[GW_COLUMN_VERSION] = (struct gw_value){"2.3.0", strlen("2.3.0"), true};
    row.column[GW_COLUMN_TIMEZONE] = (struct gw_value){"Asia/Shanghai", strlen("Asia/Shanghai"), true};
    GW_CHECK(gw_import_put(import, &row, reason));
}

static void import(struct making *making)
{
    static const char *const row[][7] = {
        {"sag-1", "s1", "", "sag-1000", "north", "isp-a", "one"},
        {"sag-2", "s2a", "active", "sag-1000", "north", "isp-b", "two"},
        {"sag-2", "s2b", "standby", "sag-1000", "north", "isp-b", "two"},
        {"sag-3", "s3", "", "sag-100wm", "south", "isp-a", "=3"},
        {"sag-4", "s4", "", "sag-100wm", "south", "", ""},
        {"sag-5", "", "", "sag-100wm", "", "", ""},
        {"sag-6", "s6", "", "sag-1000", "west", "isp-a", "six"},
        {"sag-7", "s7", "", "sag-1000", "west", "isp-a", "seven"},
    };
    struct gw_import_counts counts;
    struct gw_import *import;

    MUST(making, gw_import_begin(making->store, &import, &making->err));
    for (size_t i = 0; i < GW_COUNT_OF(row); i++)
        put(import, row[i], i + 1);
    MUST(making, gw_import_commit(import, &counts, &making->err));
}

/* ---- rollouts ---- */

static void commit(struct making *making, struct gw_record record)
{
    making->at_unix_ms += 1000;
    record.at_unix_ms = making->at_unix_ms;
    MUST(making, gw_commit(making->store, making->lease, &record, 1, &making->err));
}

static void begin(struct making *making, const char *text, const struct gw_cut_size *size,
                  const char *const *wave_name, uint32_t n_waves)
{
    struct gw_select select;
    struct gw_select_error wrong;
    struct gw_buf problems, canonical;
    struct gw_spec spec;

    gw_buf_init(&problems, 0);
    gw_buf_init(&canonical, 0);
    MUST(making, gw_spec_parse(text, strlen(text), "f", &spec, &problems, &making->err));
    gw_spec_write(&spec, &canonical);
    GW_CHECK(gw_select_parse(spec.select, &select, &wrong));
    MUST(making, gw_rollout_create(making->store,
                                   &(struct gw_rollout_new){.name = spec.name,
                                                            .version = spec.version,
                                                            .verify = true,
                                                            .selection = spec.select,
                                                            .spec = gw_buf_text(&canonical),
                                                            .created_by = "ann@noc",
                                                            .now_unix_ms = making->at_unix_ms,
                                                            .select = &select,
                                                            .size = size,
                                                            .wave_name = wave_name,
                                                            .n_waves = n_waves},
                                   &making->rollout, &making->err));
    MUST(making,
         gw_lease_take(making->store, making->rollout.id, making->at_unix_ms, &making->lease, &making->err));
    gw_spec_release(&spec);
    gw_buf_release(&canonical);
    gw_buf_release(&problems);
    commit(making, (struct gw_record){.kind = GW_RECORD_WAVE, .phase = GW_PHASE_RUNNING});
}

static void sign(struct making *making, uint32_t target, uint32_t attempt)
{
    struct gw_record record = {.kind = GW_RECORD_INTENT,
                               .target = target,
                               .attempt = attempt,
                               .state = GW_STATE_IN_FLIGHT,
                               .signed_unix_ms = making->at_unix_ms,
                               .fence_unix_ms = making->at_unix_ms + 1020000};

    (void)snprintf(record.nonce, sizeof(record.nonce), "%08x%024x", target, attempt);
    commit(making, record);
}

static void answer(struct making *making, uint32_t target, uint32_t attempt, enum gw_proof proof,
                   enum gw_state state, const char *code)
{
    struct gw_record record = {.kind = GW_RECORD_ANSWER,
                               .target = target,
                               .attempt = attempt,
                               .charged = attempt,
                               .state = state,
                               .answer = {.proof = proof, .http_status = 400, .request_id = "REQUEST"}};

    (void)gw_text_copy(record.answer.code, sizeof(record.answer.code), code);
    (void)gw_text_copy(record.answer.message, sizeof(record.answer.message), "it was said");
    commit(making, record);
}

static void end(struct making *making, uint32_t target, enum gw_state state, const char *code)
{
    struct gw_record record = {.kind = GW_RECORD_STATE, .target = target, .state = state, .version = "2.4.0"};

    (void)gw_text_copy(record.answer.code, sizeof(record.answer.code), code);
    commit(making, record);
}

static void upgrade(struct making *making, uint32_t target)
{
    commit(making, (struct gw_record){.kind = GW_RECORD_SEEN,
                                      .target = target,
                                      .state = GW_STATE_WAITING,
                                      .version = "2.3.0",
                                      .serial = ""});
    sign(making, target, 1);
    answer(making, target, 1, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING, "");
}

static void judge(struct making *making, uint32_t wave, enum gw_verdict verdict)
{
    commit(making, (struct gw_record){.kind = GW_RECORD_CHART,
                                      .model = GW_NO_MODEL,
                                      .chart = {.level_unats = 1000, .failed = 1, .judged = 2}});
    commit(making, (struct gw_record){.kind = GW_RECORD_VERDICT,
                                      .wave = wave,
                                      .verdict = verdict,
                                      .model = GW_NO_MODEL,
                                      .succeeded = 1,
                                      .of = 2,
                                      .reason = "1 of 2 devices failed"});
}

static void order(struct making *making, enum gw_order_kind kind, const char *argument)
{
    struct gw_order_new new_ = {.kind = kind,
                                .argument = argument,
                                .by = "bob@noc",
                                .reason = "because",
                                .now_unix_ms = making->at_unix_ms};
    struct gw_select select;
    struct gw_select_error wrong;
    int64_t id;

    if (kind == GW_ORDER_RESUME) {
        GW_CHECK(gw_select_parse(argument, &select, &wrong));
        new_.without = &select;
    }
    MUST(making, gw_order_add(making->store, making->rollout.id, &new_, &id, &making->err));
    commit(making, (struct gw_record){
                       .kind = GW_RECORD_ORDER, .order = id, .accepted = true, .reason = "it was done"});
}

static void finished_rollout(struct making *making)
{
    begin(making, "{rollout: os-2.3.0, version: 2.3.0, select: model = sag-100wm}", NULL, NULL, 0);
    for (uint32_t t = 0; t < making->rollout.targets; t++)
        upgrade(making, t);
    end(making, 0, GW_STATE_SUCCEEDED, "");
    end(making, 1, GW_STATE_FAILED, "stuck");
    for (uint32_t t = 2; t < making->rollout.targets; t++)
        end(making, t, GW_STATE_SUCCEEDED, "");
    judge(making, 0, GW_VERDICT_PROMOTE);
    commit(making, (struct gw_record){.kind = GW_RECORD_WAVE, .phase = GW_PHASE_FINISHED});
    commit(making, (struct gw_record){.kind = GW_RECORD_PHASE, .phase = GW_PHASE_FINISHED});
    gw_lease_release(making->lease);
}

static void running_rollout(struct making *making)
{
    static const struct gw_cut_size size[] = {{.count = 2}, {.rest = true}};
    static const char *const name[] = {"canary", "rest"};

    begin(making,
          "{rollout: os-2.4.0, version: 2.4.0, select: all,"
          " waves: [{name: canary, size: 2, soak: 30m}, {name: rest, size: rest}],"
          " window: {between: \"01:00-05:00\", zone: gateway}, pace: {rate: 1/s, per_site: 2}}",
          size, name, GW_COUNT_OF(size));
    for (uint32_t t = 0; t < 2; t++) {
        upgrade(making, t);
        end(making, t, t == 0 ? GW_STATE_SUCCEEDED : GW_STATE_UNRESOLVED, t == 0 ? "" : "no_proof");
    }
    order(making, GW_ORDER_PAUSE, "");
    order(making, GW_ORDER_RESUME, "gateway_id = sag-7");
    order(making, GW_ORDER_PACE, "1/s");
    judge(making, 0, GW_VERDICT_HOLD);
    commit(making, (struct gw_record){.kind = GW_RECORD_RELAPSED,
                                      .target = 0,
                                      .state = GW_STATE_SUCCEEDED,
                                      .version = "2.3.0",
                                      .reason = "it runs 2.3.0"});
    commit(making, (struct gw_record){.kind = GW_RECORD_WAVE, .phase = GW_PHASE_FINISHED});
    commit(making, (struct gw_record){.kind = GW_RECORD_WAVE, .wave = 1, .phase = GW_PHASE_RUNNING});
    upgrade(making, 2);
    sign(making, 3, 1);
    answer(making, 3, 1, GW_PROOF_IN_DOUBT, GW_STATE_IN_DOUBT, "timeout");
    sign(making, 4, 1);
    answer(making, 4, 1, GW_PROOF_REFUSED, GW_STATE_WAITING, "Throttling");
    sign(making, 4, 2);
    gw_lease_release(making->lease);
}

/* What tells of this process. */
static void forget_runner(const char *file)
{
    sqlite3 *db;

    GW_CHECK(sqlite3_open(file, &db) == SQLITE_OK);
    GW_CHECK(sqlite3_exec(db, "UPDATE lease SET pid = 1, host = 'noc', epoch = rollout; VACUUM;", NULL, NULL,
                          NULL) == SQLITE_OK);
    GW_CHECK(sqlite3_close(db) == SQLITE_OK);
}

static void unlink_with(const char *file, const char *ending)
{
    struct gw_buf path;

    gw_buf_init(&path, 0);
    gw_buf_addf(&path, "%s%s", file, ending);
    (void)unlink(gw_buf_text(&path));
    gw_buf_release(&path);
}

void fuzz_base_write(const char *file)
{
    struct making making = {.at_unix_ms = T0};

    MUST(&making, gw_store_open(file, GW_STORE_CREATE, &making.store, &making.err));
    import(&making);
    finished_rollout(&making);
    running_rollout(&making);
    gw_store_close(making.store);
    forget_runner(file);
    unlink_with(file, ".lock");
}

struct gw_store *fuzz_base_store(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    static struct gw_store *store;
    struct gw_rollout_row row;
    struct gw_err err;
    struct gw_buf file;
    char *directory;

    if (store)
        return store;
    directory = fuzz_base_directory();
    gw_buf_init(&file, 0);
    gw_buf_addf(&file, "%s/fleet.db", directory);
    fuzz_base_write(gw_buf_text(&file));
    GW_CHECK(gw_store_open(gw_buf_text(&file), GW_STORE_READ, &store, &err) == GW_OK);
    /* The first question opens what else SQLite needs of files. */
    GW_CHECK(gw_rollout_find(store, NULL, &row, &err) == GW_OK);
    for (size_t i = 0; i < GW_COUNT_OF(endings); i++)
        unlink_with(gw_buf_text(&file), endings[i]);
    GW_CHECK(rmdir(directory) == 0);
    gw_buf_release(&file);
    free(directory);
    return store;
}
