#ifndef GATEWAVE_TESTS_SIM_SWARM_H
#define GATEWAVE_TESTS_SIM_SWARM_H
/*
 * One world, drawn from its seed: the fleet, what is asked for, and which faults there are. Each class of faults is
 * drawn to be there or not first, and how often it happens then: worlds with few classes find what a world with all of
 * them hides behind retries.
 *
 * Most worlds are hurried: every time of the product that can be set, and the cloud's fifteen minutes with them, is a
 * twentieth or so, so that polling and waiting cost little. The others run at the times that operators have.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/parse.h"
#include "gatewave/base/rng.h"

#define SIM_DEVICES_MAX 256
#define SIM_LANES_MAX   4 /* an account in a region */
#define SIM_WAVES_MAX   4
#define SIM_NAME_SIZE   40

#define SIM_VERSION_OLD   "2.3.0"
#define SIM_VERSION_OLDER "2.2.9"
#define SIM_VERSION_NEW   "2.4.0"
#define SIM_VERSION_NEWER "2.5.0"

enum sim_role {
    SIM_SINGLE = 1,
    SIM_ACTIVE,
    SIM_STANDBY,
};

struct sim_device {
    char gateway_id[SIM_NAME_SIZE], serial[SIM_NAME_SIZE];
    const char *account, *region, *model, *site, *timezone, *version;
    uint32_t lane, mate; /* mate: UINT32_MAX for none */
    enum sim_role role;
    bool known;    /* the inventory has its serial, and not only its gateway */
    bool selected; /* the rollout is for it */
    /* When it may be called by its window, in true wall time; both 0: at any time. */
    int64_t opens_unix_ms, closes_unix_ms; /* of the first night; the next ones are 24 h later each */
};

struct sim_wave_wish {
    char name[16];
    uint32_t count; /* gateways; 0: all the rest */
    uint64_t soak_ms;
    bool approve;
};

struct sim_swarm {
    uint64_t seed;
    /* ---- the fleet ---- */
    uint32_t n_devices, n_lanes;
    struct sim_device device[SIM_DEVICES_MAX];
    /* ---- what is asked for ---- */
    bool true_times;      /* not hurried */
    bool v1, xml, tokens; /* of the signature, the replies and the key */
    bool downgrade;
    uint32_t n_waves; /* 0: none were said */
    struct sim_wave_wish wave[SIM_WAVES_MAX];
    bool windows;                            /* devices have them */
    uint64_t cutoff_ms;                      /* no call starts so shortly before its window closes */
    struct gw_rate rate, read_rate;          /* of each lane; ours */
    uint32_t in_flight, upgrading, per_site; /* 0: no limit */
    uint64_t fence_ms, agree_ms, fresh_ms, pair_soak_ms, every_ms, stuck_ms, offline_ms;
    uint32_t attempts;
    uint32_t max_failed; /* 0: no such limit */
    /* ---- the cloud ---- */
    uint64_t validity_ms; /* of a signed time, either way */
    struct gw_rate cloud_rate, cloud_read_rate;
    uint64_t upgrade_min_ms, upgrade_max_ms;
    uint32_t offline_bp, brick_bp, stay_bp, older_bp, relapse_bp, flap_bp, swap_bp, flip_bp, foreign_bp,
        refuse_bp, busy_bp;
    uint32_t internal_bp, stale_bp, slow_bp;
    uint64_t stale_ms;
    uint64_t begin_ms; /* an accepted call begins so late at most; below fence minus validity */
    uint64_t token_ms; /* how long a token is good; 0: for ever */
    /* ---- the network, per request ---- */
    uint32_t refused_bp, lost_bp, late_bp, twice_bp;
    uint32_t reply_lost_bp, reply_late_bp, reply_cut_bp, reply_garbled_bp, reply_foreign_bp;
    uint64_t delay_ms;      /* there and back, at most, when nothing is wrong */
    uint64_t late_ms;       /* how late a late request or a copy of one may arrive */
    uint32_t region_outs;   /* how often a region is out in the play */
    uint64_t region_out_ms; /* for so long at most */
    /* ---- the machine ---- */
    uint32_t kills, power_losses; /* at an instant, and at an operation of the disk */
    uint32_t crashes_at_start;    /* ... of a run that recovers */
    bool crash_at_creation;
    uint32_t disk_errors;
    bool disk_full;
    uint64_t sync_ms;  /* a commit takes so long at most */
    uint64_t stall_ms; /* ... or, now and then, so long; 0: never */
    uint32_t freezes, clock_sets, signals;
    bool wrong_at_boot; /* after a power loss the clock is off until somebody sets it right, a moment later */
    /* ---- people ---- */
    uint32_t second_runners, orders, paces,
        inventory_edits; /* paces: orders of another rate, beside the others */
    bool lock_removed;   /* a second runner gets in while the first one is frozen */
};

/* All of it is drawn from the seed. */
void sim_swarm_draw(struct sim_swarm *swarm, uint64_t seed);
/* One that is hurried in any case. */
void sim_swarm_draw_hurried(struct sim_swarm *swarm, uint64_t seed);
/* The options that are not at rest, in one line for people. */
void sim_swarm_tell(const struct sim_swarm *swarm, char *ret, uint32_t size);
/* How long everything may take at the most once no fault happens any more. */
uint64_t sim_swarm_bound_ms(const struct sim_swarm *swarm);
/* How long it is until a window opens for somebody. */
uint64_t sim_swarm_next_night_ms(const struct sim_swarm *swarm, int64_t now_unix_ms);
/* UINT32_MAX: there is none. serial "": the gateway's only device, or its active one. */
uint32_t sim_swarm_find(const struct sim_swarm *swarm, const char *gateway_id, const char *serial);
/* The files that a person would write; free them. */
char *sim_swarm_inventory(const struct sim_swarm *swarm);
char *sim_swarm_rollout(const struct sim_swarm *swarm);
/* ... what it asks for beside its name, version and selection. */
char *sim_swarm_asks(const struct sim_swarm *swarm);
char *sim_swarm_config(const struct sim_swarm *swarm, const char *database);

#endif
