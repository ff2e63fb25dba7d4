#ifndef GATEWAVE_CORE_CUT_H
#define GATEWAVE_CORE_CUT_H
/*
 * Cutting a selection into waves. What is dealt are units: a gateway with all of its devices, for the two of
 * a pair never part. Who is in which wave follows from the units' stable order, their kinds and the sizes
 * alone, so that a plan and the rollout that is frozen from it agree.
 */
#include <stdbool.h>
#include <stdint.h>

#define GW_WAVES_MOST 32
/* A selection with more devices than this is cut into safe waves when nobody said how. */
#define GW_CUT_AT_ONCE_MOST 200u

/* Exactly one of the three is set; rest for the last one only. */
struct gw_cut_size {
    uint32_t count;    /* units */
    uint32_t share_bp; /* of all units, in basis points */
    bool rest;
};

enum gw_cut_fault {
    GW_CUT_FITS = 0,
    GW_CUT_OVER,  /* the sizes up to this wave's add up to more units than there are */
    GW_CUT_SHORT, /* ... to fewer, and no wave takes the rest */
    GW_CUT_EMPTY, /* a share or the rest finds no unit left */
};

/*
 * How many units each wave holds. Shares are rounded on their running sum, so that shares of 100 % hold all;
 * a wave of any share holds one unit at least. On a fault *ret_wave is the wave where it shows, from 0: of
 * GW_CUT_SHORT, the last.
 */
enum gw_cut_fault gw_cut_sizes(const struct gw_cut_size *size, uint32_t n_sizes, uint32_t units,
                               uint32_t *ret_units, uint32_t *ret_wave);
/*
 * The safe waves of a selection for which none were said: 10, 50, 200 and 800 units and the rest, as far as
 * more than the next wave is left. Returns how many; one (`rest`) when there are no more units than 10.
 */
uint32_t gw_cut_safe(uint32_t units, struct gw_cut_size ret[GW_WAVES_MOST]);
/* What people call the safe wave of that number, from 0: canary, second, ..., rest; of one wave: all. */
const char *gw_cut_safe_name(uint32_t wave, uint32_t waves);
#define GW_CUT_THERE UINT32_MAX
/*
 * Deals units 0..units-1, which stand in their stable order, to waves, whose sizes add up to them all. kind[u]
 * says what a unit is (model, version, ISP, HA mode), a number below kinds, or GW_CUT_THERE: there is nothing to
 * be done about it. The first wave gets one unit of each kind, the first in order, the most frequent kinds first
 * (of equals, the lower number) as far as its size allows; then whatever comes first. The others take what is
 * left in order, and who is there already comes last of all: a canary of such would show nothing. ret_wave[u] is
 * the unit's wave; scratch holds `kinds` numbers. O(units + kinds).
 */
void gw_cut_deal(const uint32_t *kind, uint32_t units, uint32_t kinds, const uint32_t *wave_units,
                 uint32_t waves, uint8_t *ret_wave, uint32_t *scratch);

#endif
