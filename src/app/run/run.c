/*
 * The run job: everything that must be right before the first call, then the loop, then the word at the end. The
 * order is deliberate: what can be refused without touching the cloud is refused first, the lease is taken before the
 * targets are read, and the writer owns the store from then on.
 */
#include "gatewave/app/run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gatewave/app/exit.h"
#include "gatewave/app/keys.h"
#include "gatewave/app/status.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/text.h"
#include "gatewave/obs/log.h"
#include "gatewave/obs/service.h"
#include "gatewave/store/rollout.h"

#include "attend.h"
#include "clock.h"
#include "ending.h"
#include "exchange.h"
#include "keys/accounts.h"
#include "notify/crier.h"
#include "notify/live.h"
#include "notify/metrics.h"
#include "notify/notify.h"
#include "orders.h"
#include "progress.h"
#include "pump.h"
#include "rollout/begin.h"
#include "rollout/load.h"
#include "rollout/roster.h"
#include "signals.h"
#include "talk.h"

/* How long a run that somebody pauses stays for the word to go on. */
#define PAUSE_WAIT_MS 600000

struct gw_run {
    const struct gw_run_request *request;
    const struct gw_metrics *figures; /* but for this rollout's */
    struct gw_store *store;
    struct gw_rollout_row row;
    struct gw_keys *keys;
    struct gw_lease *lease;
    struct gw_loop *loop;
    struct gw_load load;
    struct gw_rollout *rollout; /* load's */
    struct gw_orders *orders;
    struct gw_pump *pump;
    struct gw_exchanges *exchanges;
    struct gw_progress *progress;
    struct gw_attend *attend;
    struct gw_notify *notify;
    struct gw_crier crier;
    struct gw_live *live;
    struct gw_signals *signals;
    bool was_paused; /* when it started */
    bool over;       /* the loop only runs on for notices */
    int signaled;    /* the first signal that asked for the end; 0: none */
};

/* ---- signals ---- */

/* The first asks for an orderly end, the second leaves at once; nothing is lost either way. */
static void gw_run_signaled(void *user, int number)
{
    struct gw_run *run = user;
    struct gw_event drain = {.kind = GW_EVENT_DRAIN, .now_ms = gw_loop_now_ms(run->loop)};
    const uint32_t *count = gw_rollout_counts(run->rollout);
    char wait[32];

    if (!run->over && run->signaled)
        _exit(GW_EXIT_SIGNAL + number);
    gw_service_stopping();
    if (run->over) {
        if (run->request->signal)
            *run->request->signal = number;
        gw_loop_stop(run->loop);
        return;
    }
    run->signaled = number;
    gw_duration_text(run->request->config->cloud.call_timeout_ms, wait, sizeof(wait));
    gw_progress_say(run->progress,
                    "stopping: no new calls; waiting for what is in flight (%u), at most %s. The next run "
                    "looks after what is "
                    "upgrading (%u). Again to leave at once, without loss.",
                    count[GW_STATE_IN_FLIGHT], wait, count[GW_STATE_UPGRADING]);
    gw_pump_emit(run->pump, &drain);
}

/* ---- driving ---- */

/* Each connection is a descriptor; the soft limit is often too low for the calls that are allowed at once. */
static void gw_run_raise_files(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
}

/* The rollout as it is once nobody else can change it: an order may have been given since it was found. */
static enum gw_code gw_run_lease(struct gw_run *run, struct gw_err *err)
{
    enum gw_code code = gw_lease_take(run->store, run->row.id, gw_clock_unix_ms(), &run->lease, err);

    return code == GW_OK ? gw_rollout_find(run->store, run->request->spec->name, &run->row, err) : code;
}

static bool gw_run_is_over(const struct gw_run *run)
{
    return run->row.phase == GW_PHASE_FINISHED || run->row.phase == GW_PHASE_ABORTED;
}

static enum gw_code gw_run_prepare(struct gw_run *run, struct gw_err *err)
{
    const struct gw_config *config = run->request->config;
    enum gw_code code;

    gw_run_raise_files();
    run->loop = gw_loop_new();
    run->keys = gw_keys_new(run->loop, config, run->request->taken, run->request->profile, err);
    code = run->keys ? gw_accounts_obtain(run->store, &run->row, config, run->keys, err) : err->code;
    if (code == GW_OK)
        code = gw_run_lease(run, err);
    if (code != GW_OK || gw_run_is_over(run))
        return code;
    run->row.run_before |= run->request->read_before;
    code = gw_load_rollout(&run->load, run->store, &run->row, config, run->request->spec, false,
                           gw_loop_now_ms(run->loop), err);
    run->rollout = run->load.rollout;
    if (code == GW_OK && !run->request->quiet)
        gw_begin_tell_held(run->load.held);
    return code;
}

