/* Rollout files with waves, gates and windows: what is read, what a wave has from the rollout, every refusal with its
 * place and its line, and that what is written reads back. */
#include "gatewave/conf/spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "parsed.h"

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#define MINUTE UINT64_C(60000)

/* ---- what is read ---- */

static void what_is_not_said_has_defaults(void **state)
{
    struct gw_spec spec = parse(HEAD "waves: [{name: all, size: rest}]\nwindow: {between: 22:30-04:15}\n");
    const struct gw_wave_spec *wave = spec.wave;

    (void)state;
    assert_true(spec.gate.baseline_auto);
    assert_int_equal(spec.gate.rule.baseline_bp, 100);
    assert_int_equal(spec.gate.rule.alarm_bp, 800);
    assert_int_equal(spec.gate.max_failed, 0);
    assert_int_equal(spec.gate.rule.max_failed_share_bp, 0);
    assert_int_equal(spec.gate.rule.least, 20);
    assert_int_equal(spec.pair_soak_ms, 5 * MINUTE);
    assert_int_equal(spec.pace.per_site, 0);
    assert_int_equal(spec.pace.per_region, 0);
    assert_int_equal(spec.pace.per_isp, 0);
    assert_true(spec.window.given);
    assert_int_equal(spec.window.from_min, 22 * 60 + 30);
    assert_int_equal(spec.window.to_min, 4 * 60 + 15);
    assert_string_equal(spec.window.zone, "gateway");
    assert_int_equal(spec.window.days, 0x7f);
    assert_int_equal(spec.window.n_freeze, 0);
    assert_int_equal(spec.window.cutoff_ms, 20 * MINUTE);
    assert_int_equal(spec.n_waves, 1);
    assert_string_equal(wave->name, "all");
    assert_true(wave->rest);
    assert_int_equal(wave->count, 0);
    assert_int_equal(wave->share_bp, 0);
    assert_int_equal(wave->soak_ms, 0);
    assert_false(wave->approve);
    assert_false(wave->has_gate);
    assert_false(wave->has_pace);
    assert_false(wave->has_window);
    gw_spec_release(&spec);
}

static void a_rollout_without_waves_or_window_says_so(void **state)
{
    struct gw_spec spec = parse(HEAD), init;

    (void)state;
    assert_int_equal(spec.n_waves, 0);
    assert_false(spec.window.given);
    gw_spec_init(&init);
    check_same_gate(&init.gate, &spec.gate);
    check_same_window(&init.window, &spec.window);
    assert_int_equal(init.pair_soak_ms, spec.pair_soak_ms);
    gw_spec_release(&init);
    gw_spec_release(&spec);
    /* With every line under it commented out, a key says nothing. */
    spec = parse(HEAD "waves:\ngate:\nwindow:\n");
    assert_int_equal(spec.n_waves, 0);
    assert_false(spec.window.given);
    gw_spec_release(&spec);
}

static const char every_key[] =
    HEAD "pair_soak: 90s\n"
         "pace: {rate: 2/s, upgrading: 200, per_site: 1, per_region: 40, per_isp: 100000}\n"
         "waves:\n"
         "  - {name: canary, size: 5, soak: 30m, approve: true}\n"
         "  - name: tenth\n"
         "    size: 10%\n"
         "    soak: 2h\n"
         "    approve: false\n"
         "    gate: {baseline: 0.5%, max_failed: 3}\n"
         "    pace: {rate: 1/s, per_site: 2}\n"
         "    window: {days: [sat, sun], zone: Asia/Shanghai}\n"
         "  - {name: rest, size: rest, window: {between: \"00:00-24:00\", freeze: []}}\n"
         "gate: {baseline: 1%, alarm: 12.25%, max_failed: 20, max_failed_share: 10%, "
         "least: 30}\n"
         "window:\n"
         "  between: \"01:00-05:00\"\n"
         "  zone: Europe/Berlin\n"
         "  days: [mon, thu]\n"
         "  freeze: [2026-12-24, 2028-02-29]\n"
         "  cutoff: 45m\n";

