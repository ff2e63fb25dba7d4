#ifndef GATEWAVE_SMARTAG_FACTS_H
#define GATEWAVE_SMARTAG_FACTS_H
/*
 * What the reads beside the fleet's own tell: how a pair is backed up, which versions are offered, what the vendor would
 * upgrade by itself. As strict and as lenient as reply.h; what a reply does not say, or says in a word that nobody knows,
 * is unknown.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/smartag/reply.h"

enum gw_ha_mode {
    GW_HA_UNKNOWN = 0,
    GW_HA_NONE, /* no_backup */
    GW_HA_WARM, /* warm_backup: both online, switched by itself */
    GW_HA_COLD, /* cold_backup: the active one online only, switched by hand */
};

/* "none", "warm", "cold"; "" for unknown. */
const char *gw_ha_mode_name(enum gw_ha_mode mode);

struct gw_seen_ha {
    enum gw_ha_mode mode;
    char active[GW_SERIAL_MAX], standby[GW_SERIAL_MAX]; /* serials */
};

/* As gw_reply_read_gateway: ret_answer is set as for a call, and the facts hold only when it is accepted. */
void gw_reply_read_ha(const struct gw_reply_bytes *reply, enum gw_format format, struct gw_seen_ha *ret,
                      struct gw_answer *ret_answer);

#define GW_SEEN_VERSIONS_MAX 256

struct gw_seen_version {
    char code[GW_VERSION_MAX], name[GW_VERSION_MAX];
    bool beta, release;      /* neither: not said */
    int64_t created_unix_ms; /* 0: not said */
};

struct gw_seen_versions {
    uint32_t n;
    struct gw_seen_version version[GW_SEEN_VERSIONS_MAX]; /* newest first; those without a time last */
};

void gw_reply_read_versions(const struct gw_reply_bytes *reply, enum gw_format format,
                            struct gw_seen_versions *ret, struct gw_answer *ret_answer);

struct gw_seen_auto_upgrade {
    char type[16]; /* manual, scheduled, boot; "": unknown */
    char cron[64]; /* as the vendor writes it, as all that follows: what is taken over is given back */
    char zone[64];
    uint32_t duration_min, jitter_min; /* 0: not said */
};

void gw_reply_read_auto_upgrade(const struct gw_reply_bytes *reply, enum gw_format format,
                                struct gw_seen_auto_upgrade *ret, struct gw_answer *ret_answer);

#endif
