#ifndef GATEWAVE_SRC_APP_CLOUD_SYNC_LOCAL_H
#define GATEWAVE_SRC_APP_CLOUD_SYNC_LOCAL_H
/* What the files of a sync share: its parts, each an account in a region, and the gateways that are being read. */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/app/sync.h"
#include "gatewave/base/names.h"
#include "gatewave/smartag/facts.h"

#include "pages.h"
#include "reads.h"

#define GW_SYNC_BATCH        50 /* gateways a transaction */
#define GW_SYNC_PROBLEM_SIZE 512

/* A gateway as the list has it. */
struct gw_listed {
    char *name, *status, *version, *backup_version, *hardware, *serials;
};

/* What is read of a gateway, in this order; what does not apply is left out. */
enum gw_sync_step {
    GW_SYNC_STEP_NONE = 0,
    GW_SYNC_STEP_SEARCH, /* of one that the list does not have; nothing follows */
    GW_SYNC_STEP_DEVICES,
    GW_SYNC_STEP_HA,
    GW_SYNC_STEP_POLICY,      /* of its first device */
    GW_SYNC_STEP_MATE_POLICY, /* of its second one */
    GW_SYNC_STEP_DONE,
};

/* What is known of a gateway, while it is read and until it is put. */
struct gw_gathered {
    const char *gateway_id; /* the part's, as all that the list has told */
    const struct gw_listed *listed;
    bool whole;
    bool partly; /* a smaller read of it has failed */
    int64_t read_unix_ms;
    struct gw_seen_gateway seen;
    struct gw_seen_ha ha;
    char auto_upgrade[GW_SYNC_DEVICES_MAX][16];
};

struct gw_sync_work {
    enum gw_sync_step step; /* NONE: nobody's */
    bool asked;             /* and not told yet */
    struct gw_gathered gathered;
};

struct gw_signals;
struct gw_syncing;

struct gw_sync_part {
    struct gw_syncing *syncing;
    const char *account, *region; /* account "": the only one */
    struct gw_endpoint endpoint;
    bool skipped; /* done before this sync was interrupted */
    bool closed;  /* its end is in the database */
    int exit_code;
    char problem[GW_SYNC_PROBLEM_SIZE]; /* "": none */
    struct gw_pages pages;
    struct gw_listed *listed; /* by number */
    uint32_t room;
    bool paging;               /* a page was asked for and not told yet */
    bool doubtful;             /* too many are missing: nothing of the list is taken over */
    struct gw_names missing;   /* what the inventory has and the list has not */
    uint32_t sought, searches; /* of them: were asked for once more; are being */
    uint32_t next;             /* of the list, to be looked at */
    struct gw_sync_work work[GW_READS_LANE_MOST];
    bool no_ha, no_policy;                  /* this key may not read those */
    uint64_t unread;                        /* gateways that could not be read */
    uint64_t no_roles, no_policies;         /* gateways, devices whose smaller reads failed ... */
    char lacking[GW_SYNC_PROBLEM_SIZE / 2]; /* ... and why the first one did */
    uint64_t found;
};

struct gw_syncing {
    struct gw_session *session;
    const struct gw_sync_request *request;
    struct gw_loop *loop;
    struct gw_keys *keys;
    struct gw_reads *reads;
    struct gw_sync *sync;
    struct gw_sync_lock *lock;
    struct gw_sync_part *part;
    uint32_t n_parts;
    struct gw_reads_lane *lane;
    uint32_t *part_of; /* by lane */
    uint32_t n_lanes;
    struct gw_gathered *batch; /* GW_SYNC_BATCH of them */
    struct gw_sync_part *batch_part[GW_SYNC_BATCH];
    size_t n_batch;
    uint64_t software;
    struct gw_sync_unread *unread;
    size_t n_unread, room_unread;
    struct gw_signals *signals;
    int signaled;
    enum gw_code code; /* of the database, when it failed */
    struct gw_err *err;
};

/* ---- which parts there are (sync_parts.c) ---- */

/* The parts of the request; part[] and lane[] are allocated. Parts that cannot be looked at have their problem. */
enum gw_code gw_sync_plan(struct gw_syncing *syncing, struct gw_err *err);
/* The request in one text: an interrupted sync is gone on with by the same. */
void gw_sync_scope(const struct gw_syncing *syncing, struct gw_buf *ret);

/* ---- what the list shows (sync_list.c) ---- */

void gw_sync_part_init(struct gw_sync_part *part);
void gw_sync_part_release(struct gw_sync_part *part);
/* What keeps it from its end, and the exit code that a sync has when nothing else went well. */
void gw_sync_part_fail(struct gw_sync_part *part, const struct gw_answer *answer);
/* A row of the list; the gateway may have stood on another page before. */
void gw_sync_list_row(struct gw_sync_part *part, const struct gw_seen_gateway *seen);

/* ---- one part (sync_part.c) ---- */

bool gw_sync_part_next(struct gw_sync_part *part, struct gw_ask *ret);
void gw_sync_part_told(struct gw_sync_part *part, const struct gw_ask *ask, const struct gw_told *told);
/* Whether it has nothing to ask any more and waits for no answer. */
bool gw_sync_part_is_over(const struct gw_sync_part *part);

/* ---- what the list does not have any more (sync_missing.c) ---- */

/* Whether so many of what was there cannot be taken for gone on the cloud's word alone. */
bool gw_sync_is_doubtful(uint64_t there, uint64_t missing);
/* After the list, and before anything of it is put: the part has its missing, or its problem. */
enum gw_code gw_sync_compare(struct gw_sync_part *part, struct gw_err *err);
/* The next one that is missing, into the work; false when all were sought. */
bool gw_sync_begin_search(struct gw_sync_part *part, struct gw_sync_work *work);
void gw_sync_told_search(struct gw_sync_part *part, struct gw_sync_work *work, const struct gw_told *told);

/* ---- what goes to the inventory (sync_put.c) ---- */

/* It could not be read, and stays as it was known. */
void gw_sync_lack(struct gw_syncing *syncing, const char *gateway_id, const char *serial, const char *what);
/* The database failed: nothing more is asked. */
void gw_sync_stop(struct gw_syncing *syncing, enum gw_code code);
/* Puts it, with others, soon. */
void gw_sync_keep(struct gw_syncing *syncing, struct gw_sync_part *part, const struct gw_gathered *gathered);
/* What is waiting for others, now. */
void gw_sync_flush(struct gw_syncing *syncing);

/* ---- what is gathered (sync_gather.c) ---- */

/* Whether what the list shows is what the inventory has. */
bool gw_listed_is_known(const struct gw_listed *listed, const struct gw_sync_known *known);
/* The gateway as it is put; points into gathered. */
void gw_gathered_gateway(const struct gw_gathered *gathered, const char *account, const char *region,
                         struct gw_sync_gateway *ret);

#endif
