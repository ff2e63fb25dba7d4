#ifndef GATEWAVE_SIM_CLOUD_H
#define GATEWAVE_SIM_CLOUD_H
/*
 * A model of the vendor's cloud and of a fleet: pure, in virtual time, no socket and no clock. The same seed,
 * options and requests give the same answers. gatewave-sim puts it behind a socket; the simulator calls it
 * directly.
 *
 * A request is what is left when transport, encoding and signature have been dealt with; a response is facts,
 * not bytes: the front ends render them. Time is the cloud's own clock (now_ms) and never goes backwards.
 * Foreign text (parameters) may hold anything; it is compared, never interpreted.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/base/parse.h"

struct gw_cloud;

/*
 * Start with gw_cloud_options_init(). Shares are per 10,000, drawn by a stable hash. Those of devices and
 * gateways are drawn once, from the seed and the serial or gateway_id; those of update calls from the seed, the
 * serial and the how-manieth update call for that device it is (throttled ones not counted); those of reads
 * from the seed, what is read, and the moment. No draw depends on what other devices do.
 *
 * "About so long after the start" is from half of that time to one and a half, drawn once for each.
 */
struct gw_cloud_options {
    uint64_t seed;
    uint64_t
        start_ms; /* now_ms when the fleet comes to life: what offline_bp and start-up times count from */
    struct gw_rate update_rate, read_rate;   /* per account and region, in every window; calls 0: unlimited */
    uint64_t validity_ms;                    /* of a signature, on either side of its time */
    uint64_t upgrade_min_ms, upgrade_max_ms; /* how long a device takes, offline meanwhile */
    uint64_t begin_ms; /* after an accepted call the device goes on as if nothing were, up to so long */
    uint32_t
        offline_bp; /* devices that are offline at the start; half of them come online after upgrade_max_ms */
    uint32_t brick_bp;       /* devices that accept the call and never come back ... */
    const char *brick_model; /* ... and of this model another share; NULL: none. Lives as long as the cloud */
    uint32_t brick_model_bp;
    uint32_t stay_bp;  /* devices that come back at the old version */
    uint32_t slow_bp;  /* devices that take GW_CLOUD_SLOW_TIMES as long */
    uint32_t older_bp; /* devices that come back at older_version, if that is older than what they had */
    const char *older_version; /* what a device falls back to; copied */
    uint32_t relapse_bp;       /* devices that come back well: half go dark later, half fall back ... */
    uint64_t relapse_after_ms; /* ... so long after they came back */
    uint32_t switch_bp;        /* pairs whose roles swap when the active one goes down for its upgrade */
    uint32_t takeover_bp;      /* pairs whose roles swap when the standby comes back upgraded */
    uint32_t flip_bp;          /* pairs whose roles swap once by themselves, if the standby is online ... */
    uint64_t flip_after_ms;    /* ... about so long after the start */
    uint32_t flap_bp;          /* devices that are out of reach again and again, whatever they do ... */
    uint64_t flap_every_ms, flap_for_ms; /* ... so often, for so long; the first time is drawn */
    uint32_t foreign_bp;       /* devices that somebody else upgrades, to any newer version on offer ... */
    uint64_t foreign_after_ms; /* ... about so long after the start, or when they are back then */
    uint32_t refuse_bp; /* gateways that refuse with a permanent code (NotBoundCCN, InArrears, ... by hash) */
    uint32_t flaky_bp;  /* answers GetSmartAccessGatewayStateError, per update request */
    /* The next three meet changes of an auto-upgrade policy, too. */
    uint32_t internal_bp;   /* answers InternalError, per update request, half of them after it took effect */
    uint32_t lost_reply_bp; /* takes effect and drops the connection without a reply, per update request */
    uint32_t lost_request_bp; /* drops the connection without effect, per update request */
    uint32_t read_error_bp;   /* answers InternalError or ServiceUnavailable, per read */
    uint32_t
        stale_bp; /* tells the past, per read and gateway in it; each kind of read has a past of its own */
    uint64_t stale_ms; /* ... of any moment up to so long ago, never longer */
    /* Pages of a list, but the first, where a row has changed places with the last one of the page before since
     * that was read: the one comes twice, the other one not this time. */
    uint32_t shuffle_bp;
    uint32_t appear_bp;       /* gateways that come to the fleet later ... */
    uint64_t appear_after_ms; /* ... about so long after the start */
    uint32_t leave_bp;        /* gateways that leave it ... */
    uint64_t leave_after_ms;  /* ... about so long after the start */
    uint32_t auto_bp;         /* devices whose auto-upgrade policy is `scheduled`, not `manual` */
    uint32_t cold_bp;         /* pairs whose standby is switched off (cold backup) */
};

#define GW_CLOUD_SLOW_TIMES 10

