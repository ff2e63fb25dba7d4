/* Freezing a selection into a rollout, and reading rollouts, waves and targets back. */
#include "records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/text.h"

static enum gw_code create(struct place *place, const char *name, const char *select,
                           struct gw_rollout_row *ret)
{
    const struct gw_rollout_new new_ = {.name = name,
                                        .version = "2.4.0",
                                        .selection = select,
                                        .spec = "spec\n",
                                        .created_by = "me",
                                        .now_unix_ms = T0,
                                        .select = place_select(select)};

    return gw_rollout_create(place->store, &new_, ret, &place->err);
}

static void test_a_rollout_reads_back_as_it_was_made(void **state)
{
    struct place *place = *state;
    const struct gw_rollout_new new_ = {.name = "dpi-1",
                                        .version = "20201117_1_0",
                                        .dpi = true,
                                        .verify = true,
                                        .selection = "all",
                                        .spec = "rollout: dpi-1\n",
                                        .created_by = "ann",
                                        .now_unix_ms = T0,
                                        .select = place_select("all")};
    struct gw_rollout_row made, found;
    char *spec;

    place_fleet(place, 3);
    assert_int_equal(gw_rollout_create(place->store, &new_, &made, &place->err), GW_OK);
    assert_int_equal(gw_rollout_find(place->store, "dpi-1", &found, &place->err), GW_OK);
    assert_memory_equal(&made, &found, sizeof(made));
    assert_string_equal(found.name, "dpi-1");
    assert_string_equal(found.version, "20201117_1_0");
    assert_true(found.dpi && found.verify);
    assert_int_equal(found.phase, GW_PHASE_WAITING);
    assert_string_equal(found.reason, "not started yet");
    assert_int_equal(found.targets, 3);
    assert_int_equal(found.created_unix_ms, T0);
    assert_int_equal(found.started_unix_ms, 0);
    assert_int_equal(found.ended_unix_ms, 0);
    assert_int_equal(strlen(found.membership), 32);
    assert_string_equal(found.created_by, "ann");
    assert_int_equal(gw_rollout_spec(place->store, found.id, &spec, &place->err), GW_OK);
    assert_string_equal(spec, "rollout: dpi-1\n");
    free(spec);
    assert_int_equal(gw_rollout_spec(place->store, 99, &spec, &place->err), GW_ERR_NOT_FOUND);
    assert_string_equal(place_text(place, "SELECT type || selection FROM rollouts"), "Dpiall");
}

static void test_nothing_selected_makes_nothing(void **state)
{
    struct place *place = *state;
    struct gw_rollout_row row;

    place_fleet(place, 3);
    assert_int_equal(create(place, "r", "region = cn-nowhere", &row), GW_ERR_INPUT);
    place_error_has(place, "nothing is selected by `region = cn-nowhere`", "inventory list --select");
    assert_int_equal(place_number(place, "SELECT count(*) FROM rollouts"), 0);
    assert_int_equal(create(place, "r", "all", &row), GW_OK);
}

static void test_a_name_is_taken_once(void **state)
{
    struct place *place = *state;
    struct gw_rollout_row row;

    place_fleet(place, 3);
    place_rollout(place, "r");
    assert_int_equal(create(place, "r", "all", &row), GW_ERR_INPUT);
    place_error_has(place, "rollout r", "the name is taken");
    assert_int_equal(place_number(place, "SELECT count(*) FROM targets"), 3);
}

static void test_what_is_frozen_stays_when_the_inventory_changes(void **state)
{
    struct place *place = *state;

    place_fleet(place, 2);
    place_exec(place,
               "UPDATE gateways SET site = 'berlin', isp = 'dtag', timezone = 'Europe/Berlin', name = 'n'");
    place_rollout(place, "r");
    place_exec(place, "UPDATE gateways SET site = 'paris', region = 'eu-west-1', model = 'x'; "
                      "UPDATE devices SET serial = 'new' || id, version = '9'");
    assert_int_equal(
        place_number(place, "SELECT count(*) FROM facts WHERE site = 'berlin' AND isp = 'dtag' AND"
                            " timezone = 'Europe/Berlin' AND region = 'cn-shanghai' AND account = 'main'"
                            " AND model = 'sag-1000' AND serial LIKE 'SNgw-%' AND version_listed = '2.3.0'"),
        2);
}

