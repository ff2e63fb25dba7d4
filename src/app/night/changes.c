/*
 * Asking and setting. To set a policy twice does no harm, so that what may pass is tried again.
 *
 * What must stay true: a policy is changed only after what it was is on disk, and no other call of ours leaves within the
 * limit's window after the last change.
 */
#include "changes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "gatewave/app/exit.h"
#include "gatewave/app/keys.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/net/loop.h"
#include "gatewave/obs/service.h"
#include "gatewave/store/night.h"

#include "attend.h"
#include "clock.h"
#include "signals.h"

/* ---- the list ---- */

static uint32_t gw_changes_lane(struct gw_changes *changes, const char *account, const char *region)
{
    uint32_t i = 0;

    while (i < changes->n_lanes &&
           !(gw_text_equal(changes->text[i][0], account) && gw_text_equal(changes->text[i][1], region)))
        i++;
    if (i < changes->n_lanes)
        return i;
    changes->text = gw_mem_resize(changes->text, i + 1, sizeof(*changes->text));
    (void)gw_text_copy(changes->text[i][0], sizeof(changes->text[i][0]), account);
    (void)gw_text_copy(changes->text[i][1], sizeof(changes->text[i][1]), region);
    return changes->n_lanes++;
}

struct gw_change *gw_changes_add(struct gw_changes *changes, const char *gateway_id, const char *serial,
                                 const char *account, const char *region)
{
    struct gw_change *change;

    if (changes->n == changes->size) {
        changes->size = changes->size ? 2 * changes->size : 64;
        changes->change = gw_mem_resize(changes->change, changes->size, sizeof(*changes->change));
    }
    change = &changes->change[changes->n++];
    *change = (struct gw_change){.lane = gw_changes_lane(changes, account, region)};
    (void)gw_text_copy(change->gateway_id, sizeof(change->gateway_id), gateway_id);
    (void)gw_text_copy(change->serial, sizeof(change->serial), serial);
    return change;
}

void gw_changes_release(struct gw_changes *changes)
{
    free(changes->change);
    free(changes->lane);
    free(changes->from);
    free(changes->text);
}

/* ---- asking ---- */

static bool gw_changes_next(void *user, uint32_t lane, struct gw_ask *ret)
{
    struct gw_changes *changes = user;

    while (changes->from[lane] < changes->n && changes->code == GW_OK) {
        size_t i = changes->from[lane]++;
        struct gw_change *change = &changes->change[i];

        if (change->lane != lane || change->asked || change->step == GW_CHANGE_OVER)
            continue;
        change->asked = true;
        *ret = (struct gw_ask){.action = change->step == GW_CHANGE_LOOK ? GW_ACTION_AUTO_UPGRADE
                                                                        : GW_ACTION_SET_AUTO_UPGRADE,
                               .version_type = change->dpi ? GW_VERSION_TYPE_DPI : GW_VERSION_TYPE_DEVICE,
                               .set = change->set,
                               .tag = (uint32_t)i};
        (void)gw_text_copy(ret->gateway_id, sizeof(ret->gateway_id), change->gateway_id);
        (void)gw_text_copy(ret->serial, sizeof(ret->serial), change->serial);
        return true;
    }
    return false;
}

/* What it was is known: it is asked again, to be set. */
static void gw_changes_set(struct gw_changes *changes, struct gw_change *change)
{
    size_t i = (size_t)(change - changes->change);

    change->step = GW_CHANGE_SET;
    change->asked = false;
    if (i < changes->from[change->lane])
        changes->from[change->lane] = i;
}

/* Set back is what still is as we left it; what a person has changed since is that person's. */
static void gw_changes_look_back(struct gw_changes *changes, struct gw_change *change,
                                 const struct gw_seen_auto_upgrade *is)
{
    if (is->type[0] == '\0' || gw_text_equal(is->type, "manual")) {
        gw_changes_set(changes, change);
        return;
    }
    change->step = GW_CHANGE_OVER;
    changes->code = gw_takeover_returned(changes->reconcile->session->store, change->id, gw_clock_unix_ms(),
                                         changes->err);
}

