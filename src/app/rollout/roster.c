/* Loading: database rows to what the core and the exchanges work on. */
#include "roster.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/conf/spec.h"
#include "gatewave/store/control.h"

#include "batch.h"

struct gw_roster_loading {
    struct gw_roster *roster;
    const struct gw_config *config;
    const struct gw_roster_clock *clock;
    struct gw_store *store;
    size_t room; /* of the arrays */
    bool dpi;
    enum gw_code code;
    struct gw_err *err;
};

uint32_t gw_roster_lane_find(const struct gw_roster *roster, const char *account, const char *region)
{
    for (uint32_t i = 0; i < roster->n_lanes; i++)
        if (gw_text_equal(roster->lane[i].region, region) && gw_text_equal(roster->lane[i].account, account))
            return i;
    return GW_LANES_MAX;
}

/* The lane of a target; makes it when this is its first one. */
static uint32_t gw_roster_lane(struct gw_roster_loading *loading, const struct gw_target_row *row)
{
    struct gw_roster *roster = loading->roster;
    uint32_t i = gw_roster_lane_find(roster, row->account, row->region);
    struct gw_roster_lane *lane;

    if (i < GW_LANES_MAX)
        return i;
    if (roster->n_lanes == GW_LANES_MAX) {
        loading->code = gw_err_set(loading->err, GW_ERR_INPUT,
                                   "more than %d pairs of account and region in one rollout", GW_LANES_MAX);
        return 0;
    }
    roster->lane = gw_mem_resize(roster->lane, roster->n_lanes + 1, sizeof(*roster->lane));
    lane = &roster->lane[roster->n_lanes];
    *lane = (struct gw_roster_lane){0};
    (void)gw_text_copy(lane->account, sizeof(lane->account), row->account);
    (void)gw_text_copy(lane->region, sizeof(lane->region), row->region);
    loading->code = gw_endpoint_resolve(row->region, loading->config->cloud.endpoint,
                                        loading->config->cloud.vpc, &lane->endpoint, loading->err);
    if (loading->code != GW_OK)
        (void)gw_err_prefix(loading->err, "gateway %s", row->gateway_id);
    return roster->n_lanes++;
}

/* A wall time on the loop's clock. What lies before this machine's start becomes its start, which only waits longer. */
static uint64_t gw_roster_ms(const struct gw_roster_clock *clock, int64_t unix_ms)
{
    int64_t ms = (int64_t)clock->now_ms - (clock->unix_ms - unix_ms);

    return ms < 0 ? 0 : (uint64_t)ms;
}

/* Room for one more, as rows come: how many a damaged database only claims costs nothing. */
static void gw_roster_grow(struct gw_roster_loading *loading)
{
    struct gw_roster *roster = loading->roster;

    if (roster->n < loading->room)
        return;
    loading->room = loading->room ? 2 * loading->room : 256;
    roster->lane_of = gw_mem_resize(roster->lane_of, loading->room, sizeof(*roster->lane_of));
    roster->gateway_id = gw_mem_resize(roster->gateway_id, loading->room, sizeof(*roster->gateway_id));
    roster->serial = gw_mem_resize(roster->serial, loading->room, sizeof(*roster->serial));
    roster->start = gw_mem_resize(roster->start, loading->room, sizeof(*roster->start));
}

static uint32_t gw_roster_scope(struct gw_roster *roster, enum gw_scope scope, const char *name)
{
    return name[0] ? gw_names_add(&roster->scope[scope], name) + 1 : 0;
}

static void gw_roster_damaged(struct gw_roster_loading *loading, const char *wrong)
{
    if (loading->code == GW_OK)
        loading->code = gw_store_damaged(loading->store, wrong, loading->err);
}

/* The devices of a pair stand next to each other in dispatch order. */
static void gw_roster_mate(struct gw_roster_loading *loading, uint32_t t)
{
    const struct gw_roster *roster = loading->roster;

    if (t == 0 || !gw_text_equal(roster->gateway_id[t - 1], roster->gateway_id[t]))
        return;
    if (roster->start[t - 1].mate != GW_NO_TARGET) {
        gw_roster_damaged(loading, "a gateway with three devices");
        return;
    }
    roster->start[t].mate = t - 1;
    roster->start[t - 1].mate = t;
    roster->start[t].pair = roster->start[t - 1].pair = true;
}

