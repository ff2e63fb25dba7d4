/* Loading: what the database and the rollout's file say, handed to the core piece by piece. */
#include "load.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"
#include "gatewave/base/text.h"
#include "gatewave/conf/window.h"
#include "gatewave/store/control.h"
#include "gatewave/store/night.h"

#include "asked.h"
#include "clock.h"
#include "gates.h"

#define UPGRADING_DEFAULT  200
#define READS_AT_ONCE      16
#define FRESH_MS           60000
#define ENDPOINT_DOWN_MS   300000
#define READS_FORGOTTEN_MS 60000
/* A pace that somebody orders may be slower than the limit and name more calls, by the minute say: for so many there is
   room to remember all that were sent in its window. */
#define ORDERED_CALLS 1000
/* A run that finds the window closed, or a wave soaking, stays for an evening and not for a day. */
#define PATIENCE_MS (12 * 3600000u)

/* ---- limits ---- */

/* A rollout may be slower than the configuration's limits, never faster. */
static enum gw_code gw_load_rate(const char *what, struct gw_rate asked, struct gw_rate limit,
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

enum gw_code gw_load_limits(const struct gw_config *config, const struct gw_pace_spec *pace, bool verify,
                            struct gw_limits *ret, struct gw_err *err)
{
    enum gw_code code;

    *ret = (struct gw_limits){
        .in_flight = pace->in_flight ? pace->in_flight : config->limits.in_flight,
        .upgrading = pace->upgrading ? pace->upgrading : UPGRADING_DEFAULT,
        .per = {[GW_SCOPE_SITE] = pace->per_site,
                [GW_SCOPE_REGION] = pace->per_region,
                [GW_SCOPE_ISP] = pace->per_isp},
    };
    if (ret->in_flight > config->limits.in_flight)
        return gw_err_set(err, GW_ERR_INPUT,
                          "pace.in_flight: %u is more than limits.in_flight of the configuration, %u",
                          ret->in_flight, config->limits.in_flight);
    /* Without verification nothing is watched, so nothing but the calls themselves is under way. */
    if (!verify && pace->upgrading == 0)
        ret->upgrading = ret->in_flight;
    code = gw_load_rate("rate", pace->rate, config->limits.rate, &ret->rate, err);
    if (code == GW_OK)
        code = gw_load_rate("read_rate", pace->read_rate, config->limits.read_rate, &ret->read_rate, err);
    return code;
}

enum gw_code gw_load_drive(const struct gw_config *config, const struct gw_spec *spec, struct gw_drive *ret,
                           struct gw_err *err)
{
    struct gw_limits of_wave;
    enum gw_code code;

    *ret = (struct gw_drive){
        .downgrade = spec->downgrade,
        .reads = READS_AT_ONCE,
        .attempts = spec->attempts,
        .backoff_first_ms = spec->backoff_first_ms,
        .backoff_longest_ms = spec->backoff_longest_ms,
        .offline_ms = spec->offline_ms,
        .verify = spec->verify,
        .pre_read = config->testing.pre_read,
        .every_ms = spec->every_ms,
        .slow_ms = spec->slow_ms,
        .stuck_ms = spec->stuck_ms,
        .fresh_ms = FRESH_MS,
        .fence_ms = config->testing.fence_ms,
        .agree_ms = config->testing.agree_ms,
        .endpoint_down_ms = ENDPOINT_DOWN_MS,
        .pair_soak_ms = spec->pair_soak_ms,
        .patience_ms = PATIENCE_MS,
    };
    (void)gw_text_copy(ret->version, sizeof(ret->version), spec->version);
    code = gw_load_limits(config, &spec->pace, spec->verify, &ret->limits, err);
    for (size_t i = 0; i < spec->n_waves && code == GW_OK; i++) {
        code = gw_load_limits(config, &spec->wave[i].pace, spec->verify, &of_wave, err);
        if (code != GW_OK)
            (void)gw_err_prefix(err, "wave %s", spec->wave[i].name);
    }
    return code;
}

/* ---- waves ---- */

struct gw_loading {
    struct gw_load *load;
    struct gw_store *store;
    const struct gw_rollout_row *row;
    const struct gw_config *config;
    const struct gw_spec *spec;
    struct gw_gates gates;
    struct gw_wave_row wave[GW_WAVES_MOST];
    uint32_t waves;
    bool still;
};

static bool gw_load_wave_row(void *user, const struct gw_wave_row *row)
{
    struct gw_loading *loading = user;

    GW_CHECK(loading->waves < GW_WAVES_MOST);
    loading->wave[loading->waves++] = *row;
    return true;
}

/* A wall time on this run's clock; what lies before this machine's start is its start, which only waits longer. */
static uint64_t gw_load_ms(const struct gw_roster_clock *clock, int64_t unix_ms)
{
    int64_t ms = (int64_t)clock->now_ms + (unix_ms - clock->unix_ms);

    return ms < 0 ? 0 : (uint64_t)ms;
}

/* When calls may start in each zone: the window's openings, without the time that an upgrade takes. */
static void gw_load_openings(struct gw_loading *loading, uint32_t wave, const struct gw_window_spec *window)
{
    struct gw_load *load = loading->load;
    struct gw_interval interval[GW_OPENINGS_MOST];

    for (uint32_t zone = 0; zone < load->roster.zone.n; zone++) {
        const char *name =
            gw_text_equal(window->zone, "gateway") ? load->roster.zone.name[zone] : window->zone;
        size_t n = gw_window_intervals(window, name, load->clock.unix_ms, interval, GW_OPENINGS_MOST);

        for (size_t i = 0; i < n; i++)
            gw_rollout_load_opening(load->rollout, wave, zone, interval[i].opens_unix_ms,
                                    interval[i].closes_unix_ms - (int64_t)window->cutoff_ms);
    }
}

static void gw_load_rules(struct gw_loading *loading, uint32_t wave)
{
    struct gw_load *load = loading->load;
    struct gw_gate_rule rule;

    gw_gates_rule(&loading->gates, wave, &rule);
    gw_rollout_load_rule(load->rollout, wave, GW_NO_MODEL, &rule);
    for (uint32_t model = 0; model < load->roster.model.n; model++) {
        gw_gates_model_rule(&loading->gates, wave, load->roster.model.name[model], &rule);
        gw_rollout_load_rule(load->rollout, wave, model, &rule);
    }
}

static enum gw_code gw_load_wave(struct gw_loading *loading, uint32_t wave, struct gw_err *err)
{
    struct gw_load *load = loading->load;
    const struct gw_wave_row *row = &loading->wave[wave];
    struct gw_asked_wave asked;
    struct gw_wave_start start;
    enum gw_code code;

    if (row->phase == GW_PHASE_ABORTED && loading->row->phase != GW_PHASE_ABORTING)
        return gw_store_damaged(loading->store, "an aborted wave of a rollout that goes on", err);
    gw_asked_wave(loading->spec, wave, &asked);
    start = (struct gw_wave_start){
        .first = row->first,
        .targets = row->targets,
        .phase = row->phase,
        .verdict = row->verdict,
        .approve = asked.approve,
        .windowed = asked.window != NULL,
        .soak_ms = gw_asked_soak_ms(loading->spec, wave, loading->waves),
        .soaks_until_ms = row->soak_until_unix_ms ? gw_load_ms(&load->clock, row->soak_until_unix_ms) : 0,
        .soaks_until_unix_ms = row->soak_until_unix_ms,
    };
    code = gw_load_limits(loading->config, asked.pace, loading->spec->verify, &start.limits, err);
    if (code != GW_OK)
        return code;
    gw_rollout_load_wave(load->rollout, wave, &start);
    gw_load_rules(loading, wave);
    if (asked.window)
        gw_load_openings(loading, wave, asked.window);
    return GW_OK;
}

/* ---- charts and orders ---- */

static bool gw_load_chart(void *user, uint32_t model, const char *name, const struct gw_chart *chart)
{
    struct gw_loading *loading = user;

    (void)name;
    gw_rollout_load_chart(loading->load->rollout, model, chart);
    return true;
}

/* The last one that was accepted holds. */
static bool gw_load_order(void *user, const struct gw_order_row *row)
{
    if (row->accepted && row->kind == GW_ORDER_PACE)
        (void)gw_parse_rate(row->argument, user);
    return true;
}

static bool gw_load_without(void *user, uint32_t number)
{
    const struct gw_roster *roster = user;

    GW_CHECK(number < roster->n);
    roster->start[number].left_out = true;
    return true;
}

static bool gw_load_held(void *user, uint32_t number)
{
    struct gw_load *load = user;

    GW_CHECK(number < load->roster.n);
    load->held++;
    load->roster.start[number].on_hold = true;
    return true;
}

/* What people have said until now: how fast, and who is left out. */
static enum gw_code gw_load_orders(struct gw_loading *loading, struct gw_rate *ret_pace, struct gw_err *err)
{
    struct gw_rate pace = {0};
    enum gw_code code = gw_orders_each(loading->store, loading->row->id, false, gw_load_order, &pace, err);

    if (code == GW_OK)
        code =
            gw_left_out_each(loading->store, loading->row->id, gw_load_without, &loading->load->roster, err);
    if (code == GW_OK && !loading->still)
        code = gw_held_targets_each(loading->store, loading->row->id, loading->load->clock.unix_ms,
                                    gw_load_held, loading->load, err);
    if (code == GW_OK)
        *ret_pace = pace;
    return code;
}

/* ---- the whole ---- */

static uint32_t gw_load_calls(struct gw_rate rate, uint32_t most)
{
    return rate.window_ms && rate.calls > most ? rate.calls : most;
}

static void gw_load_shape(const struct gw_loading *loading, struct gw_shape *ret)
{
    const struct gw_roster *roster = &loading->load->roster;
    const struct gw_spec *spec = loading->spec;
    const struct gw_limits *limits = &loading->load->drive.limits;

    *ret = (struct gw_shape){
        .targets = roster->n,
        .lanes = roster->n_lanes,
        .waves = loading->waves,
        .models = roster->model.n,
        .zones = roster->zone.n,
        .rate_calls = gw_load_calls(loading->config->limits.rate, gw_load_calls(limits->rate, ORDERED_CALLS)),
        .read_rate_calls =
            gw_load_calls(loading->config->limits.read_rate, gw_load_calls(limits->read_rate, 1)),
    };
    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++)
        ret->scopes[scope] = roster->scope[scope].n;
    for (size_t i = 0; i < spec->n_waves; i++) {
        ret->rate_calls = gw_load_calls(spec->wave[i].pace.rate, ret->rate_calls);
        ret->read_rate_calls = gw_load_calls(spec->wave[i].pace.read_rate, ret->read_rate_calls);
    }
}

