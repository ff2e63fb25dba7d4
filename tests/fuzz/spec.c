/*
 * Rollout files: what is accepted lies within the limits that its keys state, and reads back from what the
 * database keeps of it, byte for byte; its windows are apart and in order.
 */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/conf/spec.h"
#include "gatewave/core/select.h"

#include "fuzz.h"

#define DAY_MS (24 * UINT64_C(3600000))
/* Days before the clocks of many zones are set. */
#define NOW_UNIX_MS INT64_C(1774483200000)

static void check_pace(const struct gw_pace_spec *pace)
{
    GW_CHECK(pace->rate.calls > 0 || pace->rate.window_ms == 0);
    GW_CHECK(pace->read_rate.calls > 0 || pace->read_rate.window_ms == 0);
}

static void check_gate(const struct gw_gate_spec *gate)
{
    GW_CHECK(gate->rule.baseline_bp > 0 && gate->rule.baseline_bp < gate->rule.alarm_bp);
    GW_CHECK(gate->rule.alarm_bp <= 10000);
}

static void check_window(const struct gw_window_spec *window)
{
    struct gw_interval interval[4];
    const char *zone = window->zone;
    size_t n;

    if (!window->given)
        return;
    GW_CHECK(window->from_min < 1440 && window->to_min <= 1440 && window->from_min != window->to_min);
    GW_CHECK(window->days > 0 && window->days < 0x80 && window->n_freeze <= GW_FREEZE_MAX);
    GW_CHECK(window->cutoff_ms < gw_window_length_min(window) * UINT64_C(60000));
    if (gw_text_equal(zone, "gateway"))
        zone = "Europe/Berlin";
    GW_CHECK(gw_zone_is_known(zone));
    n = gw_window_intervals(window, zone, NOW_UNIX_MS, interval, GW_COUNT_OF(interval));
    GW_CHECK(n <= GW_COUNT_OF(interval));
    for (size_t i = 0; i < n; i++) {
        GW_CHECK(interval[i].opens_unix_ms < interval[i].closes_unix_ms);
        GW_CHECK(interval[i].closes_unix_ms > NOW_UNIX_MS);
        GW_CHECK(i == 0 || interval[i - 1].closes_unix_ms < interval[i].opens_unix_ms);
    }
}

static void check_waves(const struct gw_spec *spec)
{
    for (size_t i = 0; i < spec->n_waves; i++) {
        const struct gw_wave_spec *wave = &spec->wave[i];

        GW_CHECK(wave->name[0] != '\0');
        GW_CHECK((wave->count > 0) + (wave->share_bp > 0) + wave->rest == 1);
        GW_CHECK(wave->share_bp <= 10000 && (!wave->rest || i + 1 == spec->n_waves));
        for (size_t other = 0; other < i; other++)
            GW_CHECK(!gw_text_equal(spec->wave[other].name, wave->name));
        check_gate(&wave->gate);
        check_pace(&wave->pace);
        check_window(&wave->window);
    }
}

static void check_spec(const struct gw_spec *spec)
{
    struct gw_select_error error;
    struct gw_select select;

    GW_CHECK(spec->name[0] && spec->version[0]);
    GW_CHECK(gw_select_parse(spec->select, &select, &error));
    GW_CHECK(spec->n_waves <= GW_WAVES_MAX && spec->attempts > 0);
    GW_CHECK(spec->backoff_first_ms <= spec->backoff_longest_ms);
    GW_CHECK(spec->every_ms <= spec->slow_ms && spec->slow_ms < spec->stuck_ms);
    GW_CHECK(spec->stuck_ms <= 7 * DAY_MS && spec->offline_ms <= 30 * DAY_MS);
    check_gate(&spec->gate);
    check_pace(&spec->pace);
    check_window(&spec->window);
    check_waves(spec);
}

static void check_again(const struct gw_spec *spec)
{
    struct gw_buf text, text_again, problems;
    struct gw_spec again;
    struct gw_err err;

    gw_buf_init(&text, 0);
    gw_buf_init(&text_again, 0);
    gw_buf_init(&problems, 0);
    gw_spec_write(spec, &text);
    GW_CHECK(gw_spec_parse(gw_buf_text(&text), text.len, "f", &again, &problems, &err) == GW_OK);
    gw_spec_write(&again, &text_again);
    GW_CHECK(gw_text_equal(gw_buf_text(&text), gw_buf_text(&text_again)));
    gw_spec_release(&again);
    gw_buf_release(&problems);
    gw_buf_release(&text_again);
    gw_buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gw_spec spec;
    struct gw_buf problems;
    struct gw_err err = {0};

    gw_buf_init(&problems, 0);
    if (gw_spec_parse((const char *)data, size, "f", &spec, &problems, &err) == GW_OK) {
        GW_CHECK(problems.len == 0);
        check_spec(&spec);
        check_again(&spec);
        gw_spec_release(&spec);
    } else {
        GW_CHECK(err.code == GW_ERR_INPUT);
        fuzz_check_said(err.text);
        fuzz_check_report(&problems, data, size);
    }
    gw_buf_release(&problems);
    return 0;
}
