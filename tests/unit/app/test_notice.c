/* Notices: the sentence, the four forms, what an answer means, which phase is which event. Forms after the receivers' manuals. */
#include "notify/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "notify/crier.h"

static const struct gw_notice_facts held = {
    .event = GW_NOTICE_HELD,
    .rollout = "os-2.4.0",
    .version = "2.4.0",
    .wave = "tenth",
    .reason = "the gate is not sure of a wave: 3 of 10 <failed>",
    .phase = GW_PHASE_WAITING,
    .count = {[GW_STATE_WAITING] = 90, [GW_STATE_SUCCEEDED] = 7, [GW_STATE_FAILED] = 3},
    .relapsed = 1,
    .at_unix_ms = INT64_C(1700000000000),
};

static void check_text(const struct gw_notice_facts *facts, const char *want)
{
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    gw_notice_text(facts, &buf);
    assert_string_equal(gw_buf_text(&buf), want);
    gw_buf_release(&buf);
}

static void check_body(const struct gw_notice_facts *facts, enum gw_notify_form form, const char *want)
{
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    gw_notice_body(facts, form, &buf);
    assert_string_equal(gw_buf_text(&buf), want);
    gw_buf_release(&buf);
}

static void one_sentence_says_it(void **state)
{
    struct gw_notice_facts facts = held;

    (void)state;
    check_text(&facts,
               "gatewave: rollout os-2.4.0 to 2.4.0, wave tenth: the gate is not sure of a wave: 3 of 10 "
               "<failed>; 10 of 100 done, 3 failed, 1 relapsed. Next: gatewave status os-2.4.0");
    facts.event = GW_NOTICE_APPROVAL;
    facts.reason = "a wave waits for an approval";
    facts.wave = "";
    facts.relapsed = 0;
    check_text(&facts,
               "gatewave: rollout os-2.4.0 to 2.4.0: a wave waits for an approval; 10 of 100 done, 3 failed. "
               "Next: gatewave approve os-2.4.0");
    facts.event = GW_NOTICE_STARTED;
    facts.reason = "";
    facts.count[GW_STATE_FAILED] = 0;
    check_text(&facts,
               "gatewave: rollout os-2.4.0 to 2.4.0: started; 7 of 97 done. Next: gatewave status os-2.4.0");
    facts.goes_on = true;
    check_text(&facts,
               "gatewave: rollout os-2.4.0 to 2.4.0: goes on; 7 of 97 done. Next: gatewave status os-2.4.0");
    facts.event = GW_NOTICE_FINISHED;
    facts.phase = GW_PHASE_FINISHED;
    facts.count[GW_STATE_DEFERRED] = 4;
    check_text(&facts, "gatewave: rollout os-2.4.0 to 2.4.0: finished; 11 of 101 done, 4 deferred. "
                       "Next: gatewave report os-2.4.0");
}

static void each_receiver_has_its_form(void **state)
{
    (void)state;
    check_body(&held, GW_NOTIFY_DINGTALK,
               "{\"msgtype\":\"text\",\"text\":{\"content\":\"gatewave: rollout os-2.4.0 to 2.4.0, wave "
               "tenth: the gate "
               "is not sure of a wave: 3 of 10 <failed>; 10 of 100 done, 3 failed, 1 relapsed. Next: "
               "gatewave status "
               "os-2.4.0\"}}");
    check_body(&held, GW_NOTIFY_SLACK,
               "{\"text\":\"gatewave: rollout os-2.4.0 to 2.4.0, wave tenth: the gate is not sure of a wave: "
               "3 of 10 "
               "&lt;failed&gt;; 10 of 100 done, 3 failed, 1 relapsed. Next: gatewave status os-2.4.0\"}");
    check_body(&held, GW_NOTIFY_FEISHU,
               "{\"msg_type\":\"text\",\"content\":{\"text\":\"gatewave: rollout os-2.4.0 to 2.4.0, wave "
               "tenth: the gate "
               "is not sure of a wave: 3 of 10 ‹failed›; 10 of 100 done, 3 failed, 1 relapsed. Next: "
               "gatewave status "
               "os-2.4.0\"}}");
    check_body(&held, GW_NOTIFY_JSON,
               "{\"event\":\"held\",\"rollout\":\"os-2.4.0\",\"version\":\"2.4.0\",\"phase\":\"waiting\","
               "\"wave\":\"tenth\","
               "\"reason\":\"the gate is not sure of a wave: 3 of 10 "
               "<failed>\",\"counts\":{\"waiting\":90,\"in_flight\":0,"
               "\"upgrading\":0,\"in_doubt\":0,\"succeeded\":7,\"skipped\":0,\"failed\":3,\"deferred\":0,"
               "\"unresolved\":0,"
               "\"canceled\":0,\"relapsed\":1},\"text\":\"gatewave: rollout os-2.4.0 to 2.4.0, wave tenth: "
               "the gate is not "
               "sure of a wave: 3 of 10 <failed>; 10 of 100 done, 3 failed, 1 relapsed. Next: gatewave "
               "status os-2.4.0\","
               "\"next\":\"gatewave status os-2.4.0\",\"at\":\"2023-11-14T22:13:20Z\"}");
}

