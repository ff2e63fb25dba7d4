/* Processes that end, are killed or frozen in the middle of an exchange, and who watches what they send. */
#include <string.h>

#include "network/net_try.h"

static struct sim_swarm swarm;
static struct try_call calls[TRY_CALLS_MAX];

static void begin(struct try_client *client, uint32_t n, enum gw_action action, uint64_t every_ms)
{
    try_swarm(&swarm, 1);
    try_calls(calls, n, action, every_ms);
    *client = (struct try_client){.call = calls, .n = n};
}

static void assert_accepted(const struct try_call *call)
{
    assert_int_equal(call->n_done, 1);
    assert_int_equal(call->end, GW_HTTP_COMPLETE);
    assert_int_equal(call->cause, GW_HTTP_CAUSE_NONE);
    assert_int_equal(call->answer.proof, GW_PROOF_ACCEPTED);
}

/* ---- the end of a process ---- */

static void test_free_completes_what_is_under_way(void **state)
{
    struct try_client client;

    (void)state;
    begin(&client, 2, GW_ACTION_UPDATE_VERSION, 400);
    swarm.reply_lost_bp = 10000;
    client.lasts_ms = 400;
    try_world(&swarm, &client);
    assert_int_equal(calls[0].cause, GW_HTTP_CAUSE_CANCELED);
    assert_int_equal(calls[0].end, GW_HTTP_BROKEN);
    assert_int_equal(calls[1].cause, GW_HTTP_CAUSE_CANCELED);
    assert_int_equal(calls[1].end, GW_HTTP_NEVER_SENT);
    assert_int_equal(sim_ledger_count(), 1);
    assert_true(sim_ledger_at(0)->effect);
    try_end();
}

static void kill_it(void *user)
{
    sim_process_kill(((struct try_client *)user)->process);
}

/* Killed at every millisecond: what had left arrives, what had not does not, and nothing is delivered any more. */
static void test_the_dead_send_and_hear_nothing(void **state)
{
    int arrived = 0;

    (void)state;
    for (uint64_t at_ms = 0; at_ms <= 2 * TRY_DELAY_MS; at_ms++) {
        struct try_client client;
        uint64_t dies_ms = SIM_START_MS + at_ms;

        begin(&client, 8, GW_ACTION_UPDATE_VERSION, 0);
        client.lasts_ms = 60000;
        try_begin(&swarm);
        try_start(&client, &swarm);
        (void)sim_at(dies_ms, kill_it, &client);
        try_play_out();
        for (uint32_t i = 0; i < sim_ledger_count(); i++) {
            const struct sim_line *line = sim_ledger_at(i);

            assert_true(line->sent_ms <= dies_ms);
            assert_true(line->delivered_ms <= dies_ms);
            assert_true(line->effect);
            arrived += line->arrived_ms > dies_ms;
        }
        for (int i = 0; i < 8; i++)
            if (calls[i].n_done > 0 && calls[i].cause == GW_HTTP_CAUSE_CANCELED)
                assert_int_equal(calls[i].end == GW_HTTP_BROKEN, try_line(calls[i].nonce, false) != NULL);
        try_end();
    }
    assert_true(arrived > 0);
}

static void freeze_it(void *user)
{
    sim_process_freeze(((struct try_client *)user)->process);
}

static void thaw_it(void *user)
{
    sim_process_thaw(((struct try_client *)user)->process);
}

/* Frozen: nothing leaves and nothing is heard until it goes on; then a reply that is there is read, late as it is. */
static void test_the_frozen_wait(void **state)
{
    uint64_t thaws_ms = SIM_START_MS + 10 * TRY_CALL_MS;
    int replies = 0, late = 0;

    (void)state;
    for (uint64_t at_ms = 0; at_ms <= TRY_DELAY_MS; at_ms += 5) {
        struct try_client client;
        uint64_t freezes_ms = SIM_START_MS + at_ms;

        begin(&client, 8, GW_ACTION_UPDATE_VERSION, 0);
        try_begin(&swarm);
        try_start(&client, &swarm);
        (void)sim_at(freezes_ms, freeze_it, &client);
        (void)sim_at(thaws_ms, thaw_it, &client);
        try_play_out();
        for (int i = 0; i < 8; i++) {
            const struct sim_line *line = try_line(calls[i].nonce, false);

            assert_int_equal(calls[i].n_done, 1);
            assert_true(calls[i].done_ms <= freezes_ms || calls[i].done_ms >= thaws_ms);
            assert_non_null(line);
            assert_true(line->sent_ms <= freezes_ms || line->sent_ms >= thaws_ms);
            if (line->sent_ms <= freezes_ms && calls[i].done_ms >= thaws_ms) {
                assert_accepted(&calls[i]);
                replies++;
            } else if (line->sent_ms >= thaws_ms) {
                assert_int_equal(calls[i].cause, GW_HTTP_CAUSE_TIMEOUT);
                assert_int_equal(calls[i].done_ms, line->sent_ms);
                late++;
            }
        }
        try_end();
    }
    assert_true(replies > 0 && late > 0);
}

