/* The ledger keeps what it is given, where it is, and tells it in words. */
#include <stdio.h>
#include <string.h>

#include "network/net_try.h"

static struct sim_swarm swarm;

static int begin(void **state)
{
    (void)state;
    try_swarm(&swarm, 1);
    sim_ledger_begin(&swarm);
    return 0;
}

static int end(void **state)
{
    (void)state;
    sim_ledger_end();
    return 0;
}

static struct sim_line *add(enum sim_action action, uint32_t device)
{
    struct sim_line *line = sim_ledger_add();

    line->action = action;
    line->device = device;
    return line;
}

static void assert_tells(const struct sim_line *line, const char *text)
{
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    sim_ledger_tell(line, &buf);
    assert_string_equal(gw_buf_text(&buf), text);
    gw_buf_release(&buf);
}

static void test_lines_stay_where_they_are(void **state)
{
    struct sim_line *line[3000];

    (void)state;
    for (uint32_t i = 0; i < 3000; i++) {
        line[i] = sim_ledger_add();
        assert_int_equal(line[i]->number, i);
        assert_int_equal(line[i]->arrived_ms, 0);
        line[i]->arrived_ms = 7 + i;
    }
    assert_int_equal(sim_ledger_count(), 3000);
    for (uint32_t i = 0; i < 3000; i++) {
        assert_ptr_equal(sim_ledger_at(i), line[i]);
        assert_int_equal(line[i]->arrived_ms, 7 + i);
    }
}

static void test_begins_empty(void **state)
{
    (void)state;
    (void)sim_ledger_said(sim_ledger_add(), 3);
    sim_ledger_begin(&swarm);
    assert_int_equal(sim_ledger_count(), 0);
    assert_int_equal(sim_ledger_add()->n_said, 0);
}

static void test_texts_are_kept_once(void **state)
{
    char code[] = "Throttling.User", name[32];
    const char *first = sim_ledger_text(code);

    (void)state;
    code[0] = 'x';
    assert_string_equal(first, "Throttling.User");
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "Code%d", i);
        assert_string_equal(sim_ledger_text(name), name);
    }
    assert_ptr_equal(sim_ledger_text("Throttling.User"), first);
}

static void test_finds_the_one_before(void **state)
{
    const struct sim_line *first = add(SIM_UPDATE, 3), *second = add(SIM_UPDATE, 4),
                          *third = add(SIM_UPDATE, 3);
    struct sim_line *list = add(SIM_LIST, SIM_NONE), *one = add(SIM_ATTRIBUTE, SIM_NONE);
    struct sim_said *said = sim_ledger_said(list, 2);

    (void)state;
    said[0].device = 3;
    said[1].device = 5;
    sim_ledger_said(one, 1)->device = 3;
    assert_ptr_equal(sim_ledger_before(5, SIM_UPDATE, 3), third);
    assert_ptr_equal(sim_ledger_before(third->number, SIM_UPDATE, 3), first);
    assert_null(sim_ledger_before(first->number, SIM_UPDATE, 3));
    assert_ptr_equal(sim_ledger_before(5, SIM_UPDATE, 4), second);
    assert_null(sim_ledger_before(5, SIM_UPDATE, 5));
    assert_ptr_equal(sim_ledger_before(5, SIM_LIST, 5), list);
    assert_ptr_equal(sim_ledger_before(5, SIM_ATTRIBUTE, 3), one);
    assert_null(sim_ledger_before(5, SIM_LIST, 4));
}

static void test_tells_a_call(void **state)
{
    struct sim_line *line = sim_ledger_add();

    (void)state;
    *line = (struct sim_line){.pid = 2,
                              .action = SIM_UPDATE,
                              .lane = 1,
                              .sent_ms = 10,
                              .arrived_ms = 20,
                              .delivered_ms = 30,
                              .nonce = "abc",
                              .signed_unix_ms = 5000,
                              .http_status = 200,
                              .device = 6,
                              .version = "2.4.0",
                              .effect = true,
                              .down_until_ms = 600,
                              .version_before = "2.3.0",
                              .online_before = true,
                              .mate_version_before = "2.4.0",
                              .mate_upgrading_before = true};
    assert_tells(line, "0 update pid 2 lane 1 nonce abc signed 5000 sent 10 arrived 20 delivered 30: 200 OK "
                       "sag-6/serial6 to 2.4.0 from 2.3.0 mate 2.4.0 offline upgrading begins until 600");
    line->down_until_ms = SIM_NEVER;
    line->standby_before = line->mate_online_before = true;
    line->online_before = line->mate_upgrading_before = false;
    line->upgrading_before = true;
    line->copy = true;
    assert_tells(line,
                 "0 update pid 2 lane 1 nonce abc copy signed 5000 sent 10 arrived 20 delivered 30: 200 OK "
                 "sag-6/serial6 to 2.4.0 from 2.3.0 offline upgrading standby mate 2.4.0 begins for good");
}

static void test_tells_a_refusal_for_nobody(void **state)
{
    struct sim_line *line = add(SIM_UPDATE, SIM_NONE);

    (void)state;
    line->lane = SIM_NONE;
    line->http_status = 400;
    line->code = sim_ledger_text("Throttling");
    line->retry_after_ms = 70;
    assert_tells(
        line, "0 update pid 0 lane none nonce  signed 0 sent 0 arrived 0 delivered 0: 400 Throttling wait 70 "
              "nobody to ");
}

static void test_tells_a_read(void **state)
{
    struct sim_line *line = add(SIM_LIST, SIM_NONE);
    struct sim_said *said = sim_ledger_said(line, 2);

    (void)state;
    line->http_status = 200;
    said[0] = (struct sim_said){.device = 0, .version = "2.3.0", .online = true};
    said[1] = (struct sim_said){.device = 7, .version = "2.4.0", .standby = true};
    assert_tells(line, "0 list pid 0 lane 0 nonce  signed 0 sent 0 arrived 0 delivered 0: 200 OK "
                       "sag-0/serial0 2.3.0 sag-6/serial7 2.4.0 offline standby");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines_stay_where_they_are, begin, end),
        cmocka_unit_test_setup_teardown(test_begins_empty, begin, end),
        cmocka_unit_test_setup_teardown(test_texts_are_kept_once, begin, end),
        cmocka_unit_test_setup_teardown(test_finds_the_one_before, begin, end),
        cmocka_unit_test_setup_teardown(test_tells_a_call, begin, end),
        cmocka_unit_test_setup_teardown(test_tells_a_refusal_for_nobody, begin, end),
        cmocka_unit_test_setup_teardown(test_tells_a_read, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
