#ifndef GATEWAVE_TESTS_SIM_NIGHTS_WATCH_H
#define GATEWAVE_TESTS_SIM_NIGHTS_WATCH_H
/*
 * The checker of nights. Every rollout of a policy has a checker of its own (check.h) for all that holds of one rollout;
 * and what nights promise is judged here, from the ledger, the truth of the devices, the durable image and what people
 * did and were told; never from what the program counts or says:
 *
 *   N1   a gateway that is where its policy wants it is not planned; a fleet that has converged gets no call
 *   N2   a gateway that was held when the night began gets no call until the hold's end, and no plan that is made while
 *        it is held has it
 *   N3   a gateway that failed at a version is left alone for the rest
 *   N4   ... and for ever after as many failures as make it a person's
 *   N5   the devices of a site are upgraded so many times at most in any 30 days
 *   N6   who is called belongs to the first policy that matches, at the version which that one wants, and is there
 *   N7   what a gate or a person stopped is not begun anew until a person says so or the version changes; and what a
 *        night ended does not pass for it
 *   N8   calm nights converge
 *   N9   after a sync the inventory is what the cloud has, and keeps what people wrote; what has not left is never gone
 *   N10  no gateway is called by two rollouts of one night
 *
 * watch.c leads; books.c reads images; plan.c judges what is frozen; call.c what is called; rest.c what is left; truth.c
 * the inventory.
 */
#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "check/check.h"
#include "nights/nights.h"

struct sim_watch;

struct sim_watch *sim_watch_new(const struct sim_nights *nights, const char *database);
void sim_watch_free(struct sim_watch *watch);

/* ---- the network's side ---- */

void sim_watch_leave(struct sim_watch *watch, const struct sim_process *process, const char *nonce,
                     bool update);
void sim_watch_arrival(struct sim_watch *watch, const struct sim_line *line);

/* ---- the machine's side ---- */

/* A night's process starts, with these policies let begin anew. */
void sim_watch_began(struct sim_watch *watch, const struct sim_process *process, uint32_t night,
                     const bool again[SIM_POLICIES_MAX]);
/* It ended by itself. */
void sim_watch_ended(struct sim_watch *watch, const struct sim_process *process, int exit_code);
/* As the next process will find it, after a crash. */
void sim_watch_image(struct sim_watch *watch, sqlite3 *image);

/* ---- people's side ---- */

/* They were told that the gateway is held until then. */
void sim_watch_held(struct sim_watch *watch, uint32_t device, uint64_t until_ms);
/* They begin to lift its holds, and were told that it is done. */
void sim_watch_lifting(struct sim_watch *watch, uint32_t device);
void sim_watch_lifted(struct sim_watch *watch, uint32_t device);
/* One that is held, by its first device; SIM_NONE: nobody is. */
uint32_t sim_watch_some_held(const struct sim_watch *watch, struct gw_rng *rng);
/* Somebody changed a device by hand. */
void sim_watch_changed(struct sim_watch *watch, uint32_t device);
/* They brought their list in, with the versions that it says. */
void sim_watch_imported(struct sim_watch *watch);
/* They begin to abort a rollout. */
void sim_watch_aborting(struct sim_watch *watch, int64_t rollout);
/* An order for a rollout was acknowledged. */
void sim_watch_told(struct sim_watch *watch, const char *rollout, enum sim_word word);
/* A sync that began then has ended. */
void sim_watch_synced(struct sim_watch *watch, uint64_t began_ms, int exit_code);

/* The last rollout of a policy, as the database has it now. False: it has made none. */
struct sim_standing {
    int64_t rollout;
    char name[64], version[24];
    bool over;    /* finished or aborted */
    bool stopped; /* it waits for a person, or was aborted */
    bool aborted, approve;
};
bool sim_watch_standing(const struct sim_watch *watch, uint32_t policy, struct sim_standing *ret);

/* ---- the end ---- */

enum sim_rest {
    SIM_REST_NOTHING = 1, /* every gateway is where it is wanted, or cannot be */
    SIM_REST_SPENT,       /* but for those whose site has restarted often enough */
    SIM_REST_OPEN,
};
/* After a night: what is left to do, by the truth. */
enum sim_rest sim_watch_rest(const struct sim_watch *watch, uint32_t night);
/* Calm nights have not converged: whom they left is told, and N8 is broken. */
void sim_watch_tell_rest(const struct sim_watch *watch, uint32_t night);
/* From now on nobody may be called any more. */
void sim_watch_last(struct sim_watch *watch);
void sim_watch_end(struct sim_watch *watch);

#endif
