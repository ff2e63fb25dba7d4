#ifndef GATEWAVE_TESTS_CONF_PARSED_H
#define GATEWAVE_TESTS_CONF_PARSED_H
/* Rollouts read from text, refused with their whole report, and written and read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "gatewave/conf/spec.h"

/* What every rollout needs, in three lines: a case adds a fourth. */
#define HEAD "rollout: r\nversion: 2.4.0\nselect: all\n"

static inline struct gw_spec parse(const char *text)
{
    struct gw_buf problems;
    struct gw_err err = {0};
    struct gw_spec spec;

    gw_buf_init(&problems, 0);
    if (gw_spec_parse(text, strlen(text), "r.yaml", &spec, &problems, &err))
        fail_msg("refused: %s\n%s", err.text, gw_buf_text(&problems));
    assert_string_equal(gw_buf_text(&problems), "");
    gw_buf_release(&problems);
    return spec;
}

static inline void check_refused_bytes(const char *text, size_t len, const char *want_problems,
                                       const char *want_summary)
{
    struct gw_buf problems;
    struct gw_err err = {0};
    struct gw_spec spec = {.attempts = 4242};

    gw_buf_init(&problems, 0);
    assert_int_equal(gw_spec_parse(text, len, "r.yaml", &spec, &problems, &err), GW_ERR_INPUT);
    assert_string_equal(gw_buf_text(&problems), want_problems);
    assert_string_equal(err.text, want_summary);
    assert_int_equal(err.code, GW_ERR_INPUT);
    assert_int_equal(spec.attempts, 4242); /* nothing is written on failure */
    gw_buf_release(&problems);
}

static inline void check_refused(const char *text, const char *want_problems)
{
    check_refused_bytes(text, strlen(text), want_problems, "r.yaml: 1 problem");
}

/* ---- written and read back ---- */

static inline void check_same_pace(const struct gw_pace_spec *a, const struct gw_pace_spec *b)
{
    assert_memory_equal(&a->rate, &b->rate, sizeof(a->rate));
    assert_memory_equal(&a->read_rate, &b->read_rate, sizeof(a->read_rate));
    assert_int_equal(a->in_flight, b->in_flight);
    assert_int_equal(a->upgrading, b->upgrading);
    assert_int_equal(a->per_site, b->per_site);
    assert_int_equal(a->per_region, b->per_region);
    assert_int_equal(a->per_isp, b->per_isp);
}

static inline void check_same_gate(const struct gw_gate_spec *a, const struct gw_gate_spec *b)
{
    assert_int_equal(a->baseline_auto, b->baseline_auto);
    assert_int_equal(a->rule.baseline_bp, b->rule.baseline_bp);
    assert_int_equal(a->rule.alarm_bp, b->rule.alarm_bp);
    assert_int_equal(a->max_failed, b->max_failed);
    assert_int_equal(a->rule.max_failed_share_bp, b->rule.max_failed_share_bp);
    assert_int_equal(a->rule.least, b->rule.least);
}

static inline void check_same_window(const struct gw_window_spec *a, const struct gw_window_spec *b)
{
    assert_int_equal(a->given, b->given);
    assert_int_equal(a->from_min, b->from_min);
    assert_int_equal(a->to_min, b->to_min);
    assert_string_equal(a->zone, b->zone);
    assert_int_equal(a->days, b->days);
    assert_int_equal(a->n_freeze, b->n_freeze);
    assert_memory_equal(a->freeze, b->freeze, a->n_freeze * sizeof(a->freeze[0]));
    assert_int_equal(a->cutoff_ms, b->cutoff_ms);
}

static inline void check_same_wave(const struct gw_wave_spec *a, const struct gw_wave_spec *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->share_bp, b->share_bp);
    assert_int_equal(a->rest, b->rest);
    assert_int_equal(a->soak_ms, b->soak_ms);
    assert_int_equal(a->approve, b->approve);
    assert_int_equal(a->has_gate, b->has_gate);
    assert_int_equal(a->has_pace, b->has_pace);
    assert_int_equal(a->has_window, b->has_window);
    check_same_gate(&a->gate, &b->gate);
    check_same_pace(&a->pace, &b->pace);
    check_same_window(&a->window, &b->window);
}

static inline void check_round_trip(const struct gw_spec *spec)
{
    struct gw_buf text;
    struct gw_spec back;

    gw_buf_init(&text, 0);
    gw_spec_write(spec, &text);
    back = parse(gw_buf_text(&text));
    assert_string_equal(back.name, spec->name);
    assert_string_equal(back.version, spec->version);
    assert_string_equal(back.select, spec->select);
    assert_int_equal(back.dpi, spec->dpi);
    assert_int_equal(back.downgrade, spec->downgrade);
    check_same_pace(&back.pace, &spec->pace);
    check_same_gate(&back.gate, &spec->gate);
    check_same_window(&back.window, &spec->window);
    assert_int_equal(back.pair_soak_ms, spec->pair_soak_ms);
    assert_int_equal(back.n_waves, spec->n_waves);
    for (size_t i = 0; i < back.n_waves; i++)
        check_same_wave(&back.wave[i], &spec->wave[i]);
    assert_int_equal(back.attempts, spec->attempts);
    assert_int_equal(back.backoff_first_ms, spec->backoff_first_ms);
    assert_int_equal(back.backoff_longest_ms, spec->backoff_longest_ms);
    assert_int_equal(back.offline_ms, spec->offline_ms);
    assert_int_equal(back.verify, spec->verify);
    if (spec->verify) {
        assert_int_equal(back.every_ms, spec->every_ms);
        assert_int_equal(back.slow_ms, spec->slow_ms);
        assert_int_equal(back.stuck_ms, spec->stuck_ms);
    }
    gw_spec_release(&back);
    gw_buf_release(&text);
}

#endif
