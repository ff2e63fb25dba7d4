/*
 * Adding up what whynot.h asks of one target. What must stay true: each waiting device of the wave under way is counted once, by
 * the first thing that stands in its way. Who is offline only the running core knows: such a device waits for its turn here.
 */
#include "waits.h"

#include <stdlib.h>

#include "figures.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/names.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "rollout/asked.h"
#include "whynot.h"

/* What is kept of a target until it is known whether the next one is its mate. */
struct gw_waits_target {
    struct gw_mate_stand stand;
    bool counts; /* it waits, in the wave under way */
    char gateway_id[GW_GATEWAY_ID_MAX];
    enum gw_obstacle window, room; /* NONE: it is open; there is some */
    int64_t opens_unix_ms;
};

/* How many wait for the same, and when the first of them does no more; 0: nobody can tell. */
struct gw_waits_sum {
    uint64_t n;
    int64_t first_unix_ms;
};

struct gw_waits {
    const struct gw_standing *standing;
    const struct gw_spec *spec;
    int64_t now_unix_ms;
    uint32_t wave;
    struct gw_asked_wave asked;
    uint32_t limit[GW_SCOPE_COUNT];
    struct gw_names place[GW_SCOPE_COUNT]; /* where devices are at work, and how many by number */
    uint32_t *inside[GW_SCOPE_COUNT];
    struct gw_names zone;
    int64_t *opens_unix_ms; /* by number in zone; 0: open; INT64_MAX: never */
    struct gw_waits_target last;
    struct gw_waits_sum sum[GW_OBSTACLE_COUNT];
};

/* ---- places and zones ---- */

static const char *gw_waits_place(const struct gw_target_row *row, int scope)
{
    const char *const place[GW_SCOPE_COUNT] = {row->site, row->region, row->isp};

    return place[scope];
}

static bool gw_waits_at_work(void *user, const struct gw_target_row *row)
{
    struct gw_waits *waits = user;

    for (int scope = 0; scope < GW_SCOPE_COUNT && gw_told_is_at_work(row->state); scope++) {
        size_t known = waits->place[scope].n;
        uint32_t number;

        if (waits->limit[scope] == 0 || !gw_waits_place(row, scope)[0])
            continue;
        number = gw_names_add(&waits->place[scope], gw_waits_place(row, scope));
        if (number == known) {
            waits->inside[scope] =
                gw_mem_resize(waits->inside[scope], known + 1, sizeof(*waits->inside[scope]));
            waits->inside[scope][number] = 0;
        }
        waits->inside[scope][number]++;
    }
    return true;
}

static enum gw_obstacle gw_waits_room(const struct gw_waits *waits, const struct gw_target_row *row)
{
    for (int scope = 0; scope < GW_SCOPE_COUNT; scope++) {
        uint32_t number = gw_names_find(&waits->place[scope], gw_waits_place(row, scope));

        if (number != GW_NO_NAME && waits->inside[scope][number] >= waits->limit[scope])
            return GW_OBSTACLE_LIMIT;
    }
    return GW_OBSTACLE_NONE;
}

/* Windows are worked out once a zone. */
static int64_t gw_waits_opens_unix_ms(struct gw_waits *waits, const struct gw_target_row *row)
{
    const struct gw_window_spec *window = waits->asked.window;
    const char *zone = gw_text_equal(window->zone, "gateway") ? row->timezone : window->zone;
    size_t known = waits->zone.n;
    uint32_t number = gw_names_add(&waits->zone, zone);
    struct gw_interval usable;
    int64_t last_unix_ms;

    if (number < known)
        return waits->opens_unix_ms[number];
    waits->opens_unix_ms = gw_mem_resize(waits->opens_unix_ms, known + 1, sizeof(*waits->opens_unix_ms));
    waits->opens_unix_ms[number] = !gw_whynot_usable(window, zone, waits->now_unix_ms, &usable, &last_unix_ms)
                                       ? INT64_MAX
                                   : usable.opens_unix_ms > waits->now_unix_ms ? usable.opens_unix_ms
                                                                               : 0;
    return waits->opens_unix_ms[number];
}

/* ---- adding up ---- */

static void gw_waits_add(struct gw_waits *waits, enum gw_obstacle obstacle, int64_t until_unix_ms)
{
    struct gw_waits_sum *sum = &waits->sum[obstacle];

    sum->n++;
    if (until_unix_ms && (sum->first_unix_ms == 0 || until_unix_ms < sum->first_unix_ms))
        sum->first_unix_ms = until_unix_ms;
}

/* mate: NULL when it has none. */
static void gw_waits_count(struct gw_waits *waits, const struct gw_waits_target *target,
                           const struct gw_mate_stand *mate)
{
    enum gw_obstacle by_mate = GW_OBSTACLE_NONE;
    int64_t until_unix_ms = 0;

    if (!target->counts)
        return;
    if (mate)
        by_mate = gw_whynot_by_mate(&target->stand, mate,
                                    waits->standing->rollout.verify ? waits->spec->pair_soak_ms : UINT64_MAX,
                                    waits->now_unix_ms, &until_unix_ms);
    if (target->window != GW_OBSTACLE_NONE)
        gw_waits_add(waits, target->window,
                     target->opens_unix_ms); /* of one that never opens it is not told */
    else if (by_mate != GW_OBSTACLE_NONE)
        gw_waits_add(waits, by_mate, until_unix_ms);
    else if (target->room != GW_OBSTACLE_NONE)
        gw_waits_add(waits, target->room, 0);
    else
        gw_waits_add(waits, GW_OBSTACLE_NONE, 0);
}

