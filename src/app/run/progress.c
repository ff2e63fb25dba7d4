/* Progress on stderr. It only looks: nothing here decides, and a stderr that cannot be written to changes nothing. */
#include "progress.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"

#include "clock.h"
#include "talk.h"

#define TERMINAL_EVERY_MS 500
#define PLAIN_EVERY_MS    5000
#define PLAIN_AGAIN_MS    60000 /* a line that has not changed is said again after so long */
/* The rate that the end is guessed from: that of the last minute. */
#define SAMPLES   12
#define SAMPLE_MS 5000
/* With fewer outcomes than that in the last minute, the next one may be one of many that end together. */
#define RECKON_FROM 20

struct gw_progress {
    struct gw_loop *loop;
    const struct gw_rollout *rollout;
    const char *name;
    const struct gw_names *waves; /* NULL: not known */
    struct gw_timer *timer;
    bool quiet, terminal, drawn;
    /* The soak's end on the wall, worked out once: two clocks that are read again differ by a moment each time. */
    uint64_t soaks_until_ms;
    int64_t soaks_until_unix_ms;
    struct gw_buf said; /* the last plain line, without its speed */
    uint64_t said_ms;
    uint32_t sample_done[SAMPLES];
    uint64_t sample_ms[SAMPLES];
    unsigned n_samples;
};

static uint32_t gw_progress_sum(const uint32_t *count, enum gw_state first)
{
    uint32_t sum = 0;

    for (int state = (int)first; state < GW_STATE_COUNT; state++)
        sum += count[state];
    return sum;
}

/* The outcomes over the samples that are kept. */
static void gw_progress_sample(struct gw_progress *progress, uint32_t done, uint64_t now_ms,
                               struct gw_progress_pace *ret)
{
    unsigned last = (progress->n_samples + SAMPLES - 1) % SAMPLES;
    unsigned first = progress->n_samples < SAMPLES ? 0 : progress->n_samples % SAMPLES;

    if (progress->n_samples == 0 || now_ms - progress->sample_ms[last] >= SAMPLE_MS) {
        progress->sample_done[progress->n_samples % SAMPLES] = done;
        progress->sample_ms[progress->n_samples % SAMPLES] = now_ms;
        progress->n_samples++;
    }
    ret->in_ms = now_ms - progress->sample_ms[first];
    ret->ended = done - progress->sample_done[first];
}

void gw_progress_tell_pace(struct gw_buf *buf, const struct gw_progress_pace *pace)
{
    uint64_t speed = pace->in_ms < 1000 ? 0 : (uint64_t)pace->ended * 1000000 / pace->in_ms; /* per 1,000 s */
    uint64_t left_ms = speed > 0 ? (uint64_t)pace->left * 1000000 / speed : 0;
    char eta[32];

    /* Below a second it is no longer the rate that decides, but the devices that are waited for. */
    if (left_ms < 1000)
        return;
    gw_buf_addf(buf, ", %llu.%llu/s", (unsigned long long)(speed / 1000),
                (unsigned long long)(speed / 100 % 10));
    if (!pace->last_wave || pace->ended < RECKON_FROM)
        return;
    gw_duration_text(left_ms, eta, sizeof(eta));
    gw_buf_addf(buf, ", about %s left", eta);
}

/* Why nothing is called, where the counts alone look like a run that hangs; "": they do not, or the end says it. */
static const char *gw_progress_standstill(enum gw_stop stop)
{
    switch (stop) {
    case GW_STOP_PAUSE:
        return ", paused";
    case GW_STOP_ABORT:
        return ", aborted";
    case GW_STOP_GATE:
        return ", stopped by the gate";
    case GW_STOP_HOLD:
        return ", held by the gate";
    case GW_STOP_APPROVAL:
        return ", waiting for an approval";
    default:
        return "";
    }
}

void gw_progress_tell(struct gw_buf *buf, const struct gw_progress_view *view)
{
    const uint32_t *count = view->count;
    char when[GW_WHEN_TEXT_SIZE];

    gw_screen_text(buf, view->name);
    if (view->n_waves > 1) {
        gw_buf_addf(buf, ", wave %u/%u ", view->wave, view->n_waves);
        gw_screen_text(buf, view->wave_name);
    }
    gw_buf_addf(buf, ": %u/%u done, %u in flight, %u upgrading, %u in doubt, %u failed",
                gw_progress_sum(count, GW_STATE_SUCCEEDED), gw_progress_sum(count, GW_STATE_WAITING),
                count[GW_STATE_IN_FLIGHT], count[GW_STATE_UPGRADING], count[GW_STATE_IN_DOUBT],
                count[GW_STATE_FAILED]);
    if (count[GW_STATE_DEFERRED] + count[GW_STATE_UNRESOLVED] > 0)
        gw_buf_addf(buf, ", %u deferred, %u unresolved", count[GW_STATE_DEFERRED],
                    count[GW_STATE_UNRESOLVED]);
    if (view->slow > 0)
        gw_buf_addf(buf, ", %u slow", view->slow);
    gw_buf_add_text(buf, gw_progress_standstill(view->stop));
    if (view->soaks_until_unix_ms) {
        gw_when_text(view->soaks_until_unix_ms, when);
        gw_buf_addf(buf, ", soaking until %s", when);
    }
    if (view->opens_unix_ms) {
        gw_when_text(view->opens_unix_ms, when);
        gw_buf_addf(buf, ", the next window opens %s", when);
    }
}

