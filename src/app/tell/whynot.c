/*
 * Why not: the facts in the order in which the core asks for them (does the rollout go on, is it this wave's turn, is the
 * window open, what of the mate, is there room, was it just refused), and then what the first of them that stands in the way
 * means. What must stay true: nothing is said that the core would not do; what only the running core knows (the pace of its
 * lane, the exact pause after a refusal) is said as far as it is bounded.
 */
#include "whynot.h"

#include <inttypes.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/conf/window.h"
#include "gatewave/store/night.h"
#include "rollout/asked.h"

/* ---- what a waiting target waits for ---- */

static void gw_whynot_first(enum gw_obstacle *first, enum gw_obstacle obstacle)
{
    if (*first == GW_OBSTACLE_NONE)
        *first = obstacle;
}

static const struct gw_wave_row *gw_whynot_own_wave(const struct gw_whynot *why)
{
    const struct gw_wave_names *waves = &why->standing->waves;

    for (size_t i = 0; i < waves->n; i++)
        if (waves->wave[i].number == why->target->wave)
            return &waves->wave[i];
    return gw_standing_wave(why->standing);
}

static void gw_whynot_wave(const struct gw_whynot *why, struct gw_facts *facts, enum gw_obstacle *first)
{
    const struct gw_wave_row *own = gw_whynot_own_wave(why), *now = gw_standing_wave(why->standing);
    struct gw_buf sentence;

    gw_buf_init(&sentence, 0);
    gw_standing_sentence(why->standing, &sentence);
    if (own->number > now->number) {
        gw_whynot_first(first, GW_OBSTACLE_WAVE);
        gw_facts_add(facts, "wave", 0, "%s (%" PRIu32 " of %zu) has not begun: wave %s (%s) is before it; %s",
                     own->name, own->number, why->standing->waves.n, now->name, gw_phase_name(now->phase),
                     gw_buf_text(&sentence));
    } else {
        gw_facts_add(facts, "wave", 0, "%s (%" PRIu32 " of %zu), %s; %s", own->name, own->number,
                     why->standing->waves.n, gw_phase_name(own->phase), gw_buf_text(&sentence));
    }
    gw_buf_release(&sentence);
}

static void gw_whynot_when(const char *zone, int64_t unix_ms, char *ret, size_t size)
{
    char local[GW_ZONE_TEXT_SIZE], utc[GW_WHEN_TEXT_SIZE];
    struct gw_buf text;

    gw_zone_text(zone, unix_ms, local, sizeof(local));
    gw_when_text(unix_ms, utc);
    gw_buf_init(&text, 0);
    gw_buf_addf(&text, "%s (UTC %s)", local, utc);
    (void)gw_text_copy(ret, size, gw_buf_text(&text));
    gw_buf_release(&text);
}

bool gw_whynot_usable(const struct gw_window_spec *window, const char *zone, int64_t now_unix_ms,
                      struct gw_interval *ret, int64_t *ret_last_unix_ms)
{
    struct gw_interval interval[GW_OPENINGS_MOST];
    size_t n = gw_window_intervals(window, zone, now_unix_ms, interval, GW_OPENINGS_MOST);

    for (size_t i = 0; i < n; i++) {
        int64_t last_unix_ms = interval[i].closes_unix_ms - (int64_t)window->cutoff_ms;

        if (last_unix_ms <= now_unix_ms || last_unix_ms <= interval[i].opens_unix_ms)
            continue;
        *ret = interval[i];
        *ret_last_unix_ms = last_unix_ms;
        return true;
    }
    return false;
}

