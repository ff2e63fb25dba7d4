/* Strict scalars: tables of what is taken and, longer, of what is not. */
#include "gatewave/base/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/base/rng.h"

#define UNTOUCHED 424242

/* No parser of this file takes any of these. */
static const char *const never[] = {
    "",          " ",         "-",         "+",     ".",   "%",    "/",    "/s",    "s",     "ms",
    "-1",        "+1",        " 1",        "1 ",    "\t1", "1\n",  "0x10", "1e3",   "1_000", "1,000",
    "1.",        ".5",        ".5%",       "-1s",   "-1%", "1/",   "1 s",  "1 /s",  "1/ s",  "1//s",
    "\xd9\xa1",  "1\xc2\xa0", "nan",       "inf",   "yes", "no",   "on",   "off",   "TRUE",  "True",
    "NULL",      "~",         "1s ",       " 1s",   "1ss", "1smh", "s1",   "1/s/s", "1%%",   "unlimited ",
    "Unlimited", "UNLIMITED", "truefalse", "true ", "1S",  "1M",   "1H",   "1mS",   "1/S",   "1/d",
};

static void test_never(void **state)
{
    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(never); i++) {
        struct gw_rate rate = {UNTOUCHED, UNTOUCHED};
        uint64_t number = UNTOUCHED;
        uint32_t bp = UNTOUCHED;

        assert_non_null(gw_parse_u64(never[i], 0, UINT64_MAX, &number));
        assert_non_null(gw_parse_duration(never[i], &number));
        assert_int_equal(number, UNTOUCHED);
        assert_non_null(gw_parse_rate(never[i], &rate));
        assert_int_equal(rate.calls, UNTOUCHED);
        assert_int_equal(rate.window_ms, UNTOUCHED);
        assert_non_null(gw_parse_percent(never[i], &bp));
        assert_int_equal(bp, UNTOUCHED);
    }
}

