#ifndef GATEWAVE_SIM_CLOUD_H
#define GATEWAVE_SIM_CLOUD_H
/*
 * A model of the vendor's cloud and of a fleet: pure, in virtual time, no socket and no clock. The same seed,
 * options and requests give the same answers. gatewave-sim puts it behind a socket; the simulator calls it
 * directly.
 *
 * A request is what is left when transport, encoding and signature have been dealt with; a response is facts,
 * not bytes: the front ends render them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/base/parse.h"

struct gw_cloud;

/* Shares are per 10,000 of the fleet, drawn by a stable hash of seed and gateway_id. */
struct gw_cloud_options {
    uint64_t seed;
    struct gw_rate update_rate, read_rate;   /* per account and region; calls 0: unlimited */
    uint64_t upgrade_min_ms, upgrade_max_ms; /* how long a device takes, offline meanwhile */
    uint32_t
        offline_bp; /* devices that are offline at the start; half of them come online after upgrade_max_ms */
    uint32_t brick_bp;  /* devices that accept the call and never come back */
    uint32_t stay_bp;   /* devices that come back at the old version */
    uint32_t refuse_bp; /* gateways that refuse with a permanent code (NotBoundCCN, InArrears, ... by hash) */
    uint32_t flaky_bp;  /* answers GetSmartAccessGatewayStateError, per request */
    uint32_t internal_bp;   /* answers InternalError, per update request, half of them after it took effect */
    uint32_t lost_reply_bp; /* takes effect and drops the connection without a reply, per update request */
    uint32_t lost_request_bp; /* drops the connection without effect, per update request */
};

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

/* Text is copied. false when the serial is there already. */
bool gw_cloud_add_device(struct gw_cloud *cloud, const struct gw_cloud_device *device);
/* A script for one device, from the faults file: offline, brick, stay, code:NAME, lost_reply, lost_request.
 */
enum gw_code gw_cloud_add_fault(struct gw_cloud *cloud, const char *gateway_id, const char *serial,
                                const char *fault, struct gw_err *err);
/* Versions that the vendor offers; an update to another one is VersionNotExist. */
void gw_cloud_add_version(struct gw_cloud *cloud, const char *version, bool dpi);

#define GW_CLOUD_PAIRS_MAX 80

/* Decoded parameters by name, in no order. */
struct gw_cloud_request {
    const char *account; /* whom the signature proved */
    const char *action;
    const char *const (*param)[2];
    size_t n_params;
    uint64_t now_ms;
};

struct gw_cloud_seen_device {
    const char *serial, *version, *dpi_version;
    bool online, standby, single;
};
struct gw_cloud_seen_gateway {
    const char *gateway_id, *name, *model, *isp, *status;
    uint32_t n_devices;
    struct gw_cloud_seen_device device[2]; /* active first */
};

enum gw_cloud_drop {
    GW_CLOUD_DROP_NONE = 0,
    GW_CLOUD_DROP_REPLY, /* close the connection without a byte */
};

struct gw_cloud_response {
    int http_status;
    const char *code; /* NULL: success */
    char message[200];
    uint64_t retry_after_ms; /* with a throttle: both header forms tell it */
    enum gw_cloud_drop drop;
    bool took_effect; /* an update that began an upgrade; for the ledger, never for the client */
    char version_before[64];
    /* reads */
    uint32_t page, page_size, total, n;
    struct gw_cloud_seen_gateway gateway[50];
    uint32_t n_versions;
    const char *version[32];
};

void gw_cloud_handle(struct gw_cloud *cloud, const struct gw_cloud_request *request,
                     struct gw_cloud_response *ret);

/* The truth, for checkers: what the device runs now and whether it is online; false when there is none. */
bool gw_cloud_truth(struct gw_cloud *cloud, const char *gateway_id, const char *serial, uint64_t now_ms,
                    const char **ret_version, bool *ret_online);
uint32_t gw_cloud_device_count(const struct gw_cloud *cloud);

#endif