static void test_a_dpi_rollout_freezes_the_dpi_version(void **state)
{
    struct place *place = *state;
    struct gw_rollout_row row;
    const struct gw_rollout_new new_ = {.name = "d",
                                        .version = "2",
                                        .dpi = true,
                                        .selection = "all",
                                        .spec = "",
                                        .created_by = "",
                                        .select = place_select("all")};

    place_fleet(place, 1);
    place_exec(place, "UPDATE devices SET dpi_version = '20200101_1'");
    assert_int_equal(gw_rollout_create(place->store, &new_, &row, &place->err), GW_OK);
    assert_string_equal(place_text(place, "SELECT version_listed FROM facts"), "20200101_1");
}

struct list {
    char text[4096];
    size_t n;
};

static bool on_target(void *user, const struct gw_target_row *row)
{
    struct list *list = user;
    size_t len = strlen(list->text);

    assert_int_equal(row->wave, 1);
    snprintf(list->text + len, sizeof(list->text) - len, "%s/%s/%s ", row->gateway_id, row->serial,
             row->ha_role);
    list->n++;
    return true;
}

static struct list targets(struct place *place, int64_t rollout, bool only_open)
{
    struct list list = {.text = ""};

    assert_int_equal(gw_targets_each(place->store, rollout, only_open, on_target, &list, &place->err), GW_OK);
    return list;
}

static void test_dispatch_order_is_stable_and_depends_on_the_name(void **state)
{
    struct place *place = *state;
    struct gw_rollout_row a, b, c;
    struct list by_a, by_b;

    place_fleet(place, 40);
    a = place_rollout(place, "a");
    b = place_rollout(place, "b");
    by_a = targets(place, a.id, false);
    by_b = targets(place, b.id, false);
    assert_int_equal(by_a.n, 40);
    assert_string_not_equal(by_a.text, by_b.text);
    assert_string_not_equal(a.membership, b.membership);
    /* The same name over the same fleet, however it is stored, gives the same order. */
    place_exec(place, "DELETE FROM devices; DELETE FROM gateways");
    place_exec(place,
               "INSERT INTO gateways (gateway_id, region, account) SELECT gateway_id, 'cn-shanghai', 'main'"
               " FROM facts WHERE target <= 40 ORDER BY gateway_id DESC;"
               "INSERT INTO devices (gateway, serial) SELECT id, 'SN' || gateway_id FROM gateways");
    place_exec(place, "DROP TRIGGER rollouts_are_frozen; UPDATE rollouts SET name = 'old' WHERE name = 'a'");
    c = place_rollout(place, "a");
    assert_string_equal(targets(place, c.id, false).text, by_a.text);
    assert_string_equal(c.membership, a.membership);
}

static void test_pairs_stand_together_standby_first(void **state)
{
    struct place *place = *state;
    struct gw_rollout_row row;
    struct list list;

    place_fleet(place, 30);
    place_exec(place,
               "UPDATE devices SET ha_role = 'active' WHERE gateway <= 10;"
               "INSERT INTO devices (gateway, serial, ha_role) SELECT id, 'AA' || id, 'standby' FROM gateways"
               " WHERE id <= 10;"
               "INSERT INTO devices (gateway, serial) SELECT id, 'AA' || id FROM gateways WHERE id BETWEEN 11"
               " AND 20");
    row = place_rollout(place, "r");
    list = targets(place, row.id, false);
    assert_int_equal(list.n, 50);
    for (int i = 0; i < 20; i++) {
        char pair[128];

        if (i < 10)
            snprintf(pair, sizeof(pair), "gw-%04d/AA%d/standby gw-%04d/SNgw-%04d/active ", i, i + 1, i, i);
        else
            snprintf(pair, sizeof(pair), "gw-%04d/AA%d/ gw-%04d/SNgw-%04d/ ", i, i + 1, i, i);
        if (!strstr(list.text, pair))
            fail_msg("%s is not in %s", pair, list.text);
    }
}

static bool on_last(void *user, const struct gw_target_row *row)
{
    struct gw_target_row *last = user;

    *last = *row;
    return row->number < 2; /* stops behind target 2 */
}

