/* What explains the failures of a rollout, and when nothing does. */
#include "ward.h"

#include <stdio.h>
#include <string.h>

#include "gatewave/store/control.h"

static void add(struct place *place, int n, struct ward_target target)
{
    ward_targets(place, n, target);
}

/* "model sag-100wm: 11 of 13 failures, 30 of 1000 judged" */
static const char *culprit(struct place *place, int64_t rollout)
{
    static char text[320];
    struct gw_culprit found = {.attribute = "not written"};

    if (gw_culprit_find(place->store, rollout, &found, &place->err) != GW_OK)
        fail_msg("%s", place->err.text);
    snprintf(text, sizeof(text), "%s %s: %d of %d failures, %d of %d judged", found.attribute, found.value,
             (int)found.failed_with, (int)found.failed, (int)found.judged_with, (int)found.judged);
    return text;
}

/* "region cn: 10, 20", the other that fits; "" */
static const char *also(struct place *place, int64_t rollout)
{
    static char text[320];
    struct gw_culprit found = {.attribute = "not written"};

    if (gw_culprit_find(place->store, rollout, &found, &place->err) != GW_OK)
        fail_msg("%s", place->err.text);
    if (!found.also_attribute)
        return "";
    snprintf(text, sizeof(text), "%s %s: %d, %d", found.also_attribute, found.also_value,
             (int)found.also_failed_with, (int)found.also_judged_with);
    return text;
}

static void test_a_model_explains_the_failures(void **state)
{
    struct place *place = *state;

    ward_rollout(place, 1, "Device", "running");
    add(place, 300, (struct ward_target){.state = "succeeded", .model = "m-a", .region = "eu"});
    add(place, 2, (struct ward_target){.state = "failed", .model = "m-a", .region = "eu"});
    add(place, 9, (struct ward_target){.state = "failed", .model = "m-b", .region = "eu"});
    add(place, 2, (struct ward_target){.state = "unresolved", .model = "m-b", .region = "eu"});
    add(place, 1, (struct ward_target){.state = "succeeded", .model = "m-b", .region = "eu"});
    /* What was not judged says nothing. */
    add(place, 70, (struct ward_target){.state = "deferred", .model = "m-b", .region = "eu"});
    add(place, 70, (struct ward_target){.state = "canceled", .model = "m-b", .region = "eu"});
    add(place, 70, (struct ward_target){.state = "skipped", .model = "m-b", .region = "eu"});
    add(place, 70, (struct ward_target){.state = "waiting", .model = "m-b", .region = "eu"});
    assert_string_equal(culprit(place, 1), "model m-b: 11 of 13 failures, 12 of 314 judged");
}

static void test_every_attribute_can_be_the_one(void **state)
{
    static const struct ward_target bad[] = {
        {.state = "failed", .model = "x"}, {.state = "failed", .version_before = "x"},
        {.state = "failed", .site = "x"},  {.state = "failed", .region = "x"},
        {.state = "failed", .isp = "x"},
    };
    static const char *const expected[] = {"model", "version_before", "site", "region", "isp"};
    struct place *place = *state;
    char text[128];

    for (int i = 0; i < 5; i++) {
        ward_rollout(place, i + 1, "Device", "running");
        add(place, 20, (struct ward_target){.state = "succeeded"});
        add(place, 4, bad[i]);
        snprintf(text, sizeof(text), "%s x: 4 of 4 failures, 4 of 24 judged", expected[i]);
        assert_string_equal(culprit(place, i + 1), text);
    }
}

/* Who was never read ran, as far as anybody knows, what was listed; what was read goes before it. */
static void test_a_version_that_was_listed_explains_like_one_that_was_read(void **state)
{
    struct place *place = *state;

    ward_rollout(place, 1, "Device", "running");
    add(place, 9, (struct ward_target){.state = "succeeded", .version_listed = "2.3.0"});
    add(place, 5,
        (struct ward_target){.state = "succeeded", .version_before = "2.3.0", .version_listed = "2.2.0"});
    add(place, 2, (struct ward_target){.state = "failed", .version_listed = "2.2.0"});
    add(place, 3,
        (struct ward_target){.state = "failed", .version_before = "2.2.0", .version_listed = "2.3.0"});
    assert_string_equal(culprit(place, 1), "version_before 2.2.0: 5 of 5 failures, 5 of 19 judged");
}