/* The longest window of a rate that this run may be paced by: so long what was sent before counts. */
static uint64_t gw_load_window_ms(const struct gw_loading *loading, bool reads, struct gw_rate paced)
{
    const struct gw_limits *limits = &loading->load->drive.limits;
    uint64_t longest_ms = reads ? limits->read_rate.window_ms : limits->rate.window_ms;

    for (size_t i = 0; i < loading->spec->n_waves; i++) {
        const struct gw_pace_spec *pace = &loading->spec->wave[i].pace;
        uint64_t window_ms = reads ? pace->read_rate.window_ms : pace->rate.window_ms;

        longest_ms = window_ms > longest_ms ? window_ms : longest_ms;
    }
    return paced.window_ms > longest_ms ? paced.window_ms : longest_ms;
}

/* How long the reads of an earlier run, which are not durable, may still count against us. */
static uint64_t gw_load_read_window_ms(const struct gw_loading *loading)
{
    uint64_t window_ms = gw_load_window_ms(loading, true, (struct gw_rate){0});

    return window_ms < READS_FORGOTTEN_MS ? window_ms : READS_FORGOTTEN_MS;
}

/* The rate that an order asked for, as far as the configuration still allows it. */
static struct gw_rate gw_load_slower(struct gw_rate paced, struct gw_rate limit)
{
    return gw_rate_per_1000s(paced) > gw_rate_per_1000s(limit) ? limit : paced;
}

