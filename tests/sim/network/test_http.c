/* What gatewave/net/http.h promises of requests, slots and completions, kept in virtual time. */
#include <string.h>

#include "gatewave/net/loop.h"

#include "network/net_try.h"

static struct sim_swarm swarm;
static struct try_call calls[TRY_CALLS_MAX];

static void begin(struct try_client *client, uint32_t n, enum gw_action action, uint64_t every_ms)
{
    try_swarm(&swarm, 1);
    try_calls(calls, n, action, every_ms);
    *client = (struct try_client){.call = calls, .n = n};
}

/* ---- a whole exchange ---- */

static void assert_accepted(const struct try_call *call)
{
    assert_int_equal(call->n_done, 1);
    assert_int_equal(call->end, GW_HTTP_COMPLETE);
    assert_int_equal(call->cause, GW_HTTP_CAUSE_NONE);
    assert_int_equal(call->answer.proof, GW_PROOF_ACCEPTED);
}

static void test_an_update_is_carried_out_and_told(void **state)
{
    struct try_client client;
    const struct sim_line *line;
    struct sim_truth truth;

    (void)state;
    begin(&client, 1, GW_ACTION_UPDATE_VERSION, 0);
    try_begin(&swarm);
    try_start(&client, &swarm);
    try_play(3 * TRY_DELAY_MS);
    assert_accepted(&calls[0]);
    assert_int_equal(calls[0].status, 200);
    assert_string_equal(calls[0].content_type, "application/json;charset=utf-8");
    assert_memory_equal(calls[0].date, "Fri, 15 Jan 2027 08:00:00 GMT", 25);
    assert_int_equal(strlen(calls[0].request_id), 36);
    assert_int_equal(sim_ledger_count(), 1);
    line = sim_ledger_at(0);
    assert_int_equal(line->action, SIM_UPDATE);
    assert_int_equal(line->pid, sim_process_pid(client.process));
    assert_int_equal(line->lane, 0);
    assert_int_equal(line->device, 0);
    assert_string_equal(line->nonce, calls[0].nonce);
    assert_string_equal(line->version, SIM_VERSION_NEW);
    assert_string_equal(line->version_before, SIM_VERSION_OLD);
    assert_true(line->online_before && !line->upgrading_before && !line->standby_before && line->effect);
    assert_true(line->mate_online_before && !line->mate_upgrading_before);
    assert_string_equal(line->mate_version_before, "");
    assert_int_equal(line->signed_unix_ms, SIM_START_UNIX_MS);
    assert_int_equal(line->http_status, 200);
    assert_null(line->code);
    assert_false(line->copy);
    assert_true(line->sent_ms >= SIM_START_MS && line->sent_ms <= line->arrived_ms);
    assert_true(line->arrived_ms <= line->delivered_ms);
    assert_int_equal(line->delivered_ms, calls[0].done_ms);
    assert_in_range(line->down_until_ms, line->arrived_ms + swarm.upgrade_min_ms,
                    line->arrived_ms + swarm.upgrade_max_ms);
    sim_network_truth(0, &truth);
    assert_true(truth.upgrading && !truth.online);
    assert_int_equal(truth.updates_effective, 1);
    try_play(swarm.upgrade_max_ms);
    sim_network_truth(0, &truth);
    assert_true(!truth.upgrading && truth.online);
    assert_string_equal(truth.version, SIM_VERSION_NEW);
    try_end();
}

static void test_a_refusal_stands_in_the_ledger(void **state)
{
    struct try_client client;
    const struct sim_line *line;

    (void)state;
    begin(&client, 2, GW_ACTION_UPDATE_VERSION, 1000);
    calls[0].device = calls[1].device = 7;
    try_world(&swarm, &client);
    assert_accepted(&calls[0]);
    assert_int_equal(calls[1].end, GW_HTTP_COMPLETE);
    assert_int_equal(calls[1].answer.proof, GW_PROOF_REFUSED);
    line = sim_ledger_at(1);
    assert_string_equal(line->code, "SmartAccessGatewayNotOnline");
    assert_int_equal(line->http_status, 403);
    assert_true(!line->effect && line->upgrading_before && !line->online_before && line->standby_before);
    assert_true(line->mate_online_before);
    assert_string_equal(line->mate_version_before, SIM_VERSION_OLD);
    assert_true(line->delivered_ms > 0);
    try_end();
}