static void every_key_is_read(void **state)
{
    struct gw_spec spec = parse(every_key);

    (void)state;
    assert_int_equal(spec.pair_soak_ms, 90000);
    assert_int_equal(spec.pace.per_site, 1);
    assert_int_equal(spec.pace.per_region, 40);
    assert_int_equal(spec.pace.per_isp, 100000);
    assert_false(spec.gate.baseline_auto);
    assert_int_equal(spec.gate.rule.baseline_bp, 100);
    assert_int_equal(spec.gate.rule.alarm_bp, 1225);
    assert_int_equal(spec.gate.max_failed, 20);
    assert_int_equal(spec.gate.rule.max_failed_share_bp, 1000);
    assert_int_equal(spec.gate.rule.least, 30);
    assert_int_equal(spec.window.from_min, 60);
    assert_int_equal(spec.window.to_min, 300);
    assert_string_equal(spec.window.zone, "Europe/Berlin");
    assert_int_equal(spec.window.days, 1 | 8);
    assert_int_equal(spec.window.n_freeze, 2);
    assert_int_equal(spec.window.freeze[0].year, 2026);
    assert_int_equal(spec.window.freeze[0].month, 12);
    assert_int_equal(spec.window.freeze[0].day, 24);
    assert_int_equal(spec.window.freeze[1].year, 2028);
    assert_int_equal(spec.window.freeze[1].month, 2);
    assert_int_equal(spec.window.freeze[1].day, 29);
    assert_int_equal(spec.window.cutoff_ms, 45 * MINUTE);
    assert_int_equal(spec.n_waves, 3);
    assert_string_equal(spec.wave[0].name, "canary");
    assert_int_equal(spec.wave[0].count, 5);
    assert_int_equal(spec.wave[0].share_bp, 0);
    assert_false(spec.wave[0].rest);
    assert_int_equal(spec.wave[0].soak_ms, 30 * MINUTE);
    assert_true(spec.wave[0].approve);
    assert_int_equal(spec.wave[1].count, 0);
    assert_int_equal(spec.wave[1].share_bp, 1000);
    assert_int_equal(spec.wave[1].soak_ms, 120 * MINUTE);
    assert_false(spec.wave[1].approve);
    assert_true(spec.wave[2].rest);
    gw_spec_release(&spec);
}

static void a_wave_has_from_the_rollout_what_it_does_not_say(void **state)
{
    struct gw_spec spec = parse(every_key); /* where the waves stand before the gate and the window */
    const struct gw_wave_spec *canary = &spec.wave[0], *tenth = &spec.wave[1], *rest = &spec.wave[2];

    (void)state;
    assert_false(canary->has_gate || canary->has_pace || canary->has_window);
    check_same_gate(&canary->gate, &spec.gate);
    check_same_pace(&canary->pace, &spec.pace);
    check_same_window(&canary->window, &spec.window);

    assert_true(tenth->has_gate && tenth->has_pace && tenth->has_window);
    assert_false(tenth->gate.baseline_auto);
    assert_int_equal(tenth->gate.rule.baseline_bp, 50);
    assert_int_equal(tenth->gate.rule.alarm_bp, 1225);
    assert_int_equal(tenth->gate.max_failed, 3);
    assert_int_equal(tenth->gate.rule.max_failed_share_bp, 1000);
    assert_int_equal(tenth->gate.rule.least, 30);
    assert_int_equal(tenth->pace.rate.calls, 1);
    assert_int_equal(tenth->pace.per_site, 2);
    assert_int_equal(tenth->pace.per_region, 40);
    assert_int_equal(tenth->pace.upgrading, 200);
    assert_true(tenth->window.given);
    assert_int_equal(tenth->window.from_min, 60);
    assert_string_equal(tenth->window.zone, "Asia/Shanghai");
    assert_int_equal(tenth->window.days, 32 | 64); /* a list replaces a list */
    assert_int_equal(tenth->window.n_freeze, 2);
    assert_int_equal(tenth->window.cutoff_ms, 45 * MINUTE);

    assert_false(rest->has_gate || rest->has_pace);
    assert_true(rest->has_window);
    assert_int_equal(rest->window.to_min, 1440);
    assert_int_equal(rest->window.days, 1 | 8);
    assert_int_equal(rest->window.n_freeze, 0); /* an empty one too */
    gw_spec_release(&spec);

    /* Without one of the rollout's, a wave may have its own window, and the others none. */
    spec = parse(
        HEAD
        "pace: {rate: 3/m, read_rate: 4/s}\nwaves:\n  - {name: a, size: 1, window: {between: 01:00-02:00}}\n"
        "  - {name: b, size: rest, pace: {rate: unlimited, read_rate: unlimited}}\n");
    assert_false(spec.window.given);
    assert_true(spec.wave[0].window.given);
    assert_int_equal(spec.wave[0].window.days, 0x7f);
    assert_false(spec.wave[1].window.given);
    assert_int_equal(spec.wave[1].pace.rate.window_ms, 0); /* unlimited is a word of its own */
    assert_int_equal(spec.wave[1].pace.read_rate.window_ms, 0);
    gw_spec_release(&spec);
}

static void sizes_that_may_fit_are_taken(void **state)
{
    static const char *const good[] = {
        "[{name: a, size: rest}]",
        "[{name: a, size: 100%}]",
        "[{name: a, size: 5}]", /* whether five are all is the plan's to find */
        "[{name: a, size: 5}, {name: b, size: 4294967295}]",
        "[{name: a, size: 0.01%}, {name: b, size: 99.99%}]",
        "[{name: a, size: 5}, {name: b, size: 99.99%}]",
        "[{name: a, size: 5}, {name: b, size: 10%}, {name: c, size: 20}, {name: d, size: rest}]",
    };
    char text[256];

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(good); i++) {
        struct gw_spec spec;

        (void)snprintf(text, sizeof(text), HEAD "waves: %s\n", good[i]);
        spec = parse(text);
        assert_true(spec.n_waves > 0);
        gw_spec_release(&spec);
    }
}

/* ---- what is refused ---- */