static void gw_whynot_window(const struct gw_whynot *why, struct gw_facts *facts, enum gw_obstacle *first)
{
    char opens[GW_ZONE_TEXT_SIZE + GW_WHEN_TEXT_SIZE + 8], closes[sizeof(opens)];
    struct gw_interval usable;
    struct gw_asked_wave asked;
    const char *zone;
    int64_t far_unix_ms, last_unix_ms;

    gw_asked_wave(why->spec, why->target->wave - 1, &asked);
    if (!asked.window)
        return;
    zone = gw_text_equal(asked.window->zone, "gateway") ? why->target->timezone : asked.window->zone;
    if (!gw_whynot_usable(asked.window, zone, why->now_unix_ms, &usable, &last_unix_ms)) {
        gw_whynot_first(first, GW_OBSTACLE_NO_WINDOW);
        if (gw_zone_is_known(zone))
            gw_facts_add(facts, "window", 0, "closed, and no opening is left that a call can use");
        else
            gw_facts_add(facts, "window", 0, "never open: %s",
                         zone[0] ? "the zone of its gateway is not known"
                                 : "its gateway has no timezone in the inventory");
        return;
    }
    /* What has not closed by then is said to close then. */
    far_unix_ms = why->now_unix_ms + (GW_WINDOW_AHEAD_D - 2) * (int64_t)86400000;
    gw_whynot_when(zone, usable.opens_unix_ms, opens, sizeof(opens));
    gw_whynot_when(zone, last_unix_ms, closes, sizeof(closes));
    if (usable.opens_unix_ms > why->now_unix_ms) {
        gw_whynot_first(first, GW_OBSTACLE_WINDOW);
        gw_facts_add(facts, "window", 0, "closed; it opens %s, and calls start until %s", opens, closes);
    } else if (usable.closes_unix_ms > far_unix_ms) {
        gw_facts_add(facts, "window", 0, "open, without an end");
    } else {
        gw_facts_add(facts, "window", 0, "open; calls start until %s", closes);
    }
}

/* ---- a hold ---- */

struct gw_held_search {
    const char *gateway_id;
    struct gw_held *ret;
};

/* The longest comes first. */
static bool gw_held_row(void *user, const struct gw_hold_row *row)
{
    const struct gw_held_search *search = user;
    struct gw_held *held = search->ret;

    if (!gw_text_equal(row->gateway_id, search->gateway_id))
        return true;
    held->until_unix_ms = row->until_unix_ms;
    gw_text_escape(held->reason, sizeof(held->reason), row->reason, strlen(row->reason));
    gw_text_escape(held->by, sizeof(held->by), row->by, strlen(row->by));
    return false;
}

enum gw_code gw_held_read(struct gw_store *store, const char *gateway_id, int64_t now_unix_ms,
                          struct gw_held *ret, struct gw_err *err)
{
    struct gw_held_search search = {.gateway_id = gateway_id, .ret = ret};

    *ret = (struct gw_held){0};
    return gw_holds_each(store, now_unix_ms, gw_held_row, &search, err);
}

static void gw_whynot_hold(const struct gw_whynot *why, struct gw_facts *facts, enum gw_obstacle *first)
{
    char until[GW_WHEN_TEXT_SIZE];

    if (why->held->until_unix_ms == 0)
        return;
    gw_whynot_first(first, GW_OBSTACLE_HOLD);
    gw_when_text(why->held->until_unix_ms, until);
    gw_facts_add(facts, "hold", 0, "its gateway is on hold until %s, by %s: %s", until, why->held->by,
                 why->held->reason);
}

/* ---- its mate ---- */

/* Standby first, or the one that was called already. */
static bool gw_whynot_mate_first(const struct gw_mate_stand *own, const struct gw_mate_stand *mate)
{
    return (mate->sent > 0) != (own->sent > 0) ? mate->sent > 0 : mate->number < own->number;
}

/* As core/pair.c has it: standby first, seen to be well for a while, then the other; never both. */
enum gw_obstacle gw_whynot_by_mate(const struct gw_mate_stand *own, const struct gw_mate_stand *mate,
                                   uint64_t pair_soak_ms, int64_t now_unix_ms, int64_t *ret_until_unix_ms)
{
    *ret_until_unix_ms = 0;
    if (mate->state == GW_STATE_WAITING)
        return gw_whynot_mate_first(own, mate) ? GW_OBSTACLE_MATE : GW_OBSTACLE_NONE;
    if (gw_told_is_at_work(mate->state))
        return GW_OBSTACLE_MATE;
    if (mate->state == GW_STATE_SUCCEEDED && !mate->relapsed && pair_soak_ms != UINT64_MAX) {
        *ret_until_unix_ms = mate->ended_unix_ms + (int64_t)pair_soak_ms;
        return *ret_until_unix_ms > now_unix_ms ? GW_OBSTACLE_MATE : GW_OBSTACLE_NONE;
    }
    return mate->state == GW_STATE_SKIPPED ? GW_OBSTACLE_NONE : GW_OBSTACLE_MATE_FAILED;
}