/* The two devices of a pair stand next to each other. */
static bool gw_waits_target(void *user, const struct gw_target_row *row)
{
    struct gw_waits *waits = user;
    struct gw_waits_target now = {.stand = {.number = row->number,
                                            .sent = row->sent,
                                            .state = row->state,
                                            .relapsed = row->relapsed,
                                            .ended_unix_ms = row->ended_unix_ms},
                                  .counts = row->state == GW_STATE_WAITING && row->wave == waits->wave};
    bool mates = gw_text_equal(waits->last.gateway_id, row->gateway_id);

    (void)gw_text_copy(now.gateway_id, sizeof(now.gateway_id), row->gateway_id);
    if (now.counts) {
        now.room = gw_waits_room(waits, row);
        now.opens_unix_ms = waits->asked.window ? gw_waits_opens_unix_ms(waits, row) : 0;
        now.window = now.opens_unix_ms == 0           ? GW_OBSTACLE_NONE
                     : now.opens_unix_ms == INT64_MAX ? GW_OBSTACLE_NO_WINDOW
                                                      : GW_OBSTACLE_WINDOW;
    } else if (row->state == GW_STATE_WAITING && row->wave > waits->wave) {
        gw_waits_add(waits, GW_OBSTACLE_WAVE, 0);
    }
    gw_waits_count(waits, &waits->last, mates ? &now.stand : NULL);
    if (mates) {
        gw_waits_count(waits, &now, &waits->last.stand);
        now = (struct gw_waits_target){.counts = false};
    }
    waits->last = now;
    return true;
}

/* ---- telling ---- */

static void gw_waits_say(const struct gw_waits *waits, enum gw_obstacle obstacle, const char *what,
                         const char *until, struct gw_buf *buf)
{
    const struct gw_waits_sum *sum = &waits->sum[obstacle];
    char when[GW_WHEN_TEXT_SIZE];

    if (sum->n == 0)
        return;
    gw_buf_add_text(buf, buf->len ? "; " : "");
    gw_figure_count(buf, sum->n);
    gw_buf_addf(buf, " for %s", what);
    if (!until || sum->first_unix_ms == 0)
        return;
    gw_when_text(sum->first_unix_ms, when);
    gw_buf_addf(buf, ", %s %s", until, when);
}

static void gw_waits_words(const struct gw_waits *waits, struct gw_buf *buf)
{
    struct gw_buf words;

    gw_buf_init(&words, 0);
    gw_waits_say(waits, GW_OBSTACLE_NONE, "their turn, or to come online", NULL, &words);
    gw_waits_say(waits, GW_OBSTACLE_MATE, "their pair's other device and its soak", "the first until",
                 &words);
    gw_waits_say(waits, GW_OBSTACLE_MATE_FAILED, "nothing any more: their pair's other device is not well",
                 NULL, &words);
    gw_waits_say(waits, GW_OBSTACLE_LIMIT, "others at work in their place", NULL, &words);
    gw_waits_say(waits, GW_OBSTACLE_WINDOW, "their window", "the first opens", &words);
    gw_waits_say(waits, GW_OBSTACLE_NO_WINDOW, "a window that never opens", NULL, &words);
    gw_waits_say(waits, GW_OBSTACLE_WAVE, "their wave", NULL, &words);
    gw_buf_add_text(buf, gw_buf_text(&words));
    gw_buf_release(&words);
}

enum gw_code gw_waits_tell(struct gw_store *store, const struct gw_standing *standing,
                           const struct gw_spec *spec, int64_t now_unix_ms, struct gw_buf *buf,
                           struct gw_err *err)
{
    const struct gw_wave_row *wave = gw_standing_wave(standing);
    struct gw_waits waits = {
        .standing = standing, .spec = spec, .now_unix_ms = now_unix_ms, .wave = wave->number};
    const uint64_t *count = standing->wave_count[wave - standing->waves.wave];
    enum gw_code code = GW_OK;

    if (standing->rollout.phase != GW_PHASE_RUNNING || count[GW_STATE_WAITING] == 0)
        return GW_OK;
    gw_asked_wave(spec, wave->number - 1, &waits.asked);
    waits.limit[GW_SCOPE_SITE] = waits.asked.pace->per_site;
    waits.limit[GW_SCOPE_REGION] = waits.asked.pace->per_region;
    waits.limit[GW_SCOPE_ISP] = waits.asked.pace->per_isp;
    if (waits.limit[GW_SCOPE_SITE] || waits.limit[GW_SCOPE_REGION] || waits.limit[GW_SCOPE_ISP])
        code = gw_targets_each(store, standing->rollout.id, true, gw_waits_at_work, &waits, err);
    if (code == GW_OK)
        code = gw_targets_each(store, standing->rollout.id, false, gw_waits_target, &waits, err);
    gw_waits_count(&waits, &waits.last, NULL);
    if (code == GW_OK)
        gw_waits_words(&waits, buf);
    for (int scope = 0; scope < GW_SCOPE_COUNT; scope++) {
        gw_names_release(&waits.place[scope]);
        free(waits.inside[scope]);
    }
    gw_names_release(&waits.zone);
    free(waits.opens_unix_ms);
    return code;
}