static void foreign_text_calls_nobody(void **state)
{
    struct gw_notice_facts facts = {.event = GW_NOTICE_HELD,
                                    .rollout = "r",
                                    .version = "1",
                                    .wave = "",
                                    .reason = "<!channel> <at user_id=\"all\">a&b</at>\n\033[2J"};

    (void)state;
    check_body(&facts, GW_NOTIFY_SLACK,
               "{\"text\":\"gatewave: rollout r to 1: &lt;!channel&gt; &lt;at "
               "user_id=\\\"all\\\"&gt;a&amp;b&lt;/at&gt;"
               "\\\\x0a\\\\x1b[2J; 0 of 0 done. Next: gatewave status r\"}");
    check_body(&facts, GW_NOTIFY_FEISHU,
               "{\"msg_type\":\"text\",\"content\":{\"text\":\"gatewave: rollout r to 1: ‹!channel› ‹at "
               "user_id=\\\"all\\\"›"
               "a&b‹/at›\\\\x0a\\\\x1b[2J; 0 of 0 done. Next: gatewave status r\"}}");
}

static void an_answer_is_judged(void **state)
{
    static const struct {
        enum gw_notify_form form;
        int status;
        const char *body;
        enum gw_notice_fate fate;
        const char *why;
    } answers[] = {
        {GW_NOTIFY_JSON, 200, "", GW_NOTICE_TAKEN, ""},
        {GW_NOTIFY_JSON, 204, "{\"code\":7}", GW_NOTICE_TAKEN, ""},
        {GW_NOTIFY_SLACK, 200, "ok", GW_NOTICE_TAKEN, ""},
        {GW_NOTIFY_SLACK, 302, "", GW_NOTICE_LOST, "HTTP 302"},
        {GW_NOTIFY_SLACK, 404, "no_service", GW_NOTICE_LOST, "HTTP 404"},
        {GW_NOTIFY_SLACK, 429, "", GW_NOTICE_AGAIN, "HTTP 429"},
        {GW_NOTIFY_SLACK, 500, "", GW_NOTICE_AGAIN, "HTTP 500"},
        {GW_NOTIFY_SLACK, 503, "", GW_NOTICE_AGAIN, "HTTP 503"},
        {GW_NOTIFY_DINGTALK, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}", GW_NOTICE_TAKEN, ""},
        {GW_NOTIFY_DINGTALK, 200, "{\"errcode\" : 310000,\"errmsg\":\"keywords not in content\"}",
         GW_NOTICE_LOST, "it answered code 310000"},
        {GW_NOTIFY_DINGTALK, 200, "<html>", GW_NOTICE_LOST, "it answered without a code"},
        {GW_NOTIFY_FEISHU, 200, "{\"code\":0,\"msg\":\"success\",\"data\":{}}", GW_NOTICE_TAKEN, ""},
        {GW_NOTIFY_FEISHU, 200, "{\"Extra\":null,\"StatusCode\":0,\"StatusMessage\":\"success\"}",
         GW_NOTICE_TAKEN, ""},
        {GW_NOTIFY_FEISHU, 200, "{\"code\":19024,\"msg\":\"Key Words Not Found\"}", GW_NOTICE_LOST,
         "it answered code 19024"},
        {GW_NOTIFY_FEISHU, 200, "{\"code\":-1}", GW_NOTICE_LOST, "it answered code -1"},
        /* Too busy, too fast: the same message is taken later. */
        {GW_NOTIFY_DINGTALK, 200, "{\"errcode\":-1,\"errmsg\":\"busy\"}", GW_NOTICE_AGAIN,
         "it answered code -1"},
        {GW_NOTIFY_DINGTALK, 200, "{\"errcode\":130101,\"errmsg\":\"send too fast\"}", GW_NOTICE_AGAIN,
         "it answered code 130101"},
        {GW_NOTIFY_DINGTALK, 200, "{\"errcode\":11232}", GW_NOTICE_LOST, "it answered code 11232"},
        {GW_NOTIFY_FEISHU, 200, "{\"code\":11232,\"msg\":\"frequency limited\"}", GW_NOTICE_AGAIN,
         "it answered code 11232"},
        {GW_NOTIFY_FEISHU, 200, "", GW_NOTICE_LOST, "it answered without a code"},
    };
    char why[GW_NOTICE_WHY_MAX];

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(answers); i++) {
        assert_int_equal(gw_notice_judge(answers[i].form, answers[i].status, answers[i].body, why),
                         answers[i].fate);
        assert_string_equal(why, answers[i].why);
    }
}

