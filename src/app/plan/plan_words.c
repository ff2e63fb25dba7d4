/* The sentences of a plan: times, windows, clocks, and what its gates can see, worked out for just this plan. */
#include "plan_words.h"

#include <inttypes.h>
#include <stdio.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"

#include "figures.h"

#define MINUTE_MS     UINT64_C(60000)
#define HOUR_MS       (60 * MINUTE_MS)
#define SURE_MS       (10 * MINUTE_MS) /* beyond this no estimate knows the second */
#define DAY_MS        (24 * HOUR_MS)
#define CLOCKS_SOON_D 7

void gw_plan_duration_text(uint64_t ms, char *ret, size_t size)
{
    if (ms == 0) {
        (void)gw_text_copy(ret, size, "-");
        return;
    }
    if (ms >= SURE_MS)
        ms = (ms + MINUTE_MS / 2) / MINUTE_MS * MINUTE_MS;
    else if (ms >= 1000)
        ms = (ms + 999) / 1000 * 1000;
    gw_duration_text(ms, ret, size);
}

void gw_plan_utc(struct gw_buf *buf, int64_t unix_ms)
{
    char text[GW_WHEN_TEXT_SIZE];

    gw_when_text(unix_ms, text);
    gw_buf_addf(buf, "%.16sZ", text);
}

void gw_plan_window_text(const struct gw_window_spec *window, struct gw_buf *buf)
{
    static const char days[7][4] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    char cutoff[32];

    gw_buf_addf(buf, "%02d:%02d-%02d:%02d ", window->from_min / 60, window->from_min % 60,
                window->to_min / 60, window->to_min % 60);
    if (gw_text_equal(window->zone, "gateway"))
        gw_buf_add_text(buf, "of each gateway's own zone");
    else
        gw_screen_text(buf, window->zone);
    if (window->days != 0x7f) {
        gw_buf_add_char(buf, ',');
        for (int day = 0; day < 7; day++)
            if (window->days >> day & 1)
                gw_buf_addf(buf, " %s", days[day]);
    }
    if (window->n_freeze > 0) {
        gw_buf_add_text(buf, ", but for ");
        gw_figure_of(buf, window->n_freeze, "frozen date", "frozen dates");
    }
    if (window->cutoff_ms > 0) {
        gw_duration_text(window->cutoff_ms, cutoff, sizeof(cutoff));
        gw_buf_addf(buf, "; no call in its last %s", cutoff);
    }
}

void gw_plan_kind_text(const struct gw_plan_kind *kind, struct gw_buf *buf)
{
    gw_screen_text(buf, kind->model[0] ? kind->model : "(no model)");
    gw_buf_add_char(buf, ' ');
    gw_screen_text(buf, kind->version[0] ? kind->version : "(no version)");
    gw_buf_add_text(buf, kind->isp[0] ? ", ISP " : ", no ISP");
    gw_screen_text(buf, kind->isp);
    gw_buf_addf(buf, ", %s", kind->ha_mode);
}

/* ---- clocks ---- */

/* Whether an earlier wave, or an earlier zone of this one, goes by the same clock. */
static bool gw_plan_clock_is_new(const struct gw_plan *plan, uint32_t wave, size_t zone)
{
    const char *name = plan->wave[wave].zone[zone].name;

    for (uint32_t w = 0; w <= wave; w++)
        for (size_t i = 0; i < plan->wave[w].n_zones && !(w == wave && i == zone); i++)
            if (plan->wave[w].asked.window && gw_text_equal(plan->wave[w].zone[i].name, name))
                return false;
    return true;
}