/* More connections than calls would only stand idle. */
static uint32_t gw_run_connections(const struct gw_run *run)
{
    uint32_t connections = run->request->config->limits.connections;

    return connections < run->load.drive.limits.in_flight ? connections : run->load.drive.limits.in_flight;
}

/* Whoever pauses a run is at it; who finds it paused, or held, wants to know that. */
static uint64_t gw_run_wait_ms(void *user, enum gw_stop stop)
{
    const struct gw_run *run = user;

    if (run->request->wait_said)
        return run->request->wait_ms;
    return stop == GW_STOP_PAUSE && !run->was_paused ? PAUSE_WAIT_MS : 0;
}

static enum gw_code gw_run_start(struct gw_run *run, struct gw_err *err)
{
    const struct gw_config *config = run->request->config;
    struct gw_pump_parts parts = {
        .loop = run->loop,
        .rollout = run->rollout,
        .roster = &run->load.roster,
        .wave = &run->load.wave,
        .store = run->store,
        .lease = run->lease,
        .fence_ms = run->load.drive.fence_ms,
        .rate_calls = run->load.rate_calls,
        .limit = config->limits.rate,
        .wait_ms = gw_run_wait_ms,
        .user = run,
        .hear = gw_crier_hear,
        .hearer = &run->crier,
    };

    run->notify = gw_notify_new(run->loop, config, run->request->quiet);
    run->crier = (struct gw_crier){
        .notify = run->notify, .row = &run->row, .rollout = run->rollout, .waves = &run->load.wave};
    run->pump = gw_pump_new(&parts);
    run->exchanges = gw_exchanges_new(run->loop, config, run->keys, &run->load.roster,
                                      run->load.drive.version, run->row.dpi, gw_run_connections(run),
                                      run->load.drive.reads, gw_pump_emit, run->pump, err);
    if (!run->exchanges)
        return err->code;
    gw_rollout_start(run->rollout, gw_loop_now_ms(run->loop), false);
    run->was_paused = gw_rollout_stopped(run->rollout) == GW_STOP_PAUSE;
    run->orders = gw_orders_new(run->loop, config->database, run->row.id, config->limits.rate, gw_pump_emit,
                                run->pump, err);
    return run->orders ? GW_OK : err->code;
}

static enum gw_code gw_run_drive_loop(struct gw_run *run, struct gw_err *err)
{
    enum gw_code code = gw_run_start(run, err);

    if (code != GW_OK)
        return code;
    run->progress = gw_progress_new(run->loop, run->rollout, run->row.name, run->request->quiet);
    gw_progress_waves(run->progress, &run->load.wave);
    run->attend = gw_attend_new(run->loop, gw_progress_line, run->progress);
    run->signals = gw_signals_new(run->loop, gw_run_signaled, run);
    run->live = gw_live_new(run->loop, run->request->config, run->figures, run->rollout);
    gw_pump_start(run->pump, run->exchanges);
    gw_service_ready();
    gw_loop_run(run->loop);
    gw_live_free(run->live);
    gw_progress_end(run->progress);
    run->over = true;
    gw_notify_finish(run->notify);
    return gw_pump_outcome(run->pump, err);
}

/* Nothing of it moves any more, and another process may run the rollout. */
static void gw_run_stop(struct gw_run *run)
{
    gw_signals_free(run->signals);
    gw_attend_free(run->attend);
    gw_progress_free(run->progress);
    gw_orders_free(run->orders);
    /* The exchanges end into the pump, which takes no events any more. */
    gw_exchanges_free(run->exchanges);
    gw_pump_free(run->pump);
    gw_keys_free(run->keys);
    gw_notify_free(run->notify);
    if (run->loop)
        gw_loop_free(run->loop);
    gw_lease_release(run->lease);
    gw_load_release(&run->load);
}

/* ---- the end ---- */

/* Why it stands where it stands, as status says it too; what the pump heard, where the database cannot be asked. */
static void gw_run_sentence(const struct gw_run *run, struct gw_buf *ret)
{
    struct gw_rollout_row row;

    /* What stopped a rollout that ended all the same is not what status tells of it. */
    bool over = gw_rollout_is_finished(run->rollout) && gw_rollout_stopped(run->rollout) != GW_STOP_GATE;

    if (!over && gw_rollout_find(run->store, run->row.name, &row, NULL) == GW_OK)
        (void)gw_status_sentence(run->store, &row, ret, NULL);
    if (ret->len == 0)
        gw_buf_add_text(ret, gw_pump_stop_reason(run->pump));
}