static struct gw_mate_stand gw_whynot_stand(const struct gw_told_target *target)
{
    return (struct gw_mate_stand){.number = target->number,
                                  .sent = target->sent,
                                  .state = target->state,
                                  .relapsed = target->relapsed,
                                  .ended_unix_ms = target->ended_unix_ms};
}

static void gw_whynot_mate(const struct gw_whynot *why, struct gw_facts *facts, enum gw_obstacle *first)
{
    uint64_t pair_soak_ms = why->standing->rollout.verify ? why->spec->pair_soak_ms : UINT64_MAX;
    const struct gw_told_target *mate = why->mate;
    struct gw_mate_stand own_stand, mate_stand;
    enum gw_obstacle obstacle;
    int64_t until_unix_ms;
    char when[GW_WHEN_TEXT_SIZE];
    const char *what;

    if (!mate)
        return;
    own_stand = gw_whynot_stand(why->target);
    mate_stand = gw_whynot_stand(mate);
    obstacle = gw_whynot_by_mate(&own_stand, &mate_stand, pair_soak_ms, why->now_unix_ms, &until_unix_ms);
    gw_whynot_first(first, obstacle);
    what = mate->serial[0] ? mate->serial : "the other device";
    if (mate->state == GW_STATE_WAITING) {
        gw_facts_add(facts, "mate", 0, "%s waits too; %s goes first", what,
                     gw_whynot_mate_first(&own_stand, &mate_stand) ? "it" : "this one");
    } else if (gw_told_is_at_work(mate->state)) {
        gw_facts_add(facts, "mate", 0, "%s is %s; never both at once", what, gw_state_name(mate->state));
    } else if (obstacle == GW_OBSTACLE_MATE_FAILED) {
        gw_facts_add(facts, "mate", 0, "%s is %s%s", what, gw_state_name(mate->state),
                     mate->relapsed ? ", and was not well after the soak" : "");
    } else if (mate->state == GW_STATE_SUCCEEDED) {
        gw_when_text(until_unix_ms, when);
        gw_facts_add(facts, "mate", 0, "%s has succeeded; pair_soak until %s%s", what, when,
                     obstacle == GW_OBSTACLE_MATE ? "" : ", which is over");
    } else {
        gw_facts_add(facts, "mate", 0, "%s needed no upgrade", what);
    }
}

static void gw_whynot_limits(const struct gw_whynot *why, struct gw_facts *facts, enum gw_obstacle *first)
{
    static const char *const key[GW_SCOPE_COUNT] = {"per_site", "per_region", "per_isp"};
    const char *const own[GW_SCOPE_COUNT] = {why->target->site, why->target->region, why->target->isp};
    struct gw_asked_wave asked;

    gw_asked_wave(why->spec, why->target->wave - 1, &asked);
    for (int scope = 0; scope < GW_SCOPE_COUNT; scope++) {
        const uint32_t limit[GW_SCOPE_COUNT] = {asked.pace->per_site, asked.pace->per_region,
                                                asked.pace->per_isp};
        uint32_t inside = why->crowd->inside[scope];

        if (limit[scope] == 0 || inside == 0)
            continue;
        if (inside >= limit[scope])
            gw_whynot_first(first, GW_OBSTACLE_LIMIT);
        gw_facts_add(facts, "limit", 0, "%s %" PRIu32 ": %" PRIu32 " of %s at work%s%s%s", key[scope],
                     limit[scope], inside, own[scope], inside == 1 ? " (" : ", among them ",
                     why->crowd->who[scope], inside == 1 ? ")" : "");
    }
}