/* A moment by which it must leave holds for who was frozen, too. */
static void test_the_thawed_do_not_send_what_is_too_late(void **state)
{
    struct try_client client;

    (void)state;
    begin(&client, 8, GW_ACTION_UPDATE_VERSION, 0);
    for (int i = 0; i < 8; i++)
        calls[i].leave_by_ms = SIM_START_MS + 1000;
    try_begin(&swarm);
    try_start(&client, &swarm);
    (void)sim_at(SIM_START_MS + 2, freeze_it, &client);
    (void)sim_at(SIM_START_MS + 5000, thaw_it, &client);
    try_play_out();
    for (uint32_t i = 0; i < sim_ledger_count(); i++)
        assert_true(sim_ledger_at(i)->sent_ms <= SIM_START_MS + 2);
    assert_true(sim_ledger_count() < 8);
    try_end();
}

/* ---- who watches ---- */

struct seen {
    uint32_t leaves, updates, arrivals;
    uint32_t lines; /* in the ledger when the last one left */
    char nonce[40];
    struct sim_process *kill;
};

static void on_leave(void *user, const struct sim_process *process, const char *nonce, bool update)
{
    struct seen *seen = user;

    assert_ptr_equal(process, sim_self());
    seen->leaves++;
    seen->updates += update;
    seen->lines = sim_ledger_count();
    strcpy(seen->nonce, nonce);
    if (seen->kill)
        sim_process_kill(seen->kill);
}

static void on_arrival(void *user, const struct sim_line *line)
{
    struct seen *seen = user;

    assert_ptr_equal(line, sim_ledger_at(sim_ledger_count() - 1));
    assert_null(sim_self());
    seen->arrivals++;
}

static void test_leaving_and_arriving_are_watched(void **state)
{
    struct try_client client;
    struct seen seen = {0};

    (void)state;
    for (int v1 = 0; v1 < 2; v1++) {
        begin(&client, 2, GW_ACTION_UPDATE_VERSION, 1000);
        calls[0].action = GW_ACTION_LIST_GATEWAYS;
        swarm.v1 = v1;
        seen = (struct seen){0};
        try_begin(&swarm);
        sim_network_on_leave(on_leave, &seen);
        sim_network_on_arrival(on_arrival, &seen);
        try_start(&client, &swarm);
        try_play_out();
        assert_int_equal(seen.leaves, 2);
        assert_int_equal(seen.updates, 1);
        assert_int_equal(seen.arrivals, 2);
        assert_int_equal(seen.lines, 1);
        assert_string_equal(seen.nonce, calls[1].nonce);
        try_end();
    }
}

static void test_who_dies_on_the_threshold_does_not_leave(void **state)
{
    struct try_client client;
    struct seen seen = {0};

    (void)state;
    begin(&client, 8, GW_ACTION_UPDATE_VERSION, 0);
    try_begin(&swarm);
    sim_network_on_leave(on_leave, &seen);
    try_start(&client, &swarm);
    seen.kill = client.process;
    try_play_out();
    assert_int_equal(seen.leaves, 1);
    assert_int_equal(sim_ledger_count(), 0);
    try_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_free_completes_what_is_under_way),
        cmocka_unit_test(test_the_dead_send_and_hear_nothing),
        cmocka_unit_test(test_the_frozen_wait),
        cmocka_unit_test(test_the_thawed_do_not_send_what_is_too_late),
        cmocka_unit_test(test_leaving_and_arriving_are_watched),
        cmocka_unit_test(test_who_dies_on_the_threshold_does_not_leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
