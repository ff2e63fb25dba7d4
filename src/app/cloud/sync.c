/*
 * The sync job: parts are planned, asked on the loop, put in batches, and ended; then what is gone is marked. It may be
 * killed at any instant: what was put stays, and the next one goes on from there.
 */
#include "gatewave/app/sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gatewave/app/exit.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/obs/log.h"
#include "gatewave/obs/service.h"

#include "attend.h"
#include "clock.h"
#include "meter.h"
#include "signals.h"
#include "sync_local.h"

/* ---- the loop ---- */

/* The part is through, or as far as it came: what was found of it is durable before that is. */
static void gw_sync_close(struct gw_syncing *syncing, struct gw_sync_part *part)
{
    char problem[GW_SYNC_PROBLEM_SIZE];
    enum gw_code code;

    gw_sync_flush(syncing);
    if (syncing->code != GW_OK)
        return;
    if (part->unread > 1)
        (void)snprintf(problem, sizeof(problem), "%.400s (and %llu more)", part->problem,
                       (unsigned long long)part->unread - 1);
    else
        (void)gw_text_copy(problem, sizeof(problem), part->problem);
    (void)gw_text_copy(part->problem, sizeof(part->problem), problem);
    part->closed = true;
    code = gw_sync_end_part(syncing->sync, part->account, part->region, part->found, part->problem,
                            gw_clock_unix_ms(), syncing->err);
    if (code != GW_OK)
        gw_sync_stop(syncing, code);
}

static bool gw_sync_next(void *user, uint32_t lane, struct gw_ask *ret)
{
    struct gw_syncing *syncing = user;
    struct gw_sync_part *part = &syncing->part[syncing->part_of[lane]];
    bool more = !part->closed && !syncing->signaled && gw_sync_part_next(part, ret);

    if (!more && !part->closed && !syncing->signaled && syncing->code == GW_OK && gw_sync_part_is_over(part))
        gw_sync_close(syncing, part);
    return more;
}

static void gw_sync_told(void *user, uint32_t lane, const struct gw_ask *ask, const struct gw_told *told)
{
    struct gw_syncing *syncing = user;
    struct gw_sync_part *part = &syncing->part[syncing->part_of[lane]];
    const struct gw_answer *why = gw_reads_ended(syncing->reads, lane);

    if (why)
        gw_sync_part_fail(part, why);
    gw_sync_part_told(part, ask, told);
}

static void gw_sync_signaled(void *user, int number)
{
    struct gw_syncing *syncing = user;

    if (syncing->signaled)
        _exit(GW_EXIT_SIGNAL + number);
    syncing->signaled = number;
    gw_service_stopping();
    gw_reads_drain(syncing->reads);
}

static void gw_sync_tell(void *user, struct gw_buf *line)
{
    const struct gw_syncing *syncing = user;
    uint64_t listed = 0, looked = 0;
    uint32_t over = 0;

    for (uint32_t i = 0; i < syncing->n_parts; i++) {
        const struct gw_sync_part *part = &syncing->part[i];

        over += part->closed || part->skipped || (part->problem[0] && !part->pages.done);
        listed += part->pages.ids.n;
        looked += part->found;
    }
    gw_buf_addf(line, "sync: %u/%u regions done, %llu of %llu gateways looked at", over, syncing->n_parts,
                (unsigned long long)looked, (unsigned long long)listed);
}

static bool gw_sync_is_asked_of(const struct gw_sync_part *part)
{
    return !part->skipped && part->problem[0] == '\0';
}

/* All keys are asked for before one is waited for; an account that gets none leaves the others alone. */
static enum gw_code gw_sync_make_lanes(struct gw_syncing *syncing, struct gw_err *err)
{
    enum gw_code code = GW_OK;

    syncing->lane = gw_mem_new(syncing->n_parts, sizeof(*syncing->lane));
    syncing->part_of = gw_mem_new(syncing->n_parts, sizeof(*syncing->part_of));
    for (uint32_t i = 0; i < syncing->n_parts && code == GW_OK; i++) {
        struct gw_sync_part *part = &syncing->part[i];

        code = gw_sync_has_part(syncing->sync, part->account, part->region, &part->skipped, err);
        if (code == GW_OK && gw_sync_is_asked_of(part))
            gw_keys_begin(syncing->keys, part->account);
    }
    for (uint32_t i = 0; i < syncing->n_parts && code == GW_OK; i++) {
        struct gw_sync_part *part = &syncing->part[i];
        struct gw_err why = {0};

        if (!gw_sync_is_asked_of(part))
            continue;
        if (gw_keys_obtain(syncing->keys, part->account, &why) != GW_OK) {
            part->exit_code = GW_EXIT_KEYS;
            (void)gw_text_copy(part->problem, sizeof(part->problem), why.text);
            continue;
        }
        syncing->part_of[syncing->n_lanes] = i;
        syncing->lane[syncing->n_lanes++] = (struct gw_reads_lane){
            .account = part->account, .region = part->region, .endpoint = part->endpoint};
    }
    return code;
}