#define ALARM(path, bad, normal)                                                                        \
    path "gate.alarm (" bad "), the share of failures that is bad, must be above the baseline (" normal \
         "), the share that is normal"
#define SHORT(path, length, cutoff)                                                      \
    path "window.between is open for " length ", and no call starts in its last " cutoff \
         " (cutoff, the time that an upgrade takes): nothing would ever start"

struct refusal {
    const char *line;    /* the fourth of the file */
    const char *at;      /* the text in it under which the caret stands */
    const char *problem; /* behind the place */
};

static void check_refusals(const struct refusal *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char text[1024], want[2048];
        const char *found = strstr(cases[i].line, cases[i].at);
        int column;

        assert_non_null(found);
        column = (int)(found - cases[i].line);
        (void)snprintf(text, sizeof(text), HEAD "%s\n", cases[i].line);
        (void)snprintf(want, sizeof(want), "r.yaml:4:%d: %s\n  %s\n%*s^\n", column + 1, cases[i].problem,
                       cases[i].line, column + 2, "");
        check_refused(text, want);
    }
}

static void wrong_gates_are_refused(void **state)
{
    static const struct refusal cases[] = {
        {"gate: {alarm: 101%}", "101",
         "gate.alarm: must be a percentage between 0% and 100% with at most two decimals, as in 5% or 0.5%"},
        {"gate: {alarm: 100.01%}", "100",
         "gate.alarm: must be a percentage between 0% and 100% with at most two decimals, as in 5% or 0.5%"},
        {"gate: {alarm: 8}", "8",
         "gate.alarm: must be a percentage between 0% and 100% with at most two decimals, as in 5% or 0.5%"},
        {"gate: {alarm: 0%}", "0", "gate.alarm: must be from 0.01% to 100%"},
        {"gate: {baseline: 200%}", "200",
         "gate.baseline: must be auto or a percentage from 0.01% to 100%, as in 1%"},
        {"gate: {baseline: Auto}", "Auto",
         "gate.baseline: must be auto or a percentage from 0.01% to 100%, as in 1%"},
        {"gate: {baseline: 0%}", "0%",
         "gate.baseline: must be more than zero: where no failure is normal, one would condemn any version"},
        {"gate: {baseline: 8%}", "8%", ALARM("", "8%", "8%")},
        {"gate: {baseline: 3%, alarm: 2.99%}", "2.99", ALARM("", "2.99%", "3%")},
        {"gate: {baseline: 100%, alarm: 100%}", "100%}", ALARM("", "100%", "100%")},
        {"gate: {alarm: 1%}", "1%", ALARM("", "1%", "1% until another is learned")},
        {"gate: {max_failed: 0}", "0", "gate.max_failed: must be a whole number from 1 to 1000000"},
        {"gate: {max_failed_share: 0%}", "0%", "gate.max_failed_share: must be from 0.01% to 100%"},
        {"gate: {max_failed_share: 150%}", "150",
         "gate.max_failed_share: must be a percentage between 0% and 100% with at most two decimals, as in "
         "5% or 0.5%"},
        {"gate: {least: 0}", "0", "gate.least: must be a whole number from 1 to 1000000"},
        {"gate: off", "off", "gate: must be a mapping, as in {baseline: ...}"},
        {"gate: {alarm: 5%, max_fail: 3}", "max_fail",
         "unknown key `gate.max_fail`; did you mean `max_failed`?"},
    };

    (void)state;
    check_refusals(cases, GW_COUNT_OF(cases));
}

