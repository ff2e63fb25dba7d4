/* Progress on stderr. It only looks: nothing here decides, and a stderr that cannot be written to changes nothing. */
#include "progress.h"

#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/parse.h"

#define TERMINAL_EVERY_MS 500
#define PLAIN_EVERY_MS    5000
/* The rate that the end is guessed from: that of the last minute. */
#define SAMPLES   12
#define SAMPLE_MS 5000

struct gw_progress {
    struct gw_loop *loop;
    const struct gw_rollout *rollout;
    const char *name;
    struct gw_timer *timer;
    bool quiet, terminal, drawn;
    uint32_t sample_done[SAMPLES];
    uint64_t sample_ms[SAMPLES];
    unsigned n_samples;
};

static void gw_progress_write(const struct gw_buf *line)
{
    struct pollfd terminal = {.fd = STDERR_FILENO, .events = POLLOUT};
    ssize_t ignored;

    /* Talk that nobody reads is dropped: a stopped pager must not stop a rollout. */
    if (line->len > PIPE_BUF || poll(&terminal, 1, 0) != 1 || !(terminal.revents & POLLOUT))
        return;
    ignored = write(STDERR_FILENO, gw_buf_text(line), line->len);
    (void)ignored;
}

static uint32_t gw_progress_done(const struct gw_progress *progress)
{
    const uint32_t *count = gw_rollout_counts(progress->rollout);
    uint32_t done = 0;

    for (int state = GW_STATE_SUCCEEDED; state < GW_STATE_COUNT; state++)
        done += count[state];
    return done;
}

/* Outcomes per 1,000 s over the samples that are kept; 0 while nothing can be said. */
static uint64_t gw_progress_speed(struct gw_progress *progress, uint32_t done, uint64_t now_ms)
{
    unsigned last = (progress->n_samples + SAMPLES - 1) % SAMPLES;
    unsigned first = progress->n_samples < SAMPLES ? 0 : progress->n_samples % SAMPLES;
    uint64_t ms;

    if (progress->n_samples == 0 || now_ms - progress->sample_ms[last] >= SAMPLE_MS) {
        progress->sample_done[progress->n_samples % SAMPLES] = done;
        progress->sample_ms[progress->n_samples % SAMPLES] = now_ms;
        progress->n_samples++;
    }
    ms = now_ms - progress->sample_ms[first];
    return ms < 1000 ? 0 : (uint64_t)(done - progress->sample_done[first]) * 1000000 / ms;
}

static void gw_progress_line(struct gw_progress *progress, struct gw_buf *ret)
{
    const uint32_t *count = gw_rollout_counts(progress->rollout);
    uint32_t done = gw_progress_done(progress), total = gw_rollout_total(progress->rollout);
    uint64_t speed = gw_progress_speed(progress, done, gw_loop_now_ms(progress->loop));
    uint64_t left_ms;
    char eta[32];

    (void)gw_buf_addf(ret, "%s: %u/%u done, %u in flight, %u upgrading, %u in doubt, %u failed",
                      progress->name, done, total, count[GW_STATE_IN_FLIGHT], count[GW_STATE_UPGRADING],
                      count[GW_STATE_IN_DOUBT], count[GW_STATE_FAILED]);
    if (count[GW_STATE_DEFERRED] + count[GW_STATE_UNRESOLVED] > 0)
        (void)gw_buf_addf(ret, ", %u deferred, %u unresolved", count[GW_STATE_DEFERRED],
                          count[GW_STATE_UNRESOLVED]);
    if (gw_rollout_slow(progress->rollout) > 0)
        (void)gw_buf_addf(ret, ", %u slow", gw_rollout_slow(progress->rollout));
    left_ms = speed > 0 ? (uint64_t)(total - done) * 1000000 / speed : 0;
    /* Below a second it is no longer the rate that decides, but the devices that are waited for. */
    if (left_ms >= 1000) {
        gw_duration_text(left_ms, eta, sizeof(eta));
        (void)gw_buf_addf(ret, ", %llu.%llu/s, about %s left", (unsigned long long)(speed / 1000),
                          (unsigned long long)(speed / 100 % 10), eta);
    }
}

static void gw_progress_draw(struct gw_progress *progress)
{
    struct gw_buf line;

    if (progress->quiet)
        return;
    gw_buf_init(&line, 0);
    if (progress->terminal)
        (void)gw_buf_add_text(&line, "\r");
    gw_progress_line(progress, &line);
    (void)gw_buf_add_text(&line, progress->terminal ? "\033[K" : "\n");
    progress->drawn = progress->terminal;
    gw_progress_write(&line);
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
    free(progress);
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
    gw_progress_write(&line);
    gw_buf_release(&line);
}

void gw_talk(const char *format, ...)
{
    struct gw_buf line;
    va_list args;

    gw_buf_init(&line, 0);
    va_start(args, format);
    (void)gw_buf_vaddf(&line, format, args);
    va_end(args);
    (void)gw_buf_add_text(&line, "\n");
    gw_progress_write(&line);
    gw_buf_release(&line);
}

void gw_progress_end(struct gw_progress *progress)
{
    gw_progress_draw(progress);
    if (progress->drawn)
        gw_progress_say(progress, "%s", "");
}
