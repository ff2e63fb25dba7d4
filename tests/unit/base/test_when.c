/* Wall times as text: known instants, every day from 1970 to 2100, and what is not a time. */
#include "gatewave/base/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

#define UNTOUCHED 424242

static void test_known_instants(void **state)
{
    /* From RFC 3339, RFC 9110 and `date -u -d @SECONDS`. */
    static const struct {
        int64_t unix_ms;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {-1000, "1969-12-31T23:59:59Z"},
        {784111777000, "1994-11-06T08:49:37Z"},
        {951782400000, "2000-02-29T00:00:00Z"},
        {951868800000, "2000-03-01T00:00:00Z"},
        {1767323045000, "2026-01-02T03:04:05Z"},
        {2147483647000, "2038-01-19T03:14:07Z"},
        {2147483648000, "2038-01-19T03:14:08Z"},
        {4107542400000, "2100-03-01T00:00:00Z"},
        {4107542399000, "2100-02-28T23:59:59Z"},
        {253402300799000, "9999-12-31T23:59:59Z"},
        {-62167219200000, "0000-01-01T00:00:00Z"},
        {-2208988800000, "1900-01-01T00:00:00Z"},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        char text[GW_WHEN_TEXT_SIZE];
        int64_t unix_ms = UNTOUCHED;

        gw_when_text(cases[i].unix_ms, text);
        assert_string_equal(text, cases[i].text);
        assert_true(gw_when_parse(cases[i].text, &unix_ms));
        assert_true(unix_ms == cases[i].unix_ms);
    }
}

static void test_fractions(void **state)
{
    static const struct {
        const char *text;
        int64_t unix_ms;
    } cases[] = {
        {"1970-01-01T00:00:00.5Z", 500},    {"1970-01-01T00:00:00.05Z", 50},
        {"1970-01-01T00:00:00.005Z", 5},    {"1970-01-01T00:00:00.0005Z", 0},
        {"1970-01-01T00:00:00.123Z", 123},  {"1970-01-01T00:00:00.999999999Z", 999},
        {"1969-12-31T23:59:59.250Z", -750}, {"1970-01-01T00:00:01.000Z", 1000},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        int64_t unix_ms = UNTOUCHED;

        assert_true(gw_when_parse(cases[i].text, &unix_ms));
        assert_true(unix_ms == cases[i].unix_ms);
    }
}

/* Whole seconds are cut downward, also before 1970. */
static void test_text_floors(void **state)
{
    char text[GW_WHEN_TEXT_SIZE];

    (void)state;
    gw_when_text(999, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    gw_when_text(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59Z");
    gw_when_text(-86400001, text);
    assert_string_equal(text, "1969-12-30T23:59:59Z");
}

static void test_extremes_fit(void **state)
{
    char text[GW_WHEN_TEXT_SIZE];

    (void)state;
    gw_when_text(INT64_MAX, text);
    assert_string_equal(text, "292278994-08-17T07:12:55Z");
    gw_when_text(INT64_MIN, text);
    assert_string_equal(text, "-292275055-05-16T16:47:04Z");
}

/* Walks the calendar by its own simple rules, a day at a time, and compares both directions. */
static void test_every_day(void **state)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const char *const weekdays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t days = 0;

    (void)state;
    for (int year = 1970; year <= 2100; year++) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= month_days[month - 1] + (leap && month == 2); day++, days++) {
                int second_of_day = (int)(days * 7919 % 86400), hour = second_of_day / 3600,
                    minute = second_of_day / 60 % 60, second = second_of_day % 60;
                int64_t expected = (days * 86400 + second_of_day) * 1000, unix_ms = UNTOUCHED;
                char text[64], written[GW_WHEN_TEXT_SIZE];

                (void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day, hour,
                               minute, second);
                gw_when_text(expected, written);
                assert_string_equal(written, text);
                assert_true(gw_when_parse(text, &unix_ms));
                assert_true(unix_ms == expected);
                (void)snprintf(text, sizeof(text), "%s, %02d %s %04d %02d:%02d:%02d GMT", weekdays[days % 7],
                               day, months[month - 1], year, hour, minute, second);
                unix_ms = UNTOUCHED;
                assert_true(gw_when_parse_http(text, &unix_ms));
                assert_true(unix_ms == expected);
            }
        }
    }
    assert_int_equal(days, 47847);
}

static void test_not_a_time(void **state)
{
    static const char *const bad[] = {
        "",
        "2026",
        "2026-01-02",
        "2026-01-02T03:04:05",
        "2026-01-02T03:04:05z",
        "2026-01-02t03:04:05Z",
        "2026-01-02 03:04:05Z",
        "2026-01-02T03:04Z",
        "2026-01-02T03:04:05+00:00",
        "2026-01-02T03:04:05ZZ",
        "2026-01-02T03:04:05Z ",
        " 2026-01-02T03:04:05Z",
        "2026-1-2T3:4:5Z",
        "2026/01/02T03:04:05Z",
        "2026-00-02T03:04:05Z",
        "2026-13-02T03:04:05Z",
        "2026-01-00T03:04:05Z",
        "2026-01-32T03:04:05Z",
        "2026-04-31T03:04:05Z",
        "2026-02-29T03:04:05Z",
        "2100-02-29T00:00:00Z",
        "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:05Z",
        "2026-01-02T03:04:60Z",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05,5Z",
        "2026-01-02T03:04:05.5",
        "2026-01-02T03:04:05.5.5Z",
        "-026-01-02T03:04:05Z",
        "20260-01-02T03:04:05Z",
        "Sun, 06 Nov 1994 08:49:37 GMT",
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(bad); i++) {
        int64_t unix_ms = UNTOUCHED;

        if (gw_when_parse(bad[i], &unix_ms))
            fail_msg("took %s", bad[i]);
        assert_true(unix_ms == UNTOUCHED);
    }
}

static void test_http_date(void **state)
{
    static const char *const bad[] = {
        "",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 06 anF 1994 08:49:37 GMT",
        "Xyz, 06 Nov 1994 08:49:37 GMT",
        "unM, 06 Nov 1994 08:49:37 GMT",
        "Sun; 06 Nov 1994 08:49:37 GMT",
        "Sun,-06 Nov 1994 08:49:37 GMT",
        "Sun, 6x Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov-1994 08:49:37 GMT",
        "Sun, 06 Nov 199x 08:49:37 GMT",
        "Sun, 06 Nov 1994T08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:60 GMT",
        "Sun, 06 Nov 1994 08.49.37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GM",
        "1994-11-06T08:49:37Z",
    };
    int64_t unix_ms = UNTOUCHED;

    (void)state;
    assert_true(gw_when_parse_http("Sun, 06 Nov 1994 08:49:37 GMT", &unix_ms));
    assert_true(unix_ms == 784111777000);
    for (size_t i = 0; i < GW_COUNT_OF(bad); i++) {
        unix_ms = UNTOUCHED;
        if (gw_when_parse_http(bad[i], &unix_ms))
            fail_msg("took %s", bad[i]);
        assert_true(unix_ms == UNTOUCHED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_instants), cmocka_unit_test(test_fractions),
        cmocka_unit_test(test_text_floors),    cmocka_unit_test(test_extremes_fit),
        cmocka_unit_test(test_every_day),      cmocka_unit_test(test_not_a_time),
        cmocka_unit_test(test_http_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