static void wrong_windows_are_refused(void **state)
{
#define TIMES "must be two times of day, as in \"01:00-05:00\", from 00:00-... to ...-24:00"
    static const struct refusal cases[] = {
        {"window: {between: 1:00-5:00}", "1:00", "window.between: " TIMES},
        {"window: {between: \"01:00-05:60\"}", "\"", "window.between: " TIMES},
        {"window: {between: \"01:00-24:01\"}", "\"", "window.between: " TIMES},
        {"window: {between: \"24:00-05:00\"}", "\"", "window.between: " TIMES},
        {"window: {between: \"01:00 - 05:00\"}", "\"", "window.between: " TIMES},
        {"window: {between: \"01.00-05.00\"}", "\"", "window.between: " TIMES},
        {"window: {between: \"01:00-05:0x\"}", "\"", "window.between: " TIMES},
        {"window: {between: \"\"}", "\"", "window.between: " TIMES},
        {"window: {between: 05:00-05:00}", "05",
         "window.between: opens and closes at the same time; write 00:00-24:00 "
         "for the whole day"},
        {"window: {between: [01:00-05:00]}", "[", "window.between: must be a single value, not a list"},
        {"window: {}", "{", "window.between is missing"},
        {"window: {days: [mon]}", "{", "window.between is missing"},
        {"window: {between: 01:00-05:00, zone: Europe/Berlim}", "Europe",
         "window.zone: the system's tz database has no `Europe/Berlim`; write a name as Europe/Berlin, or "
         "the word "
         "gateway for each gateway's own"},
        {"window: {between: 01:00-05:00, zone: ../UTC}", "..",
         "window.zone: the system's tz database has no `../UTC`; write a name as Europe/Berlin, or the word "
         "gateway for "
         "each gateway's own"},
        {"window: {between: 01:00-05:00, days: mon}", "mon", "window.days: must be a list, as in [mon, tue]"},
        {"window: {between: 01:00-05:00, days: {mon: 1}}", "{mon",
         "window.days: must be a list, as in [mon, tue]"},
        {"window: {between: 01:00-05:00, days: []}", "[", "window.days: must not be empty"},
        {"window: {between: 01:00-05:00, days: [mon, Tue]}", "Tue",
         "window.days: must be mon, tue, wed, thu, fri, sat or sun"},
        {"window: {between: 01:00-05:00, days: [mon, [tue]]}", "[tue",
         "window.days: must be a list of single values"},
        {"window: {between: 01:00-05:00, days: [mon, tue, mon]}", "mon]", "window.days: the same day twice"},
        {"window: {between: 01:00-05:00, freeze: [2026-02-29]}", "2026",
         "window.freeze: must be a date of the calendar, as in 2026-12-24"},
        {"window: {between: 01:00-05:00, freeze: [2026-13-01]}", "2026",
         "window.freeze: must be a date of the calendar, as in 2026-12-24"},
        {"window: {between: 01:00-05:00, freeze: [24.12.2026]}", "24",
         "window.freeze: must be a date of the calendar, as in 2026-12-24"},
        {"window: {between: 01:00-05:00, freeze: [2026-1-1]}", "2026",
         "window.freeze: must be a date of the calendar, as in 2026-12-24"},
        {"window: {between: 01:00-05:00, freeze: [2026-12-24, 2026-12-25, 2026-12-24]}", "2026-12-24]",
         "window.freeze: the same date twice"},
        {"window: {between: 01:00-05:00, freeze: 2026-12-24}", "2026",
         "window.freeze: must be a list, as in [2026-12-24, 2026-12-31]"},
        {"window: {between: 01:00-01:20}", "01:00", SHORT("", "20m", "20m")},
        {"window: {between: 23:30-00:30, cutoff: 90m}", "90m", SHORT("", "1h", "90m")},
        {"window: {between: 01:00-05:00, cutoff: 25h}", "25h", "window.cutoff: must be from 0s to 1d"},
        {"window: 01:00-05:00", "01", "window: must be a mapping, as in {between: ...}"},
    };

    (void)state;
    check_refusals(cases, GW_COUNT_OF(cases));
}

static void wrong_waves_are_refused(void **state)
{
    static const struct refusal cases[] = {
        {"waves: 3", "3", "waves: must be a list, as in [{name: ...}]"},
        {"waves: {name: a, size: 5}", "{", "waves: must be a list, as in [{name: ...}]"},
        {"waves: []", "[", "waves: must not be empty"},
        {"waves: [5, {name: b, size: rest}]", "5", "waves: each must be a mapping, as in {name: ...}"},
        {"waves: [{size: rest}]", "{", "waves.name is missing"},
        {"waves: [{name: a}]", "{", "waves.size is missing"},
        {"waves: [{name: a b, size: rest}]", " b",
         "waves.name: only letters, digits, `.`, `_` and `-` may be in it"},
        {"waves: [{name: a, size: 5}, {name: a, size: rest}]", "a, size: rest",
         "waves.name: another wave has this name, in line 4"},
        {"waves: [{name: a, size: 5, sise: 5}, {name: b, size: rest}]", "sise",
         "unknown key `waves.sise`; did you mean `size`?"},
        {"waves: [{name: a, size: rest, soak: 31d}]", "31d", "waves.soak: must be from 0s to 30d"},
        {"waves: [{name: a, size: rest, approve: yes}]", "yes", "waves.approve: must be false or true"},
        {"waves: [{name: a, size: rest, name: b}]", "name: b", "waves.name is said twice, first in line 4"},
        {"pair_soak: 8d", "8d", "pair_soak: must be from 0s to 7d"},
        {"pace: {per_site: 0}", "0", "pace.per_site: must be a whole number from 1 to 100000"},
        {"pace: {per_isp: 100001}", "100001", "pace.per_isp: must be a whole number from 1 to 100000"},
        /* A wave's own gate, pace and window are held to the same. */
        {"waves: [{name: a, size: rest, pace: {per_region: 0}}]", "0",
         "waves.pace.per_region: must be a whole number from 1 to 100000"},
        {"waves: [{name: a, size: rest, gate: {alarm: 101%}}]", "101",
         "waves.gate.alarm: must be a percentage between 0% and 100% with at most two decimals, as in 5% or "
         "0.5%"},
        {"waves: [{name: a, size: rest, gate: {baseline: 9%}}]", "9%", ALARM("waves.", "8%", "9%")},
        {"waves: [{name: a, size: rest, window: {days: [sun]}}]", "{days", "waves.window.between is missing"},
        {"waves: [{name: a, size: rest, window: {between: 01:00-01:10}}]", "01:00",
         SHORT("waves.", "10m", "20m")},
        {"waves: [{name: a, size: rest, window: {between: 01:00-02:00, zone: Mars}}]", "Mars",
         "waves.window.zone: the system's tz database has no `Mars`; write a name as Europe/Berlin, or the "
         "word gateway "
         "for each gateway's own"},
    };

    (void)state;
    check_refusals(cases, GW_COUNT_OF(cases));
}