/*
 * No faults, no limits, signatures good for 15 minutes, upgrades of 300 to 900 ms that begin at once; where
 * a fault is switched on: relapses after 2 s, flips and foreign upgrades after about 2 s, flaps every 3 s for
 * 1 s, older_version 1.0.0, stale by up to 2 s, gateways that come and leave after about 2 s.
 */
void gw_cloud_options_init(struct gw_cloud_options *options);

struct gw_cloud *gw_cloud_new(const struct gw_cloud_options *options);
void gw_cloud_free(struct gw_cloud *cloud);

enum gw_cloud_role {
    GW_CLOUD_SINGLE = 1,
    GW_CLOUD_ACTIVE,
    GW_CLOUD_STANDBY
};

struct gw_cloud_device {
    const char *account, *gateway_id, *region, *serial, *model, *name, *isp, *version, *dpi_version;
    enum gw_cloud_role role;
};

/*
 * Text is copied; NULL is taken as "". false, and nothing changed, when the serial is there already, when the
 * gateway has two devices, when its account or region is another one, or when the roles do not make a pair.
 * model, name and isp are the gateway's: the first device tells them.
 */
bool gw_cloud_add_device(struct gw_cloud *cloud, const struct gw_cloud_device *device);
/*
 * A script for one device, or for each of the gateway when serial is NULL or "": offline (for good, or
 * offline:30m: until so long after the start), brick, stay, slow, older, relapse, flap, foreign (or
 * foreign:VERSION), switch, takeover, flip, cold, auto (or auto:boot, auto:manual), appear and leave (or
 * appear:30m: so long after the start), refuse:CODE, internal (half of them with effect), internal_before,
 * internal_after, lost_reply, lost_request. From refuse on the fault meets update calls, and "@N" behind it lets
 * it meet the first N of them only (refuse:GetSmartAccessGatewayStateError@2). code: is another word for
 * refuse:.
 */
enum gw_code gw_cloud_add_fault(struct gw_cloud *cloud, const char *gateway_id, const char *serial,
                                const char *fault, struct gw_err *err);

#define GW_CLOUD_VERSIONS_MAX 32 /* of each kind */

/* Versions that the vendor offers; an update to another one is VersionNotExist. */
void gw_cloud_add_version(struct gw_cloud *cloud, const char *version, bool dpi);
/* It is offered as a beta. False when it is not on offer at all. */
bool gw_cloud_set_beta(struct gw_cloud *cloud, const char *version);

#define GW_CLOUD_CLOSED_MAX 32

/* Every call to that region is answered InvalidRegionID. */
void gw_cloud_close_region(struct gw_cloud *cloud, const char *region);

#define GW_CLOUD_PAIRS_MAX 80
#define GW_CLOUD_PAGE_MAX  50

/* Decoded parameters by name, in no order; at most GW_CLOUD_PAIRS_MAX. */
struct gw_cloud_request {
    const char *account; /* whom the signature proved */
    const char *action;
    const char *const (*param)[2];
    size_t n_params;
    uint64_t now_ms;
    /* With a nonce the cloud keeps its two rules: InvalidTimeStamp.Expired when signed_ms is more than
     * validity_ms from now_ms either way, SignatureNonceUsed when the account's nonce was seen before. NULL:
     * neither. */
    const char *nonce;
    uint64_t signed_ms;
};

struct gw_cloud_seen_device {
    const char *serial, *version, *dpi_version;
    bool online, standby, single;
    uint64_t started_ms; /* when it last came up */
};
struct gw_cloud_seen_gateway {
    const char *gateway_id, *name, *model, *isp, *region, *account;
    bool bound;                /* to a CCN */
    bool cold;                 /* of a pair: its standby is switched off */
    uint64_t created_ms;       /* when it came to the fleet; 0: before the start */
    const char *status;        /* of the active device: Active, Offline */
    const char *backup_status; /* of the standby; NULL when there is none */
    uint32_t n_devices;
    struct gw_cloud_seen_device device[2]; /* active first */
    /* For the ledger, never for the client: it was so, so long ago, and is no longer; 0: it is so. */
    uint64_t stale_ms;
};

enum gw_cloud_drop {
    GW_CLOUD_DROP_NONE = 0,
    GW_CLOUD_DROP_REPLY, /* close the connection without a byte */
};

/* Which of a success's facts the front end renders, beside the RequestId. */
enum gw_cloud_answer {
    GW_CLOUD_ANSWER_EMPTY = 1, /* the update call: nothing more */
    GW_CLOUD_ANSWER_LIST,      /* page, page_size, total, gateway[0..n) */
    GW_CLOUD_ANSWER_GATEWAY,   /* gateway[0] */
    GW_CLOUD_ANSWER_DEVICE,    /* gateway[0], whose device[0] alone is the one that was asked for */
    GW_CLOUD_ANSWER_VERSIONS,  /* version[0..n_versions) */
    GW_CLOUD_ANSWER_HA,        /* gateway[0] */
    GW_CLOUD_ANSWER_POLICY,    /* policy, of gateway[0]'s device[0]; of both the names alone */
};

