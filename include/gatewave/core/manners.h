#ifndef GATEWAVE_CORE_MANNERS_H
#define GATEWAVE_CORE_MANNERS_H
/*
 * What a night may do to a gateway that policies want something of: the manners of reconciliation, judged from facts.
 * Nothing here calls anybody; whom it lets through goes into a rollout, with that one's waves, gates and windows.
 */
#include <stdbool.h>
#include <stdint.h>

struct gw_manners {
    uint64_t rest_ms;       /* a device that failed is left alone for so long */
    uint32_t give_up;       /* after so many nights that failed it is a person's */
    uint32_t site_restarts; /* of one site in any 30 days; 0: as many as it takes */
    uint64_t late_ms;       /* a device that is offline so soon after its upgrade counts as its late death */
};

#define GW_MANNERS_MONTH_MS (UINT64_C(30) * 24 * 3600 * 1000)

enum gw_stance {
    GW_STANCE_NONE = 0,
    GW_STANCE_CONVERGED, /* every device is at the version */
    GW_STANCE_DRIFTED,   /* to be upgraded tonight */
    GW_STANCE_AHEAD,     /* beyond the version: nothing to do, and not what the policy says */
    GW_STANCE_HELD,      /* by a person */
    GW_STANCE_RESTING,   /* it failed not long ago */
    GW_STANCE_GIVEN_UP,  /* it failed too often: a person must look */
    GW_STANCE_SPENT,     /* its site has restarted often enough this month */
    GW_STANCE_STOPPED,   /* a gate or a person stopped this version of its policy */
    GW_STANCE_BUSY,      /* a call of another rollout is not settled yet */
    GW_STANCE_COUNT,
};

/* drifted, given_up, ...: the word in the database and on the screen. */
const char *gw_stance_name(enum gw_stance stance);

/* What is known of a gateway, its policy's version being the one that is meant. */
struct gw_night_facts {
    bool reached; /* every device is at the version, or beyond it in the policy's direction */
    bool exact;   /* ... and none beyond it */
    bool held, stopped, busy;
    uint32_t
        failed_nights; /* rollouts of the version in which a device of it failed, is unresolved or relapsed */
    int64_t failed_unix_ms; /* the last of these; 0: none */
    uint32_t restarts;      /* devices that an upgrade would restart */
    uint32_t site_restarts; /* of its site in the last 30 days, those that tonight has let through included */
};

/*
 * Where it stands tonight. A failure of the future, by a clock that was set, rests too. Who says DRIFTED adds
 * facts->restarts to the site's.
 */
enum gw_stance gw_manners_judge(const struct gw_manners *manners, const struct gw_night_facts *facts,
                                int64_t now_unix_ms);

#endif