static enum gw_code gw_load_into(struct gw_loading *loading, struct gw_err *err)
{
    struct gw_load *load = loading->load;
    struct gw_roster_clock *clock = &load->clock;
    struct gw_shape shape;
    struct gw_rate pace;
    enum gw_code code = gw_load_orders(loading, &pace, err);
    size_t size;

    if (code != GW_OK)
        return code;
    gw_load_shape(loading, &shape);
    load->rate_calls = shape.rate_calls;
    size = gw_rollout_size(&shape);
    load->memory = gw_mem_new(size, 1);
    load->rollout =
        gw_rollout_init(load->memory, size, &shape, &load->drive,
                        gw_hash(loading->row->name, strlen(loading->row->name), (uint64_t)clock->unix_ms),
                        clock->now_ms, clock->unix_ms);
    for (uint32_t wave = 0; wave < loading->waves && code == GW_OK; wave++)
        code = gw_load_wave(loading, wave, err);
    if (code == GW_OK)
        code = gw_charts_each(loading->store, loading->row->id, gw_load_chart, loading, err);
    if (code != GW_OK)
        return code;
    if (pace.calls > 0)
        gw_rollout_load_pace(load->rollout, gw_load_slower(pace, loading->config->limits.rate));
    if (loading->row->phase == GW_PHASE_PAUSED)
        gw_rollout_load_stop(load->rollout, GW_STOP_PAUSE);
    else if (loading->row->phase == GW_PHASE_ABORTING)
        gw_rollout_load_stop(load->rollout, GW_STOP_ABORT);
    /* A run that died before it wrote that it had begun may have read. */
    if (loading->row->run_before)
        gw_rollout_hold_reads(load->rollout, clock->now_ms + gw_load_read_window_ms(loading));
    return gw_roster_start(&load->roster, loading->store, load->rollout, clock,
                           gw_load_window_ms(loading, false, pace), err);
}