/* Its counts are not known, and what it needs first is no look at the rollout. */
static void a_run_that_died_says_why(void **state)
{
    struct gw_notice_facts facts = {.event = GW_NOTICE_HELD,
                                    .rollout = "os-2.4.0",
                                    .version = "2.4.0",
                                    .wave = "",
                                    .reason = "fleet.db: disk I/O error; check the disk",
                                    .died = true};

    (void)state;
    check_text(&facts, "gatewave: rollout os-2.4.0 to 2.4.0: fleet.db: disk I/O error; check the disk. "
                       "Next: gatewave doctor");
    facts.event = GW_NOTICE_CREDENTIALS;
    facts.reason = "there is no key";
    check_text(&facts, "gatewave: rollout os-2.4.0 to 2.4.0: there is no key. Next: gatewave run os-2.4.0");
}

static void phases_are_events(void **state)
{
    static const struct {
        enum gw_phase phase;
        enum gw_stop stop;
        uint32_t event;
    } moments[] = {
        {GW_PHASE_RUNNING, GW_STOP_NONE, GW_NOTICE_STARTED},
        {GW_PHASE_WAITING, GW_STOP_APPROVAL, GW_NOTICE_APPROVAL},
        {GW_PHASE_WAITING, GW_STOP_HOLD, GW_NOTICE_HELD},
        {GW_PHASE_WAITING, GW_STOP_PLAN, GW_NOTICE_HELD},
        {GW_PHASE_WAITING, GW_STOP_ENDPOINT, GW_NOTICE_HELD},
        {GW_PHASE_WAITING, GW_STOP_UNTRUSTED, GW_NOTICE_HELD},
        {GW_PHASE_WAITING, GW_STOP_NOT_FOUND, GW_NOTICE_HELD},
        {GW_PHASE_WAITING, GW_STOP_GATE, GW_NOTICE_ABORTED},
        {GW_PHASE_WAITING, GW_STOP_CREDENTIALS, GW_NOTICE_CREDENTIALS},
        {GW_PHASE_PAUSED, GW_STOP_CREDENTIALS, GW_NOTICE_CREDENTIALS},
        {GW_PHASE_WAITING, GW_STOP_CLOCK, GW_NOTICE_CREDENTIALS},
        {GW_PHASE_WAITING, GW_STOP_IDENTITY, GW_NOTICE_CREDENTIALS},
        {GW_PHASE_WAITING, GW_STOP_RISK, GW_NOTICE_CREDENTIALS},
        {GW_PHASE_WAITING, GW_STOP_WINDOW, GW_NOTICE_FINISHED},
        {GW_PHASE_WAITING, GW_STOP_SOAK, GW_NOTICE_FINISHED},
        {GW_PHASE_WAITING, GW_STOP_DRAIN, 0},
        {GW_PHASE_PAUSED, GW_STOP_PAUSE, 0},
        {GW_PHASE_ABORTING, GW_STOP_ABORT, GW_NOTICE_ABORTED},
        {GW_PHASE_ABORTED, GW_STOP_ABORT, GW_NOTICE_ABORTED},
        {GW_PHASE_FINISHED, GW_STOP_NONE, GW_NOTICE_FINISHED},
        {GW_PHASE_SOAKING, GW_STOP_NONE, 0},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(moments); i++)
        assert_int_equal(gw_crier_event(moments[i].phase, moments[i].stop), moments[i].event);
}

