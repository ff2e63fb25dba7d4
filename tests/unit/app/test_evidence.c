/* What verdicts say: each kind, each trip, and texts that do not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "tell/evidence.h"

static void check_says(const struct gw_record *verdict, const char *model, bool next, const char *expected)
{
    char said[GW_REASON_MAX];

    gw_evidence_text(verdict, "tenth", model, next, said, sizeof(said));
    assert_string_equal(said, expected);
}

static void a_chart_that_trips_says_how_many_of_how_many(void **state)
{
    struct gw_record verdict = {.kind = GW_RECORD_VERDICT,
                                .verdict = GW_VERDICT_ABORT,
                                .model = GW_NO_MODEL,
                                .chart = {.failed = 9, .judged = 41, .trip = GW_TRIP_CHART}};

    (void)state;
    check_says(&verdict, "", true,
               "9 of 41 devices judged up to wave tenth failed (22 %): that is a bad version's share rather "
               "than the "
               "normal one");
    check_says(
        &verdict, "sag-100wm", false,
        "9 of 41 devices of model sag-100wm judged up to wave tenth failed (22 %): that is a bad version's "
        "share rather than the normal one");
}

static void hard_limits_are_named_by_their_key(void **state)
{
    struct gw_record verdict = {.kind = GW_RECORD_VERDICT,
                                .verdict = GW_VERDICT_ABORT,
                                .chart = {.failed = 21, .judged = 400, .trip = GW_TRIP_FAILED}};

    (void)state;
    check_says(&verdict, "", true,
               "21 of 400 devices judged up to wave tenth failed (5 %): more than max_failed lets pass");
    verdict.chart.trip = GW_TRIP_SHARE;
    check_says(
        &verdict, "", true,
        "21 of 400 devices judged up to wave tenth failed (5 %): a larger share than max_failed_share lets "
        "pass");
}

static void a_hold_says_what_is_missing(void **state)
{
    struct gw_record verdict = {
        .kind = GW_RECORD_VERDICT, .verdict = GW_VERDICT_HOLD, .succeeded = 2, .of = 5};

    (void)state;
    check_says(
        &verdict, "", true,
        "2 of 5 in wave tenth are at the version, 3 did not get there: too little to go on without a person");
    verdict.succeeded = 1;
    check_says(
        &verdict, "", false,
        "1 of 5 in wave tenth is at the version, 4 did not get there: too little to call it done without a "
        "person");
    verdict.succeeded = 0;
    check_says(&verdict, "", true,
               "none of 5 in wave tenth is at the version: too little to go on without a person");
    verdict.of = 0;
    check_says(&verdict, "", true,
               "no device of wave tenth has an outcome to go by: too little to go on without a person");
}

static void a_promotion_says_how_good_it_was(void **state)
{
    struct gw_record verdict = {
        .kind = GW_RECORD_VERDICT, .verdict = GW_VERDICT_PROMOTE, .succeeded = 50, .of = 50};

    (void)state;
    check_says(&verdict, "", true, "all 50 of wave tenth are at the version");
    verdict.succeeded = 49;
    check_says(&verdict, "", true,
               "49 of 50 in wave tenth are at the version, 1 did not get there: enough for the next wave");
    check_says(&verdict, "", false, "49 of 50 in wave tenth are at the version, 1 did not get there");
    verdict.succeeded = verdict.of = 1;
    check_says(&verdict, "", true, "the only device of wave tenth is at the version");
}

static void what_does_not_fit_is_cut_between_characters(void **state)
{
    const struct gw_record verdict = {
        .kind = GW_RECORD_VERDICT, .verdict = GW_VERDICT_PROMOTE, .succeeded = 5, .of = 5};
    char said[16];

    (void)state;
    /* "all 5 of wave " is 14 bytes, so that half of the two-byte letter would fit. */
    gw_evidence_text(&verdict, "\xc3\xa4", "", true, said, sizeof(said));
    assert_string_equal(said, "all 5 of wave ");
    gw_evidence_text(&verdict, "a", "", true, said, sizeof(said));
    assert_string_equal(said, "all 5 of wave a");
}

static void the_longest_names_fit(void **state)
{
    const struct gw_record verdict = {.kind = GW_RECORD_VERDICT,
                                      .verdict = GW_VERDICT_ABORT,
                                      .chart = {.failed = 1000000, .judged = 1000000, .trip = GW_TRIP_CHART}};
    char wave[64], model[65], said[GW_REASON_MAX];

    (void)state;
    memset(wave, 'w', sizeof(wave) - 1);
    wave[sizeof(wave) - 1] = '\0';
    memset(model, 'm', sizeof(model) - 1);
    model[sizeof(model) - 1] = '\0';
    gw_evidence_text(&verdict, wave, model, true, said, sizeof(said));
    assert_non_null(strstr(said, "rather than the normal one"));
}

static void shares_are_rounded_for_people(void **state)
{
    static const struct {
        uint64_t part, whole;
        const char *text;
    } share[] = {{0, 0, "0 %"},
                 {0, 7, "0 %"},
                 {7, 7, "100 %"},
                 {1, 3, "33 %"},
                 {2, 3, "67 %"},
                 {4, 1000, "0.4 %"},
                 {1, 1000000, "under 0.1 %"},
                 {999, 1000, "over 99 %"},
                 {994, 1000, "99 %"},
                 {1, 100, "1 %"},
                 {96, 10000, "1 %"},
                 {94, 10000, "0.9 %"}};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(share); i++) {
        char text[GW_SHARE_TEXT_SIZE];

        gw_share_text(share[i].part, share[i].whole, text);
        assert_string_equal(text, share[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chart_that_trips_says_how_many_of_how_many),
        cmocka_unit_test(hard_limits_are_named_by_their_key),
        cmocka_unit_test(a_hold_says_what_is_missing),
        cmocka_unit_test(a_promotion_says_how_good_it_was),
        cmocka_unit_test(what_does_not_fit_is_cut_between_characters),
        cmocka_unit_test(the_longest_names_fit),
        cmocka_unit_test(shares_are_rounded_for_people),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
