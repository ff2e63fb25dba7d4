/*
 * What the runner's commits cost: an intent and an accepted answer for each target, in batches of 256.
 *     store_commit DIRECTORY TARGETS
 * Under callgrind, the difference of two sizes divided by the difference of targets is the count of instructions a call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gatewave/store/inventory.h"
#include "gatewave/store/rollout.h"

#define BATCH 256

static double cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(enum gw_code code, const struct gw_err *err)
{
    if (code == GW_OK)
        return;
    fprintf(stderr, "store_commit: %s\n", err->text);
    exit(1);
}

static void set(struct gw_device_row *row, enum gw_column column, const char *text)
{
    row->column[column] = (struct gw_value){text, strlen(text), true};
}

static void import(struct gw_store *store, unsigned n)
{
    struct gw_import *import;
    struct gw_import_counts counts;
    struct gw_err err;
    char id[32], reason[160];

    must(gw_import_begin(store, &import, &err), &err);
    for (unsigned i = 0; i < n; i++) {
        struct gw_device_row row = {.line = i + 2};

        snprintf(id, sizeof(id), "sag-%016x", i * 2654435761u);
        set(&row, GW_COLUMN_GATEWAY_ID, id);
        set(&row, GW_COLUMN_SERIAL, id);
        set(&row, GW_COLUMN_REGION, "cn-shanghai");
        if (!gw_import_put(import, &row, reason))
            exit(1);
    }
    must(gw_import_commit(import, &counts, &err), &err);
}

static void fill(struct gw_record *record, enum gw_record_kind kind, unsigned target)
{
    memset(record, 0, sizeof(*record));
    record->kind = kind;
    record->target = target;
    record->attempt = 1;
    record->at_unix_ms = record->signed_unix_ms = 1700000000000 + target;
    if (kind == GW_RECORD_INTENT) {
        record->state = GW_STATE_IN_FLIGHT;
        record->fence_unix_ms = record->at_unix_ms + 960000;
        snprintf(record->nonce, sizeof(record->nonce), "%032x", target);
        return;
    }
    record->state = GW_STATE_SUCCEEDED;
    record->charged = 1;
    record->answer.proof = GW_PROOF_ACCEPTED;
    record->answer.class_ = GW_CLASS_ACCEPTED;
    record->answer.http_status = 200;
    snprintf(record->answer.request_id, sizeof(record->answer.request_id), "%08X-0000-4000-8000-000000000000",
             target);
}

int main(int argc, char **argv)
{
    static struct gw_select select;
    static struct gw_record record[BATCH];
    struct gw_select_error error;
    struct gw_rollout_new new_ = {.name = "bench",
                                  .version = "2.4.0",
                                  .selection = "all",
                                  .spec = "",
                                  .created_by = "bench",
                                  .now_unix_ms = 1,
                                  .select = &select};
    struct gw_rollout_row row;
    struct gw_lease *lease;
    struct gw_store *store;
    struct gw_err err;
    char file[512];
    double start_s;
    unsigned n;

    if (argc != 3 || (n = (unsigned)strtoul(argv[2], NULL, 10)) == 0) {
        fprintf(stderr, "usage: store_commit DIRECTORY TARGETS\n");
        return 2;
    }
    snprintf(file, sizeof(file), "%s/store_commit.db", argv[1]);
    must(gw_store_open(file, GW_STORE_CREATE, &store, &err), &err);
    import(store, n);
    if (!gw_select_parse("all", &select, &error))
        return 1;
    must(gw_rollout_create(store, &new_, &row, &err), &err);
    must(gw_lease_take(store, row.id, 1, &lease, &err), &err);
    start_s = cpu_s();
    for (unsigned first = 0; first < n; first += BATCH) {
        unsigned size = n - first < BATCH ? n - first : BATCH;

        for (unsigned i = 0; i < size; i++)
            fill(&record[i], GW_RECORD_INTENT, first + i);
        must(gw_commit(store, lease, record, size, &err), &err);
        for (unsigned i = 0; i < size; i++)
            fill(&record[i], GW_RECORD_ANSWER, first + i);
        must(gw_commit(store, lease, record, size, &err), &err);
    }
    printf("%.2f us of CPU a target\n", (cpu_s() - start_s) * 1e6 / n);
    gw_lease_release(lease);
    gw_store_close(store);
    return 0;
}