static enum gw_code gw_sync_drive(struct gw_syncing *syncing, struct gw_err *err)
{
    const struct gw_reads_caller caller = {.next = gw_sync_next, .told = gw_sync_told, .user = syncing};
    struct gw_attend *attend;
    struct gw_meter *meter;

    if (syncing->n_lanes == 0)
        return GW_OK;
    syncing->reads = gw_reads_new(syncing->loop, &syncing->session->config, syncing->lane, syncing->n_lanes,
                                  syncing->keys, &caller, true, err);
    if (!syncing->reads)
        return err->code;
    syncing->signals = gw_signals_new(syncing->loop, gw_sync_signaled, syncing);
    meter = gw_meter_new(syncing->loop, gw_sync_tell, syncing, syncing->request->quiet);
    attend = gw_attend_new(syncing->loop, gw_sync_tell, syncing);
    gw_service_ready();
    gw_reads_run(syncing->reads);
    /* From here on nothing is asked, and whoever is ended is gone on with. */
    gw_signals_free(syncing->signals);
    syncing->signals = NULL;
    gw_attend_free(attend);
    gw_meter_free(meter);
    gw_sync_flush(syncing);
    return syncing->code;
}

/* ---- the end ---- */

/* Parts that no question got through: their problem is their end. */
static enum gw_code gw_sync_close_all(struct gw_syncing *syncing)
{
    for (uint32_t i = 0; i < syncing->n_parts && !syncing->signaled; i++) {
        struct gw_sync_part *part = &syncing->part[i];

        if (part->skipped || part->closed)
            continue;
        if (!part->problem[0])
            return gw_err_set(syncing->err, GW_ERR_INTERNAL, "region %s was not asked to the end",
                              part->region);
        gw_sync_close(syncing, part);
    }
    return syncing->code;
}

/* "west in cn-shanghai: ...", on the talk and in the log. */
static void gw_sync_say(const struct gw_syncing *syncing, const struct gw_sync_part *part, const char *event,
                        const char *what)
{
    gw_session_say(syncing->session, "%s%s%s: %s", part->account, part->account[0] ? " in " : "",
                   part->region, what);
    gw_log(GW_LOG_WARN, event, "account", part->account, "region", part->region, "problem", what,
           (char *)NULL);
}

static void gw_sync_say_lacking(const struct gw_syncing *syncing, const struct gw_sync_part *part)
{
    char what[GW_SYNC_PROBLEM_SIZE];

    (void)snprintf(
        what, sizeof(what),
        "not read, and left as they were known: the HA roles of %llu gateways, the vendor's own upgrade "
        "policies of %llu devices: %s",
        (unsigned long long)part->no_roles, (unsigned long long)part->no_policies, part->lacking);
    gw_sync_say(syncing, part, "part of the sync has gaps", what);
}

static void gw_sync_sum_up(struct gw_syncing *syncing, struct gw_sync_result *ret)
{
    int first = 0;

    ret->sync = gw_sync_id(syncing->sync);
    ret->parts = syncing->n_parts;
    ret->software = syncing->software;
    ret->interrupted = syncing->signaled != 0;
    ret->unread = syncing->unread;
    ret->n_unread = syncing->n_unread;
    syncing->unread = NULL;
    syncing->n_unread = syncing->room_unread = 0;
    for (uint32_t i = 0; i < syncing->n_parts; i++) {
        const struct gw_sync_part *part = &syncing->part[i];

        if (part->no_roles + part->no_policies > 0)
            gw_sync_say_lacking(syncing, part);
        if (part->problem[0] == '\0')
            continue;
        ret->failed++;
        for (uint32_t m = 0; part->doubtful && m < part->missing.n; m++)
            (void)gw_names_add(&ret->missing, part->missing.name[m]);
        first = first ? first : part->exit_code;
        gw_sync_say(syncing, part, "part of the sync failed", part->problem);
    }
    ret->exit_code = ret->failed > 0 && ret->failed == ret->parts ? first
                     : ret->failed + ret->n_unread > 0            ? GW_EXIT_PARTLY
                                                                  : GW_EXIT_OK;
    if (syncing->signaled)
        ret->exit_code = GW_EXIT_SIGNAL + syncing->signaled;
}