/* What a device does by itself about new versions. */
struct gw_cloud_policy {
    const char *type; /* scheduled, boot or manual */
    const char *cron, *zone;
    uint32_t duration_min, jitter_min;
};

/* Text lives as long as the cloud does. */
struct gw_cloud_response {
    int http_status;
    const char *code; /* NULL: success */
    char message[200];
    uint64_t retry_after_ms; /* with a throttle: both header forms tell it */
    uint32_t rate_calls;     /* with a throttle: the limit that was met */
    enum gw_cloud_drop drop;
    /*
     * For the ledger, never for the client: what ends in _before, and serial, are set when an update call names
     * a known device.
     */
    const char *serial;
    char version_before[64];
    bool online_before;
    bool upgrading_before;        /* also when its upgrade was accepted and has not begun */
    bool foreign_before;          /* ... and that is somebody else's doing */
    bool mate_online_before;      /* the other device of its pair; true when it has none */
    bool mate_upgrading_before;   /* false when it has none */
    bool standby_before;          /* it was the standby of its pair */
    char mate_version_before[64]; /* of that kind too; "" when it has no mate */
    bool took_effect;             /* an update that began an upgrade, or will */
    uint64_t down_ms;             /* ... and in how long the device is back; UINT64_MAX: never */
    /* reads */
    enum gw_cloud_answer answer;
    uint32_t page, page_size, total, n;
    struct gw_cloud_seen_gateway gateway[GW_CLOUD_PAGE_MAX];
    uint32_t n_versions;
    const char *version[GW_CLOUD_VERSIONS_MAX]; /* in the order of their making */
    bool version_beta[GW_CLOUD_VERSIONS_MAX];
    struct gw_cloud_policy policy;
};

void gw_cloud_handle(struct gw_cloud *cloud, const struct gw_cloud_request *request,
                     struct gw_cloud_response *ret);

/* The two rules about a request's nonce and time alone, for what else the same cloud serves: false, and ret
 * refused, when it breaks one. */
bool gw_cloud_admit(struct gw_cloud *cloud, const struct gw_cloud_request *request,
                    struct gw_cloud_response *ret);

/* The truth, for checkers: what the device runs now and whether it is online; false when there is none. */
bool gw_cloud_truth(struct gw_cloud *cloud, const char *gateway_id, const char *serial, uint64_t now_ms,
                    const char **ret_version, bool *ret_online);

#define GW_CLOUD_NO_DEVICE UINT32_MAX

struct gw_cloud_device_truth {
    const char *account, *region, *gateway_id, *serial, *version, *dpi_version;
    enum gw_cloud_role role; /* that it has now */
    uint32_t mate;           /* the other one of its pair; GW_CLOUD_NO_DEVICE */
    bool online;
    bool upgrading;     /* also when its upgrade was accepted and has not begun */
    bool foreign;       /* the upgrade that it is in, or had last, is somebody else's doing */
    bool gone;          /* the fleet does not have its gateway now: not yet, or no longer */
    const char *policy; /* type of its auto-upgrade policy */
    uint64_t back_ms;   /* when it is online and no upgrade is before it; 0: it is so; UINT64_MAX: never */
    uint32_t updates_received;  /* update calls that named it, throttled ones too */
    uint32_t updates_effective; /* those that began an upgrade */
    uint32_t updates_foreign;   /* upgrades that were somebody else's doing */
};

uint32_t gw_cloud_device_count(const struct gw_cloud *cloud);
/* Device i of gw_cloud_device_count(), in the order of adding. */
void gw_cloud_device_at(struct gw_cloud *cloud, uint32_t i, uint64_t now_ms,
                        struct gw_cloud_device_truth *ret);
/* Somebody else upgrades device i now. False, and nothing changed, when it is not online, is upgrading already,
 * or runs that version or a newer one; the version need not be on offer. */
bool gw_cloud_upgrade_foreign(struct gw_cloud *cloud, uint32_t i, const char *version, uint64_t now_ms);
/* Somebody is at the box of device i: from now on it is online and runs that version, newer or older, whatever it was in
 * the middle of. mended: it is another box, without what was drawn or scripted for this one's upgrades. */
void gw_cloud_set_by_hand(struct gw_cloud *cloud, uint32_t i, const char *version, bool mended,
                          uint64_t now_ms);
/* From now on no call and no read meets an error by chance, no read is stale, and nothing flaps, flips, comes,
 * leaves, moves between pages or is upgraded by others. What devices and scripts are like stays. */
void gw_cloud_calm(struct gw_cloud *cloud, uint64_t now_ms);

#endif
