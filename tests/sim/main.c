/*
 * simulator [--seed N] [--count N] [--seeds FILE] [--nights] [--tap] [--twice] [--verbose]: plays worlds, one after the
 * other: count of them from a seed on, or those of a file, one a line; of one rollout each, or of many nights. It stops at the first that breaks an invariant; with --tap it
 * goes on, and each world is a test case. --twice plays each one again and compares. The last line is a JSON object of
 * what was played, which tests/sim/run adds up.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "disk/disk.h"
#include "life/life.h"
#include "machine/program.h"
#include "nights/nights.h"
#include "stage/fault.h"

#define LINES_SHOWN 80
#define CPU_S       30 /* for one world: a play that spins ends with SIGPROF, however busy the machine is */

struct asked {
    uint64_t seed, count;
    const char *seeds;
    char folder[64];
    bool verbose, twice, tap, nights;
};

struct played {
    uint64_t worlds, crashed, nights, devices, calls, crashes, runs, events, virtual_ms; /* crashed: worlds */
};

static bool read_arguments(int argc, char **argv, struct asked *ret)
{
    for (int i = 1; i < argc; i++) {
        bool value = i + 1 < argc;

        if (strcmp(argv[i], "--verbose") == 0)
            ret->verbose = true;
        else if (strcmp(argv[i], "--twice") == 0)
            ret->twice = true;
        else if (strcmp(argv[i], "--tap") == 0)
            ret->tap = true;
        else if (strcmp(argv[i], "--nights") == 0)
            ret->nights = true;
        else if (strcmp(argv[i], "--seed") == 0 && value)
            ret->seed = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--count") == 0 && value)
            ret->count = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seeds") == 0 && value)
            ret->seeds = argv[++i];
        else
            return false;
    }
    return true;
}

/* Where the files of people stand; the disk that is simulated is in memory. */
static bool make_folder(struct asked *asked)
{
    (void)snprintf(asked->folder, sizeof(asked->folder), "%s/gatewave-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    return mkdtemp(asked->folder) != NULL;
}

static void remove_folder(const struct asked *asked)
{
    static const char *const names[] = {"fleet.db",  "fleet.db.lock", "gatewave.yaml", "rollout.yaml",
                                        "fleet.csv", "key.json",      "policies.yaml"};
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", asked->folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(asked->folder);
}

static void tell_failure(const struct sim_swarm *swarm, const struct sim_outcome *outcome, bool verbose)
{
    char options[1024];

    sim_swarm_tell(swarm, options, sizeof(options));
    if (!verbose)
        sim_note_last(stdout, LINES_SHOWN);
    (void)printf("seed %llu, event %llu: %s: %s\noptions: %s\n", (unsigned long long)swarm->seed,
                 (unsigned long long)outcome->events, outcome->violation, outcome->text, options);
}

static void tell_total(const struct played *total)
{
    (void)printf(
        "{\"worlds\": %llu, \"crashed\": %llu, \"nights\": %llu, \"devices\": %llu, \"calls\": %llu, "
        "\"crashes\": %llu, \"runs\": %llu, \"events\": %llu, \"virtual_s\": %llu, \"faults\": {",
        (unsigned long long)total->worlds, (unsigned long long)total->crashed,
        (unsigned long long)total->nights, (unsigned long long)total->devices,
        (unsigned long long)total->calls, (unsigned long long)total->crashes, (unsigned long long)total->runs,
        (unsigned long long)total->events, (unsigned long long)total->virtual_ms / 1000);
    for (int i = 1; i < SIM_FAULTS; i++)
        (void)printf("%s\"%s\": %llu", i > 1 ? ", " : "", sim_fault_name((enum sim_fault)i),
                     (unsigned long long)sim_hits()[i]);
    (void)printf("}}\n");
}

static struct sim_nights nights; /* or the one rollout of its swarm */

static void draw(uint64_t seed, const struct asked *asked)
{
    if (asked->nights)
        sim_nights_draw(&nights, seed);
    else
        sim_swarm_draw(&nights.swarm, seed);
}

static void play_once(const struct asked *asked, struct sim_outcome *ret)
{
    if (asked->nights)
        sim_nights_play(&nights, asked->folder, ret);
    else
        sim_life_play(&nights.swarm, asked->folder, ret);
}

/* The same seed must give the same play, whatever was played before it. */
static bool is_repeatable(const struct asked *asked, const char *hash)
{
    struct sim_outcome again;

    play_once(asked, &again);
    if (strcmp(again.hash, hash) == 0)
        return true;
    (void)printf("seed %llu: I30: played twice, it gave %s and %s\n", (unsigned long long)nights.swarm.seed,
                 hash, again.hash);
    return false;
}

/* True when the world kept to its invariants. */
static bool play(uint64_t seed, const struct asked *asked, struct played *total)
{
    static const struct itimerval most = {.it_value = {.tv_sec = CPU_S}};
    struct sim_outcome outcome;
    bool well;

    (void)setitimer(ITIMER_PROF, &most, NULL);
    draw(seed, asked);
    play_once(asked, &outcome);
    total->worlds++;
    total->crashed += outcome.crashes > 0;
    total->nights += outcome.nights;
    total->devices += outcome.devices;
    total->calls += outcome.calls;
    total->crashes += outcome.crashes;
    total->runs += outcome.runs;
    total->events += outcome.events;
    total->virtual_ms += outcome.virtual_ms;
    well = outcome.violation == NULL;
    if (!well)
        tell_failure(&nights.swarm, &outcome, asked->verbose);
    else if (asked->twice)
        well = is_repeatable(asked, outcome.hash);
    if (asked->tap)
        (void)printf("%s %llu seed %llu\n", well ? "ok" : "not ok", (unsigned long long)total->worlds,
                     (unsigned long long)seed);
    return well;
}

static bool play_file(const struct asked *asked, struct played *total)
{
    FILE *file = fopen(asked->seeds, "r");
    char line[256];
    bool well = file != NULL;

    while (file && (well || asked->tap) && fgets(line, sizeof(line), file))
        if (line[0] >= '0' && line[0] <= '9')
            well = play(strtoull(line, NULL, 10), asked, total) && well;
    if (file)
        (void)fclose(file);
    return well;
}

static bool play_range(const struct asked *asked, struct played *total)
{
    bool well = true;

    for (uint64_t seed = asked->seed; (well || asked->tap) && seed < asked->seed + asked->count; seed++)
        well = play(seed, asked, total) && well;
    return well;
}

int main(int argc, char **argv)
{
    struct asked asked = {.count = 1};
    struct played total = {0};
    bool well;

    if (!read_arguments(argc, argv, &asked)) {
        (void)fprintf(stderr,
                      "usage: simulator [--seed N] [--count N] [--seeds FILE] [--nights] [--tap] [--twice] "
                      "[--verbose]\n");
        return 2;
    }
    if (!make_folder(&asked)) {
        perror(asked.folder);
        return 2;
    }
    /* Worlds come and go: what one gives back the next one takes, without asking the kernel. */
    (void)mallopt(M_MMAP_THRESHOLD, 256 * 1024 * 1024);
    (void)mallopt(M_TRIM_THRESHOLD, 512 * 1024 * 1024);
    sim_disk_install();
    sim_desk_install(asked.folder);
    sim_note_to(asked.verbose ? stdout : NULL);
    sim_program_note_lines(true);
    well = asked.seeds ? play_file(&asked, &total) : play_range(&asked, &total);
    sim_desk_uninstall();
    remove_folder(&asked);
    tell_total(&total);
    return well ? 0 : 1;
}