static void sizes_that_cannot_fit_are_refused(void **state)
{
#define SIZE \
    "must be a count of devices, a percentage of the selection or the word rest, as in 5, 10% or rest"
    static const struct refusal cases[] = {
        {"waves: [{name: a, size: 0}, {name: b, size: rest}]", "0",
         "waves.size: must be more than zero: a wave of nobody proves nothing"},
        {"waves: [{name: a, size: 0%}, {name: b, size: rest}]", "0%",
         "waves.size: must be more than zero: a wave of nobody proves nothing"},
        {"waves: [{name: a, size: -5}, {name: b, size: rest}]", "-5", "waves.size: " SIZE},
        {"waves: [{name: a, size: 101%}]", "101", "waves.size: " SIZE},
        {"waves: [{name: a, size: few}, {name: b, size: rest}]", "few", "waves.size: " SIZE},
        {"waves: [{name: a, size: 4294967296}, {name: b, size: rest}]", "429", "waves.size: " SIZE},
        {"waves: [{name: a, size: 60%}, {name: b, size: 40.01%}]", "40.01",
         "waves.size: with this wave it is more than the selection: the percentages add up to 100.01%"},
        {"waves: [{name: a, size: 60%}, {name: b, size: 50%}, {name: c, size: rest}]", "50%",
         "waves.size: with this wave it is more than the selection: the percentages add up to 110%"},
        {"waves: [{name: a, size: 5}, {name: b, size: 100%}]", "100%",
         "waves.size: with this wave it is more than the selection: the percentages add up to 100%, and "
         "there are "
         "counts beside them"},
        {"waves: [{name: a, size: 60%}, {name: b, size: 40%}, {name: c, size: 5}]", "5}",
         "waves.size: nothing is left for this wave: the percentages before it add up to 100%"},
        {"waves: [{name: a, size: 100%}, {name: c, size: rest}]", "rest",
         "waves.size: nothing is left for this wave: the percentages before it add up to 100%"},
        {"waves: [{name: a, size: rest}, {name: b, size: 5}]", "rest",
         "waves.size: only the last wave can be the rest: nothing is left for the next one"},
        {"waves: [{name: a, size: rest}, {name: b, size: rest}]", "rest}]",
         "waves.size: rest is said twice, first in line 4"},
        {"waves: [{name: a, size: 10%}, {name: b, size: 49.5%}]", "49.5",
         "waves.size: 40.5% of the selection is in no wave; let the last one be the rest"},
    };

    (void)state;
    check_refusals(cases, GW_COUNT_OF(cases));
}

static void many_waves_and_dates_have_an_end(void **state)
{
    char text[8192] = HEAD "waves:\n", want[256];
    struct gw_spec spec;
    size_t len;

    (void)state;
    for (int i = 0; i < GW_WAVES_MAX; i++) {
        len = strlen(text);
        (void)snprintf(text + len, sizeof(text) - len, "  - {name: w%d, size: 1}\n", i);
    }
    spec = parse(text);
    assert_int_equal(spec.n_waves, GW_WAVES_MAX);
    assert_string_equal(spec.wave[GW_WAVES_MAX - 1].name, "w31");
    check_round_trip(&spec);
    gw_spec_release(&spec);
    len = strlen(text);
    (void)snprintf(text + len, sizeof(text) - len, "  - {name: more, size: 1}\n");
    check_refused(text,
                  "r.yaml:37:5: waves: must not be more than 32\n    - {name: more, size: 1}\n      ^\n");

    (void)snprintf(text, sizeof(text), HEAD "window:\n  between: 01:00-05:00\n  freeze:\n");
    for (int i = 0; i < GW_FREEZE_MAX; i++) {
        len = strlen(text);
        (void)snprintf(text + len, sizeof(text) - len, "    - 20%02d-%02d-%02d\n", 10 + i / 336,
                       1 + i / 28 % 12, 1 + i % 28);
    }
    spec = parse(text);
    assert_int_equal(spec.window.n_freeze, GW_FREEZE_MAX);
    check_round_trip(&spec);
    gw_spec_release(&spec);
    len = strlen(text);
    (void)snprintf(text + len, sizeof(text) - len, "    - 2040-01-01\n");
    (void)snprintf(want, sizeof(want),
                   "r.yaml:%d:7: window.freeze: too many dates: at most 366\n      - 2040-01-01\n%8s^\n",
                   7 + GW_FREEZE_MAX, "");
    check_refused(text, want);
}

