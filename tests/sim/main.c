/*
 * simulator [--seed N] [--count N] [--folder F] [--verbose] [--twice]: plays worlds, one after the other, and stops at
 * the first that breaks an invariant. The last line is a JSON object of what was played; tests/sim/run adds them up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/parse.h"

#include "disk.h"
#include "fault.h"
#include "life.h"
#include "program.h"

#define LINES_SHOWN 80
#define ALARM_S     120 /* for one world: a play that hangs ends with SIGALRM */

struct asked {
    uint64_t seed, count;
    const char *folder;
    bool verbose, twice;
};

struct played {
    uint64_t worlds, devices, calls, crashes, runs, events, virtual_ms;
};

static bool read_arguments(int argc, char **argv, struct asked *ret)
{
    for (int i = 1; i < argc; i++) {
        bool value = i + 1 < argc;

        if (strcmp(argv[i], "--verbose") == 0)
            ret->verbose = true;
        else if (strcmp(argv[i], "--twice") == 0)
            ret->twice = true;
        else if (strcmp(argv[i], "--seed") == 0 && value)
            ret->seed = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--count") == 0 && value)
            ret->count = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--folder") == 0 && value)
            ret->folder = argv[++i];
        else
            return false;
    }
    return ret->folder != NULL;
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
    (void)printf("{\"worlds\": %llu, \"devices\": %llu, \"calls\": %llu, \"crashes\": %llu, \"runs\": %llu, "
                 "\"events\": %llu, \"virtual_s\": %llu, \"faults\": {",
                 (unsigned long long)total->worlds, (unsigned long long)total->devices,
                 (unsigned long long)total->calls, (unsigned long long)total->crashes,
                 (unsigned long long)total->runs, (unsigned long long)total->events,
                 (unsigned long long)total->virtual_ms / 1000);
    for (int i = 1; i < SIM_FAULTS; i++)
        (void)printf("%s\"%s\": %llu", i > 1 ? ", " : "", sim_fault_name((enum sim_fault)i),
                     (unsigned long long)sim_hits()[i]);
    (void)printf("}}\n");
}

/* The same seed must give the same play, whatever was played before it. */
static bool is_repeatable(const struct sim_swarm *swarm, const struct asked *asked, const char *hash)
{
    struct sim_outcome again;

    sim_life_play(swarm, asked->folder, &again);
    if (strcmp(again.hash, hash) == 0)
        return true;
    (void)printf("seed %llu: I30: played twice, it gave %s and %s\n", (unsigned long long)swarm->seed, hash,
                 again.hash);
    return false;
}

int main(int argc, char **argv)
{
    static struct sim_swarm swarm;
    struct asked asked = {.count = 1};
    struct played total = {0};
    bool well = true;

    if (!read_arguments(argc, argv, &asked)) {
        (void)fprintf(stderr, "usage: simulator --folder F [--seed N] [--count N] [--verbose] [--twice]\n");
        return 2;
    }
    sim_disk_install();
    sim_note_to(asked.verbose ? stdout : NULL);
    sim_program_note_lines(true);
    for (uint64_t seed = asked.seed; well && seed < asked.seed + asked.count; seed++) {
        struct sim_outcome outcome;

        (void)alarm(ALARM_S);
        sim_swarm_draw(&swarm, seed);
        sim_life_play(&swarm, asked.folder, &outcome);
        total.worlds++;
        total.devices += outcome.devices;
        total.calls += outcome.calls;
        total.crashes += outcome.crashes;
        total.runs += outcome.runs;
        total.events += outcome.events;
        total.virtual_ms += outcome.virtual_ms;
        well = outcome.violation == NULL;
        if (!well)
            tell_failure(&swarm, &outcome, asked.verbose);
        else if (asked.twice)
            well = is_repeatable(&swarm, &asked, outcome.hash);
    }
    tell_total(&total);
    return well ? 0 : 1;
}
