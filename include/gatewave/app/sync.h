#ifndef GATEWAVE_APP_SYNC_H
#define GATEWAVE_APP_SYNC_H
/*
 * The cloud as the source of truth: what it has of the fleet becomes the inventory, within the read limits, and what is
 * otherwise than before is told.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/app/session.h"
#include "gatewave/base/err.h"
#include "gatewave/base/names.h"
#include "gatewave/store/sync.h"

struct gw_sync_request {
    const char *const
        *region; /* where to look; none: the accounts' own regions, or wherever the vendor serves */
    size_t n_regions;
    const char *const *account; /* of the configuration's; none: all of them */
    size_t n_accounts;
    const char *profile; /* of the credential files; NULL: the configuration's */
    bool quick;          /* gateways that the list shows as they were are not read one by one */
    bool accept_gone;    /* a person says so: what the cloud does not list is gone, however much it is */
    bool quiet;          /* no progress on stderr */
};

/* What could not be read, and stays as it was known. */
struct gw_sync_unread {
    char *gateway_id, *serial; /* serial "": of the gateway */
    const char *what;          /* devices, ha_role, auto_upgrade */
};

struct gw_sync_result {
    int64_t sync; /* its row of `syncs` */
    struct gw_sync_counts counts;
    uint32_t parts, failed; /* accounts in regions; those that were not listed and read to their end */
    uint64_t software;      /* instances without a box, which cannot be upgraded */
    struct gw_sync_unread *unread;
    size_t n_unread;
    struct gw_names missing; /* what too much of a part was missing of, and is not marked as gone for that */
    bool interrupted;        /* by a signal: the same sync goes on where it was, and there are no counts */
    int exit_code; /* 0: all of it; 1: some parts failed, or something was not read; all did: why the first one
                      did; 130, 143 */
};

/*
 * One sync over the session's open database (for writing), to its end. Each part that failed is said on the session's talk.
 * An error is one of the request, the database or the credentials' configuration; what the cloud refuses is told by the
 * result.
 */
enum gw_code gw_sync_run(struct gw_session *session, const struct gw_sync_request *request,
                         struct gw_sync_result *ret, struct gw_err *err);
void gw_sync_result_release(struct gw_sync_result *result);
/* The same as a command: tells the counts and the changes, and the command that follows. */
enum gw_code gw_sync_command(struct gw_session *session, const struct gw_sync_request *request, int *ret_exit,
                             struct gw_err *err);

#endif
