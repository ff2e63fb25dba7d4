#ifndef GATEWAVE_TESTS_SIM_NIGHTS_NIGHTS_H
#define GATEWAVE_TESTS_SIM_NIGHTS_NIGHTS_H
/*
 * Worlds of another kind: a fleet under policies, night after night. Each night somebody's timer starts `gatewave
 * reconcile`, through all that the swarm has in store, and starts it again until it has ended in order or the night is
 * over. By day people hold gateways, change and repair devices by hand, want other versions, and say something to what a
 * gate has stopped; gateways come and go. Then nothing happens any more, and the fleet must converge; and then a night
 * makes no call.
 */
#include <stdbool.h>
#include <stdint.h>

#include "life/life.h"
#include "stage/swarm.h"

#define SIM_POLICIES_MAX 3

enum sim_select {
    SIM_SELECT_ALL = 1, /* but those whose tag says that they are left out */
    SIM_SELECT_REGION,
    SIM_SELECT_MODEL,
};

struct sim_policy {
    char name[8];
    enum sim_select select;
    const char *value; /* the region or the model */
    const char *version,
        *next_version;   /* the first one, and the one that is wanted from some day on; NULL: the same */
    uint32_t next_night; /* from before this night on */
};

/* A gateway that is not there from the beginning to the end, by its first device. */
struct sim_guest {
    uint32_t device;
    uint32_t appears_h, leaves_h; /* after the beginning; 0: it is there then, it never does */
    bool unknown;                 /* people's list does not have it */
};

#define SIM_GUESTS_MAX 12

struct sim_nights {
    struct sim_swarm swarm;
    uint32_t n_policies;
    struct sim_policy policy[SIM_POLICIES_MAX];
    uint64_t rest_ms;
    uint32_t give_up, site_restarts; /* 0: as many as it takes */
    uint32_t n_nights;               /* in which something happens */
    uint64_t night_ms;               /* the timer's patience with one */
    uint32_t bad_nights;             /* percent, that crashes and other disturbances come in */
    /* what people do, per day */
    uint32_t holds, lifts, changes, repairs, syncs, imports, answers;
    uint32_t night_holds; /* percent of the nights in which somebody holds a gateway */
    uint32_t n_guests;
    struct sim_guest guest[SIM_GUESTS_MAX];
};

/* All of it is drawn from the seed. */
void sim_nights_draw(struct sim_nights *nights, uint64_t seed);
/* What a policy wants before that night. */
const char *sim_policy_version(const struct sim_policy *policy, uint32_t night);
/* The first policy whose gateway that device's is; SIM_POLICIES_MAX: none. */
uint32_t sim_nights_policy(const struct sim_nights *nights, uint32_t device);
/* The files that people write; free them. */
char *sim_nights_policies(const struct sim_nights *nights, uint32_t night);
char *sim_nights_inventory(const struct sim_nights *nights);

/* folder is an empty place for the files that people write. Everything that is told lives until the next play. */
void sim_nights_play(const struct sim_nights *nights, const char *folder, struct sim_outcome *ret);

#endif
