/*
 * Sizes and places of waves, for up to a million units. A wave is worth having for what it shows before the
 * next begins, so the first one is dealt for variety and the others just in order. Nothing is drawn by lot:
 * the units come in an order that is stable and as good as random, and that is the only chance there is.
 */
#include "gatewave/core/cut.h"

#include <string.h>

#include "gatewave/base/check.h"

#define GW_WHOLE_BP 10000u

/* Not dealt yet. */
#define GW_NO_PLACE UINT8_MAX
_Static_assert(GW_WAVES_MOST < GW_NO_PLACE, "a wave's number is told from none");

enum gw_cut_fault gw_cut_sizes(const struct gw_cut_size *size, uint32_t n_sizes, uint32_t units,
                               uint32_t *ret_units, uint32_t *ret_wave)
{
    uint32_t wave_units[GW_WAVES_MOST];
    uint32_t left = units;
    uint64_t shares_bp = 0, shared = 0; /* by the waves so far that have a share: its sum, and their units */

    GW_CHECK(n_sizes > 0 && n_sizes <= GW_WAVES_MOST);
    for (uint32_t w = 0; w < n_sizes; w++) {
        uint64_t want = size[w].count;

        GW_CHECK((size[w].count > 0) + (size[w].share_bp > 0) + size[w].rest == 1);
        GW_CHECK(!size[w].rest || w + 1 == n_sizes);
        if (size[w].share_bp) {
            uint64_t due;

            shares_bp += size[w].share_bp;
            due = (units * shares_bp + GW_WHOLE_BP / 2) / GW_WHOLE_BP;
            want = due > shared ? due - shared : 1;
            shared += want;
        } else if (size[w].rest) {
            want = left;
        }
        if (want > left || want == 0) {
            *ret_wave = w;
            return left == 0 && !size[w].count ? GW_CUT_EMPTY : GW_CUT_OVER;
        }
        wave_units[w] = (uint32_t)want;
        left -= (uint32_t)want;
    }
    if (left > 0) {
        *ret_wave = n_sizes - 1;
        return GW_CUT_SHORT;
    }
    memcpy(ret_units, wave_units, n_sizes * sizeof(*wave_units));
    return GW_CUT_FITS;
}

uint32_t gw_cut_safe(uint32_t units, struct gw_cut_size ret[GW_WAVES_MOST])
{
    static const uint32_t steps[] = {10, 50, 200, 800};
    uint32_t n = 0;

    for (; n < GW_COUNT_OF(steps) && units > steps[n]; n++) {
        ret[n] = (struct gw_cut_size){.count = steps[n]};
        units -= steps[n];
    }
    ret[n] = (struct gw_cut_size){.rest = true};
    return n + 1;
}

const char *gw_cut_safe_name(uint32_t wave, uint32_t waves)
{
    static const char *const names[] = {"canary", "second", "third", "fourth"};

    GW_CHECK(wave < waves && waves <= GW_COUNT_OF(names) + 1);
    if (waves == 1)
        return "all";
    return wave + 1 == waves ? "rest" : names[wave];
}

static uint32_t kinds_with(const uint32_t *count, uint32_t kinds, uint32_t least)
{
    uint32_t n = 0;

    for (uint32_t k = 0; k < kinds; k++)
        n += count[k] >= least;
    return n;
}

/*
 * Turns the count of each kind into whether it has one of so many places. A sort would find it too; this
 * asks for no memory: the count of the last kind that has a place is looked for by halving.
 */
static void give_places(uint32_t *count, uint32_t kinds, uint32_t units, uint32_t places)
{
    uint32_t last = 1, high = units;

    while (last < high) {
        uint32_t middle = last + (high - last + 1) / 2;

        if (kinds_with(count, kinds, middle) >= places)
            last = middle;
        else
            high = middle - 1;
    }
    places -= kinds_with(count, kinds, last + 1);
    for (uint32_t k = 0; k < kinds; k++) {
        bool among_last = count[k] == last && places > 0;

        places -= among_last;
        count[k] = among_last || count[k] > last;
    }
}

void gw_cut_deal(const uint32_t *kind, uint32_t units, uint32_t kinds, const uint32_t *wave_units,
                 uint32_t waves, uint8_t *ret_wave, uint32_t *scratch)
{
    uint32_t wave = 0, room;

    GW_CHECK(waves > 0 && waves <= GW_WAVES_MOST && wave_units[0] > 0);
    memset(scratch, 0, kinds * sizeof(*scratch));
    for (uint32_t u = 0; u < units; u++) {
        GW_CHECK(kind[u] < kinds || kind[u] == GW_CUT_THERE);
        if (kind[u] < kinds)
            scratch[kind[u]]++;
    }
    give_places(scratch, kinds, units, wave_units[0]);
    room = wave_units[0];
    for (uint32_t u = 0; u < units; u++) {
        bool placed = kind[u] < kinds && scratch[kind[u]];

        ret_wave[u] = placed ? 0 : GW_NO_PLACE;
        if (placed) {
            room--;
            scratch[kind[u]] = 0;
        }
    }
    for (int there = 0; there < 2; there++) {
        for (uint32_t u = 0; u < units; u++) {
            if (ret_wave[u] != GW_NO_PLACE || there != (kind[u] == GW_CUT_THERE))
                continue;
            while (room == 0) {
                GW_CHECK(++wave < waves);
                room = wave_units[wave];
            }
            ret_wave[u] = (uint8_t)wave;
            room--;
        }
    }
    GW_CHECK(room == 0 && wave + 1 == waves);
}