/* What is newer than the version is as desired, and not at it. */
static const char *gw_run_how_well(const struct gw_run *run)
{
    if (!run->load.drive.verify)
        return " as far as the cloud accepted it (verification is off)";
    return gw_rollout_counts(run->rollout)[GW_STATE_SKIPPED] > 0 ? " or needed no call" : "";
}

static void gw_run_say_end(const struct gw_run *run, int exit_code)
{
    const char *reason = gw_pump_stop_reason(run->pump);
    struct gw_buf sentence;

    if (gw_rollout_stopped(run->rollout) != GW_STOP_NONE) {
        gw_buf_init(&sentence, 0);
        gw_run_sentence(run, &sentence);
        gw_progress_say(run->progress, "%s", gw_buf_text(&sentence));
        gw_buf_release(&sentence);
    } else if (exit_code == GW_EXIT_OK) {
        gw_progress_say(run->progress, "finished: every device is at the version%s", gw_run_how_well(run));
    } else {
        gw_progress_say(run->progress, "finished: some devices did not get there%s",
                        gw_rollout_relapsed(run->rollout) ? ", or relapsed after it" : "");
    }
    gw_log(GW_LOG_INFO, "run ended", "rollout", run->row.name, "reason", reason, (char *)NULL);
}

/* A rollout that has its outcomes needs no lease, no key and no call. */
static enum gw_code gw_run_over(struct gw_run *run, int *ret_exit, struct gw_err *err)
{
    uint64_t count[GW_STATE_COUNT];
    enum gw_code code = gw_targets_count(run->store, run->row.id, 0, count, err);

    if (code != GW_OK)
        return code;
    *ret_exit = gw_ending_well(count[GW_STATE_SUCCEEDED] + count[GW_STATE_SKIPPED], run->row.relapsed,
                               run->row.targets);
    if (run->row.phase == GW_PHASE_ABORTED)
        *ret_exit = GW_EXIT_STOPPED;
    if (!run->request->quiet)
        gw_talk("rollout %s is %s; nothing was called", run->row.name, gw_phase_name(run->row.phase));
    return GW_OK;
}

static enum gw_code gw_run_drive(struct gw_run *run, int *ret_exit, struct gw_err *err)
{
    enum gw_code code;

    gw_log(GW_LOG_INFO, "run started", "rollout", run->row.name, "version", run->load.drive.version,
           (char *)NULL);
    code = gw_run_drive_loop(run, err);
    /* Each commit would have said so; who only waited made none. */
    if (code == GW_OK)
        code = gw_lease_check(run->store, run->lease, err);
    if (code)
        return code;
    *ret_exit = gw_ending_exit(run->rollout, run->signaled);
    gw_run_say_end(run, *ret_exit);
    return GW_OK;
}

/* What it ended as is told whatever becomes of this. */
static void gw_run_next(const struct gw_run *run)
{
    struct gw_rollout_row row;

    if (gw_rollout_find(run->store, run->row.name, &row, NULL) == GW_OK)
        (void)gw_status_next(run->store, &row, run->request->next, NULL);
}

static enum gw_code gw_run_rollout(const struct gw_run_request *request, const struct gw_metrics *figures,
                                   int *ret_exit, struct gw_err *err)
{
    struct gw_run run = {.request = request, .figures = figures};
    struct gw_drive drive;
    enum gw_code code = gw_load_drive(request->config, request->spec, &drive, err);

    if (code == GW_OK)
        code = gw_store_open(request->config->database, GW_STORE_WRITE, &run.store, err);
    if (code == GW_OK)
        code = gw_begin(run.store, request->spec, request->quiet, &run.row, err);
    if (code == GW_OK && !gw_run_is_over(&run))
        code = gw_run_prepare(&run, err);
    if (code == GW_OK && gw_run_is_over(&run))
        code = gw_run_over(&run, ret_exit, err);
    else if (code == GW_OK)
        code = gw_run_drive(&run, ret_exit, err);
    gw_run_stop(&run);
    if (code == GW_OK && request->next)
        gw_run_next(&run);
    gw_store_close(run.store);
    return code;
}

enum gw_code gw_run_job(const struct gw_run_request *request, int *ret_exit, struct gw_err *err)
{
    const struct gw_metrics alone = {.started_unix_ms = gw_clock_unix_ms()};
    struct gw_metrics figures = request->figures ? *request->figures : alone;
    enum gw_code code = gw_run_rollout(request, &figures, ret_exit, err);

    gw_crier_died(request->config, request->spec, code, err ? err->text : "", request->quiet);
    figures.exit_code = code ? gw_exit_code(code) : *ret_exit;
    /* One that was refused because another runs is no run, and leaves that one its figures. */
    if (code != GW_ERR_BUSY)
        gw_metrics_run_ended(request->config, request->spec->name, &figures, request->quiet);
    return code;
}