/* What a wave has from a rollout that was refused is not reported again, and the rest of the file is. */
static void one_mistake_is_one_problem(void **state)
{
    static const char text[] = HEAD "gate: {alarm: 200%}\n"
                                    "window: {between: 1-5, cutoff: 30m}\n"
                                    "waves:\n"
                                    "  - {name: a, size: 5, gate: {baseline: 9%}, window: {cutoff: 10m}}\n"
                                    "  - {name: a, size: x, soak: 1}\n"
                                    "  - {name: c, size: rest}\n"
                                    "  - *more\n"
                                    "  - {name: d, size: rest, window: {days: [*mon, tue]}}\n";

    (void)state;
    check_refused_bytes(
        text, sizeof(text) - 1,
        "r.yaml:10:5: aliases (*) are not used here: write the value again\n    - *more\n      ^\n"
        "r.yaml:11:43: aliases (*) are not used here: write the value again\n"
        "    - {name: d, size: rest, window: {days: [*mon, tue]}}\n"
        "                                            ^\n"
        "r.yaml:4:15: gate.alarm: must be a percentage between 0% and 100% with at most two decimals, as in "
        "5% or "
        "0.5%\n  gate: {alarm: 200%}\n                ^\n"
        "r.yaml:5:19: window.between: must be two times of day, as in \"01:00-05:00\", from 00:00-... to "
        "...-24:00\n"
        "  window: {between: 1-5, cutoff: 30m}\n                    ^\n"
        "r.yaml:8:21: waves.size: must be a count of devices, a percentage of the selection or the word "
        "rest, as in 5, "
        "10% or rest\n    - {name: a, size: x, soak: 1}\n                      ^\n"
        "r.yaml:8:30: waves.soak: must be a whole number and a unit, as in 250ms, 30s, 20m, 2h or 1d\n"
        "    - {name: a, size: x, soak: 1}\n                               ^\n"
        "r.yaml:8:12: waves.name: another wave has this name, in line 7\n"
        "    - {name: a, size: x, soak: 1}\n             ^\n",
        "r.yaml: 7 problems");
}

static void a_refused_name_is_not_a_double_too(void **state)
{
    static const char text[] = HEAD "waves:\n  - {name: a/b, size: 5}\n  - {name: a/b, size: rest}\n";

    (void)state;
    check_refused_bytes(text, sizeof(text) - 1,
                        "r.yaml:5:13: waves.name: only letters, digits, `.`, `_` and `-` may be in it\n"
                        "    - {name: a/b, size: 5}\n              ^\n"
                        "r.yaml:6:13: waves.name: only letters, digits, `.`, `_` and `-` may be in it\n"
                        "    - {name: a/b, size: rest}\n              ^\n",
                        "r.yaml: 2 problems");
}

/* A clash of the rollout's own values is reported there, and not at a wave that says something else. */
static void a_clash_is_reported_where_it_was_said(void **state)
{
    (void)state;
    check_refused(HEAD "gate: {baseline: 9%}\nwaves: [{name: a, size: rest, gate: {least: 5}}]\n",
                  "r.yaml:4:18: " ALARM("", "8%", "9%") "\n  gate: {baseline: 9%}\n                   ^\n");
    check_refused(HEAD
                  "window: {between: 01:00-01:10}\nwaves: [{name: a, size: rest, window: {days: [mon]}}]\n",
                  "r.yaml:4:19: " SHORT("", "10m", "20m") "\n  window: {between: 01:00-01:10}\n"
                                                          "                    ^\n");
}

/* ---- what is written ---- */

static void what_is_written_is_plain_yaml(void **state)
{
    struct gw_spec spec = parse(every_key);
    struct gw_buf text;

    (void)state;
    gw_buf_init(&text, 0);
    gw_spec_write(&spec, &text);
    assert_string_equal(
        gw_buf_text(&text),
        "rollout: \"r\"\n"
        "version: \"2.4.0\"\n"
        "type: Device\n"
        "downgrade: false\n"
        "select: \"all\"\n"
        "waves:\n"
        "  - {name: \"canary\", size: 5, soak: 30m, approve: true}\n"
        "  - {name: \"tenth\", size: 10%, soak: 2h, approve: false, "
        "gate: {baseline: 0.5%, alarm: 12.25%, max_failed: 3, max_failed_share: 10%, least: 30}, "
        "pace: {rate: 1/s, upgrading: 200, per_site: 2, per_region: 40, per_isp: 100000}, "
        "window: {between: \"01:00-05:00\", zone: \"Asia/Shanghai\", days: [sat, sun], "
        "freeze: [2026-12-24, 2028-02-29], cutoff: 45m}}\n"
        "  - {name: \"rest\", size: rest, soak: 0s, approve: false, "
        "window: {between: \"00:00-24:00\", zone: \"Europe/Berlin\", days: [mon, thu], freeze: [], cutoff: "
        "45m}}\n"
        "gate: {baseline: 1%, alarm: 12.25%, max_failed: 20, max_failed_share: 10%, least: 30}\n"
        "pace: {rate: 2/s, upgrading: 200, per_site: 1, per_region: 40, per_isp: 100000}\n"
        "window: {between: \"01:00-05:00\", zone: \"Europe/Berlin\", days: [mon, thu], "
        "freeze: [2026-12-24, 2028-02-29], cutoff: 45m}\n"
        "pair_soak: 90s\n"
        "retry: {attempts: 5, first: 1s, longest: 1m, offline: 30m}\n"
        "verify: {every: 30s, slow: 20m, stuck: 1h}\n");
    check_round_trip(&spec);
    gw_buf_release(&text);
    gw_spec_release(&spec);
}

