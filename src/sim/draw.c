/*
 * Chance without a generator: a draw is a function of who is asked and how often it was asked, so that one
 * device's fate does not hang on the order in which the others' requests arrive.
 */
#include <string.h>

#include "gatewave/base/rng.h"
#include "model.h"

uint64_t gw_sim_draw(const struct gw_cloud *cloud, enum gw_sim_salt salt, const char *text, uint32_t nth,
                     uint64_t n)
{
    uint64_t what[2] = {(uint64_t)salt, nth};

    return gw_hash(text, strlen(text), gw_hash(what, sizeof(what), cloud->options.seed)) % n;
}

bool gw_sim_chance(const struct gw_cloud *cloud, enum gw_sim_salt salt, const char *text, uint32_t nth,
                   uint32_t bp)
{
    return bp > 0 && gw_sim_draw(cloud, salt, text, nth, 10000) < bp;
}

uint64_t gw_sim_moment(const struct gw_cloud *cloud, enum gw_sim_salt salt, const char *text,
                       uint64_t after_ms)
{
    return cloud->options.start_ms + after_ms / 2 + gw_sim_draw(cloud, salt, text, 0, after_ms + 1);
}
