/* A timer of its own: it stands still when the loop does, and that is what a watchdog is for. */
#include "attend.h"

#include <stdlib.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/obs/service.h"

#define STATUS_EVERY_MS 5000

struct gw_attend {
    struct gw_loop *loop;
    struct gw_timer *timer;
    void (*tell)(void *user, struct gw_buf *line);
    void *user;
    uint64_t every_ms;
    bool watched;
    struct gw_buf told; /* the last line */
};

static void gw_attend_tell(struct gw_attend *attend)
{
    struct gw_buf line;

    gw_buf_init(&line, 0);
    attend->tell(attend->user, &line);
    if (!gw_text_equal(gw_buf_text(&line), gw_buf_text(&attend->told)))
        gw_service_status(gw_buf_text(&line));
    gw_buf_release(&attend->told);
    attend->told = line;
}

static void gw_attend_tick(void *user)
{
    struct gw_attend *attend = user;

    if (attend->watched)
        gw_service_alive();
    gw_attend_tell(attend);
    gw_timer_set(attend->timer, gw_loop_now_ms(attend->loop) + attend->every_ms);
}

struct gw_attend *gw_attend_new(struct gw_loop *loop, void (*tell)(void *user, struct gw_buf *line),
                                void *user)
{
    const char *where = getenv("NOTIFY_SOCKET");
    struct gw_attend *attend;
    uint64_t watchdog_ms;

    if (!where || !*where)
        return NULL;
    watchdog_ms = gw_service_watchdog_ms();
    attend = gw_mem_new(1, sizeof(*attend));
    attend->loop = loop;
    attend->tell = tell;
    attend->user = user;
    attend->watched = watchdog_ms > 0;
    attend->every_ms = STATUS_EVERY_MS;
    if (attend->watched && watchdog_ms / 2 < attend->every_ms)
        attend->every_ms = watchdog_ms / 2;
    gw_buf_init(&attend->told, 0);
    attend->timer = gw_timer_new(loop, gw_attend_tick, attend);
    gw_timer_set(attend->timer, gw_loop_now_ms(loop));
    return attend;
}

void gw_attend_free(struct gw_attend *attend)
{
    if (!attend)
        return;
    gw_timer_free(attend->timer);
    gw_buf_release(&attend->told);
    free(attend);
}