/* What it was last refused for; how long it then pauses is drawn by the run. */
static void gw_whynot_try(const struct gw_whynot *why, struct gw_facts *facts)
{
    char longest[32];

    if (why->target->sent == 0)
        return;
    gw_duration_text(why->spec->backoff_longest_ms, longest, sizeof(longest));
    gw_facts_add(facts, "try", 0,
                 "the last call came to nothing%s%s; the pause before the next is at most %s, and %" PRIu32
                 " of %" PRIu32 " tries are spent",
                 why->target->code[0] ? ": " : "", why->target->code, longest, why->target->attempts,
                 why->spec->attempts);
}

/* ---- what happens next ---- */

/* What the first thing in its way means for it. */
static void gw_whynot_clause(const struct gw_whynot *why, enum gw_obstacle first, struct gw_buf *buf)
{
    static const char *const clause[] = {
        [GW_OBSTACLE_WAVE] = "it waits for its wave: each wave before it must be promoted by its gate",
        [GW_OBSTACLE_WINDOW] = "it is read and called when its window opens",
        [GW_OBSTACLE_NO_WINDOW] = "it is not called: no window of it opens any more",
        [GW_OBSTACLE_HOLD] = "it is deferred when its turn comes, unless the run began before the hold did",
        [GW_OBSTACLE_MATE] = "it is called when its mate was seen to be well and has soaked",
        [GW_OBSTACLE_MATE_FAILED] = "it will not be called: one device of a pair must be left that works",
        [GW_OBSTACLE_LIMIT] = "it is called when one of those at work there has ended",
    };
    const char *what = why->target->sent ? "next try" : "turn";

    if (first != GW_OBSTACLE_NONE)
        gw_buf_add_text(buf, clause[first]);
    else if (why->crowd->ahead == 0)
        gw_buf_addf(buf, "it waits for its %s, the first of its wave", what);
    else
        gw_buf_addf(buf, "it waits for its %s, behind %" PRIu32 " of its wave", what, why->crowd->ahead);
}

static void gw_whynot_next(const struct gw_whynot *why, enum gw_obstacle first, struct gw_buf *buf)
{
    const struct gw_rollout_row *rollout = &why->standing->rollout;
    enum gw_way way = gw_standing_way(why->standing);
    const struct gw_choice *choice = gw_way_choices(way);

    if (rollout->phase == GW_PHASE_RUNNING || rollout->phase == GW_PHASE_SOAKING) {
        gw_whynot_clause(why, first, buf);
    } else if (rollout->phase == GW_PHASE_ABORTING || rollout->phase == GW_PHASE_ABORTED) {
        gw_buf_add_text(buf, "it will not be called: the rollout is aborted");
    } else if (gw_way_looks_first(way)) {
        gw_buf_addf(buf, "nothing until a person decides: `gatewave %s %s` or `gatewave %s %s`",
                    choice[0].verb, rollout->name, choice[1].verb, rollout->name);
    } else if (way == GW_WAY_ABORT) {
        gw_buf_addf(buf,
                    "nothing while the cloud does not have the version: `gatewave abort %s`, or"
                    " `gatewave run %s` once it has",
                    rollout->name, rollout->name);
    } else {
        gw_buf_add_text(buf, "nothing until `gatewave ");
        gw_standing_next(why->standing, buf);
        gw_buf_add_char(buf, '`');
        /* A wave that a person lets go is the one that stands in the way of the next. */
        if (way == GW_WAY_RUN || way == GW_WAY_RESUME) {
            gw_buf_add_text(buf, "; then ");
            gw_whynot_clause(why, first, buf);
        }
    }
}

void gw_whynot_tell(const struct gw_whynot *why, struct gw_facts *facts)
{
    enum gw_obstacle first = GW_OBSTACLE_NONE;
    struct gw_buf next;

    gw_whynot_wave(why, facts, &first);
    gw_whynot_window(why, facts, &first);
    gw_whynot_hold(why, facts, &first);
    gw_whynot_mate(why, facts, &first);
    gw_whynot_limits(why, facts, &first);
    gw_whynot_try(why, facts);
    gw_buf_init(&next, 0);
    gw_whynot_next(why, first, &next);
    gw_facts_add(facts, "next", 0, "%s", gw_buf_text(&next));
    gw_buf_release(&next);
}
