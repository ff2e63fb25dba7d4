/* A line of progress. It only looks, and what nobody reads is dropped. */
#include "meter.h"

#include <stdlib.h>
#include <unistd.h>

#include "gatewave/base/mem.h"

#include "talk.h"

#define TERMINAL_EVERY_MS 500
#define PLAIN_EVERY_MS    5000

struct gw_meter {
    struct gw_loop *loop;
    struct gw_timer *timer;
    void (*tell)(void *user, struct gw_buf *line);
    void *user;
    bool terminal, drawn;
};

static void gw_meter_tick(void *user)
{
    struct gw_meter *meter = user;
    struct gw_buf line;

    gw_buf_init(&line, 0);
    gw_buf_add_text(&line, meter->terminal ? "\r" : "");
    meter->tell(meter->user, &line);
    gw_buf_add_text(&line, meter->terminal ? "\033[K" : "\n");
    gw_talk_line(&line);
    gw_buf_release(&line);
    meter->drawn = meter->terminal;
    gw_timer_set(meter->timer,
                 gw_loop_now_ms(meter->loop) + (meter->terminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS));
}

struct gw_meter *gw_meter_new(struct gw_loop *loop, void (*tell)(void *user, struct gw_buf *line), void *user,
                              bool quiet)
{
    struct gw_meter *meter = gw_mem_new(1, sizeof(*meter));

    meter->loop = loop;
    meter->tell = tell;
    meter->user = user;
    meter->terminal = isatty(STDERR_FILENO) == 1;
    meter->timer = gw_timer_new(loop, gw_meter_tick, meter);
    if (!quiet)
        gw_timer_set(meter->timer,
                     gw_loop_now_ms(loop) + (meter->terminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS));
    return meter;
}

void gw_meter_free(struct gw_meter *meter)
{
    if (!meter)
        return;
    if (meter->drawn)
        gw_talk_line(&(struct gw_buf){.data = (char[]){"\n"}, .len = 1});
    gw_timer_free(meter->timer);
    free(meter);
}
