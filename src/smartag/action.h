#ifndef GATEWAVE_SRC_SMARTAG_ACTION_H
#define GATEWAVE_SRC_SMARTAG_ACTION_H
/*
 * The allow-list: which actions exist for us, and which parameters each takes. A request is made from these
 * rows and from nothing else, so what is not here cannot be signed.
 */
#include <stdbool.h>

#include "gatewave/smartag/request.h"

#define GW_API_VERSION "2018-03-13"

/* The variable parts of a request. */
enum gw_slot {
    GW_SLOT_HOST = 0,
    GW_SLOT_DATE,
    GW_SLOT_NONCE,
    GW_SLOT_REGION,
    GW_SLOT_GATEWAY_ID,
    GW_SLOT_SERIAL,
    GW_SLOT_VERSION,
    GW_SLOT_VERSION_TYPE,
    GW_SLOT_PAGE,
    GW_SLOT_PAGE_SIZE,
    GW_SLOT_UPGRADE_TYPE,
    GW_SLOT_CRON,
    GW_SLOT_DURATION,
    GW_SLOT_TIME_ZONE,
    GW_SLOT_IDS, /* the first of GW_LIST_IDS_MAX */
    GW_SLOT_COUNT = GW_SLOT_IDS + GW_LIST_IDS_MAX,
};

struct gw_action_param {
    const char *name; /* NULL ends the row */
    enum gw_slot slot;
    bool needed;
};

#define GW_ACTION_PARAMS_MAX 9

struct gw_action_row {
    const char *name;
    struct gw_action_param param[GW_ACTION_PARAMS_MAX];
    bool takes_ids; /* SmartAGIds.1 and on */
};

/* NULL for what is not an action. */
const struct gw_action_row *gw_action_row(enum gw_action action);

#endif