/* A part is read by one sync at a time. When all of them are, there is no sync, nor one to go on with. */
static enum gw_code gw_sync_take_parts(struct gw_syncing *syncing, struct gw_err *err)
{
    enum gw_code code = gw_sync_lock_new(syncing->session->store, &syncing->lock, err);
    uint32_t busy = 0;

    for (uint32_t i = 0; i < syncing->n_parts && code == GW_OK; i++) {
        struct gw_sync_part *part = &syncing->part[i];
        bool taken = true;

        code = gw_sync_lock_take(syncing->lock, part->account, part->region, &taken, err);
        if (code != GW_OK || taken)
            continue;
        busy++;
        part->exit_code = gw_exit_code(GW_ERR_BUSY);
        (void)gw_text_copy(part->problem, sizeof(part->problem),
                           "another sync reads it just now: wait for that one");
    }
    if (code == GW_OK && busy > 0 && busy == syncing->n_parts)
        code = gw_err_set(err, GW_ERR_BUSY, "another sync reads %s just now: wait for that one",
                          busy == 1 ? syncing->part[0].region : "all of these regions");
    return code;
}

static enum gw_code gw_sync_go(struct gw_syncing *syncing, struct gw_sync_result *ret, struct gw_err *err)
{
    struct gw_buf scope;
    bool resumed = false;
    enum gw_code code;

    gw_buf_init(&scope, 0);
    gw_sync_scope(syncing, &scope);
    code = gw_sync_begin(syncing->session->store, gw_buf_text(&scope), gw_clock_unix_ms(), &syncing->sync,
                         &resumed, err);
    gw_buf_release(&scope);
    if (code == GW_OK && resumed)
        gw_session_say(syncing->session, "goes on with the sync that was interrupted");
    if (code == GW_OK)
        code = gw_sync_make_lanes(syncing, err);
    if (code == GW_OK)
        code = gw_sync_drive(syncing, err);
    if (code == GW_OK)
        code = gw_sync_close_all(syncing);
    if (code == GW_OK && !syncing->signaled)
        code = gw_sync_end(syncing->sync, gw_clock_unix_ms(), &ret->counts, err);
    if (code == GW_OK)
        gw_sync_sum_up(syncing, ret);
    return code;
}

static void gw_sync_forget_unread(struct gw_sync_unread *unread, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(unread[i].gateway_id);
        free(unread[i].serial);
    }
    free(unread);
}

static void gw_sync_release(struct gw_syncing *syncing)
{
    gw_signals_free(syncing->signals);
    gw_reads_free(syncing->reads);
    gw_keys_free(syncing->keys);
    gw_loop_free(syncing->loop);
    gw_sync_free(syncing->sync);
    gw_sync_lock_free(syncing->lock);
    for (uint32_t i = 0; i < syncing->n_parts; i++)
        gw_sync_part_release(&syncing->part[i]);
    free(syncing->part);
    free(syncing->lane);
    free(syncing->part_of);
    free(syncing->batch);
    gw_sync_forget_unread(syncing->unread, syncing->n_unread);
}

void gw_sync_result_release(struct gw_sync_result *result)
{
    gw_sync_forget_unread(result->unread, result->n_unread);
    gw_names_release(&result->missing);
}

enum gw_code gw_sync_run(struct gw_session *session, const struct gw_sync_request *request,
                         struct gw_sync_result *ret, struct gw_err *err)
{
    struct gw_syncing syncing = {.session = session, .request = request, .err = err};
    struct gw_sync_result result = {0};
    enum gw_code code;

    syncing.loop = gw_loop_new();
    syncing.keys = gw_keys_new(syncing.loop, &session->config, &session->taken, request->profile, err);
    syncing.batch = gw_mem_new(GW_SYNC_BATCH, sizeof(*syncing.batch));
    code = syncing.keys ? gw_sync_plan(&syncing, err) : err->code;
    if (code == GW_OK)
        code = gw_sync_take_parts(&syncing, err);
    if (code == GW_OK)
        code = gw_sync_go(&syncing, &result, err);
    gw_sync_release(&syncing);
    if (code == GW_OK)
        *ret = result;
    return code;
}