/* What it was, on disk; then it may be changed. */
static void gw_changes_keep(struct gw_changes *changes, struct gw_change *change,
                            const struct gw_seen_auto_upgrade *was)
{
    const struct gw_takeover_row row = {
        .night = changes->reconcile->night,
        .gateway_id = change->gateway_id,
        .serial = change->serial,
        .dpi = change->dpi,
        .upgrade_type = was->type,
        .cron = was->cron,
        .time_zone = was->zone,
        .duration_min = was->duration_min,
    };

    if (!gw_text_equal(was->type, "scheduled") && !gw_text_equal(was->type, "boot")) {
        change->step = GW_CHANGE_OVER;
        return;
    }
    changes->code =
        gw_takeover_add(changes->reconcile->session->store, &row, gw_clock_unix_ms(), changes->err);
    change->set = *was;
    (void)gw_text_copy(change->set.type, sizeof(change->set.type), "manual");
    gw_changes_set(changes, change);
}

static void gw_changes_was_set(struct gw_changes *changes, struct gw_change *change)
{
    change->step = GW_CHANGE_OVER;
    changes->done++;
    if (change->id)
        changes->code = gw_takeover_returned(changes->reconcile->session->store, change->id,
                                             gw_clock_unix_ms(), changes->err);
}

static void gw_changes_told(void *user, uint32_t lane, const struct gw_ask *ask, const struct gw_told *told)
{
    struct gw_changes *changes = user;
    struct gw_change *change = &changes->change[ask->tag];

    (void)lane;
    if (changes->code != GW_OK || gw_text_equal(told->answer.code, "withdrawn"))
        return;
    if (told->answer.proof != GW_PROOF_ACCEPTED) {
        change->step = GW_CHANGE_OVER;
        if (changes->failed++ == 0)
            gw_reads_sentence(&told->answer, changes->trouble, sizeof(changes->trouble));
    } else if (change->step == GW_CHANGE_LOOK && change->id) {
        gw_changes_look_back(changes, change, told->auto_upgrade);
    } else if (change->step == GW_CHANGE_LOOK) {
        gw_changes_keep(changes, change, told->auto_upgrade);
    } else {
        gw_changes_was_set(changes, change);
    }
}

/* ---- signals ---- */

static void gw_changes_signaled(void *user, int number)
{
    struct gw_changes *changes = user;

    if (changes->signaled)
        _exit(GW_EXIT_SIGNAL + number);
    changes->signaled = number;
    gw_service_stopping();
    gw_session_say(
        changes->reconcile->session,
        "stopping: %s. Again to leave at once: what is not given back then is the next night's to give back",
        changes->may_wait ? "nothing more is taken over, and what was is given back"
                          : "once the devices that were taken over are given back");
    if (changes->may_wait)
        gw_reads_drain(changes->reads);
    if (changes->resting)
        gw_loop_stop(changes->loop);
}

/* ---- carrying out ---- */

static void gw_changes_rested(void *user)
{
    gw_loop_stop(user);
}

/* A fleet at two calls a second takes hours, and the service manager must not think that this hangs. */
static void gw_changes_tell(void *user, struct gw_buf *line)
{
    const struct gw_changes *changes = user;

    gw_buf_addf(line, "%s: %" PRIu64 " of %zu devices", changes->what, changes->done, changes->n);
}

/* The rollouts that follow do not know of these calls, and the limit is for all of them. */
static void gw_changes_rest(struct gw_changes *changes, struct gw_rate rate)
{
    struct gw_timer *timer;

    if (changes->signaled || changes->reconcile->signaled)
        return;
    timer = gw_timer_new(changes->loop, gw_changes_rested, changes->loop);
    gw_timer_set(timer, gw_loop_now_ms(changes->loop) + rate.window_ms);
    changes->resting = true;
    gw_loop_run(changes->loop);
    changes->resting = false;
    gw_timer_free(timer);
}

