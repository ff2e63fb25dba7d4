#ifndef GATEWAVE_STORE_DRAFT_H
#define GATEWAVE_STORE_DRAFT_H
/*
 * What a rollout of a selection would be: who is in which wave, worked out from the inventory without
 * writing a byte. A plan shows a draft; gw_rollout_create freezes one. The same inventory, name, version,
 * selection and sizes give the same draft, membership hash included. A draft is a value: once made it needs neither the
 * store nor the selection, and says the same whatever becomes of the inventory. For a million devices: about
 * two seconds and 150 bytes each.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/core/cut.h"
#include "gatewave/core/select.h"
#include "gatewave/store/store.h"

/* Gateways by name, sorted by strcmp. Text is the caller's. */
struct gw_gateway_list {
    const char *const *gateway_id;
    size_t n;
};

struct gw_draft_request {
    const char *name;    /* of the rollout: the stable order of the units follows from it */
    bool dpi;            /* whose version is meant: the signature database's, or the device's */
    const char *version; /* that they are to get, by which it is told who is there already; NULL: nobody is */
    bool downgrade;      /* ... from newer ones */
    const struct gw_select *select;
    const char *selection;              /* as it was written, for messages; may be NULL */
    const struct gw_gateway_list *only; /* these gateways, whole, instead of what select holds; NULL */
    int64_t now_unix_ms;                /* gateways on hold then are left out */
    const struct gw_cut_size *size;
    uint32_t n_sizes; /* 0: none were said; one wave, or safe ones above GW_CUT_AT_ONCE_MOST devices */
};

struct gw_draft;
/*
 * Reads in one snapshot; the store may be open for reading only. GW_ERR_INPUT: nothing is selected; a gateway
 * has a device outside of the selection (the first few are named, with what they lack); sizes that do not
 * fit: then *ret_wave, which is always written, is the wave where it shows, from 0, and else UINT32_MAX.
 */
enum gw_code gw_draft_new(struct gw_store *store, const struct gw_draft_request *request,
                          struct gw_draft **ret, uint32_t *ret_wave, struct gw_err *err);
void gw_draft_free(struct gw_draft *draft);

struct gw_draft_wave {
    uint32_t units, targets, pairs;
};

uint32_t gw_draft_waves(const struct gw_draft *draft, struct gw_draft_wave ret[GW_WAVES_MOST]);
/* True when nobody said how and the waves are the safe ones; gw_cut_safe_name has their names. */
bool gw_draft_is_safe(const struct gw_draft *draft);
uint32_t gw_draft_targets(const struct gw_draft *draft);
/* How many devices were left out because their gateways are on hold. */
uint32_t gw_draft_held(const struct gw_draft *draft);
/* 32 hexadecimal digits over the targets and their waves, in dispatch order. */
const char *gw_draft_membership(const struct gw_draft *draft);

/* A kind of unit: what the canary is to cover. A pair whose devices differ has both versions, as 2.3.0+2.3.1. */
struct gw_draft_kind {
    const char *model, *version, *isp, *ha_mode; /* ha_mode: "pair" or "single" */
    uint32_t units;                              /* in the whole selection */
    uint32_t wave;                               /* the first wave that has one, from 0 */
    bool there;                                  /* listed at the version already, or beyond it */
};
/* Most frequent first. */
void gw_draft_kinds_each(const struct gw_draft *draft,
                         bool (*each)(void *user, const struct gw_draft_kind *kind), void *user);

/* How many targets of a wave (from 0) have this model and listed version; in order of wave, model, version. */
struct gw_draft_cell {
    uint32_t wave;
    const char *model, *version;
    uint32_t targets;
};
void gw_draft_cells_each(const struct gw_draft *draft,
                         bool (*each)(void *user, const struct gw_draft_cell *cell), void *user);

/* One target in dispatch order, as the inventory listed it. Text is the draft's; never NULL. */
struct gw_draft_target {
    uint32_t number, wave; /* wave from 0 */
    int64_t device;        /* its row */
    const char *gateway_id, *serial, *ha_role, *region, *account, *model, *site, *isp, *timezone, *version;
};
void gw_draft_targets_each(const struct gw_draft *draft,
                           bool (*each)(void *user, const struct gw_draft_target *target), void *user);

#endif