/* Any share, size, day, time and soak, in the rollout and in a wave. */
static void any_values_survive(void **state)
{
    struct gw_spec spec = parse(every_key);
    uint32_t seed = 11;

    (void)state;
    for (uint32_t round = 0; round < 3000; round++) {
        struct gw_wave_spec *wave = &spec.wave[1];

        seed = seed * 1664525 + 1013904223;
        wave->share_bp = round % 2 ? 1 + (seed >> 8) % 9999 : 0;
        wave->count = round % 2 ? 0 : 1 + (seed >> 3) % 100000;
        wave->soak_ms = (uint64_t)(seed >> 12) * (round % 3 ? 1 : 1000) % (30 * 24 * 60 * MINUTE);
        wave->approve = seed >> 16 & 1;
        wave->gate.baseline_auto = seed >> 17 & 1;
        wave->gate.rule.baseline_bp = wave->gate.baseline_auto ? GW_GATE_BASELINE_BP : 1 + (seed >> 8) % 9000;
        wave->gate.rule.alarm_bp = wave->gate.rule.baseline_bp + 1 + (seed >> 20) % 900;
        wave->gate.rule.least = 1 + (seed >> 8) % 1000000;
        spec.pair_soak_ms = seed % (7 * 24 * 60 * MINUTE);
        spec.window.days = (uint8_t)(1 + (seed >> 9) % 127);
        spec.window.from_min = (uint16_t)((seed >> 10) % 1440);
        spec.window.to_min = (uint16_t)((spec.window.from_min + 46 + round % 1394) % 1440);
        spec.window.freeze[1] = (struct gw_date){
            (int16_t)(2027 + round % 70), (uint8_t)(1 + (seed >> 8) % 12), (uint8_t)(1 + (seed >> 14) % 28)};
        /* The canary says none of its own: it has the rollout's. */
        (void)memcpy(spec.wave[0].window.freeze, spec.window.freeze, sizeof(spec.window.freeze));
        spec.wave[0].window.days = spec.window.days;
        spec.wave[0].window.from_min = spec.window.from_min;
        spec.wave[0].window.to_min = spec.window.to_min;
        check_round_trip(&spec);
    }
    gw_spec_release(&spec);
}

/* ---- the example that we ship ---- */

static const char *shipped(const char *name)
{
    static char path[4096];
    const char *source = getenv("GATEWAVE_SOURCE");

    (void)snprintf(path, sizeof(path), "%s/config/%s", source ? source : ".", name);
    return path;
}

static void the_example_rollout_is_good(void **state)
{
    struct gw_buf problems;
    struct gw_spec spec, defaults;
    struct gw_err err = {0};

    (void)state;
    gw_buf_init(&problems, 0);
    if (gw_spec_read(shipped("rollout.yaml"), &spec, &problems, &err))
        fail_msg("%s\n%s", err.text, gw_buf_text(&problems));
    gw_spec_init(&defaults);
    assert_string_equal(spec.name, "os-2.4.0");
    assert_string_equal(spec.version, "2.4.0");
    assert_string_equal(spec.select, "region = cn-shanghai and model = sag-1000 and not tag.freeze");
    assert_int_equal(spec.attempts, defaults.attempts);
    assert_int_equal(spec.backoff_first_ms, defaults.backoff_first_ms);
    assert_int_equal(spec.backoff_longest_ms, defaults.backoff_longest_ms);
    assert_int_equal(spec.offline_ms, defaults.offline_ms);
    assert_int_equal(spec.verify, defaults.verify);
    assert_int_equal(spec.every_ms, defaults.every_ms);
    assert_int_equal(spec.slow_ms, defaults.slow_ms);
    assert_int_equal(spec.stuck_ms, defaults.stuck_ms);
    assert_int_equal(spec.pair_soak_ms, defaults.pair_soak_ms);
    check_same_gate(&spec.gate, &defaults.gate);
    check_same_pace(&spec.pace, &defaults.pace);
    assert_true(spec.window.given);
    assert_string_equal(spec.window.zone, defaults.window.zone);
    assert_int_equal(spec.window.days, defaults.window.days);
    assert_int_equal(spec.window.n_freeze, 0);
    assert_int_equal(spec.window.cutoff_ms, defaults.window.cutoff_ms);
    assert_int_equal(spec.n_waves, 3);
    assert_int_equal(spec.wave[0].count, 5);
    assert_int_equal(spec.wave[1].share_bp, 1000);
    assert_int_equal(spec.wave[1].gate.max_failed, 5);
    assert_true(spec.wave[2].rest);
    assert_int_equal(spec.wave[2].window.days, 0x0f);
    gw_spec_release(&spec);
    gw_spec_release(&defaults);
    gw_buf_release(&problems);
}