static void test_a_relapse_is_a_failure(void **state)
{
    struct place *place = *state;

    ward_rollout(place, 1, "Device", "running");
    add(place, 10, (struct ward_target){.state = "succeeded", .model = "m-a"});
    add(place, 4, (struct ward_target){.state = "succeeded", .model = "m-b"});
    assert_string_equal(culprit(place, 1), " : 0 of 0 failures, 0 of 14 judged");
    place_exec(place, "INSERT INTO relapses SELECT target, 1, '', '' FROM facts WHERE model = 'm-b' LIMIT 3");
    assert_string_equal(culprit(place, 1), "model m-b: 3 of 3 failures, 4 of 14 judged");
}

static void test_two_failures_explain_nothing(void **state)
{
    struct place *place = *state;

    ward_rollout(place, 1, "Device", "running");
    add(place, 50, (struct ward_target){.state = "succeeded", .model = "m-a"});
    add(place, 2, (struct ward_target){.state = "failed", .model = "m-b"});
    assert_string_equal(culprit(place, 1), " : 0 of 2 failures, 0 of 52 judged");
    add(place, 1, (struct ward_target){.state = "failed", .model = "m-b"});
    assert_string_equal(culprit(place, 1), "model m-b: 3 of 3 failures, 3 of 53 judged");
}

static void test_half_of_the_failures_are_enough_and_less_is_not(void **state)
{
    struct place *place = *state;

    ward_rollout(place, 1, "Device", "running");
    add(place, 50, (struct ward_target){.state = "succeeded", .model = "m-a"});
    add(place, 3, (struct ward_target){.state = "failed", .model = "m-b"});
    add(place, 1, (struct ward_target){.state = "failed", .model = "m-c"});
    add(place, 1, (struct ward_target){.state = "failed", .model = "m-d"});
    add(place, 1, (struct ward_target){.state = "failed", .model = "m-e"});
    assert_string_equal(culprit(place, 1), "model m-b: 3 of 6 failures, 3 of 56 judged");
    add(place, 1, (struct ward_target){.state = "failed", .model = "m-f"});
    assert_string_equal(culprit(place, 1), " : 0 of 7 failures, 0 of 57 judged");
}

static void test_it_must_be_twice_its_share(void **state)
{
    struct place *place = *state;

    /* All of 8 failures, and half of 16: exactly twice. */
    ward_rollout(place, 1, "Device", "running");
    add(place, 8, (struct ward_target){.state = "failed", .site = "s"});
    add(place, 8, (struct ward_target){.state = "succeeded", .site = "t"});
    assert_string_equal(culprit(place, 1), "site s: 8 of 8 failures, 8 of 16 judged");
    add(place, 1, (struct ward_target){.state = "succeeded", .site = "s"});
    assert_string_equal(culprit(place, 1), " : 0 of 8 failures, 0 of 17 judged");
}

/* One site had half of the failures and nothing else; the model had all of them. */
static void test_the_largest_excess_wins(void **state)
{
    struct place *place = *state;

    ward_rollout(place, 1, "Device", "running");
    add(place, 60, (struct ward_target){.state = "succeeded", .model = "m-a", .site = "t"});
    add(place, 20, (struct ward_target){.state = "succeeded", .model = "m-b", .site = "t"});
    add(place, 5, (struct ward_target){.state = "failed", .model = "m-b", .site = "s"});
    add(place, 5, (struct ward_target){.state = "failed", .model = "m-b", .site = "t"});
    assert_string_equal(culprit(place, 1), "model m-b: 10 of 10 failures, 30 of 90 judged");
    assert_string_equal(also(place, 1), "");
}

/* One failure of another model must not hand the blame to a version that nearly the same devices ran. */
static void test_a_near_tie_is_a_tie(void **state)
{
    struct place *place = *state;

    ward_rollout(place, 1, "Device", "running");
    add(place, 300, (struct ward_target){.state = "succeeded", .model = "m-a", .version_before = "2.2.0"});
    add(place, 1, (struct ward_target){.state = "failed", .model = "m-a", .version_before = "2.3.0"});
    add(place, 12, (struct ward_target){.state = "failed", .model = "m-b", .version_before = "2.3.0"});
    assert_string_equal(culprit(place, 1), "model m-b: 12 of 13 failures, 12 of 313 judged");
    assert_string_equal(also(place, 1), "version_before 2.3.0: 13, 13");
    /* Two more that it does not explain are no chance any more. */
    add(place, 2, (struct ward_target){.state = "failed", .model = "m-a", .version_before = "2.3.0"});
    assert_string_equal(culprit(place, 1), "version_before 2.3.0: 15 of 15 failures, 15 of 315 judged");
    assert_string_equal(also(place, 1), "");
}

