#ifndef GATEWAVE_SRC_SIMSERVER_LEDGER_H
#define GATEWAVE_SRC_SIMSERVER_LEDGER_H
/*
 * The cloud's own record: a line of JSON for every request that arrived, handed to the kernel before its
 * reply is, so that no client can have seen an answer that the ledger does not know.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"

#include "wire.h"

struct gw_ledger {
    int fd; /* -1: no ledger is kept */
    uint64_t n;
    struct gw_buf line;
};

/* Text is NULL where the request does not say. */
struct gw_ledger_line {
    uint64_t at_ms;   /* Unix time, by the machine's clock */
    uint64_t mono_us; /* since the server's start */
    const char *action, *account, *region, *gateway_id, *serial, *version, *nonce, *timestamp;
    int http_status;
    const char *code;           /* NULL: success */
    bool effect;                /* an upgrade began */
    bool replied;               /* a reply was handed to the socket */
    const char *request_id;     /* of the reply, when there was one */
    const char *version_before; /* what ends in _before: of the device that an update call names */
    bool online_before, upgrading_before;
    bool foreign_before;     /* ... by somebody else's doing */
    bool mate_online_before; /* the other device of its pair; true when it has none */
    bool mate_upgrading_before;
    const char *mate_version_before; /* "" when it has no mate */
    bool standby_before;             /* it was the standby of its pair */
    uint64_t down_ms;                /* with effect: for how long the device is down; UINT64_MAX: for good */
    const struct gw_params *params;  /* a list call's ids stand in them, and what else is worth telling */
    const char *key_id;              /* of the key that signed it */
    const char *granted;             /* the id of a key that was given out */
    uint64_t stale_ms;               /* a read told what was no longer so, by up to so long; 0: the truth */
};

/* path NULL: nothing is written. An existing file is emptied. */
enum gw_code gw_ledger_open(struct gw_ledger *ledger, const char *path, struct gw_err *err);
void gw_ledger_close(struct gw_ledger *ledger);
/* False when the disk would not take it: the caller then must not reply. */
bool gw_ledger_add(struct gw_ledger *ledger, const struct gw_ledger_line *line);

#endif
