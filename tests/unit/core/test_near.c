/* gw_near: which slip of the finger leads to which word, and when nothing is near enough. */
#include "gatewave/core/near.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

static const char *nearest(const char *word)
{
    static const char *const known[] = {"gateway_id", "region", "serial", "model",
                                        "name",       "site",   "isp",    "read_rate"};
    struct gw_near near;

    gw_near_init(&near, word, strlen(word));
    for (size_t i = 0; i < GW_COUNT_OF(known); i++)
        gw_near_offer(&near, known[i]);
    return near.best;
}

static void one_slip_is_seen_through(void **state)
{
    (void)state;
    assert_string_equal(nearest("modl"), "model");
    assert_string_equal(nearest("modell"), "model");
    assert_string_equal(nearest("nodel"), "model");
    assert_string_equal(nearest("regoin"), "region");
    assert_string_equal(nearest("is"), "isp");
    assert_string_equal(nearest("gatewayid"), "gateway_id");
    assert_string_equal(nearest("readrate"), "read_rate");
}

static void case_costs_nothing(void **state)
{
    (void)state;
    assert_string_equal(nearest("REGION"), "region");
    assert_string_equal(nearest("Gateway_ID"), "gateway_id");
    assert_string_equal(nearest("RegOin"), "region");
}

static void the_nearest_of_several_wins(void **state)
{
    struct gw_near near;

    (void)state;
    gw_near_init(&near, "rates", 5);
    gw_near_offer(&near, "gates");
    assert_string_equal(near.best, "gates");
    gw_near_offer(&near, "rate");
    assert_string_equal(near.best, "gates"); /* a tie: the first offered stays */
    gw_near_offer(&near, "rates");
    assert_string_equal(near.best, "rates");
    assert_int_equal(near.slips, 0);
}

/* --vers is --version, and not --yes by two slips. */
static void a_beginning_is_near_to_its_word(void **state)
{
    struct gw_near near;

    (void)state;
    gw_near_init(&near, "VERS", 4);
    gw_near_offer(&near, "yes");
    gw_near_offer(&near, "version");
    assert_string_equal(near.best, "version");
    gw_near_offer(&near, "verbs");
    assert_string_equal(near.best, "version"); /* a tie: the first offered stays */
    gw_near_offer(&near, "vers");
    assert_string_equal(near.best, "vers");
    assert_string_equal(nearest("ser"), "serial");
    assert_null(nearest("s"));
    assert_null(nearest("serx"));
    assert_null(nearest("serialnumber"));
}

static void other_words_are_near_nothing(void **state)
{
    char same[GW_NEAR_WORD_MAX + 2];
    struct gw_near near;

    (void)state;
    assert_null(nearest(""));
    assert_null(nearest("x"));
    assert_null(nearest("bandwidth"));
    assert_null(nearest("colour"));
    memset(same, 'a', sizeof(same) - 1);
    same[sizeof(same) - 1] = '\0';
    gw_near_init(&near, same, sizeof(same) - 1);
    gw_near_offer(&near, same); /* too long to be looked at */
    assert_null(near.best);
    gw_near_init(&near, same, GW_NEAR_WORD_MAX);
    gw_near_offer(&near, same + 1);
    assert_ptr_equal(near.best, same + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_slip_is_seen_through),     cmocka_unit_test(case_costs_nothing),
        cmocka_unit_test(the_nearest_of_several_wins),  cmocka_unit_test(a_beginning_is_near_to_its_word),
        cmocka_unit_test(other_words_are_near_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