/* What it would say now, and nothing of how fast. */
static void gw_progress_look(struct gw_progress *progress, struct gw_buf *ret)
{
    const struct gw_rollout *rollout = progress->rollout;
    struct gw_progress_view view = {
        .name = progress->name,
        .wave_name = "",
        .wave = gw_rollout_wave(rollout) + 1,
        .count = gw_rollout_counts(rollout),
        .slow = gw_rollout_slow(rollout),
        .stop = gw_rollout_stopped(rollout),
        .opens_unix_ms = gw_rollout_opens_unix_ms(rollout),
    };
    uint64_t until_ms = gw_rollout_soaks_until_ms(rollout);

    if (progress->waves) {
        view.n_waves = progress->waves->n;
        view.wave_name = progress->waves->name[view.wave - 1];
    }
    if (until_ms && until_ms != progress->soaks_until_ms)
        progress->soaks_until_unix_ms =
            gw_clock_unix_ms() + (int64_t)until_ms - (int64_t)gw_loop_now_ms(progress->loop);
    progress->soaks_until_ms = until_ms;
    view.soaks_until_unix_ms = until_ms ? progress->soaks_until_unix_ms : 0;
    gw_progress_tell(ret, &view);
}

/* How fast it goes, and when that comes to an end: nothing of it while nobody is called. */
static void gw_progress_pace(struct gw_progress *progress, struct gw_buf *ret)
{
    bool stands = gw_rollout_stopped(progress->rollout) || gw_rollout_opens_unix_ms(progress->rollout);
    const uint32_t *count = gw_rollout_counts(progress->rollout);
    uint32_t done = gw_progress_sum(count, GW_STATE_SUCCEEDED), total = gw_rollout_total(progress->rollout);
    struct gw_progress_pace pace = {.left = total - done};

    pace.last_wave = progress->waves && gw_rollout_wave(progress->rollout) + 1 == progress->waves->n;
    gw_progress_sample(progress, done, gw_loop_now_ms(progress->loop), &pace);
    if (!stands)
        gw_progress_tell_pace(ret, &pace);
}

void gw_progress_line(void *user, struct gw_buf *ret)
{
    gw_progress_look(user, ret);
    gw_progress_pace(user, ret);
}

bool gw_progress_is_due(const char *line, const char *last, uint64_t last_ms, uint64_t now_ms)
{
    return !gw_text_equal(line, last) || now_ms - last_ms >= PLAIN_AGAIN_MS;
}

static void gw_progress_draw(struct gw_progress *progress)
{
    uint64_t now_ms = gw_loop_now_ms(progress->loop);
    struct gw_buf line, pace;

    if (progress->quiet)
        return;
    gw_buf_init(&line, 0);
    gw_buf_init(&pace, 0);
    gw_progress_look(progress, &line);
    gw_progress_pace(progress, &pace);
    if (progress->terminal) {
        struct gw_buf drawn;

        gw_buf_init(&drawn, 0);
        gw_buf_addf(&drawn, "\r%s%s\033[K", gw_buf_text(&line), gw_buf_text(&pace));
        progress->drawn = true;
        gw_talk_line(&drawn);
        gw_buf_release(&drawn);
    } else if (gw_progress_is_due(gw_buf_text(&line), gw_buf_text(&progress->said), progress->said_ms,
                                  now_ms)) {
        gw_buf_reset(&progress->said);
        gw_buf_add_text(&progress->said, gw_buf_text(&line));
        progress->said_ms = now_ms;
        gw_buf_addf(&line, "%s\n", gw_buf_text(&pace));
        gw_talk_line(&line);
    }
    gw_buf_release(&pace);
    gw_buf_release(&line);
}

static void gw_progress_tick(void *user)
{
    struct gw_progress *progress = user;

    gw_progress_draw(progress);
    gw_timer_set(progress->timer,
                 gw_loop_now_ms(progress->loop) + (progress->terminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS));
}

struct gw_progress *gw_progress_new(struct gw_loop *loop, const struct gw_rollout *rollout, const char *name,
                                    bool quiet)
{
    struct gw_progress *progress = gw_mem_new(1, sizeof(*progress));

    progress->loop = loop;
    progress->rollout = rollout;
    progress->name = name;
    gw_buf_init(&progress->said, 0);
    progress->quiet = quiet;
    progress->terminal = isatty(STDERR_FILENO) == 1;
    progress->timer = gw_timer_new(loop, gw_progress_tick, progress);
    gw_timer_set(progress->timer,
                 gw_loop_now_ms(loop) + (progress->terminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS));
    return progress;
}

void gw_progress_free(struct gw_progress *progress)
{
    if (!progress)
        return;
    gw_timer_free(progress->timer);
    gw_buf_release(&progress->said);
    free(progress);
}

void gw_progress_waves(struct gw_progress *progress, const struct gw_names *waves)
{
    progress->waves = waves;
}

void gw_progress_say(struct gw_progress *progress, const char *format, ...)
{
    struct gw_buf line;
    va_list args;

    if (progress->quiet)
        return;
    gw_buf_init(&line, 0);
    if (progress->drawn)
        (void)gw_buf_add_text(&line, "\n");
    va_start(args, format);
    (void)gw_buf_vaddf(&line, format, args);
    va_end(args);
    (void)gw_buf_add_text(&line, "\n");
    progress->drawn = false;
    gw_talk_line(&line);
    gw_buf_release(&line);
}

void gw_progress_end(struct gw_progress *progress)
{
    gw_progress_draw(progress);
    if (progress->drawn)
        gw_progress_say(progress, "%s", "");
}
