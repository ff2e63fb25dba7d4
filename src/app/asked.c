/* From a rollout file to what is asked of the draft and of each wave; nothing is decided here. */
#include "asked.h"

#include "gatewave/base/check.h"

#define SAFE_SOAK_MS      600000u
#define UPGRADING_DEFAULT 200

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

/* A rollout may be slower than the configuration's limits, never faster. */
static enum gw_code gw_asked_rate(const char *what, struct gw_rate asked, struct gw_rate limit,
                                  struct gw_rate *ret, struct gw_err *err)
{
    char asked_text[32], limit_text[32];

    *ret = asked.calls == 0 ? limit : asked;
    if (gw_rate_per_1000s(*ret) <= gw_rate_per_1000s(limit))
        return GW_OK;
    gw_rate_text(*ret, asked_text, sizeof(asked_text));
    gw_rate_text(limit, limit_text, sizeof(limit_text));
    return gw_err_set(
        err, GW_ERR_INPUT,
        "pace.%s: %s is faster than limits.%s of the configuration, %s; lower it, or raise the limit", what,
        asked_text, what, limit_text);
}

enum gw_code gw_asked_limits(const struct gw_spec *spec, uint32_t wave, const struct gw_config *config,
                             struct gw_limits *ret, struct gw_err *err)
{
    const struct gw_pace_spec *pace;
    struct gw_asked_wave asked;
    struct gw_limits limits;
    enum gw_code code;

    gw_asked_wave(spec, wave, &asked);
    pace = asked.pace;
    limits = (struct gw_limits){
        .in_flight = pace->in_flight ? pace->in_flight : config->limits.in_flight,
        .upgrading = pace->upgrading ? pace->upgrading : UPGRADING_DEFAULT,
        .per = {[GW_SCOPE_SITE] = pace->per_site,
                [GW_SCOPE_REGION] = pace->per_region,
                [GW_SCOPE_ISP] = pace->per_isp},
    };
    if (limits.in_flight > config->limits.in_flight)
        return gw_err_set(err, GW_ERR_INPUT,
                          "pace.in_flight: %u is more than limits.in_flight of the configuration, %u",
                          limits.in_flight, config->limits.in_flight);
    /* Without verification nothing is watched, so nothing but the calls themselves is under way. */
    if (!spec->verify && pace->upgrading == 0)
        limits.upgrading = limits.in_flight;
    code = gw_asked_rate("rate", pace->rate, config->limits.rate, &limits.rate, err);
    if (code == GW_OK)
        code = gw_asked_rate("read_rate", pace->read_rate, config->limits.read_rate, &limits.read_rate, err);
    if (code == GW_OK)
        *ret = limits;
    return code;
}