static void a_night_tells_its_counts_and_names_a_few(void **state)
{
    char name[7][8] = {"sag-1", "sag-2", "sag-3", "sag-4", "sag-5", "sag-6", "sag-7"};
    struct gw_notice_night night = {.policies = "policies.yaml",
                                    .exit_code = 1,
                                    .gateways = 12000,
                                    .drifted = 61,
                                    .given_up = 2,
                                    .newly = {name[0], name[1]},
                                    .n_newly = 2};
    struct gw_notice_facts facts = {.event = GW_NOTICE_NIGHT,
                                    .rollout = "",
                                    .version = "",
                                    .wave = "",
                                    .reason = "",
                                    .night = &night,
                                    .count = {[GW_STATE_SUCCEEDED] = 55, [GW_STATE_FAILED] = 3}};

    (void)state;
    check_text(&facts,
               "gatewave: the night is over, exit code 1: 61 of 12000 gateways had drifted; 58 of 58 done, 3 "
               "failed, 2 given up. Next: gatewave history");
    facts.reason = "os: could not be carried out: account lost: it has no key";
    check_text(
        &facts,
        "gatewave: the night is over, exit code 1 (os: could not be carried out: account lost: it has no "
        "key): 61 of 12000 gateways had drifted; 58 of 58 done, 3 failed, 2 given up. Next: gatewave "
        "history");
    facts.reason = "";
    facts.event = GW_NOTICE_GIVEN_UP;
    check_text(
        &facts,
        "gatewave: given up, and a person's from now on: sag-1, sag-2; 2 in all. Next: gatewave reconcile "
        "policies.yaml --dry-run");
    check_body(
        &facts, GW_NOTIFY_JSON,
        "{\"event\":\"given_up\",\"rollout\":null,\"version\":\"\",\"phase\":null,\"wave\":null,\"reason\":"
        "null,"
        "\"counts\":{\"waiting\":0,\"in_flight\":0,\"upgrading\":0,\"in_doubt\":0,"
        "\"succeeded\":55,"
        "\"skipped\":0,\"failed\":3,\"deferred\":0,\"unresolved\":0,\"canceled\":0,\"relapsed\":0},"
        "\"night\":{\"exit_code\":1,\"gateways\":12000,\"drifted\":61,\"held\":0,\"given_up\":2,"
        "\"newly_given_up\":2,\"named\":[\"sag-1\",\"sag-2\"]},"
        "\"text\":\"gatewave: given up, and a person's from now on: sag-1, sag-2; 2 in all. Next: gatewave "
        "reconcile policies.yaml --dry-run\",\"next\":\"gatewave reconcile policies.yaml --dry-run\","
        "\"at\":\"1970-01-01T00:00:00Z\"}");
    for (size_t i = 0; i < GW_NOTICE_NAMES; i++)
        night.newly[i] = name[i];
    night.n_newly = 7;
    night.given_up = 9;
    check_text(
        &facts,
        "gatewave: given up, and a person's from now on: sag-1, sag-2, sag-3, sag-4, sag-5 and 2 more; 9 in "
        "all. Next: gatewave reconcile policies.yaml --dry-run");
    facts = (struct gw_notice_facts){
        .event = GW_NOTICE_NIGHT, .rollout = "", .wave = "", .reason = "", .night = &night};
    night.exit_code = 0;
    night.drifted = night.given_up = 0;
    night.held = 4;
    check_text(
        &facts,
        "gatewave: the night is over, exit code 0: 0 of 12000 gateways had drifted; nothing was rolled out, "
        "4 held. Next: gatewave history");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_night_tells_its_counts_and_names_a_few),
        cmocka_unit_test(one_sentence_says_it),
        cmocka_unit_test(each_receiver_has_its_form),
        cmocka_unit_test(foreign_text_calls_nobody),
        cmocka_unit_test(an_answer_is_judged),
        cmocka_unit_test(a_run_that_died_says_why),
        cmocka_unit_test(phases_are_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
