#ifndef GATEWAVE_SRC_SIMSERVER_FLEET_H
#define GATEWAVE_SRC_SIMSERVER_FLEET_H
/*
 * Where the cloud's fleet comes from: made up by number, or read from the CSV that the generator wrote; and
 * the scripts of its faults. The CSV is what `gatewave inventory import` takes.
 */
#include <stdint.h>
#include <stdio.h>

#include "gatewave/base/err.h"
#include "gatewave/sim/cloud.h"

#define GW_FLEET_LIST_MAX 32

/* Words of a comma-separated list, cut out of memory of its own. */
struct gw_fleet_list {
    char *memory;
    const char *word[GW_FLEET_LIST_MAX];
    uint32_t n;
};

/* NULL, or what is wrong as a static phrase; nothing is changed then. */
const char *gw_fleet_list_set(struct gw_fleet_list *list, const char *text);
void gw_fleet_list_release(struct gw_fleet_list *list);

struct gw_fleet_plan {
    uint32_t n; /* gateways: sag-000001 and on; devices sage000001a and, of a pair, sage000001b */
    uint32_t pairs_bp;
    uint64_t seed;
    struct gw_fleet_list regions, models, isps; /* dealt out in turn */
    struct gw_fleet_list
        accounts;               /* likewise, a round of regions each: every account has its share of each */
    struct gw_fleet_list zones; /* likewise; none: each region's own */
    uint64_t sites;             /* likewise, site-00001 and on; 0: four gateways in each */
    const char *version, *dpi_version;
};

/* Adds the planned fleet to cloud, and writes its inventory to out unless that is NULL. */
enum gw_code gw_fleet_generate(const struct gw_fleet_plan *plan, struct gw_cloud *cloud, FILE *out,
                               struct gw_err *err);
/* Adds the devices of a CSV file; a row without an account belongs to `account`. */
enum gw_code gw_fleet_read(const char *path, const char *account, struct gw_cloud *cloud, struct gw_err *err);
/* Lines of "gateway_id[,serial] fault"; blank ones and those that begin with # say nothing. */
enum gw_code gw_fleet_read_faults(const char *path, struct gw_cloud *cloud, struct gw_err *err);
/* The end of the story: a line of JSON for each device. */
enum gw_code gw_fleet_write_truth(const char *path, struct gw_cloud *cloud, uint64_t now_ms,
                                  struct gw_err *err);

#endif