/* What has no default stands there as a comment: without its sign it is read too. */
static void the_example_rollout_is_good_without_its_signs(void **state)
{
    static const char *const lines[] = {
        "# max_failed: ",  "# max_failed_share: ", "# pace:\n",      "#   rate: ",       "#   read_rate: ",
        "#   in_flight: ", "#   upgrading: ",      "#   per_site: ", "#   per_region: ", "#   per_isp: "};
    FILE *stream = fopen(shipped("rollout.yaml"), "re");
    char text[8192];
    struct gw_spec spec;
    size_t len;

    (void)state;
    assert_non_null(stream);
    len = fread(text, 1, sizeof(text) - 1, stream);
    assert_int_equal(fclose(stream), 0);
    assert_in_range(len, 1000, sizeof(text) - 2);
    text[len] = '\0';
    for (size_t i = 0; i < GW_COUNT_OF(lines); i++) {
        char *line = strstr(text, lines[i]);

        if (!line)
            fail_msg("not there: %s", lines[i]);
        memmove(line, line + 2, (size_t)(text + len + 1 - (line + 2)));
        len -= 2;
    }
    spec = parse(text);
    assert_int_equal(spec.gate.max_failed, 20);
    assert_int_equal(spec.gate.rule.max_failed_share_bp, 1000);
    assert_int_equal(spec.pace.rate.calls, 2);
    assert_int_equal(spec.pace.read_rate.calls, 5);
    assert_int_equal(spec.pace.in_flight, 64);
    assert_int_equal(spec.pace.upgrading, 200);
    assert_int_equal(spec.pace.per_site, 1);
    assert_int_equal(spec.pace.per_region, 100);
    assert_int_equal(spec.pace.per_isp, 100);
    check_round_trip(&spec);
    gw_spec_release(&spec);
}

/* ---- what only a selection can tell ---- */

static void check_size_reported(const char *text, size_t wave, const char *want_problems,
                                const char *want_summary)
{
    char file[] = "/tmp/gatewave-waves-XXXXXX";
    int fd = mkstemp(file);
    struct gw_err err = {0};
    struct gw_buf problems;
    const char *place;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
    gw_buf_init(&problems, 0);
    (void)gw_err_set(&err, GW_ERR_INPUT, "too much of it");
    gw_spec_report_late(file, wave, &problems, &err);
    assert_int_equal(unlink(file), 0);
    place = gw_buf_text(&problems);
    if (gw_text_starts(place, file))
        place += strlen(file);
    assert_string_equal(place, want_problems);
    assert_string_equal(gw_text_starts(err.text, file) ? err.text + strlen(file) : err.text, want_summary);
    assert_int_equal(err.code, GW_ERR_INPUT);
    gw_buf_release(&problems);
}

static void a_size_is_reported_at_its_place(void **state)
{
    (void)state;
    check_size_reported(HEAD "waves:\n  - {name: a, size: 5}\n  - name: b\n    size: \"10%\"\n", 1,
                        ":7:11: waves.size: too much of it\n      size: \"10%\"\n            ^\n",
                        ": 1 problem");
    check_size_reported(HEAD "waves: [{size: 5, name: a}, {name: b, size: rest}]\n", 0,
                        ":4:16: waves.size: too much of it\n  waves: [{size: 5, name: a}, {name: b, size: "
                        "rest}]\n                 ^\n",
                        ": 1 problem");
}

/* The file was changed after it was read: the reason stands without a place. */
static void a_size_that_is_gone_leaves_the_reason(void **state)
{
    static const char *const texts[] = {"",
                                        HEAD,
                                        HEAD "waves: [{name: a, size: 5}]\n",
                                        HEAD "waves: [{name: a}, {name: b}]\n",
                                        HEAD "waves: {a: 1}\n",
                                        HEAD "waves: [1, 2]\n",
                                        "a: [\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        check_size_reported(texts[i], 1, "", "too much of it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_size_is_reported_at_its_place),
        cmocka_unit_test(a_size_that_is_gone_leaves_the_reason),
        cmocka_unit_test(what_is_not_said_has_defaults),
        cmocka_unit_test(a_rollout_without_waves_or_window_says_so),
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(a_wave_has_from_the_rollout_what_it_does_not_say),
        cmocka_unit_test(sizes_that_may_fit_are_taken),
        cmocka_unit_test(wrong_gates_are_refused),
        cmocka_unit_test(wrong_windows_are_refused),
        cmocka_unit_test(wrong_waves_are_refused),
        cmocka_unit_test(sizes_that_cannot_fit_are_refused),
        cmocka_unit_test(many_waves_and_dates_have_an_end),
        cmocka_unit_test(one_mistake_is_one_problem),
        cmocka_unit_test(a_refused_name_is_not_a_double_too),
        cmocka_unit_test(a_clash_is_reported_where_it_was_said),
        cmocka_unit_test(what_is_written_is_plain_yaml),
        cmocka_unit_test(any_values_survive),
        cmocka_unit_test(the_example_rollout_is_good),
        cmocka_unit_test(the_example_rollout_is_good_without_its_signs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
