/* A database with a rollout in it, made in a folder of its own through the program's own functions. */
#include "view.h"

#include <string.h>

#include "gatewave/app/inventory.h"
#include "gatewave/store/control.h"
#include "sinks.h"

void view_write_csv(const struct view *view, const char *text)
{
    FILE *file = fopen(view->csv, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

int view_arrive(void **state)
{
    struct view *view = gw_mem_new(1, sizeof(*view));

    (void)snprintf(view->root, sizeof(view->root), "/tmp/gatewave-views-XXXXXX");
    assert_non_null(mkdtemp(view->root));
    (void)snprintf(view->database, sizeof(view->database), "%s/fleet.db", view->root);
    (void)snprintf(view->csv, sizeof(view->csv), "%s/fleet.csv", view->root);
    gw_session_init(&view->session, sink_open(), sink_open());
    free(view->session.config.database);
    view->session.config.database = gw_mem_dup(view->database);
    assert_int_equal(gw_session_open(&view->session, GW_STORE_CREATE, &view->err), GW_OK);
    *state = view;
    return 0;
}

int view_leave(void **state)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal", ".lock"};
    struct view *view = *state;
    char path[128];

    gw_lease_release(view->lease);
    (void)close(view->session.out.fd);
    (void)close(view->session.talk.fd);
    gw_session_release(&view->session);
    (void)unlink(view->csv);
    for (size_t i = 0; i < GW_COUNT_OF(tails); i++) {
        (void)snprintf(path, sizeof(path), "%s%s", view->database, tails[i]);
        (void)unlink(path);
    }
    (void)rmdir(view->root);
    free(view);
    return 0;
}

void view_import_text(struct view *view, const char *text)
{
    view_write_csv(view, text);
    if (gw_inventory_import(&view->session, view->csv, &view->err))
        fail_msg("%s%s", gw_buf_text(&view->session.problems), view->err.text);
}

/* Takes what was printed and checks that it has all the texts up to NULL. */
void view_check_printed(struct view *view, const char *const *texts)
{
    char *printed = sink_take(view->session.out.fd);

    for (; *texts; texts++)
        if (!strstr(printed, *texts))
            assert_string_equal(printed, *texts);
    free(printed);
}

/* ---- a rollout ---- */

struct number_job {
    const char *gateway_id;
    uint32_t number;
};

static bool number_row(void *user, const struct gw_target_row *row)
{
    struct number_job *job = user;

    if (strcmp(row->gateway_id, job->gateway_id) == 0)
        job->number = row->number;
    return true;
}

uint32_t view_number_of(struct view *view, const char *gateway_id)
{
    struct number_job job = {.gateway_id = gateway_id, .number = UINT32_MAX};

    assert_int_equal(
        gw_targets_each(view->session.store, view->rollout.id, false, number_row, &job, &view->err), GW_OK);
    assert_true(job.number != UINT32_MAX);
    return job.number;
}

void view_commit(struct view *view, const struct gw_record *record)
{
    if (gw_commit(view->session.store, view->lease, record, 1, &view->err))
        fail_msg("%s", view->err.text);
}

void view_wave(struct view *view, uint32_t wave, enum gw_phase now, int64_t soak_until_unix_ms)
{
    const struct gw_record record = {.kind = GW_RECORD_WAVE,
                                     .wave = wave - 1,
                                     .phase = now,
                                     .soak_until_unix_ms = soak_until_unix_ms,
                                     .at_unix_ms = T0};

    view_commit(view, &record);
}

void view_freeze(struct view *view, const struct view_plan *plan)
{
    struct gw_select select;
    struct gw_select_error wrong;
    const struct gw_rollout_new fresh = {.name = "os-2.4.0",
                                         .version = "2.4.0",
                                         .verify = !plan->accepted_only,
                                         .selection = "all",
                                         .spec = plan->spec,
                                         .created_by = "ann@noc",
                                         .now_unix_ms = T0,
                                         .select = &select,
                                         .size = plan->size,
                                         .wave_name = plan->wave_name,
                                         .n_waves = plan->n_waves};

    view_import_text(view, plan->inventory);
    free(sink_take(view->session.out.fd));
    assert_true(gw_select_parse("all", &select, &wrong));
    if (gw_rollout_create(view->session.store, &fresh, &view->rollout, &view->err))
        fail_msg("%s", view->err.text);
    assert_int_equal(gw_lease_take(view->session.store, view->rollout.id, T0, &view->lease, &view->err),
                     GW_OK);
    view_wave(view, 1, GW_PHASE_RUNNING, 0);
}

void view_sign(struct view *view, const char *gateway_id, uint32_t attempt, int64_t at)
{
    struct gw_record record = {.kind = GW_RECORD_INTENT,
                               .target = view_number_of(view, gateway_id),
                               .attempt = attempt,
                               .state = GW_STATE_IN_FLIGHT,
                               .at_unix_ms = at,
                               .signed_unix_ms = at,
                               .fence_unix_ms = at + 1020000};

    (void)snprintf(record.nonce, sizeof(record.nonce), "%08x%024x", record.target, attempt);
    view_commit(view, &record);
}

void view_answer(struct view *view, const char *gateway_id, uint32_t attempt, int64_t at, enum gw_proof proof,
                 enum gw_state state, const char *code, const char *message)
{
    struct gw_record record = {
        .kind = GW_RECORD_ANSWER,
        .target = view_number_of(view, gateway_id),
        .attempt = attempt,
        .charged = 1,
        .state = state,
        .at_unix_ms = at,
        .answer = {.proof = proof, .http_status = proof == GW_PROOF_REFUSED ? 400 : 200}};

    (void)snprintf(record.answer.code, sizeof(record.answer.code), "%s", code);
    (void)snprintf(record.answer.message, sizeof(record.answer.message), "%s", message);
    (void)snprintf(record.answer.request_id, sizeof(record.answer.request_id), "REQ-%s", gateway_id);
    view_commit(view, &record);
}

void view_seen(struct view *view, const char *gateway_id, const char *version)
{
    struct gw_record record = {.kind = GW_RECORD_SEEN,
                               .target = view_number_of(view, gateway_id),
                               .state = GW_STATE_WAITING,
                               .at_unix_ms = T0};

    (void)snprintf(record.version, sizeof(record.version), "%s", version);
    view_commit(view, &record);
}

void view_phase(struct view *view, enum gw_phase now, const char *reason)
{
    struct gw_record record = {
        .kind = GW_RECORD_PHASE, .target = UINT32_MAX, .phase = now, .at_unix_ms = T0 + 5000};

    (void)snprintf(record.reason, sizeof(record.reason), "%s", reason);
    view_commit(view, &record);
}

void view_end(struct view *view, uint32_t target, enum gw_state state, const char *code)
{
    struct gw_record record = {
        .kind = GW_RECORD_STATE, .target = target, .state = state, .at_unix_ms = T0 + 60000};

    (void)snprintf(record.answer.code, sizeof(record.answer.code), "%s", code);
    (void)snprintf(record.version, sizeof(record.version), "%s", state == GW_STATE_SUCCEEDED ? "2.4.0" : "");
    view_commit(view, &record);
}

void view_judge(struct view *view, uint32_t wave, enum gw_verdict verdict, const char *evidence)
{
    struct gw_record record = {.kind = GW_RECORD_VERDICT,
                               .wave = wave - 1,
                               .verdict = verdict,
                               .model = GW_NO_MODEL,
                               .at_unix_ms = T0 + 70000};

    (void)snprintf(record.reason, sizeof(record.reason), "%s", evidence);
    view_commit(view, &record);
}

int64_t view_order(struct view *view, enum gw_order_kind kind, const char *argument, const char *reason)
{
    struct gw_select select;
    struct gw_select_error wrong;
    const bool without = kind == GW_ORDER_RESUME && argument[0] != '\0';
    const struct gw_order_new new_ = {.kind = kind,
                                      .argument = argument,
                                      .by = "bob@noc",
                                      .reason = reason,
                                      .without = without ? &select : NULL,
                                      .now_unix_ms = T0 + 80000};
    int64_t id;

    if (without)
        assert_true(gw_select_parse(argument, &select, &wrong));
    assert_int_equal(gw_order_add(view->session.store, view->rollout.id, &new_, &id, &view->err), GW_OK);
    return id;
}

void view_obey(struct view *view, int64_t order, enum gw_answer_word word, const char *sentence)
{
    struct gw_record record = {.kind = GW_RECORD_ORDER,
                               .order = order,
                               .accepted = word <= GW_SAID_PACED,
                               .said = {.word = word},
                               .at_unix_ms = T0 + 81000};

    (void)snprintf(record.reason, sizeof(record.reason), "%s", sentence);
    view_commit(view, &record);
}
