/* One outage at a time: another one begins when as many requests have been sent as were drawn for it. */
#include "network/outage.h"

#include <string.h>

#include "gatewave/base/text.h"

#include "stage/fault.h"
#include "stage/stage.h"

static struct {
    const struct sim_swarm *swarm;
    struct gw_rng *rng;
    uint32_t left;     /* outages that are still to come */
    uint64_t requests; /* before the next one */
    char region[SIM_NAME_SIZE];
    uint64_t until_ms;
    enum sim_reach reach;
} the;

static void draw_next(void)
{
    the.requests = 1 + gw_rng_below(the.rng, 4 * (uint64_t)the.swarm->n_devices);
}

void sim_outage_begin(const struct sim_swarm *swarm, struct gw_rng *rng)
{
    memset(&the, 0, sizeof(the));
    the.swarm = swarm;
    the.rng = rng;
    the.left = swarm->region_outs;
    draw_next();
}

void sim_outage_end(void)
{
    the.left = 0;
    the.until_ms = 0;
}

void sim_outage_order(const char *region, uint64_t for_ms)
{
    (void)gw_text_copy(the.region, sizeof(the.region), region);
    the.until_ms = sim_now_ms() + for_ms;
    the.reach = SIM_REACH_SILENT;
}

void sim_outage_count(const char *region)
{
    if (the.left == 0 || --the.requests > 0)
        return;
    the.left--;
    (void)gw_text_copy(the.region, sizeof(the.region), region);
    the.until_ms = sim_now_ms() + 1 + gw_rng_below(the.rng, the.swarm->region_out_ms);
    the.reach = gw_rng_below(the.rng, 2) ? SIM_REACH_SILENT : SIM_REACH_REFUSED;
    draw_next();
    sim_note("%s is out for %llu ms%s", region, (unsigned long long)(the.until_ms - sim_now_ms()),
             the.reach == SIM_REACH_SILENT ? ", silently" : "");
}

enum sim_reach sim_outage_reach(const char *region)
{
    if (sim_now_ms() >= the.until_ms || !gw_text_equal(region, the.region))
        return SIM_REACHED;
    sim_hit(SIM_REGION_OUT);
    return the.reach;
}