static void test_a_target_tells_all_that_is_known(void **state)
{
    struct run run = run_start(state);
    struct gw_record seen = {
        .kind = GW_RECORD_SEEN, .target = 2, .at_unix_ms = T0, .version = "2.3.0", .serial = "never taken"};
    struct gw_record end = state_of(2, GW_STATE_FAILED, "stuck");
    struct gw_target_row row;

    gw_text_copy(end.reason, sizeof(end.reason), "silent");
    run_commit(&run, seen);
    run_commit(&run, intent_of(2, 1));
    run_commit(&run, answer_of(2, 1, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING));
    run_commit(&run, end);
    place_exec(run.place, "DROP TRIGGER facts_are_frozen; UPDATE facts SET serial = '', ha_role = 'active'");
    assert_int_equal(gw_targets_each(run.place->store, run.rollout.id, false, on_last, &row, &run.place->err),
                     GW_OK);
    assert_int_equal(row.number, 2);
    assert_int_equal(row.state, GW_STATE_FAILED);
    assert_int_equal(row.attempts, 1);
    assert_int_equal(row.sent, 1);
    assert_int_equal(row.started_unix_ms, T0 + 1000);
    assert_int_equal(row.ended_unix_ms, T0 + 9000);
    assert_int_equal(row.signed_unix_ms, T0 + 1000);
    assert_int_equal(row.fence_unix_ms, T0 + 961000);
    run_stop(&run);
}

static bool doubted(const struct run *run)
{
    struct gw_target_row row;

    assert_int_equal(
        gw_targets_each(run->place->store, run->rollout.id, false, on_last, &row, &run->place->err), GW_OK);
    return row.doubted;
}

/* A doubt stays known when it was settled: what looks like somebody else's work may be that call's. */
static void test_a_doubt_is_remembered(void **state)
{
    struct run run = run_start(state);
    struct gw_record settled = {.kind = GW_RECORD_RESOLVED,
                                .target = 2,
                                .attempt = 2,
                                .charged = 1,
                                .state = GW_STATE_WAITING,
                                .at_unix_ms = T0 + 5000};

    assert_false(doubted(&run));
    run_commit(&run, intent_of(2, 1));
    /* Without an answer nobody knows. */
    assert_true(doubted(&run));
    run_commit(&run, answer_of(2, 1, GW_PROOF_REFUSED, GW_STATE_WAITING));
    assert_false(doubted(&run));
    run_commit(&run, intent_of(2, 2));
    run_commit(&run, answer_of(2, 2, GW_PROOF_IN_DOUBT, GW_STATE_IN_DOUBT));
    assert_true(doubted(&run));
    run_commit(&run, settled);
    assert_true(doubted(&run));
    run_stop(&run);
}

struct words {
    char text[512];
};

static bool on_words(void *user, const struct gw_target_row *row)
{
    struct words *words = user;

    if (row->number == 2)
        snprintf(words->text, sizeof(words->text), "%s|%s|%s|%s|%s|%s|%s|%s|%s", row->region, row->account,
                 row->serial, row->ha_role, row->code, row->reason, row->request_id, row->version_before,
                 row->version_after);
    return true;
}

static void test_a_targets_texts_are_never_null(void **state)
{
    struct run run = run_start(state);
    struct gw_record seen = {
        .kind = GW_RECORD_SEEN, .target = 2, .at_unix_ms = T0, .version = "2.3.0", .serial = "LEARNED"};
    struct gw_record end = state_of(2, GW_STATE_FAILED, "stuck");
    struct words words;

    place_exec(run.place, "DROP TRIGGER facts_are_frozen; UPDATE facts SET serial = ''");
    assert_int_equal(
        gw_targets_each(run.place->store, run.rollout.id, false, on_words, &words, &run.place->err), GW_OK);
    assert_string_equal(words.text, "cn-shanghai|main|||||||");
    gw_text_copy(end.reason, sizeof(end.reason), "silent");
    run_commit(&run, seen);
    run_commit(&run, intent_of(2, 1));
    run_commit(&run, answer_of(2, 1, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING));
    run_commit(&run, end);
    assert_int_equal(
        gw_targets_each(run.place->store, run.rollout.id, false, on_words, &words, &run.place->err), GW_OK);
    assert_string_equal(words.text, "cn-shanghai|main|LEARNED||stuck|silent|REQ-1|2.3.0|2.4.0");
    run_stop(&run);
}

static void test_open_targets_are_those_without_outcome(void **state)
{
    struct run run = run_start(state);
    struct gw_rollout_row other = place_rollout(run.place, "other");

    run_commit(&run, state_of(1, GW_STATE_SKIPPED, "at_version"));
    run_commit(&run, state_of(2, GW_STATE_CANCELED, ""));
    run_commit(&run, intent_of(3, 1));
    assert_int_equal(targets(run.place, run.rollout.id, true).n, 2);
    assert_int_equal(targets(run.place, run.rollout.id, false).n, 4);
    assert_int_equal(targets(run.place, other.id, true).n, 4);
    run_stop(&run);
}

