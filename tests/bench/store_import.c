/*
 * How long the store takes to import a fleet, to import it again, and to freeze it into a rollout: one device a gateway.
 *     store_import DIRECTORY DEVICES
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "gatewave/store/inventory.h"
#include "gatewave/store/rollout.h"

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(enum gw_code code, const struct gw_err *err)
{
    if (code == GW_OK)
        return;
    fprintf(stderr, "store_import: %s\n", err->text);
    exit(1);
}

static void set(struct gw_device_row *row, enum gw_column column, const char *text)
{
    row->column[column] = (struct gw_value){text, strlen(text), true};
}

static void import(struct gw_store *store, unsigned n, const char *version)
{
    struct gw_import *import;
    struct gw_import_counts counts;
    struct gw_err err;
    double start_s = now_s(), put_s;
    char id[32], serial[32], site[32], reason[160];

    must(gw_import_begin(store, &import, &err), &err);
    for (unsigned i = 0; i < n; i++) {
        struct gw_device_row row = {.line = i + 2};

        snprintf(id, sizeof(id), "sag-%016x", i * 2654435761u);
        snprintf(serial, sizeof(serial), "sag%08x", i * 40503u);
        snprintf(site, sizeof(site), "store-%05u", i / 20);
        set(&row, GW_COLUMN_GATEWAY_ID, id);
        set(&row, GW_COLUMN_SERIAL, serial);
        set(&row, GW_COLUMN_REGION, "cn-shanghai");
        set(&row, GW_COLUMN_MODEL, "sag-1000");
        set(&row, GW_COLUMN_VERSION, version);
        set(&row, GW_COLUMN_SITE, site);
        if (!gw_import_put(import, &row, reason)) {
            fprintf(stderr, "store_import: %s\n", reason);
            exit(1);
        }
    }
    put_s = now_s();
    must(gw_import_commit(import, &counts, &err), &err);
    printf("import: %.2f s read and merged, %.2f s written: %llu added, %llu changed, %llu unchanged\n",
           put_s - start_s, now_s() - put_s, (unsigned long long)counts.added,
           (unsigned long long)counts.changed, (unsigned long long)counts.unchanged);
}

static void freeze(struct gw_store *store)
{
    static struct gw_select select;
    struct gw_select_error error;
    struct gw_rollout_row row;
    struct gw_err err;
    double start_s = now_s();
    struct gw_rollout_new new_ = {.name = "bench", .version = "2.4.0", .verify = true, .selection = "all",
                                  .spec = "", .created_by = "bench", .now_unix_ms = 1, .select = &select};

    if (!gw_select_parse("all", &select, &error))
        exit(1);
    must(gw_rollout_create(store, &new_, &row, &err), &err);
    printf("rollout: %.2f s for %u targets\n", now_s() - start_s, row.targets);
}

int main(int argc, char **argv)
{
    struct gw_store *store;
    struct rusage usage;
    struct gw_err err;
    char file[512];
    unsigned n;

    if (argc != 3 || (n = (unsigned)strtoul(argv[2], NULL, 10)) == 0) {
        fprintf(stderr, "usage: store_import DIRECTORY DEVICES\n");
        return 2;
    }
    snprintf(file, sizeof(file), "%s/store_import.db", argv[1]);
    must(gw_store_open(file, GW_STORE_CREATE, &store, &err), &err);
    import(store, n, "2.3.0");
    getrusage(RUSAGE_SELF, &usage);
    printf("memory: %ld MiB at most\n", usage.ru_maxrss / 1024);
    import(store, n, "2.3.0");
    import(store, n, "2.3.1");
    freeze(store);
    getrusage(RUSAGE_SELF, &usage);
    printf("memory: %ld MiB at most\n", usage.ru_maxrss / 1024);
    gw_store_close(store);
    return 0;
}
