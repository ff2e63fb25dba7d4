#ifndef GATEWAVE_SRC_APP_DOCTOR_DOCTOR_H
#define GATEWAVE_SRC_APP_DOCTOR_DOCTOR_H
/* What the checks of `gatewave doctor` share: their findings, and what they need to know of the inventory. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/app/session.h"
#include "gatewave/base/names.h"
#include "gatewave/conf/spec.h"

/* How long one check may take. */
#define GW_DOCTOR_PATIENCE_MS 10000u

enum gw_finding {
    GW_FINDING_OK = 1,
    GW_FINDING_WARN,
    GW_FINDING_CONFIGURATION, /* failures, by what the program ends with */
    GW_FINDING_DATABASE,
    GW_FINDING_CREDENTIALS,
};

struct gw_doctor_row {
    enum gw_finding finding;
    char *check, *text;
    char *remedy; /* "" with OK only */
};

/* An account in a region: what has limits, an endpoint and permissions of its own. */
struct gw_doctor_lane {
    char account[64], region[64];
    char gateway_id[64]; /* one of it; "": none is known */
};

#define GW_DOCTOR_LANES 64

struct gw_doctor {
    struct gw_session *session;
    const char *profile; /* of the command line; NULL */
    struct gw_doctor_row *row;
    size_t n_rows;
    struct gw_doctor_lane lane[GW_DOCTOR_LANES];
    size_t n_lanes;
    bool more_lanes; /* than there is room for */
    struct gw_names zone;
};

/* check: "endpoint cn-shanghai"; remedy: an imperative, as in the code book. Both are copied. */
void gw_doctor_add(struct gw_doctor *doctor, enum gw_finding finding, const char *check, const char *remedy,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));
/* What the first failure is of; 0 when there is none. */
int gw_doctor_exit(const struct gw_doctor *doctor);
/* All rows, to the session's output. */
void gw_doctor_write(const struct gw_doctor *doctor);
void gw_doctor_release(struct gw_doctor *doctor);

/* The checks. The first one leaves the session's store open when it can. */
void gw_doctor_store(struct gw_doctor *doctor);
/* Fills in lanes and zones, from the inventory and the configuration's accounts. */
void gw_doctor_survey(struct gw_doctor *doctor);
void gw_doctor_cloud(struct gw_doctor *doctor);
void gw_doctor_machine(struct gw_doctor *doctor);
void gw_doctor_reports(struct gw_doctor *doctor);

#endif