enum gw_code gw_load_rollout(struct gw_load *load, struct gw_store *store, const struct gw_rollout_row *row,
                             const struct gw_config *config, const struct gw_spec *spec, bool still,
                             uint64_t now_ms, struct gw_err *err)
{
    struct gw_loading loading = {
        .load = load, .store = store, .row = row, .config = config, .spec = spec, .still = still};
    enum gw_code code = gw_load_drive(config, spec, &load->drive, err);

    load->clock = (struct gw_roster_clock){
        .now_ms = now_ms, .unix_ms = gw_clock_unix_ms(), .fence_ms = load->drive.fence_ms};
    if (code == GW_OK)
        code = gw_waves_each(store, row->id, gw_load_wave_row, &loading, err);
    for (uint32_t wave = 0; wave < loading.waves; wave++)
        (void)gw_names_add(&load->wave, loading.wave[wave].name);
    if (code == GW_OK)
        code = gw_roster_load(&load->roster, store, row, config, &load->clock, err);
    if (code == GW_OK)
        code = gw_gates_load(&loading.gates, store, spec, err);
    if (code == GW_OK)
        code = gw_load_into(&loading, err);
    gw_gates_release(&loading.gates);
    return code;
}

void gw_load_release(struct gw_load *load)
{
    gw_names_release(&load->wave);
    gw_roster_release(&load->roster);
    free(load->memory);
    *load = (struct gw_load){0};
}
