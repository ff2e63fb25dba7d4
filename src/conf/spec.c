/*
 * ROLLOUT.yaml: the tables of its keys and what must hold between them. Gate, pace and window have one table each, for
 * the rollout and for each of its waves; a wave begins with what the rollout says, so that a limit or a frozen
 * date does not vanish where a wave changes something else.
 */
#include "gatewave/conf/spec.h"

#include <stdlib.h>
#include <string.h>

#include "forms.h"
#include "load.h"
#include "spec-local.h"
#include "waves.h"

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/core/answer.h"
#include "gatewave/core/select.h"

#define MS     (uint64_t)1
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

#define IN(type, field) .at = offsetof(struct type, field)
#define AT(field)       IN(gw_spec, field)

/* Names and versions go into file names, URLs and commands: letters, digits . _ - only. */
static void gw_spec_check_word(struct gw_report *report, const char *path, const struct gw_yaml *value)
{
    for (const char *p = value->text; *p; p++) {
        if (gw_tag_name_char(*p))
            continue;
        gw_report_at(report, value->offset + (value->exact ? (size_t)(p - value->text) : 0),
                     "%s: only letters, digits, `.`, `_` and `-` may be in it", path);
        return;
    }
    /* `-x` would be an option in every command that names it, and `..` a folder. */
    if (value->text[0] == '-' || value->text[0] == '.')
        gw_report_at(report, value->offset, "%s: must begin with a letter, a digit or `_`", path);
}

static void gw_spec_check_select(struct gw_report *report, const char *path, const struct gw_yaml *value)
{
    struct gw_select_error error;
    struct gw_select select;

    if (gw_select_parse(value->text, &select, &error))
        return;
    if (value->exact)
        gw_report_at(report, value->offset + error.offset, "%s: %s", path, error.reason);
    else
        gw_report_at(report, value->offset, "%s: at character %zu, before `%s`: %s", path, error.offset + 1,
                     gw_shown(value->text + error.offset, strlen(value->text + error.offset)).text,
                     error.reason);
}

static void gw_spec_check_zone(struct gw_report *report, const char *path, const struct gw_yaml *value)
{
    if (!gw_text_equal(value->text, "gateway") && !gw_zone_is_known(value->text))
        gw_report_at(report, value->offset,
                     "%s: the system's tz database has no `%s`; write a name as Europe/Berlin, or the word "
                     "gateway for each gateway's own",
                     path, gw_shown(value->text, strlen(value->text)).text);
}

static const struct gw_key pace_keys[] = {
    {"rate", GW_KEY_RATE, IN(gw_pace_spec, rate)},
    {"read_rate", GW_KEY_RATE, IN(gw_pace_spec, read_rate)},
    {"in_flight", GW_KEY_COUNT, IN(gw_pace_spec, in_flight), 1, 4096},
    {"upgrading", GW_KEY_COUNT, IN(gw_pace_spec, upgrading), 1, 100000},
    {"per_site", GW_KEY_COUNT, IN(gw_pace_spec, per_site), 1, 100000},
    {"per_region", GW_KEY_COUNT, IN(gw_pace_spec, per_region), 1, 100000},
    {"per_isp", GW_KEY_COUNT, IN(gw_pace_spec, per_isp), 1, 100000},
};

static const struct gw_key gate_keys[] = {
    {"baseline", GW_KEY_FORM, .otherwise = "auto", .form = &gw_form_baseline},
    {"alarm", GW_KEY_PERCENT, IN(gw_gate_spec, rule.alarm_bp), 1, 10000, .otherwise = "8%"},
    {"max_failed", GW_KEY_COUNT, IN(gw_gate_spec, max_failed), 1, 1000000},
    {"max_failed_share", GW_KEY_PERCENT, IN(gw_gate_spec, rule.max_failed_share_bp), 1, 10000},
    {"least", GW_KEY_COUNT, IN(gw_gate_spec, rule.least), 1, 1000000, .otherwise = "20"},
};

static const struct gw_key window_keys[] = {
    {"between", GW_KEY_FORM, .form = &gw_form_between},
    {"zone", GW_KEY_TEXT, IN(gw_window_spec, zone), 1, GW_ZONE_MAX - 1, .otherwise = "gateway",
     .check = gw_spec_check_zone},
    {"days", GW_KEY_LIST, .min = 1, .form = &gw_form_days},
    {"freeze", GW_KEY_LIST, .form = &gw_form_freeze},
    {"cutoff", GW_KEY_DURATION, IN(gw_window_spec, cutoff_ms), 0, DAY, .otherwise = "20m"},
};

static const struct gw_key retry_keys[] = {
    {"attempts", GW_KEY_COUNT, AT(attempts), 1, 100, .otherwise = "5"},
    {"first", GW_KEY_DURATION, AT(backoff_first_ms), 10 * MS, HOUR, .otherwise = "1s"},
    {"longest", GW_KEY_DURATION, AT(backoff_longest_ms), 10 * MS, DAY, .otherwise = "60s"},
    {"offline", GW_KEY_DURATION, AT(offline_ms), 0, 30 * DAY, .otherwise = "30m"},
};