/* Both signatures, both formats, with a token and without. */
static void test_reads_tell_what_the_ledger_says(void **state)
{
    struct try_client client;

    (void)state;
    for (int kind = 0; kind < 8; kind++) {
        const struct sim_line *list, *one;

        begin(&client, 2, GW_ACTION_LIST_GATEWAYS, 500);
        calls[0].device = 1; /* of the second region */
        calls[1].action = GW_ACTION_GATEWAY;
        calls[1].device = 6;
        swarm.v1 = kind & 1;
        swarm.xml = kind & 2;
        swarm.tokens = kind & 4;
        try_world(&swarm, &client);
        assert_accepted(&calls[0]);
        assert_int_equal(calls[0].page.total, 3);
        assert_int_equal(calls[0].page.n, 3);
        list = sim_ledger_at(0);
        assert_int_equal(list->action, SIM_LIST);
        assert_int_equal(list->lane, 1);
        assert_int_equal(list->n_said, 3);
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(list->said[i].device, 1 + 2 * i);
            assert_string_equal(list->said[i].version, calls[0].page.gateway[i].version);
            assert_true(list->said[i].online && !list->said[i].standby);
        }
        assert_accepted(&calls[1]);
        assert_int_equal(calls[1].gateway.n_devices, 2);
        one = sim_ledger_at(1);
        assert_int_equal(one->action, SIM_ATTRIBUTE);
        assert_int_equal(one->n_said, 2);
        assert_int_equal(one->said[0].device, 6);
        assert_int_equal(one->said[1].device, 7);
        assert_true(!one->said[0].standby && one->said[1].standby);
        assert_string_equal(calls[1].gateway.device[1].serial, swarm.device[7].serial);
        try_end();
    }
}

/* ---- before the first byte ---- */

static void test_withheld_never_leaves(void **state)
{
    struct try_client client;

    (void)state;
    begin(&client, 2, GW_ACTION_UPDATE_VERSION, 0);
    calls[0].withheld = true;
    calls[1].leave_by_ms = SIM_START_MS; /* which it is already */
    try_world(&swarm, &client);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(calls[i].end, GW_HTTP_NEVER_SENT);
        assert_int_equal(calls[i].cause, GW_HTTP_CAUSE_WITHHELD);
        assert_int_equal(calls[i].n_done, 1);
    }
    assert_int_equal(sim_ledger_count(), 0);
    try_end();
}

static struct try_call *withhold;

static void withhold_it(void *user)
{
    (void)user;
    withhold->withheld = true;
}

/* Asked when the connection is there, not when it is submitted. */
static void test_withheld_while_it_connects(void **state)
{
    struct try_client client;

    (void)state;
    begin(&client, 1, GW_ACTION_UPDATE_VERSION, 0);
    swarm.delay_ms = 1000;
    withhold = &calls[0];
    try_begin(&swarm);
    (void)sim_at(SIM_START_MS + 1, withhold_it, NULL);
    try_start(&client, &swarm);
    try_play(2000);
    assert_true(calls[0].done_ms > SIM_START_MS + 1);
    assert_int_equal(calls[0].cause, GW_HTTP_CAUSE_WITHHELD);
    assert_int_equal(sim_ledger_count(), 0);
    try_end();
}

static void test_leaves_before_its_moment(void **state)
{
    struct try_client client;

    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        begin(&client, 1, GW_ACTION_UPDATE_VERSION, 0);
        swarm.seed = seed;
        calls[0].leave_by_ms = SIM_START_MS + TRY_DELAY_MS / 4;
        try_world(&swarm, &client);
        if (sim_ledger_count() > 0)
            assert_true(sim_ledger_at(0)->sent_ms < calls[0].leave_by_ms);
        else
            assert_true(calls[0].done_ms >= calls[0].leave_by_ms && calls[0].cause == GW_HTTP_CAUSE_WITHHELD);
        try_end();
    }
}

static void done(void *user, const struct gw_http_result *result)
{
    struct try_call *call = user;

    call->n_done++;
    call->end = result->end;
    call->cause = result->cause;
}

static void stop_it(void *user)
{
    gw_loop_stop(user);
}

static void malformed_main(void *user)
{
    struct try_call *call = user;
    struct gw_http_config config = {
        .ca_file = "", .proxy = "", .connect_timeout_ms = 1, .call_timeout_ms = 1, .stall_ms = 1, .slots = 1};
    const char *const header[] = {"Host: a\r\nX: b"};
    struct gw_http_request request = {
        .url = "https://a", .target = "/", .header = header, .n_headers = 1, .body = ""};
    struct gw_loop *loop = gw_loop_new();
    struct gw_http *http = gw_http_new(loop, &config, NULL);
    struct gw_timer *stop = gw_timer_new(loop, stop_it, loop);

    assert_int_equal(gw_http_free_slots(http), 1);
    assert_true(gw_http_submit(http, &request, done, call));
    assert_int_equal(gw_http_free_slots(http), 0);
    assert_int_equal(call->n_done, 0);
    gw_timer_set(stop, gw_loop_now_ms(loop) + 1);
    gw_loop_run(loop);
    assert_int_equal(call->n_done, 1);
    gw_timer_free(stop);
    gw_http_free(http);
    gw_loop_free(loop);
}