void gw_plan_clocks_each(const struct gw_plan *plan,
                         void (*each)(void *user, const struct gw_plan_clock *clock), void *user)
{
    int64_t until_unix_ms = plan->now_unix_ms + CLOCKS_SOON_D * (int64_t)DAY_MS;
    int64_t ends_unix_ms = plan->wave[plan->n_waves - 1].ends_unix_ms;

    if (ends_unix_ms != GW_FORECAST_NEVER && ends_unix_ms > until_unix_ms)
        until_unix_ms = ends_unix_ms;
    for (uint32_t w = 0; w < plan->n_waves; w++) {
        for (size_t i = 0; plan->wave[w].asked.window && i < plan->wave[w].n_zones; i++) {
            struct gw_plan_clock clock = {.zone = plan->wave[w].zone[i].name};

            if (gw_plan_clock_is_new(plan, w, i) &&
                gw_zone_change(clock.zone, plan->now_unix_ms, until_unix_ms, &clock.at_unix_ms,
                               &clock.forward_s))
                each(user, &clock);
        }
    }
}

/* What the setting of the clocks does to the window of that night. */
static void gw_plan_clock_window(const struct gw_window_spec *window, const struct gw_plan_clock *clock,
                                 struct gw_buf *buf)
{
    struct gw_interval night[2];
    int64_t near_ms = 3 * (int64_t)HOUR_MS;
    size_t n = gw_window_intervals(window, clock->zone, clock->at_unix_ms - near_ms, night, 2);
    uint64_t length_ms, usual_ms = gw_window_length_min(window) * MINUTE_MS;
    char length[32], usual[32];

    if (n == 2 && night[1].opens_unix_ms <= clock->at_unix_ms + near_ms) {
        gw_buf_add_text(buf, "; the window opens twice that night");
        return;
    }
    if (n == 0 || night[0].opens_unix_ms > clock->at_unix_ms || night[0].closes_unix_ms < clock->at_unix_ms)
        return;
    length_ms = (uint64_t)(night[0].closes_unix_ms - night[0].opens_unix_ms);
    if (length_ms == usual_ms)
        return;
    gw_duration_text(length_ms, length, sizeof(length));
    gw_duration_text(usual_ms, usual, sizeof(usual));
    gw_buf_addf(buf, "; the window is open for %s that night instead of %s", length, usual);
}

struct gw_plan_clock_job {
    const struct gw_plan *plan;
    struct gw_buf *buf;
};

static void gw_plan_clock_line(void *user, const struct gw_plan_clock *clock)
{
    struct gw_plan_clock_job *job = user;
    char local[GW_ZONE_TEXT_SIZE], by[32];
    int32_t by_s = clock->forward_s < 0 ? -clock->forward_s : clock->forward_s;
    const struct gw_window_spec *window = NULL;

    for (uint32_t w = 0; w < job->plan->n_waves; w++)
        for (size_t i = 0; i < job->plan->wave[w].n_zones && !window; i++)
            if (gw_text_equal(job->plan->wave[w].zone[i].name, clock->zone))
                window = job->plan->wave[w].asked.window;
    gw_zone_text(clock->zone, clock->at_unix_ms, local, sizeof(local));
    gw_duration_text((uint64_t)by_s * 1000, by, sizeof(by));
    gw_screen_text(job->buf, clock->zone);
    gw_buf_addf(job->buf, ": the clocks are set %s by %s, and then show %s (",
                clock->forward_s < 0 ? "back" : "forward", by, local);
    gw_plan_utc(job->buf, clock->at_unix_ms);
    gw_buf_add_char(job->buf, ')');
    if (window)
        gw_plan_clock_window(window, clock, job->buf);
    gw_buf_add_char(job->buf, '\n');
}

void gw_plan_clocks_text(const struct gw_plan *plan, struct gw_buf *buf)
{
    struct gw_plan_clock_job job = {.plan = plan, .buf = buf};

    gw_plan_clocks_each(plan, gw_plan_clock_line, &job);
}

/* ---- gates ---- */

uint32_t gw_plan_canaries(const struct gw_plan *plan)
{
    const struct gw_plan_wave *first = &plan->wave[0];

    return first->size.targets - first->skipped;
}

