#ifndef GATEWAVE_SRC_APP_TELL_VISITS_H
#define GATEWAVE_SRC_APP_TELL_VISITS_H
/*
 * The list for whoever goes there: devices that are not as desired, with what is needed to find them, site by site. Bounded: of
 * many, those that took a call come first.
 */
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/store/rollout.h"
#include "gatewave/store/store.h"

/* So many are listed on a page. */
#define GW_VISITS_MOST 100

struct gw_visit;

struct gw_visits {
    struct gw_visit *visit;
    size_t n, called; /* listed; those that took a call are the first of them until it is settled */
    uint64_t devices; /* all that there are */
};

/* One target that has an outcome which was not wanted; whom nobody called by somebody's word is not gone to. */
void gw_visits_see(struct gw_visits *visits, const struct gw_target_row *row);
/* Looks up what the inventory calls them today, and orders them by site, gateway and device. */
enum gw_code gw_visits_settle(struct gw_visits *visits, struct gw_store *store, struct gw_err *err);
/* The section of the page; nothing when there are none. */
void gw_visits_tell(const struct gw_visits *visits, const char *program, const char *rollout,
                    struct gw_buf *buf);
void gw_visits_release(struct gw_visits *visits);

#endif
