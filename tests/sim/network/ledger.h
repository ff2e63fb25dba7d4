#ifndef GATEWAVE_TESTS_SIM_LEDGER_H
#define GATEWAVE_TESTS_SIM_LEDGER_H
/*
 * The cloud's own record: every request that arrived, what it found, what it did, what was replied, and whether the
 * reply was delivered whole to a living process. Written by network.c and cloud.c, read by the checker; the product
 * never sees it. Times are sim_now_ms(), which is the cloud's clock.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/buf.h"

#include "stage/swarm.h"

#define SIM_NONE UINT32_MAX

enum sim_action {
    SIM_UPDATE = 1, /* UpdateSmartAccessGatewayVersion */
    SIM_LIST,       /* DescribeSmartAccessGateways */
    SIM_ATTRIBUTE,  /* DescribeSmartAccessGatewayAttribute */
    SIM_OTHER,
};

/* What a reply to a read says of a device. */
struct sim_said {
    uint32_t device;
    char version[24];
    bool online, standby;
};

struct sim_line {
    uint32_t number; /* from 0 */
    uint32_t pid;    /* of the process that sent it */
    enum sim_action action;
    uint32_t lane;    /* SIM_NONE: an account or region that the fleet has not */
    uint64_t sent_ms; /* its first byte left then */
    uint64_t arrived_ms;
    uint64_t
        delivered_ms; /* its reply came whole and well-formed, and was understood as what it is; 0: never */
    bool copy;        /* not its sender's doing: a middlebox sent it again */
    char nonce[40];
    int64_t signed_unix_ms;
    /* the reply */
    int http_status;         /* 0: none was made */
    const char *code;        /* NULL: success. Lives as long as the ledger. */
    uint64_t retry_after_ms; /* with a throttle */
    /* an update call */
    uint32_t device; /* SIM_NONE: nobody that the fleet knows */
    char version[24];
    bool effect;            /* an upgrade began */
    uint64_t down_until_ms; /* ... and the device is down until then; SIM_NEVER: for good */
    char version_before[24];
    bool online_before, upgrading_before, standby_before;
    /* ... its mate at that moment; without a mate: online, not upgrading, "" */
    char mate_version_before[24];
    bool mate_online_before, mate_upgrading_before;
    /* a read */
    const struct sim_said *said;
    uint32_t n_said;
};

/* Empties it. */
void sim_ledger_begin(const struct sim_swarm *swarm);
void sim_ledger_end(void);
/* The next line, zeroed but for its number; fill it in at once. It stays where it is. */
struct sim_line *sim_ledger_add(void);
/* Room for what the line of a read says. */
struct sim_said *sim_ledger_said(struct sim_line *line, uint32_t n);
/* A text that lives as long as the ledger. */
const char *sim_ledger_text(const char *text);
uint32_t sim_ledger_count(void);
const struct sim_line *sim_ledger_at(uint32_t number);
/* The one before it of that action for that device, or NULL; number may be the count. */
const struct sim_line *sim_ledger_before(uint32_t number, enum sim_action action, uint32_t device);
/* A line of text for people, and for the hash that must be the same when the same seed is played again. */
void sim_ledger_tell(const struct sim_line *line, struct gw_buf *buf);

#endif
