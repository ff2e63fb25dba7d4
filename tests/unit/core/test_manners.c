/* What a night may do to one gateway: each manner alone, its edges, and which of two is the one that is told. */
#include "gatewave/core/manners.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

#define HOUR INT64_C(3600000)
#define NOW  (INT64_C(1000000) * HOUR)

static const struct gw_manners manners = {
    .rest_ms = 20 * HOUR, .give_up = 3, .site_restarts = 4, .late_ms = 14 * 24 * HOUR};

static enum gw_stance judge(struct gw_night_facts facts)
{
    return gw_manners_judge(&manners, &facts, NOW);
}

static void what_lacks_the_version_goes(void **state)
{
    (void)state;
    assert_int_equal(judge((struct gw_night_facts){.restarts = 1}), GW_STANCE_DRIFTED);
}

static void what_is_there_is_left_alone_whatever_else_is_true(void **state)
{
    struct gw_night_facts facts = {.reached = true,
                                   .exact = true,
                                   .held = true,
                                   .stopped = true,
                                   .busy = true,
                                   .failed_nights = 9,
                                   .failed_unix_ms = NOW,
                                   .site_restarts = 9};

    (void)state;
    assert_int_equal(judge(facts), GW_STANCE_CONVERGED);
    facts.exact = false;
    assert_int_equal(judge(facts), GW_STANCE_AHEAD);
}

static void one_that_failed_rests_to_the_millisecond(void **state)
{
    struct gw_night_facts facts = {.failed_nights = 1, .restarts = 1};

    (void)state;
    facts.failed_unix_ms = NOW - 20 * HOUR + 1;
    assert_int_equal(judge(facts), GW_STANCE_RESTING);
    facts.failed_unix_ms = NOW - 20 * HOUR;
    assert_int_equal(judge(facts), GW_STANCE_DRIFTED);
    facts.failed_unix_ms = NOW + HOUR; /* the clock was set back since */
    assert_int_equal(judge(facts), GW_STANCE_RESTING);
}

static void after_so_many_nights_it_is_a_persons(void **state)
{
    struct gw_night_facts facts = {.failed_nights = 2, .failed_unix_ms = 1, .restarts = 1};

    (void)state;
    assert_int_equal(judge(facts), GW_STANCE_DRIFTED);
    facts.failed_nights = 3;
    assert_int_equal(judge(facts), GW_STANCE_GIVEN_UP);
    facts.failed_unix_ms = NOW; /* it would rest as well; what lasts is told */
    assert_int_equal(judge(facts), GW_STANCE_GIVEN_UP);
}

static void a_site_restarts_so_often_and_no_more(void **state)
{
    struct gw_night_facts facts = {.restarts = 2, .site_restarts = 2};
    struct gw_manners without = manners;

    (void)state;
    assert_int_equal(judge(facts), GW_STANCE_DRIFTED);
    facts.site_restarts = 3;
    assert_int_equal(judge(facts), GW_STANCE_SPENT);
    facts.site_restarts = UINT32_MAX;
    assert_int_equal(judge(facts), GW_STANCE_SPENT);
    without.site_restarts = 0;
    assert_int_equal(gw_manners_judge(&without, &facts, NOW), GW_STANCE_DRIFTED);
}

/* Every pair of reasons: the one that stands earlier in the list is told. */
static void the_first_reason_is_told(void **state)
{
    static const enum gw_stance order[] = {GW_STANCE_HELD,     GW_STANCE_STOPPED, GW_STANCE_BUSY,
                                           GW_STANCE_GIVEN_UP, GW_STANCE_RESTING, GW_STANCE_SPENT};

    (void)state;
    for (unsigned mask = 1; mask < 1u << GW_COUNT_OF(order); mask++) {
        struct gw_night_facts facts = {.restarts = 1};
        enum gw_stance want = GW_STANCE_NONE;

        facts.held = mask & 1;
        facts.stopped = mask & 2;
        facts.busy = mask & 4;
        facts.failed_nights = mask & 8 ? 3 : 0;
        facts.failed_unix_ms = mask & 16 ? NOW : 0;
        facts.site_restarts = mask & 32 ? 4 : 0;
        for (unsigned i = GW_COUNT_OF(order); i-- > 0;)
            if (mask & (1u << i))
                want = order[i];
        if (judge(facts) != want)
            fail_msg("%u: %s, not %s", mask, gw_stance_name(judge(facts)), gw_stance_name(want));
    }
}

static void each_stance_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (int a = GW_STANCE_CONVERGED; a < GW_STANCE_COUNT; a++) {
        assert_true(gw_stance_name((enum gw_stance)a)[0] != '\0');
        for (int b = GW_STANCE_NONE; b < a; b++)
            assert_string_not_equal(gw_stance_name((enum gw_stance)a), gw_stance_name((enum gw_stance)b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_lacks_the_version_goes),
        cmocka_unit_test(what_is_there_is_left_alone_whatever_else_is_true),
        cmocka_unit_test(one_that_failed_rests_to_the_millisecond),
        cmocka_unit_test(after_so_many_nights_it_is_a_persons),
        cmocka_unit_test(a_site_restarts_so_often_and_no_more),
        cmocka_unit_test(the_first_reason_is_told),
        cmocka_unit_test(each_stance_has_a_word_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
