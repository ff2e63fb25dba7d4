#ifndef GATEWAVE_SMARTAG_REPLY_H
#define GATEWAVE_SMARTAG_REPLY_H
/*
 * Reply bytes in, a classified reply out. Strict: one JSON value and no byte after it, no duplicate key,
 * depth at most 16, well-formed UTF-8 without NUL; XML without a document type or entities of its own, same
 * caps. Lenient where the vendor is: numbers or strings, RequestId or requestId, {"Xs":{"X":[]}} or
 * {"Xs":[]}, null, missing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/core/answer.h"
#include "gatewave/smartag/request.h"

#define GW_REPLY_BODY_MAX (256 * 1024)

/* How the transport ended, as far as the vendor's judgement needs it. Header texts are "" when absent. */
struct gw_reply_bytes {
    int http_status;
    const char *content_type;
    const char *retry_after;        /* x-acs-retry-after, milliseconds */
    const char *ratelimit_user_api; /* x-ratelimit-user-api: Limit:1,Remain:0,TimeLeft:2000,Reset:1234 */
    const char *ratelimit_user;     /* x-ratelimit-user */
    const char *request_id;         /* x-acs-request-id */
    const char *body;
    size_t body_len;
};

/*
 * What a complete reply to an upgrade call proves and asks for. Never fails: what it cannot read is in doubt.
 */
void gw_reply_judge_call(const struct gw_reply_bytes *reply, enum gw_format format, struct gw_answer *ret);

/*
 * One device of a gateway, as a read tells of it. Secrets in replies (SecretKey) are dropped at the parser. A version is
 * without blanks around it, and "" where what was told has no digit.
 */
struct gw_seen_device {
    char serial[GW_SERIAL_MAX];
    char version[GW_VERSION_MAX];
    char dpi_version[GW_VERSION_MAX];
    bool online, online_known; /* HcState */
    bool standby, role_known;  /* HaState */
};

#define GW_SEEN_DEVICES_MAX 4
#define GW_NAME_MAX         400 /* 128 characters are the vendor's most */

struct gw_seen_gateway {
    char gateway_id[GW_GATEWAY_ID_MAX];
    char name[GW_NAME_MAX];
    char status[32];                     /* as the vendor spells it; compare without case */
    char version[GW_VERSION_MAX];        /* of the active device */
    char backup_version[GW_VERSION_MAX]; /* of the standby device */
    char hardware[32];                   /* sag-1000, sag-software, ... */
    char serials[2 * GW_SERIAL_MAX];     /* comma-joined, as it comes */
    uint32_t n_devices;                  /* GATEWAY only */
    struct gw_seen_device device[GW_SEEN_DEVICES_MAX];
};

struct gw_seen_page {
    uint32_t page, page_size, total;
    uint32_t n; /* at most 50 */
    struct gw_seen_gateway gateway[50];
};

/* Both set ret_answer as for a call; the facts are valid only when its proof is GW_PROOF_ACCEPTED. */
void gw_reply_read_page(const struct gw_reply_bytes *reply, enum gw_format format, struct gw_seen_page *ret,
                        struct gw_answer *ret_answer);
void gw_reply_read_gateway(const struct gw_reply_bytes *reply, enum gw_format format,
                           struct gw_seen_gateway *ret, struct gw_answer *ret_answer);
/* True for the vendor's words for a gateway that works (Active), compared without case. */
bool gw_status_is_online(const char *status);
bool gw_hardware_is_software(const char *hardware);

#endif
