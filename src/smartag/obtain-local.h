#ifndef GATEWAVE_SRC_SMARTAG_OBTAIN_LOCAL_H
#define GATEWAVE_SRC_SMARTAG_OBTAIN_LOCAL_H
/* The inside of an obtaining: obtain.c asks, obtain_hear.c takes what came of it. */
#include "gatewave/smartag/endpoint.h"
#include "gatewave/smartag/obtain.h"

#include "command.h"

#define GW_METADATA_ROLES     "/latest/meta-data/ram/security-credentials/"
#define GW_METADATA_TOKEN_MAX 512
#define GW_ROLE_NAME_SIZE     65

enum gw_obtain_step {
    GW_OBTAIN_STEP_FILE, /* the OIDC token */
    GW_OBTAIN_STEP_OIDC,
    GW_OBTAIN_STEP_TOKEN, /* of the metadata service's version 2 */
    GW_OBTAIN_STEP_ROLE_NAME,
    GW_OBTAIN_STEP_METADATA,
    GW_OBTAIN_STEP_URI,
    GW_OBTAIN_STEP_PROCESS,
    GW_OBTAIN_STEP_ASSUME, /* the next role */
    GW_OBTAIN_STEP_END,
};

struct gw_obtain {
    const struct gw_keyplan *plan;
    struct gw_obtain_site site;
    enum gw_obtain_step step;
    bool waiting; /* for what came of it */
    enum gw_obtain_state state;
    size_t role; /* that is assumed next */
    struct gw_obtained key;
    struct gw_secret token; /* of the OIDC file, or of the metadata service */
    char role_name[GW_ROLE_NAME_SIZE];
    /* The request. */
    struct gw_endpoint endpoint;
    char host_line[sizeof("Host: ") + 200], action_line[40],
        target[sizeof(GW_METADATA_ROLES) + GW_ROLE_NAME_SIZE];
    struct gw_secret token_line, body;
    struct gw_command command;
    char failure[GW_ERR_TEXT_MAX];
};

/* Wipes the request that was made last. */
void gw_obtain_forget(struct gw_obtain *obtain);
/* Ends it; what is said is one sentence without a full stop. */
void gw_obtain_fail(struct gw_obtain *obtain, enum gw_obtain_state state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