static void test_what_may_not_be_sent_is_told_from_the_loop(void **state)
{
    (void)state;
    try_swarm(&swarm, 1);
    try_calls(calls, 1, GW_ACTION_GATEWAY, 0);
    try_begin(&swarm);
    (void)sim_process_start("client", malformed_main, &calls[0]);
    try_play(10);
    assert_int_equal(calls[0].end, GW_HTTP_NEVER_SENT);
    assert_int_equal(calls[0].cause, GW_HTTP_CAUSE_LOCAL);
    try_end();
}

/* ---- slots and connections ---- */

static void test_no_more_than_the_slots(void **state)
{
    struct try_client client;

    (void)state;
    begin(&client, 3, GW_ACTION_GATEWAY, 0);
    client.slots = 2;
    client.lasts_ms = 5000;
    try_world(&swarm, &client);
    assert_int_equal(calls[0].submitted + calls[1].submitted + calls[2].submitted, 2);
    for (int i = 0; i < 3; i++)
        assert_int_equal(calls[i].n_done, calls[i].submitted);
    assert_int_equal(sim_ledger_count(), 2);
    try_end();
}

/* A completion submits the next one, into the one slot; connections that are there need no time. */
static void test_a_slot_is_free_in_its_completion(void **state)
{
    struct try_client client;

    (void)state;
    begin(&client, 20, GW_ACTION_GATEWAY, 0);
    client.slots = 1;
    client.waits_for_first = true;
    try_world(&swarm, &client);
    for (int i = 0; i < 20; i++)
        assert_accepted(&calls[i]);
    for (uint32_t i = 1; i < 20; i++)
        assert_int_equal(sim_ledger_at(i)->sent_ms, sim_ledger_at(i - 1)->delivered_ms);
    try_end();
}

/* ---- time limits ---- */

static void test_a_silent_region_times_out_while_connecting(void **state)
{
    struct try_client client;
    int silent = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        begin(&client, 40, GW_ACTION_GATEWAY,
              3000); /* further apart than a connection is kept for two regions */
        swarm.seed = seed;
        swarm.region_outs = 1;
        swarm.region_out_ms = 60000;
        try_world(&swarm, &client);
        for (int i = 0; i < 40; i++)
            if (calls[i].end == GW_HTTP_NEVER_SENT && calls[i].cause == GW_HTTP_CAUSE_TIMEOUT) {
                silent++;
                assert_int_equal(calls[i].done_ms, SIM_START_MS + calls[i].after_ms + TRY_CONNECT_MS);
            }
        try_end();
    }
    assert_true(silent > 0);
}

static void test_silence_stalls_and_a_slow_call_times_out(void **state)
{
    struct try_client client;
    int stalls = 0;

    (void)state;
    begin(&client, 60, GW_ACTION_UPDATE_VERSION, 0);
    swarm.lost_bp = 10000;
    try_world(&swarm, &client);
    for (int i = 0; i < 60; i++) {
        assert_int_equal(calls[i].n_done, 1);
        assert_int_equal(calls[i].end, GW_HTTP_BROKEN);
        assert_true(calls[i].cause == GW_HTTP_CAUSE_STALL || calls[i].cause == GW_HTTP_CAUSE_RESET);
        assert_true(calls[i].done_ms <= SIM_START_MS + TRY_DELAY_MS + TRY_STALL_MS);
        stalls += calls[i].cause == GW_HTTP_CAUSE_STALL;
    }
    assert_in_range(stalls, 15, 45);
    try_end();
    begin(&client, 60, GW_ACTION_UPDATE_VERSION, 0);
    swarm.lost_bp = 10000;
    swarm.delay_ms = 2 * (TRY_CALL_MS - TRY_STALL_MS);
    try_world(&swarm, &client);
    for (int i = 0; i < 60; i++)
        assert_true(calls[i].done_ms <= SIM_START_MS + TRY_CALL_MS);
    try_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_update_is_carried_out_and_told),
        cmocka_unit_test(test_a_refusal_stands_in_the_ledger),
        cmocka_unit_test(test_reads_tell_what_the_ledger_says),
        cmocka_unit_test(test_withheld_never_leaves),
        cmocka_unit_test(test_withheld_while_it_connects),
        cmocka_unit_test(test_leaves_before_its_moment),
        cmocka_unit_test(test_what_may_not_be_sent_is_told_from_the_loop),
        cmocka_unit_test(test_no_more_than_the_slots),
        cmocka_unit_test(test_a_slot_is_free_in_its_completion),
        cmocka_unit_test(test_a_silent_region_times_out_while_connecting),
        cmocka_unit_test(test_silence_stalls_and_a_slow_call_times_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
