/*
 * A policy says its waves for all of its gateways, and most nights few of these have drifted. The canary stays the first and
 * keeps its size; what is left over for no wave is cut off from the end. The core's own cut says what fits.
 */
#include "fitted.h"

#include "gatewave/base/check.h"
#include "gatewave/core/cut.h"

#include "asked.h"

static bool gw_fitted_fits(const struct gw_cut_size *size, uint32_t n, uint32_t units)
{
    uint32_t wave_units[GW_WAVES_MOST], wave;

    return gw_cut_sizes(size, n, units, wave_units, &wave) == GW_CUT_FITS;
}

void gw_fitted_waves(struct gw_spec *spec, uint32_t units)
{
    struct gw_asked_sizes sizes;
    uint32_t n;

    GW_CHECK(units > 0);
    gw_asked_sizes(spec, &sizes);
    if (sizes.n == 0 || gw_fitted_fits(sizes.size, sizes.n, units))
        return;
    for (n = sizes.n; n > 0; n--) {
        sizes.size[n - 1] = (struct gw_cut_size){.rest = true};
        if (gw_fitted_fits(sizes.size, n, units))
            break;
    }
    GW_CHECK(n > 0); /* one wave that takes the rest holds any number */
    gw_spec_keep_waves(spec, n);
    spec->wave[n - 1].count = 0;
    spec->wave[n - 1].share_bp = 0;
    spec->wave[n - 1].rest = true;
}