static bool gw_roster_add(void *user, const struct gw_target_row *row)
{
    struct gw_roster_loading *loading = user;
    struct gw_roster *roster = loading->roster;
    const struct gw_roster_clock *clock = loading->clock;
    uint32_t t = row->number;
    struct gw_target_start *start;

    GW_CHECK(t == roster->n);
    gw_roster_grow(loading);
    start = &roster->start[roster->n++];
    roster->lane_of[t] = gw_roster_lane(loading, row);
    roster->gateway_id[t] = gw_mem_dup(row->gateway_id);
    roster->serial[t] = gw_mem_dup(row->serial);
    *start = (struct gw_target_start){
        .lane = roster->lane_of[t],
        .mate = GW_NO_TARGET,
        .state = row->state,
        .attempts = row->attempts,
        .sent = row->sent,
        .pair = row->ha_role[0] != '\0',
        .by_one = loading->dpi || row->ha_role[0] != '\0',
        .doubted = row->doubted,
        .at_version = row->state == GW_STATE_SKIPPED && gw_text_equal(row->code, "at_version"),
        .on_hold = row->state == GW_STATE_DEFERRED && gw_text_equal(row->code, "on_hold"),
        .relapsed = row->relapsed,
        .zone = gw_names_add(&roster->zone, row->timezone),
        .model = gw_names_find(&roster->model, row->model),
        .scope = {[GW_SCOPE_SITE] = gw_roster_scope(roster, GW_SCOPE_SITE, row->site),
                  [GW_SCOPE_REGION] = gw_roster_scope(roster, GW_SCOPE_REGION, row->region),
                  [GW_SCOPE_ISP] = gw_roster_scope(roster, GW_SCOPE_ISP, row->isp)},
    };
    if (start->model == GW_NO_NAME)
        gw_roster_damaged(loading, "a target whose model has no chart");
    if (row->state == GW_STATE_SUCCEEDED)
        start->ended_ms = gw_roster_ms(clock, row->ended_unix_ms);
    if (row->sent > 0) {
        uint64_t since_ms = gw_roster_ms(clock, row->signed_unix_ms);
        uint64_t fence_ms = gw_roster_ms(clock, row->fence_unix_ms);

        /* A wall clock that was set back must not keep a doubt open for longer than a fence. */
        start->since_ms = since_ms < clock->now_ms ? since_ms : clock->now_ms;
        start->fence_ms =
            fence_ms < clock->now_ms + clock->fence_ms ? fence_ms : clock->now_ms + clock->fence_ms;
    }
    gw_roster_mate(loading, t);
    return loading->code == GW_OK;
}

static bool gw_roster_add_model(void *user, uint32_t model, const char *name, const struct gw_chart *chart)
{
    struct gw_roster_loading *loading = user;

    (void)chart;
    if (model == GW_NO_MODEL || gw_names_add(&loading->roster->model, name) == model)
        return true;
    gw_roster_damaged(loading, "a model that has two charts");
    return false;
}

enum gw_code gw_roster_load(struct gw_roster *roster, struct gw_store *store,
                            const struct gw_rollout_row *row, const struct gw_config *config,
                            const struct gw_roster_clock *clock, struct gw_err *err)
{
    struct gw_roster_loading loading = {
        .roster = roster, .config = config, .clock = clock, .store = store, .dpi = row->dpi, .err = err};
    enum gw_code code;

    *roster = (struct gw_roster){.n = 0};
    code = gw_charts_each(store, row->id, gw_roster_add_model, &loading, err);
    if (code == GW_OK && loading.code == GW_OK)
        code = gw_targets_each(store, row->id, false, gw_roster_add, &loading, err);
    return loading.code != GW_OK ? loading.code : code;
}

void gw_roster_release(struct gw_roster *roster)
{
    for (uint32_t t = 0; t < roster->n; t++) {
        free(roster->gateway_id[t]);
        free(roster->serial[t]);
    }
    gw_names_release(&roster->model);
    gw_names_release(&roster->zone);
    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++)
        gw_names_release(&roster->scope[scope]);
    free(roster->gateway_id);
    free(roster->serial);
    free(roster->lane_of);
    free(roster->lane);
    free(roster->start);
    *roster = (struct gw_roster){0};
}

struct gw_roster_sends {
    const struct gw_roster *roster;
    struct gw_rollout *rollout;
    const struct gw_roster_clock *clock;
};

/* When it left at the latest: before its answer came, and before it would have been withdrawn. The signed time is cut
   to whole seconds. */
static bool gw_roster_sent(void *user, const char *account, const char *region, int64_t signed_unix_ms,
                           int64_t answered_unix_ms)
{
    struct gw_roster_sends *sends = user;
    uint32_t lane = gw_roster_lane_find(sends->roster, account, region);
    int64_t left_unix_ms = signed_unix_ms + GW_SEND_STALE_MS;
    uint64_t sent_ms;

    /* A clock that was set may have it answered before it was signed. */
    if (answered_unix_ms >= signed_unix_ms && answered_unix_ms < left_unix_ms)
        left_unix_ms = answered_unix_ms;
    sent_ms = gw_roster_ms(sends->clock, left_unix_ms) + 1000;
    if (lane < GW_LANES_MAX)
        gw_rollout_load_sent(sends->rollout, lane,
                             sent_ms < sends->clock->now_ms ? sent_ms : sends->clock->now_ms);
    return true;
}

enum gw_code gw_roster_start(struct gw_roster *roster, struct gw_store *store, struct gw_rollout *rollout,
                             const struct gw_roster_clock *clock, uint64_t window_ms, struct gw_err *err)
{
    struct gw_roster_sends sends = {.roster = roster, .rollout = rollout, .clock = clock};

    for (uint32_t t = 0; t < roster->n; t++)
        gw_rollout_load(rollout, t, &roster->start[t]);
    free(roster->start);
    roster->start = NULL;
    return gw_sent_since(store, clock->unix_ms - (int64_t)window_ms - GW_SEND_STALE_MS - 1000, gw_roster_sent,
                         &sends, err);
}