/* As many failures among far fewer devices is no tie. */
static void test_a_tie_is_one_by_what_was_judged_too(void **state)
{
    struct place *place = *state;

    ward_rollout(place, 1, "Device", "running");
    add(place, 60, (struct ward_target){.state = "succeeded", .model = "m-a", .site = "t"});
    add(place, 20, (struct ward_target){.state = "succeeded", .model = "m-b", .site = "t"});
    add(place, 10, (struct ward_target){.state = "failed", .model = "m-b", .site = "s"});
    assert_string_equal(culprit(place, 1), "site s: 10 of 10 failures, 10 of 90 judged");
    assert_string_equal(also(place, 1), "");
}

/* The gate has stopped it for this model; what else fits is told, and is not what to leave out. */
static void test_the_model_that_tripped_goes_first(void **state)
{
    struct place *place = *state;

    ward_rollout(place, 1, "Device", "running");
    add(place, 60, (struct ward_target){.state = "succeeded", .model = "m-a", .region = "eu"});
    add(place, 20, (struct ward_target){.state = "succeeded", .model = "m-b", .region = "eu"});
    add(place, 8, (struct ward_target){.state = "failed", .model = "m-b", .region = "cn"});
    add(place, 4, (struct ward_target){.state = "failed", .model = "m-a", .region = "cn"});
    assert_string_equal(culprit(place, 1), "region cn: 12 of 12 failures, 12 of 92 judged");
    place_exec(
        place,
        "INSERT INTO verdicts (rollout, wave, at_unix_ms, verdict, model, trip, failed, judged, succeeded,"
        " targets, evidence)"
        " VALUES (1, 1, 1, 'abort', 'm-b', 'chart', 8, 28, 0, 92, 'it is bad')");
    assert_string_equal(culprit(place, 1), "model m-b: 8 of 12 failures, 28 of 92 judged");
    assert_string_equal(also(place, 1), "region cn: 12, 12");
    /* A later stop by the rollout's own chart says nothing of a model. */
    place_exec(
        place,
        "INSERT INTO verdicts (rollout, wave, at_unix_ms, verdict, model, trip, failed, judged, succeeded,"
        " targets, evidence)"
        " VALUES (1, 1, 2, 'abort', '', 'chart', 8, 28, 0, 92, 'they are bad')");
    assert_string_equal(culprit(place, 1), "region cn: 12 of 12 failures, 12 of 92 judged");
}

/* A model that is in one region only: it is the model that is named. */
static void test_of_equals_the_more_telling_is_named(void **state)
{
    struct place *place = *state;

    ward_rollout(place, 1, "Device", "running");
    add(place, 30, (struct ward_target){.state = "succeeded", .model = "m-a", .region = "eu", .isp = "a"});
    add(place, 3, (struct ward_target){.state = "failed", .model = "m-b", .region = "cn", .isp = "b"});
    assert_string_equal(culprit(place, 1), "model m-b: 3 of 3 failures, 3 of 33 judged");
}

static void test_what_is_unknown_explains_nothing(void **state)
{
    struct place *place = *state;

    ward_rollout(place, 1, "Device", "running");
    add(place, 30, (struct ward_target){.state = "succeeded", .model = "m-a", .version_before = "1"});
    add(place, 3, (struct ward_target){.state = "failed"});
    assert_string_equal(culprit(place, 1), " : 0 of 3 failures, 0 of 33 judged");
}

static void test_other_rollouts_are_left_out(void **state)
{
    struct place *place = *state;

    ward_rollout(place, 1, "Device", "running");
    add(place, 5, (struct ward_target){.state = "failed", .model = "m-x"});
    ward_rollout(place, 2, "Device", "running");
    add(place, 9, (struct ward_target){.state = "succeeded", .model = "m-a"});
    add(place, 3, (struct ward_target){.state = "failed", .model = "m-b"});
    ward_rollout(place, 3, "Device", "running");
    add(place, 5, (struct ward_target){.state = "failed", .model = "m-y"});
    assert_string_equal(culprit(place, 2), "model m-b: 3 of 3 failures, 3 of 12 judged");
    assert_string_equal(culprit(place, 9), " : 0 of 0 failures, 0 of 0 judged");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_model_explains_the_failures),
        TEST(test_every_attribute_can_be_the_one),
        TEST(test_a_version_that_was_listed_explains_like_one_that_was_read),
        TEST(test_a_relapse_is_a_failure),
        TEST(test_two_failures_explain_nothing),
        TEST(test_half_of_the_failures_are_enough_and_less_is_not),
        TEST(test_it_must_be_twice_its_share),
        TEST(test_the_largest_excess_wins),
        TEST(test_a_near_tie_is_a_tie),
        TEST(test_a_tie_is_one_by_what_was_judged_too),
        TEST(test_the_model_that_tripped_goes_first),
        TEST(test_of_equals_the_more_telling_is_named),
        TEST(test_what_is_unknown_explains_nothing),
        TEST(test_other_rollouts_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
