/* From a rollout file to what is asked of the draft and of each wave; nothing is decided here. */
#include "asked.h"

#include "gatewave/base/check.h"

#define SAFE_SOAK_MS 600000u

_Static_assert(GW_WAVES_MAX <= GW_WAVES_MOST, "a file must not say more waves than a selection is cut into");

void gw_asked_sizes(const struct gw_spec *spec, struct gw_asked_sizes *ret)
{
    *ret = (struct gw_asked_sizes){.n = (uint32_t)spec->n_waves};
    for (size_t i = 0; i < spec->n_waves; i++) {
        const struct gw_wave_spec *wave = &spec->wave[i];

        ret->size[i] =
            (struct gw_cut_size){.count = wave->count, .share_bp = wave->share_bp, .rest = wave->rest};
        ret->name[i] = wave->name;
    }
}

void gw_asked_wave(const struct gw_spec *spec, uint32_t wave, struct gw_asked_wave *ret)
{
    const struct gw_wave_spec *own;

    if (spec->n_waves == 0) {
        *ret = (struct gw_asked_wave){
            .gate = &spec->gate, .pace = &spec->pace, .window = spec->window.given ? &spec->window : NULL};
        return;
    }
    GW_CHECK(wave < spec->n_waves);
    own = &spec->wave[wave];
    *ret = (struct gw_asked_wave){.gate = &own->gate,
                                  .pace = &own->pace,
                                  .window = own->window.given ? &own->window : NULL,
                                  .soak_ms = own->soak_ms,
                                  .approve = own->approve};
}

uint64_t gw_asked_soak_ms(const struct gw_spec *spec, uint32_t wave, uint32_t waves)
{
    if (spec->n_waves > 0)
        return spec->wave[wave].soak_ms;
    return wave + 1 < waves ? SAFE_SOAK_MS : 0;
}
