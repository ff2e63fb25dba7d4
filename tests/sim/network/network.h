#ifndef GATEWAVE_TESTS_SIM_NETWORK_H
#define GATEWAVE_TESTS_SIM_NETWORK_H
/*
 * gatewave/net/http.h in virtual time (http.c), what the network between does to requests and replies (network.c), and
 * the cloud at its other end (cloud.c): the bytes that production code signed go through simserver's examination to the
 * model, and the bytes that come back are those of gatewave-sim.
 *
 * What http.h promises holds: one completion for each submit, from the loop; withheld and leave_by_ms are asked when
 * the first byte leaves; a connection of a process that died or was given up says nothing any more; time limits are the
 * configuration's. A request that is on its way arrives, whatever becomes of its sender.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/sim/cloud.h"

#include "network/ledger.h"
#include "stage/fault.h"
#include "stage/swarm.h"

struct sim_process;

/*
 * The cloud and the network of a world, after its stage and its ledger have begun; nobody watches yet. Both draw from
 * the seed; the swarm outlives them.
 */
void sim_network_begin(const struct sim_swarm *swarm);
/* When every process has ended, and before the stage does; what is on its way is forgotten. */
void sim_network_end(void);
/* The liveness phase: from now on the network and the cloud are well. What is on its way stays so. */
void sim_network_calm(void);
/* Every process with this secret may ask; what the environment of a process names (host.c gives it to them). */
const char *sim_network_key_id(void);
const char *sim_network_key_secret(void);
/* "" unless the swarm has tokens; each asking gets one that is good for token_ms from now on. */
const char *sim_network_token(void);

/* Before a request leaves; an update call's is the moment at which its intent must be durable. */
typedef void sim_network_watch(void *user, const struct sim_process *process, const char *nonce, bool update);
void sim_network_on_leave(sim_network_watch *watch, void *user);
/* After a request has arrived, been dealt with and written to the ledger. */
typedef void sim_network_arrival(void *user, const struct sim_line *line);
void sim_network_on_arrival(sim_network_arrival *arrival, void *user);

/*
 * A story's network: nothing is drawn in it. Each way takes half of the swarm's delay, and what becomes of a request is
 * what the script says when its first byte leaves; the script may kill its sender then, whose request is on its way.
 */
struct sim_message;
struct sim_fate {
    enum sim_fault fault; /* one of those of the network but REGION_OUT; SIM_NO_FAULT: it is answered */
    uint64_t late_ms;     /* of what is late, and of the copy of what comes twice */
    bool silent;          /* where no reply comes: the connection does not break, it is silent */
};
typedef void sim_network_script(void *user, const struct sim_message *message, struct sim_fate *ret);
void sim_network_on_script(sim_network_script *script, void *user);

/* The truth of a device just now. */
struct sim_truth {
    const char *version;
    bool online, upgrading, standby;
    bool gone; /* the fleet does not have its gateway: not yet, or no longer */
    bool lost; /* it is offline, or upgrading, for good */
    uint32_t updates_effective;
};
void sim_network_truth(uint32_t device, struct sim_truth *ret);
/* Somebody else's doing: the device begins to upgrade to that version now. */
void sim_network_upgrade_by_hand(uint32_t device, const char *version);
/* Somebody at the box: it is online and runs that from now on; mended: it is another box. */
void sim_network_set_by_hand(uint32_t device, const char *version, bool mended);
/* A word of gw_cloud_add_fault() for a device; false: there is no such word. */
bool sim_network_device_fault(uint32_t device, const char *fault);
/* True while a request of an update call is on its way and has not arrived. */
bool sim_network_has_update_under_way(uint32_t device);

#endif