static void test_counts_are_by_state(void **state)
{
    struct run run = run_start(state);
    uint64_t count[GW_STATE_COUNT];

    place_rollout(run.place, "other");
    run_commit(&run, state_of(1, GW_STATE_SKIPPED, "at_version"));
    run_commit(&run, intent_of(3, 1));
    assert_int_equal(gw_targets_count(run.place->store, run.rollout.id, 0, count, &run.place->err), GW_OK);
    assert_int_equal(count[GW_STATE_WAITING], 2);
    assert_int_equal(count[GW_STATE_SKIPPED], 1);
    assert_int_equal(count[GW_STATE_IN_FLIGHT], 1);
    assert_int_equal(count[GW_STATE_FAILED], 0);
    assert_int_equal(gw_targets_count(run.place->store, run.rollout.id, 1, count, &run.place->err), GW_OK);
    assert_int_equal(count[GW_STATE_WAITING], 2);
    assert_int_equal(gw_targets_count(run.place->store, run.rollout.id, 2, count, &run.place->err), GW_OK);
    assert_int_equal(count[GW_STATE_WAITING], 0);
    run_stop(&run);
}

static bool on_code(void *user, enum gw_state state, const char *code, uint64_t count)
{
    struct words *words = user;
    size_t len = strlen(words->text);

    snprintf(words->text + len, sizeof(words->text) - len, "%s %s %d; ", gw_state_name(state), code,
             (int)count);
    return true;
}

static void test_codes_are_of_what_went_wrong(void **state)
{
    struct run run = run_start(state);
    struct words words = {""};

    run_commit(&run, state_of(0, GW_STATE_SKIPPED, "at_version"));
    run_commit(&run, state_of(1, GW_STATE_DEFERRED, "offline"));
    run_commit(&run, state_of(2, GW_STATE_FAILED, "not_found"));
    run_commit(&run, state_of(3, GW_STATE_DEFERRED, "offline"));
    assert_int_equal(gw_codes_each(run.place->store, run.rollout.id, on_code, &words, &run.place->err),
                     GW_OK);
    assert_string_equal(words.text, "deferred offline 2; failed not_found 1; ");
    run_stop(&run);
}

static bool on_rollout(void *user, const struct gw_rollout_row *row)
{
    struct words *words = user;
    size_t len = strlen(words->text);

    snprintf(words->text + len, sizeof(words->text) - len, "%s ", row->name);
    return true;
}

static bool on_wave(void *user, const struct gw_wave_row *row)
{
    struct words *words = user;

    snprintf(words->text, sizeof(words->text), "%u %s %s %u", row->number, row->name,
             gw_phase_name(row->phase), row->targets);
    return true;
}

static void test_rollouts_and_waves_are_listed(void **state)
{
    struct place *place = *state;
    struct words words = {""};
    struct gw_rollout_row row;

    assert_int_equal(gw_rollout_find(place->store, NULL, &row, &place->err), GW_ERR_NOT_FOUND);
    place_error_has(place, "no rollout yet", "gatewave run");
    assert_int_equal(gw_rollout_find(place->store, "x", &row, &place->err), GW_ERR_NOT_FOUND);
    place_error_has(place, "rollout x", "gatewave status");
    place_fleet(place, 2);
    place_rollout(place, "first");
    place_rollout(place, "second");
    assert_int_equal(gw_rollout_find(place->store, NULL, &row, &place->err), GW_OK);
    assert_string_equal(row.name, "second");
    assert_int_equal(gw_rollouts_each(place->store, on_rollout, &words, &place->err), GW_OK);
    assert_string_equal(words.text, "second first ");
    assert_int_equal(gw_waves_each(place->store, row.id, on_wave, &words, &place->err), GW_OK);
    assert_string_equal(words.text, "1 all pending 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_rollout_reads_back_as_it_was_made, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_selected_makes_nothing, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_name_is_taken_once, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_frozen_stays_when_the_inventory_changes, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_dpi_rollout_freezes_the_dpi_version, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_dispatch_order_is_stable_and_depends_on_the_name, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_pairs_stand_together_standby_first, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_target_tells_all_that_is_known, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_doubt_is_remembered, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_targets_texts_are_never_null, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_open_targets_are_those_without_outcome, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_counts_are_by_state, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_codes_are_of_what_went_wrong, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_rollouts_and_waves_are_listed, place_set_up, place_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