static void test_u64(void **state)
{
    static const struct {
        const char *text;
        uint64_t min, max, value;
        bool good;
    } cases[] = {
        {"0", 0, UINT64_MAX, 0, true},
        {"7", 7, 7, 7, true},
        {"007", 0, 10, 7, true},
        {"18446744073709551615", 0, UINT64_MAX, UINT64_MAX, true},
        {"18446744073709551616", 0, UINT64_MAX, 0, false},
        {"18446744073709551620", 0, UINT64_MAX, 0, false},
        {"99999999999999999999", 0, UINT64_MAX, 0, false},
        {"36893488147419103232", 0, UINT64_MAX, 0, false},
        {"6", 7, 9, 0, false},
        {"10", 7, 9, 0, false},
        {"1s", 0, 9, 0, false},
        {"1.0", 0, 9, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        uint64_t value = UNTOUCHED;
        const char *problem = gw_parse_u64(cases[i].text, cases[i].min, cases[i].max, &value);

        assert_int_equal(problem == NULL, cases[i].good);
        assert_int_equal(value, cases[i].good ? cases[i].value : UNTOUCHED);
    }
}

static void test_duration(void **state)
{
    static const struct {
        const char *text;
        uint64_t ms;
    } good[] = {
        {"250ms", 250},   {"0s", 0},       {"0ms", 0},       {"1s", 1000},        {"30s", 30000},
        {"20m", 1200000}, {"2h", 7200000}, {"1d", 86400000}, {"90d", 7776000000}, {"0001s", 1000},
    };
    static const char *const bad[] = {
        "1",
        "0",
        "1w",
        "1y",
        "1us",
        "1.5s",
        "1h30m",
        "1min",
        "1sec",
        "18446744073709551616s",
        /* These would wrap around to something small. */
        "18446744073709551615s",
        "213503982334602d",
        "307445734561826m",
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(good); i++) {
        uint64_t ms = UNTOUCHED;

        assert_null(gw_parse_duration(good[i].text, &ms));
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < GW_COUNT_OF(bad); i++) {
        uint64_t ms = UNTOUCHED;

        assert_non_null(gw_parse_duration(bad[i], &ms));
        assert_int_equal(ms, UNTOUCHED);
    }
}

static void test_rate(void **state)
{
    static const struct {
        const char *text;
        struct gw_rate rate;
        uint64_t per_1000s;
    } good[] = {
        {"2/s", {2, 1000}, 2000},
        {"90/m", {90, 60000}, 1500},
        {"500/h", {500, 3600000}, 138},
        {"1/h", {1, 3600000}, 0},
        {"100000/s", {100000, 1000}, 100000000},
        {"unlimited", {UINT32_MAX, 0}, UINT64_MAX},
    };
    static const char *const bad[] = {
        "0/s",  "0/m",   "0/h",   "0",           "2", "100001/s", "4294967297/s", "18446744073709551617/s",
        "2/ms", "2/sec", "2.5/s", "unlimited/s",
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(good); i++) {
        struct gw_rate rate = {UNTOUCHED, UNTOUCHED};
        char text[24];

        assert_null(gw_parse_rate(good[i].text, &rate));
        assert_int_equal(rate.calls, good[i].rate.calls);
        assert_int_equal(rate.window_ms, good[i].rate.window_ms);
        assert_int_equal(gw_rate_per_1000s(rate), good[i].per_1000s);
        gw_rate_text(rate, text, sizeof(text));
        assert_string_equal(text, good[i].text);
    }
    for (size_t i = 0; i < GW_COUNT_OF(bad); i++) {
        struct gw_rate rate = {UNTOUCHED, UNTOUCHED};

        assert_non_null(gw_parse_rate(bad[i], &rate));
        assert_int_equal(rate.calls, UNTOUCHED);
    }
}

static void test_percent(void **state)
{
    static const struct {
        const char *text;
        uint32_t bp;
    } good[] = {
        {"0%", 0},       {"5%", 500},        {"0.5%", 50},     {"12.25%", 1225}, {"0.05%", 5},
        {"100%", 10000}, {"100.00%", 10000}, {"99.99%", 9999}, {"0.00%", 0},     {"007%", 700},
    };
    static const char *const bad[] = {
        "5",
        "0.5",
        "101%",
        "100.01%",
        "0.005%",
        "0.500%",
        "5.%",
        "1..5%",
        "1.5.5%",
        "1.%5",
        "1e1%",
        "18446744073709551616%",
        /* A hundred times this wraps around to 84. */
        "184467440737095517%",
        "0.18446744073709551616%",
        "1.5 %",
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(good); i++) {
        uint32_t bp = UNTOUCHED;

        assert_null(gw_parse_percent(good[i].text, &bp));
        assert_int_equal(bp, good[i].bp);
    }
    for (size_t i = 0; i < GW_COUNT_OF(bad); i++) {
        uint32_t bp = UNTOUCHED;

        assert_non_null(gw_parse_percent(bad[i], &bp));
        assert_int_equal(bp, UNTOUCHED);
    }
}

static void test_duration_text(void **state)
{
    static const struct {
        uint64_t ms;
        const char *text;
    } cases[] = {
        {0, "0ms"},      {1, "1ms"},         {999, "999ms"},    {1000, "1s"},
        {59999, "59s"},  {60000, "1m"},      {90000, "1m30s"},  {3599000, "59m59s"},
        {3600000, "1h"}, {5400000, "1h30m"}, {86400000, "24h"}, {UINT64_MAX, "5124095576030h25m"},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        char text[24];

        gw_duration_text(cases[i].ms, text, sizeof(text));
        assert_string_equal(text, cases[i].text);
    }
}

/* Texts of random printable bytes: whatever is taken must be what the language allows. */
static void test_random_texts(void **state)
{
    static const char alphabet[] = "0123456789.%/smhd u-";
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 3);
    for (int round = 0; round < 200000; round++) {
        char text[8];
        size_t len = gw_rng_below(&rng, sizeof(text)), digits = 0;
        uint64_t number;
        struct gw_rate rate;
        uint32_t bp;

        for (size_t i = 0; i < len; i++)
            text[i] = alphabet[gw_rng_below(&rng, sizeof(alphabet) - 1)];
        text[len] = '\0';
        while (text[digits] >= '0' && text[digits] <= '9')
            digits++;
        assert_int_equal(gw_parse_u64(text, 0, UINT64_MAX, &number) == NULL, digits > 0 && digits == len);
        if (!gw_parse_duration(text, &number) || !gw_parse_rate(text, &rate))
            assert_true(digits > 0 && digits < len);
        if (!gw_parse_percent(text, &bp)) {
            assert_int_equal(text[len - 1], '%');
            assert_true(digits > 0 && bp <= 10000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never),        cmocka_unit_test(test_u64),
        cmocka_unit_test(test_duration),     cmocka_unit_test(test_rate),
        cmocka_unit_test(test_percent),      cmocka_unit_test(test_duration_text),
        cmocka_unit_test(test_random_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