static bool gw_plan_same_rule(const struct gw_gate_rule *a, const struct gw_gate_rule *b)
{
    return a->baseline_bp == b->baseline_bp && a->alarm_bp == b->alarm_bp &&
           a->failed_limit == b->failed_limit && a->max_failed_share_bp == b->max_failed_share_bp &&
           a->least == b->least;
}

static void gw_plan_sight(const struct gw_plan *plan, const struct gw_gate_rule *rule, uint32_t share_bp,
                          struct gw_buf *buf)
{
    struct gw_gate_sight sight;

    gw_gate_see(rule, plan->targets, share_bp, &sight);
    gw_figure_share(buf, share_bp);
    if (sight.stopped_permille == 0) {
        gw_buf_add_text(buf, " is not seen among so few");
        return;
    }
    gw_buf_add_text(buf, " stops after about ");
    gw_figure_of(buf, sight.judged, "device", "devices");
    gw_buf_add_text(buf, ", ");
    gw_figure_count(buf, sight.failed);
    gw_buf_add_text(buf, " of them broken");
    if (sight.stopped_permille < 995)
        gw_buf_addf(buf, ", if at all (%" PRIu32 " of 100 do)", (sight.stopped_permille + 5) / 10);
}

static void gw_plan_gate(const struct gw_plan *plan, const struct gw_gate_rule *rule, struct gw_buf *buf)
{
    gw_buf_add_text(buf, ": normal is up to ");
    gw_figure_share(buf, rule->baseline_bp);
    gw_buf_add_text(buf, " of failures, bad is ");
    gw_figure_share(buf, rule->alarm_bp);
    if (rule->failed_limit) {
        gw_buf_add_text(buf, "; it stops at failure ");
        gw_figure_count(buf, rule->failed_limit);
    }
    if (rule->max_failed_share_bp) {
        gw_buf_add_text(buf, "; it stops above ");
        gw_figure_share(buf, rule->max_failed_share_bp);
        gw_buf_add_text(buf, " of ");
        gw_figure_count(buf, rule->least);
        gw_buf_add_text(buf, " or more");
    }
    gw_buf_add_text(buf, ".\n  A version that breaks ");
    gw_plan_sight(plan, rule, 2000, buf);
    gw_buf_add_text(buf, "; ");
    gw_plan_sight(plan, rule, 500, buf);
    gw_buf_add_text(buf, "; what is upgrading then comes on top.\n");
}

void gw_plan_gates_text(const struct gw_plan *plan, struct gw_buf *buf)
{
    uint32_t canaries = gw_plan_canaries(plan), allowed_bp;
    struct gw_buf learned;

    for (uint32_t w = 0, next; w < plan->n_waves; w = next) {
        for (next = w + 1;
             next < plan->n_waves && gw_plan_same_rule(&plan->wave[w].rule, &plan->wave[next].rule);)
            next++;
        gw_buf_add_text(buf, "gate");
        if (next - w < plan->n_waves) {
            gw_buf_add_text(buf, " from ");
            gw_screen_text(buf, plan->wave[w].name);
            gw_buf_add_text(buf, " on");
        }
        gw_plan_gate(plan, &plan->wave[w].rule, buf);
    }
    gw_buf_init(&learned, 0);
    gw_gates_say(&plan->gates, &learned);
    if (learned.len > 0)
        gw_buf_addf(buf, "  What is normal: %s.\n", gw_buf_text(&learned));
    gw_buf_release(&learned);
    if (canaries > 0) {
        gw_buf_add_text(buf, "  ");
        gw_figure_of(buf, canaries, "clean canary", "clean canaries");
        gw_buf_add_text(buf, canaries == 1 ? " still allows " : " still allow ");
        allowed_bp = gw_gate_allowed_bp(canaries);
        /* Ten allow 25.89 %: nobody wants to know it that closely. */
        gw_figure_share(buf, allowed_bp < 1000 ? allowed_bp : (allowed_bp + 99) / 100 * 100);
        gw_buf_add_text(buf, " of failures.\n");
    }
}
