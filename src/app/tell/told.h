#ifndef GATEWAVE_SRC_APP_TELL_TOLD_H
#define GATEWAVE_SRC_APP_TELL_TOLD_H
/* What explain gathers of one target before it speaks. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/conf/table.h"
#include "gatewave/conf/window.h"
#include "gatewave/core/rollout.h"
#include "gatewave/store/rollout.h"

/* A copy of what is told of a target: rows live for one step only. */
struct gw_told_target {
    uint32_t number, wave, attempts, sent;
    enum gw_state state;
    bool relapsed;
    int64_t signed_unix_ms, fence_unix_ms, ended_unix_ms; /* of the last call, and of its outcome */
    char gateway_id[GW_GATEWAY_ID_MAX], serial[GW_SERIAL_MAX], region[64], ha_role[16];
    char site[GW_TABLE_FIELD_MAX + 1], isp[GW_TABLE_FIELD_MAX + 1], timezone[GW_ZONE_MAX];
    char code[GW_CODE_MAX], reason[GW_REASON_MAX];
    char version_before[GW_VERSION_MAX], version_after[GW_VERSION_MAX];
};

void gw_told_target_copy(struct gw_told_target *ret, const struct gw_target_row *row);

/* One thing that is to be known: kind is a word of "read", "wave", "window", "mate", "limit", "try", "order", "next". */
struct gw_fact {
    const char *kind;
    int64_t at_unix_ms; /* 0: of no moment */
    char *text;         /* as it was given, not escaped */
};

struct gw_facts {
    struct gw_fact *fact;
    size_t n;
};

void gw_facts_add(struct gw_facts *facts, const char *kind, int64_t at_unix_ms, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void gw_facts_release(struct gw_facts *facts);

/* Who else is at work or waits, as far as it concerns one waiting target. */
struct gw_crowd_seen {
    uint32_t ahead;                              /* targets of its wave that wait and have a lower number */
    uint32_t inside[GW_SCOPE_COUNT];             /* devices at work in its site, region, ISP */
    char who[GW_SCOPE_COUNT][GW_GATEWAY_ID_MAX]; /* ... and one of their gateways */
};

/* In flight, upgrading or in doubt. */
bool gw_told_is_at_work(enum gw_state state);
/* One open target more; target is the one that is asked about. */
void gw_crowd_see(struct gw_crowd_seen *crowd, const struct gw_told_target *target,
                  const struct gw_target_row *row);

#endif
