#ifndef GATEWAVE_SMARTAG_REQUEST_H
#define GATEWAVE_SMARTAG_REQUEST_H
/*
 * Facts in, signed request bytes out. Smartag 2018-03-13, RPC style. Only the actions below can be signed;
 * the billing orders with look-alike names (UpgradeSmartAccessGateway..., AutoPay) have no way in.
 */
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/base/secret.h"

enum gw_action {
    GW_ACTION_NONE = 0,
    GW_ACTION_UPDATE_VERSION,   /* UpdateSmartAccessGatewayVersion: the one call that changes a device */
    GW_ACTION_LIST_GATEWAYS,    /* DescribeSmartAccessGateways */
    GW_ACTION_GATEWAY,          /* DescribeSmartAccessGatewayAttribute */
    GW_ACTION_DEVICE_INFO,      /* DescribeSAGDeviceInfo */
    GW_ACTION_GATEWAY_VERSIONS, /* DescribeSmartAccessGatewayVersions */
    GW_ACTION_GATEWAY_HA,       /* DescribeSmartAccessGatewayHa */
    GW_ACTION_AUTO_UPGRADE,     /* DescribeDeviceAutoUpgradePolicy */
    GW_ACTION_SET_AUTO_UPGRADE, /* ModifyDeviceAutoUpgradePolicy: the vendor's own upgrades of a device, when and whether */
    GW_ACTION_COUNT,
};

const char *gw_action_name(enum gw_action action);

enum gw_version_type {
    GW_VERSION_TYPE_NONE = 0,
    GW_VERSION_TYPE_DEVICE, /* "Device": the operating system */
    GW_VERSION_TYPE_DPI,    /* "Dpi": the application signature database */
};

enum gw_scheme {
    GW_SCHEME_NONE = 0,
    GW_SCHEME_V3, /* ACS3-HMAC-SHA256: parameters in the query, signature in the Authorization header */
    GW_SCHEME_V1, /* HMAC-SHA1: everything in a form body */
};

enum gw_format {
    GW_FORMAT_NONE = 0,
    GW_FORMAT_JSON,
    GW_FORMAT_XML,
};

#define GW_LIST_IDS_MAX 50

/* What to ask. Text is the caller's and must outlive the call. Unused members are NULL or 0. */
struct gw_call {
    enum gw_action action;
    const char *region;     /* RegionId; every action */
    const char *host;       /* as sent in Host, with a port when it is not the scheme's own */
    const char *gateway_id; /* SmartAGId; all but LIST_GATEWAYS */
    const char *serial;     /* SerialNumber, or SmartAGSn; DEVICE_INFO and the AUTO_UPGRADEs need it */
    const char *version;    /* VersionCode; UPDATE_VERSION */
    enum gw_version_type version_type; /* VersionType; always sent where there is one */
    const char
        *upgrade_type; /* UpgradeType: manual, scheduled, boot; SET_AUTO_UPGRADE, as all down to the zone */
    const char *cron;  /* CronExpression, the vendor's: "0 0 4 1/1 * ?" */
    uint32_t duration_min;          /* Duration, 30..120 */
    const char *time_zone;          /* TimeZone, one of the vendor's eight: Asia/Shanghai, ... */
    const char *const *gateway_ids; /* SmartAGIds.N; LIST_GATEWAYS */
    size_t n_gateway_ids;           /* at most GW_LIST_IDS_MAX */
    uint32_t page;                  /* PageNumber from 1; LIST_GATEWAYS */
    uint32_t page_size;             /* PageSize 1..50; LIST_GATEWAYS */
    int64_t signed_unix_ms;         /* Timestamp, cut to whole seconds */
    const char *nonce;              /* 32 hex digits */
};

#define GW_SIGNED_HEADERS_MAX 12

/*
 * A signed request: pointers into the struct's own buffer, valid until it is signed into again or released.
 */
struct gw_signed {
    const char *target;                        /* what stands in the request line: "/" or "/?A=B&..." */
    const char *header[GW_SIGNED_HEADERS_MAX]; /* "Name: value" lines, Host included */
    size_t n_headers;
    const char *body; /* "" or the form body */
    size_t body_len;
    char *buffer; /* wiped on release */
    size_t buffer_size;
};

void gw_signed_release(struct gw_signed *req);

/* A key with its HMAC state set up once; for one thread. */
struct gw_signer;

/* token may be unset (len 0). Copies what it needs; wiped on free. NULL and err on failure. */
struct gw_signer *gw_signer_new(enum gw_scheme scheme, enum gw_format format, const char *key_id,
                                const struct gw_secret *key_secret, const struct gw_secret *token,
                                struct gw_err *err);
void gw_signer_free(struct gw_signer *signer);
/* GW_ERR_INTERNAL when the action may not be signed or a needed member is missing; never signs a part. */
enum gw_code gw_sign(struct gw_signer *signer, const struct gw_call *call, struct gw_signed *ret,
                     struct gw_err *err);

/* Nonces from the CSPRNG, drawn in batches. Aborts when the CSPRNG fails. */
struct gw_nonces {
    unsigned char pool[4096];
    size_t left;
};
void gw_nonce_next(struct gw_nonces *nonces, char ret[33]);

#endif
