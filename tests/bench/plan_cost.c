/*
 * What planning costs: drafting a rollout of everything in a database, and freezing it.
 *     plan_cost DATABASE draft|freeze
 * Says the time and the most memory that the process ever held.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "gatewave/store/draft.h"
#include "gatewave/store/rollout.h"

static double wall_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(enum gw_code code, const struct gw_err *err)
{
    if (code == GW_OK)
        return;
    fprintf(stderr, "plan_cost: %s\n", err->text);
    exit(1);
}

/* As `gatewave plan` does, on a database that it cannot write to. */
static uint32_t draft(const char *file, const struct gw_select *select)
{
    const struct gw_draft_request request = {.name = "bench", .select = select, .selection = "all"};
    struct gw_draft *draft;
    struct gw_store *store;
    struct gw_err err;
    uint32_t wave, n;

    must(gw_store_open(file, GW_STORE_READ, &store, &err), &err);
    must(gw_draft_new(store, &request, &draft, &wave, &err), &err);
    n = gw_draft_targets(draft);
    gw_draft_free(draft);
    gw_store_close(store);
    return n;
}

static uint32_t freeze(const char *file, const struct gw_select *select)
{
    const struct gw_rollout_new new_ = {.name = "bench",
                                        .version = "2.4.0",
                                        .selection = "all",
                                        .spec = "",
                                        .created_by = "bench",
                                        .now_unix_ms = 1,
                                        .select = select};
    struct gw_rollout_row row;
    struct gw_store *store;
    struct gw_err err;

    must(gw_store_open(file, GW_STORE_WRITE, &store, &err), &err);
    must(gw_rollout_create(store, &new_, &row, &err), &err);
    gw_store_close(store);
    return row.targets;
}

int main(int argc, char **argv)
{
    static struct gw_select select;
    struct gw_select_error error;
    struct rusage usage;
    double start_s;
    uint32_t n;

    if (argc != 3 || (strcmp(argv[2], "draft") != 0 && strcmp(argv[2], "freeze") != 0)) {
        fprintf(stderr, "usage: plan_cost DATABASE draft|freeze\n");
        return 2;
    }
    if (!gw_select_parse("all", &select, &error))
        return 1;
    start_s = wall_s();
    n = strcmp(argv[2], "draft") == 0 ? draft(argv[1], &select) : freeze(argv[1], &select);
    start_s = wall_s() - start_s;
    getrusage(RUSAGE_SELF, &usage);
    printf("%u devices %.2f s %ld MB\n", n, start_s, usage.ru_maxrss / 1024);
    return 0;
}
