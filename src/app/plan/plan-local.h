#ifndef GATEWAVE_SRC_APP_PLAN_PLAN_LOCAL_H
#define GATEWAVE_SRC_APP_PLAN_PLAN_LOCAL_H
/* A plan as its parts share it: plan.c works it out, plan_screen.c and plan_json.c show it, plan_save.c keeps it. */
#include "gatewave/app/plan.h"
#include "gatewave/store/draft.h"

#include "forecast.h"
#include "rollout/asked.h"
#include "rollout/gates.h"

/* The targets of one wave that live by one clock. */
struct gw_plan_zone {
    char *name; /* "" where calls may start at any time */
    bool known; /* to the tz database; the targets of an unknown zone never start */
    uint32_t targets;
    uint32_t calls;             /* of these, those that are not skipped */
    char *example;              /* of an unknown zone: a gateway in it */
    struct gw_interval next;    /* the first opening in which calls are expected; all zero: none */
    uint32_t nights;            /* in so many openings calls start */
    int64_t last_opens_unix_ms; /* the last of these */
};

/* The targets of one wave with one model and one listed version. */
struct gw_plan_cell {
    char *model, *version;
    uint32_t targets;
    bool skipped; /* the version is listed already, or a newer one */
};

struct gw_plan_wave {
    const char *name;
    struct gw_asked_wave asked;
    uint64_t soak_ms;
    struct gw_draft_wave size;
    struct gw_limits limits;
    struct gw_gate_rule rule;
    struct gw_forecast_load load;
    struct gw_plan_cell *cell; /* most targets first */
    size_t n_cells;
    struct gw_plan_zone *zone; /* most targets first */
    size_t n_zones;
    uint32_t skipped;  /* targets that are listed as there already */
    uint32_t homeless; /* targets of zones that are not known */
    uint32_t unplaced
        [GW_SCOPE_COUNT]; /* targets whose site or ISP nobody knows: its limit does not hold for them */
    uint64_t work_ms;     /* from its first call to its last, the window aside */
    uint64_t tail_ms;     /* from there until the last upgrade is over */
    int64_t begins_unix_ms, ends_unix_ms; /* soak and all; GW_FORECAST_NEVER: no saying */
    uint32_t nights;                      /* at most, over its zones; 0: it has no window */
};

/* A kind of unit that the first wave has none of. */
struct gw_plan_kind {
    char *model, *version, *isp;
    const char *ha_mode;
    uint32_t units, wave;
};

struct gw_plan {
    struct gw_session *session;
    const struct gw_spec *spec;
    const char *file;
    struct gw_draft *draft;
    struct gw_gates gates;
    int64_t now_unix_ms;
    struct gw_plan_wave wave[GW_WAVES_MOST];
    uint32_t n_waves, units, targets, pairs, skipped, homeless;
    uint32_t held;                  /* devices that it holds, of gateways on hold */
    uint64_t left_out;              /* devices of the inventory that the selection does not hold */
    struct gw_plan_kind *uncovered; /* most units first */
    size_t n_uncovered;
    uint32_t n_kinds;
    uint32_t nights;
    bool begun; /* a rollout of this name is in the database */
};

/* The draft of what a spec asks for; file as in gw_plan_new. */
enum gw_code gw_plan_draft(struct gw_session *session, const struct gw_spec *spec, const char *file,
                           struct gw_draft **ret, struct gw_err *err);
/* Counts the targets of each wave by zone, lane and scope. */
void gw_plan_scan(struct gw_plan *plan);
/* Works out when each wave begins and ends from now_unix_ms on, once it is known what is in it. */
void gw_plan_forecast(struct gw_plan *plan);

void gw_plan_screen(const struct gw_plan *plan, struct gw_sink *sink);
void gw_plan_json(const struct gw_plan *plan, struct gw_sink *sink);
void gw_plan_rows(const struct gw_plan *plan, struct gw_sink *sink, enum gw_output_format format);

#endif
