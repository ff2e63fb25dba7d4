/* Waves that were said for a fleet, for the part of it that drifted. */
#include "rollout/fitted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/buf.h"
#include "gatewave/core/cut.h"

#include "rollout/asked.h"

static struct gw_spec spec_with(const char *waves)
{
    struct gw_buf text, problems;
    struct gw_spec spec;
    struct gw_err err = {0};

    gw_buf_init(&text, 0);
    gw_buf_init(&problems, 0);
    gw_buf_addf(&text, "rollout: r\nversion: 1\nselect: all\n%s", waves);
    if (gw_spec_parse(gw_buf_text(&text), text.len, "test", &spec, &problems, &err) != GW_OK)
        fail_msg("%s\n%s", err.text, gw_buf_text(&problems));
    gw_buf_release(&problems);
    gw_buf_release(&text);
    return spec;
}

/* "canary 5, rest 7": the waves as they are, with the units that they get of so many. */
static void check(const char *waves, uint32_t units, const char *want)
{
    struct gw_spec spec = spec_with(waves);
    struct gw_asked_sizes sizes;
    uint32_t wave_units[GW_WAVES_MOST], wave;
    struct gw_buf got;

    gw_fitted_waves(&spec, units);
    gw_asked_sizes(&spec, &sizes);
    gw_buf_init(&got, 0);
    if (sizes.n > 0)
        assert_int_equal(gw_cut_sizes(sizes.size, sizes.n, units, wave_units, &wave), GW_CUT_FITS);
    for (uint32_t i = 0; i < sizes.n; i++)
        gw_buf_addf(&got, "%s%s %u", i ? ", " : "", sizes.name[i], wave_units[i]);
    assert_string_equal(gw_buf_text(&got), want);
    gw_buf_release(&got);
    gw_spec_release(&spec);
}

#define THREE "waves: [{name: canary, size: 5}, {name: tenth, size: 10}, {name: rest, size: rest}]\n"

static void waves_that_fit_stay(void **state)
{
    (void)state;
    check(THREE, 100, "canary 5, tenth 10, rest 85");
    check(THREE, 16, "canary 5, tenth 10, rest 1");
}

static void what_is_left_for_no_wave_is_cut_off(void **state)
{
    (void)state;
    check(THREE, 15, "canary 5, tenth 10");
    check(THREE, 9, "canary 5, tenth 4");
    check(THREE, 5, "canary 5");
    check(THREE, 1, "canary 1");
}

/* Waves by count alone that do not hold all of them: the last takes what is left. */
static void the_last_wave_takes_what_is_left(void **state)
{
    (void)state;
    check("waves: [{name: a, size: 2}, {name: b, size: 3}]\n", 9, "a 2, b 7");
}

static void shares_fit_any_number_of_gateways(void **state)
{
    (void)state;
    check("waves: [{name: a, size: 10%}, {name: b, size: 50%}, {name: rest, size: rest}]\n", 2, "a 1, b 1");
    check("waves: [{name: a, size: 10%}, {name: b, size: 50%}, {name: rest, size: rest}]\n", 100,
          "a 10, b 50, rest 40");
}

static void no_waves_stay_none(void **state)
{
    (void)state;
    check("", 3, "");
}

static void every_number_of_gateways_is_held(void **state)
{
    (void)state;
    for (uint32_t units = 1; units < 200; units++) {
        struct gw_spec spec = spec_with(THREE);
        struct gw_asked_sizes sizes;
        uint32_t wave_units[GW_WAVES_MOST], wave;

        gw_fitted_waves(&spec, units);
        gw_asked_sizes(&spec, &sizes);
        assert_int_equal(gw_cut_sizes(sizes.size, sizes.n, units, wave_units, &wave), GW_CUT_FITS);
        gw_spec_release(&spec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waves_that_fit_stay),
        cmocka_unit_test(what_is_left_for_no_wave_is_cut_off),
        cmocka_unit_test(the_last_wave_takes_what_is_left),
        cmocka_unit_test(shares_fit_any_number_of_gateways),
        cmocka_unit_test(no_waves_stay_none),
        cmocka_unit_test(every_number_of_gateways_is_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
