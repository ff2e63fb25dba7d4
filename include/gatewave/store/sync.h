#ifndef GATEWAVE_STORE_SYNC_H
#define GATEWAVE_STORE_SYNC_H
/*
 * The inventory as the cloud has it: a sync puts in what it finds, a batch of gateways a transaction, so that one that is
 * interrupted has lost nothing and is gone on with. What the cloud knows (region, account, model, name, status, HA mode,
 * serials, roles, versions, the vendor's own upgrade policy) is taken from it; site, timezone, isp and tags stay as people
 * wrote them. Nothing is deleted. Whatever is otherwise than the inventory had it becomes a row of `changes`; what was not
 * known before is only filled in.
 *
 * A row of `devices` is a box's place in its gateway, of which there are two at most. Another serial there is an exchange of
 * the hardware: the row goes on with the new serial. The row of a box that is not there any more is marked as gone, and
 * the next one takes it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/store/store.h"

/* A sync that was interrupted is gone on with for so long, unless another one began after it. */
#define GW_SYNC_RESUME_MS (3600 * 1000)

#define GW_SYNC_DEVICES_MAX 2

/* Text is the caller's; "" is not known, and keeps what the inventory has. None is NULL. */
struct gw_sync_device {
    const char *serial, *ha_role; /* active, standby; of a gateway with one device it is not kept */
    const char *version, *dpi_version;
    const char *auto_upgrade; /* manual, scheduled, boot */
    bool online, online_known;
};

struct gw_sync_gateway {
    const char *gateway_id, *region, *account, *model, *name, *status;
    const char *ha_mode; /* none, warm, cold */
    bool
        whole; /* its devices are told one by one: one that is not here is gone. Else they stay as they are */
    bool
        partly; /* whole, but for something smaller that could not be read: a sync that goes on reads it again */
    int64_t read_unix_ms; /* whole: when it was asked for, never later than what it tells */
    size_t n_devices;
    struct gw_sync_device device[GW_SYNC_DEVICES_MAX]; /* no two have the same serial */
};

struct gw_sync_counts {
    uint64_t gateways, devices; /* that were found */
    uint64_t appeared, disappeared, returned,
        changed;      /* gateways; changed: all others with a row of changes */
    uint64_t foreign; /* versions that somebody else changed */
};

/* The parts that this process reads, and no other one over the same database while the lock lives. */
struct gw_sync_lock;

enum gw_code gw_sync_lock_new(struct gw_store *store, struct gw_sync_lock **ret, struct gw_err *err);
void gw_sync_lock_free(struct gw_sync_lock *lock);
/* At once or not at all: *ret false when another sync has it. */
enum gw_code gw_sync_lock_take(struct gw_sync_lock *lock, const char *account, const char *region, bool *ret,
                               struct gw_err *err);

struct gw_sync;

/* Begins a sync, or goes on with an unfinished one of the same scope (then *ret_resumed). */
enum gw_code gw_sync_begin(struct gw_store *store, const char *scope, int64_t now_unix_ms,
                           struct gw_sync **ret, bool *ret_resumed, struct gw_err *err);
void gw_sync_free(struct gw_sync *sync);
/* Its row of `syncs`. */
int64_t gw_sync_id(const struct gw_sync *sync);

/* What the inventory has of a gateway; devices that are gone are left out. Text is valid until the sync's next call. */
struct gw_sync_known {
    bool there; /* the inventory has it; else nothing else is set */
    bool gone;
    bool read; /* this sync has read its devices before, when it was interrupted */
    struct gw_sync_gateway gateway;
};

enum gw_code gw_sync_look(struct gw_sync *sync, const char *gateway_id, struct gw_sync_known *ret,
                          struct gw_err *err);
/* Whether this sync, before it was interrupted, has done with a whole part. */
enum gw_code gw_sync_has_part(struct gw_sync *sync, const char *account, const char *region, bool *ret,
                              struct gw_err *err);
/* What the inventory has in a part and this sync did not add; what is gone already is left out. */
enum gw_code gw_sync_there_each(struct gw_sync *sync, const char *account, const char *region,
                                bool (*each)(void *user, const char *gateway_id), void *user,
                                struct gw_err *err);
/* n gateways in one transaction, durable on return. A serial that the inventory has elsewhere has moved. */
enum gw_code gw_sync_put(struct gw_sync *sync, const struct gw_sync_gateway *gateway, size_t n,
                         int64_t now_unix_ms, struct gw_err *err);
/*
 * The end of one account ("": the only one, whatever the inventory calls it) in one region. problem "": it was listed to
 * its end, and what the inventory has there and this sync has not seen is gone when the sync ends. Else nothing is marked.
 */
enum gw_code gw_sync_end_part(struct gw_sync *sync, const char *account, const char *region,
                              uint64_t gateways, const char *problem, int64_t now_unix_ms,
                              struct gw_err *err);
/* After the parts, and once: marks what is gone. */
enum gw_code gw_sync_end(struct gw_sync *sync, int64_t now_unix_ms, struct gw_sync_counts *ret,
                         struct gw_err *err);

/* When the last sync that came to its end did so; 0: none has. */
enum gw_code gw_sync_last_unix_ms(struct gw_store *store, int64_t *ret, struct gw_err *err);

struct gw_change_row {
    int64_t at_unix_ms;
    const char *gateway_id, *serial, *what, *before, *after;
    const char *rollout; /* of ours, that brought a version; "" */
    bool foreign;        /* a version that somebody else brought since a sync read it last */
};
/* What that sync found, versions that somebody else changed first, then by gateway. Text is valid until the next step. */
enum gw_code gw_sync_changes_each(struct gw_store *store, int64_t sync,
                                  bool (*each)(void *user, const struct gw_change_row *row), void *user,
                                  struct gw_err *err);

#endif