/* Nobody of this lane can be asked; the others can. */
static void gw_changes_give_up(struct gw_changes *changes, uint32_t lane, const char *why)
{
    for (size_t i = 0; i < changes->n; i++) {
        if (changes->change[i].lane != lane)
            continue;
        changes->change[i].step = GW_CHANGE_OVER;
        if (changes->failed++ == 0)
            (void)gw_text_copy(changes->trouble, sizeof(changes->trouble), why);
    }
}

static void gw_changes_lanes(struct gw_changes *changes, struct gw_keys *keys)
{
    const struct gw_config *config = &changes->reconcile->session->config;
    struct gw_err err = {0};

    changes->lane = gw_mem_new(changes->n_lanes, sizeof(*changes->lane));
    changes->from = gw_mem_new(changes->n_lanes, sizeof(*changes->from));
    for (uint32_t i = 0; i < changes->n_lanes; i++) {
        enum gw_code code;

        changes->lane[i].account = changes->text[i][0];
        changes->lane[i].region = changes->text[i][1];
        code = gw_endpoint_resolve(changes->lane[i].region, config->cloud.endpoint, config->cloud.vpc,
                                   &changes->lane[i].endpoint, &err);
        if (code == GW_OK)
            code = gw_keys_obtain(keys, changes->lane[i].account, &err);
        if (code != GW_OK)
            gw_changes_give_up(changes, i, err.text);
    }
}

/* Until a key was obtained there is nothing that a signal could leave half done. */
static enum gw_code gw_changes_go(struct gw_changes *changes, struct gw_rate rate)
{
    struct gw_signals *signals = gw_signals_new(changes->loop, gw_changes_signaled, changes);

    gw_reads_run(changes->reads);
    gw_changes_rest(changes, rate);
    gw_signals_free(signals);
    if (changes->signaled)
        changes->reconcile->signaled = changes->signaled;
    return changes->code;
}

enum gw_code gw_changes_run(struct gw_changes *changes, struct gw_err *err)
{
    struct gw_session *session = changes->reconcile->session;
    const struct gw_reads_caller caller = {.next = gw_changes_next, .told = gw_changes_told, .user = changes};
    /* Changing calls have a limit of their own, and looking first keeps to it as well. */
    struct gw_config config = session->config;
    struct gw_loop *loop = gw_loop_new();
    struct gw_keys *keys =
        gw_keys_new(loop, &session->config, &session->taken, changes->reconcile->request->profile, err);
    struct gw_attend *attend = gw_attend_new(loop, gw_changes_tell, changes);
    enum gw_code code = keys ? GW_OK : err->code;

    config.limits.read_rate = session->config.limits.rate;
    changes->err = err;
    changes->loop = loop;
    if (code == GW_OK) {
        gw_changes_lanes(changes, keys);
        changes->reads =
            gw_reads_new(loop, &config, changes->lane, changes->n_lanes, keys, &caller, true, err);
        code = changes->reads ? gw_changes_go(changes, session->config.limits.rate) : err->code;
    }
    gw_reads_free(changes->reads);
    gw_attend_free(attend);
    gw_keys_free(keys);
    gw_loop_free(loop);
    return code;
}

void gw_changes_say(const struct gw_changes *changes, const char *done, const char *not_done)
{
    struct gw_session *session = changes->reconcile->session;

    if (changes->done > 0 && !changes->reconcile->request->quiet)
        gw_session_say(session, "%" PRIu64 " device%s %s", changes->done, changes->done == 1 ? "" : "s",
                       done);
    if (changes->failed > 0)
        gw_session_say(session, "%" PRIu64 " device%s %s: %s", changes->failed,
                       changes->failed == 1 ? "" : "s", not_done, changes->trouble);
}