static const struct gw_key verify_keys[] = {
    {"every", GW_KEY_DURATION, AT(every_ms), 10 * MS, HOUR, .otherwise = "30s"},
    {"slow", GW_KEY_DURATION, AT(slow_ms), 10 * MS, DAY, .otherwise = "20m"},
    {"stuck", GW_KEY_DURATION, AT(stuck_ms), 10 * MS, 7 * DAY, .otherwise = "60m"},
};

static const struct gw_key_map pace_map = GW_KEY_MAP("pace.", pace_keys);
static const struct gw_key_map gate_map = GW_KEY_MAP("gate.", gate_keys);
static const struct gw_key_map window_map = GW_KEY_MAP("window.", window_keys);
static const struct gw_key_map wave_pace_map = GW_KEY_MAP("waves.pace.", pace_keys);
static const struct gw_key_map wave_gate_map = GW_KEY_MAP("waves.gate.", gate_keys);
static const struct gw_key_map wave_window_map = GW_KEY_MAP("waves.window.", window_keys);
static const struct gw_key_map retry_map = GW_KEY_MAP("retry.", retry_keys);
static const struct gw_key_map verify_map = GW_KEY_MAP("verify.", verify_keys);

static const struct gw_key wave_keys[] = {
    {"name", GW_KEY_TEXT, IN(gw_wave_spec, name), 1, 100, .needed = true, .check = gw_spec_check_word},
    {"size", GW_KEY_FORM, .needed = true, .form = &gw_form_size},
    {"soak", GW_KEY_DURATION, IN(gw_wave_spec, soak_ms), 0, 30 * DAY, .otherwise = "0s"},
    {"approve", GW_KEY_CHOICE, IN(gw_wave_spec, approve), .word = {"false", "true"}, .otherwise = "false"},
    {"gate", GW_KEY_MAPPING, IN(gw_wave_spec, has_gate), .told = true,
     .inside = offsetof(struct gw_wave_spec, gate), .map = &wave_gate_map},
    {"pace", GW_KEY_MAPPING, IN(gw_wave_spec, has_pace), .told = true,
     .inside = offsetof(struct gw_wave_spec, pace), .map = &wave_pace_map},
    {"window", GW_KEY_MAPPING, IN(gw_wave_spec, has_window), .told = true,
     .inside = offsetof(struct gw_wave_spec, window), .map = &wave_window_map},
};

static const struct gw_key_map wave_map = GW_KEY_MAP("waves.", wave_keys);

static void gw_spec_begin_wave(void *item, const void *target)
{
    const struct gw_spec *spec = target;
    struct gw_wave_spec *wave = item;

    wave->gate = spec->gate;
    wave->pace = spec->pace;
    free(wave->window.zone);
    wave->window = spec->window;
    wave->window.zone = gw_mem_dup(spec->window.zone);
}

static const struct gw_key_array wave_array = {.n_at = offsetof(struct gw_spec, n_waves),
                                               .size = sizeof(struct gw_wave_spec),
                                               .begin = gw_spec_begin_wave};

static const struct gw_key spec_keys[] = {
    {"rollout", GW_KEY_TEXT, AT(name), 1, 100, .needed = true, .check = gw_spec_check_word},
    {"version", GW_KEY_TEXT, AT(version), 1, GW_VERSION_MAX - 1, .needed = true, .check = gw_spec_check_word},
    {"type", GW_KEY_CHOICE, AT(dpi), .word = {"Device", "Dpi"}, .otherwise = "Device"},
    {"downgrade", GW_KEY_CHOICE, AT(downgrade), .word = {"false", "true"}, .otherwise = "false"},
    {"select", GW_KEY_TEXT, AT(select), .needed = true, .check = gw_spec_check_select},
    {"waves", GW_KEY_MAPPINGS, AT(wave), 1, GW_WAVES_MAX, .map = &wave_map, .array = &wave_array},
    {"gate", GW_KEY_MAPPING, .inside = offsetof(struct gw_spec, gate), .map = &gate_map},
    {"pace", GW_KEY_MAPPING, .inside = offsetof(struct gw_spec, pace), .map = &pace_map},
    {"window", GW_KEY_MAPPING, AT(window.given), .told = true, .inside = offsetof(struct gw_spec, window),
     .map = &window_map},
    {"pair_soak", GW_KEY_DURATION, AT(pair_soak_ms), 0, 7 * DAY, .otherwise = "5m"},
    {"retry", GW_KEY_MAPPING, .map = &retry_map},
    {"verify", GW_KEY_MAPPING, AT(verify), .off = true, .map = &verify_map},
};

