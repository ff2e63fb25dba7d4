#ifndef GATEWAVE_TESTS_SIM_LIFE_H
#define GATEWAVE_TESTS_SIM_LIFE_H
/*
 * One rollout from the import of its inventory to its end, through all that the swarm has in store for it: a safety
 * phase in which anything may go wrong, then a liveness phase in which nothing does any more and everything must come
 * to its end within a bound.
 */
#include <stdbool.h>
#include <stdint.h>

#include "stage/swarm.h"

struct sim_outcome {
    const char *violation; /* NULL: none; and what is wrong */
    const char *text;
    uint64_t events, virtual_ms;
    uint32_t devices, calls, crashes, runs, nights;
    char hash[65]; /* of ledger and database */
};

/* desk.c: before the first world makes the database that most of them begin with; folder is empty, and is left so. */
void sim_desk_install(const char *folder);
void sim_desk_uninstall(void);

/* folder is an empty place for the files that people write. Everything that is told lives until the next play. */
void sim_life_play(const struct sim_swarm *swarm, const char *folder, struct sim_outcome *ret);

#endif