static const struct gw_key_map spec_map = GW_KEY_MAP("", spec_keys);
const struct gw_key_map gw_policy_map = {
    .path = "policies.", .key = spec_keys, .n = GW_COUNT_OF(spec_keys), .first = "name"};

/* The default of a list, which no text of one item says. */
void gw_spec_begin(void *item, const void *target)
{
    struct gw_spec *spec = item;

    (void)target;
    spec->window.days = 0x7f;
}

void gw_spec_init(struct gw_spec *spec)
{
    *spec = (struct gw_spec){0};
    gw_keys_init(&spec_map, spec);
    gw_spec_begin(spec, NULL);
}

void gw_spec_release(struct gw_spec *spec)
{
    gw_keys_release(&spec_map, spec);
    *spec = (struct gw_spec){0};
}

void gw_spec_keep_waves(struct gw_spec *spec, size_t n)
{
    while (spec->n_waves > n) {
        spec->n_waves--;
        gw_keys_release(&wave_map, &spec->wave[spec->n_waves]);
        spec->wave[spec->n_waves] = (struct gw_wave_spec){0};
    }
}

void gw_spec_check_values(struct gw_report *report, const struct gw_yaml *mapping, struct gw_spec *spec)
{
    const struct gw_yaml *retry = gw_keys_find(mapping, "retry"), *verify = gw_keys_find(mapping, "verify");

    if (spec->backoff_first_ms > spec->backoff_longest_ms)
        gw_keys_clash(report, retry, "first", "longest",
                      "retry.longest must not be shorter than retry.first");
    if (spec->every_ms > spec->slow_ms)
        gw_keys_clash(report, verify, "every", "slow", "verify.slow must not be shorter than verify.every");
    if (spec->slow_ms >= spec->stuck_ms)
        gw_keys_clash(report, verify, "slow", "stuck", "verify.stuck must be longer than verify.slow");
    gw_waves_complete(spec);
    gw_waves_check(report, mapping, spec);
}

static void gw_spec_check_all(struct gw_report *report, const struct gw_yaml *mapping, void *target)
{
    if (mapping)
        gw_spec_check_values(report, mapping, target);
    else
        gw_report_at(report, 0, "empty: a rollout says at least rollout, version and select");
}

enum gw_code gw_spec_read(const char *file, struct gw_spec *ret, struct gw_buf *problems, struct gw_err *err)
{
    struct gw_spec spec;
    enum gw_code code;

    gw_spec_init(&spec);
    code = gw_load_file(file, &spec_map, gw_spec_check_all, &spec, problems, err);
    if (code)
        gw_spec_release(&spec);
    else
        *ret = spec;
    return code;
}

enum gw_code gw_spec_parse(const char *text, size_t len, const char *file, struct gw_spec *ret,
                           struct gw_buf *problems, struct gw_err *err)
{
    struct gw_spec spec;
    enum gw_code code;

    gw_spec_init(&spec);
    code = gw_load_text(text, len, file, &spec_map, gw_spec_check_all, &spec, problems, err);
    if (code)
        gw_spec_release(&spec);
    else
        *ret = spec;
    return code;
}

void gw_spec_write(const struct gw_spec *spec, struct gw_buf *ret)
{
    gw_keys_write(&spec_map, spec, ret);
}

/* The value that a reason is about; NULL: the file does not say it any more. */
static const struct gw_yaml *gw_spec_place(const struct gw_yaml *mapping, size_t wave)
{
    const struct gw_yaml *list, *item;

    if (wave == GW_SPEC_SELECT)
        return gw_keys_find(mapping, "select");
    list = gw_keys_find(mapping, "waves");
    item = list && list->kind == GW_YAML_LIST ? list->first : NULL;
    for (size_t i = 0; i < wave && item; i++)
        item = item->next;
    return item ? gw_keys_find(item, "size") : NULL;
}

void gw_spec_report_late(const char *file, size_t wave, struct gw_buf *problems, struct gw_err *err)
{
    const struct gw_yaml *place;
    struct gw_report report = {0};
    struct gw_yaml *mapping = NULL;
    struct gw_buf text, unused;

    gw_buf_init(&text, 0);
    gw_buf_init(&unused, 0);
    if (gw_load_bytes(file, &text, NULL) == GW_OK) {
        gw_report_init(&report, file, gw_buf_text(&text), text.len, 1, true, &unused);
        mapping = gw_yaml_read(&report);
    }
    place = mapping ? gw_spec_place(mapping, wave) : NULL;
    if (place && report.n == 0) {
        report.buf = problems;
        gw_report_at(&report, place->offset, "%s: %s", wave == GW_SPEC_SELECT ? "select" : "waves.size",
                     err->text);
        (void)gw_err_set(err, GW_ERR_INPUT, "%s: 1 problem", file);
    }
    gw_yaml_free(mapping);
    gw_buf_release(&unused);
    gw_buf_release(&text);
}
