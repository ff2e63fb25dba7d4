/*
 * ROLLOUT.yaml: the table of its keys and what must hold between them. A word of a later version is refused,
 * never ignored: who writes a gate relies on it.
 */
#include "gatewave/conf/spec.h"

#include <string.h>

#include "load.h"

#include "gatewave/base/check.h"
#include "gatewave/core/answer.h"
#include "gatewave/core/select.h"

#define MS     (uint64_t)1
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

#define AT(field) .at = offsetof(struct gw_spec, field)

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

static const struct gw_key pace_keys[] = {
    {"rate", GW_KEY_RATE, AT(pace.rate)},
    {"read_rate", GW_KEY_RATE, AT(pace.read_rate)},
    {"in_flight", GW_KEY_COUNT, AT(pace.in_flight), 1, 4096},
    {"upgrading", GW_KEY_COUNT, AT(pace.upgrading), 1, 100000},
    {"per_site", GW_KEY_LATER, .later = "sites are not counted"},
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

static const struct gw_key_map pace_map = {"pace.", pace_keys, GW_COUNT_OF(pace_keys)};
static const struct gw_key_map retry_map = {"retry.", retry_keys, GW_COUNT_OF(retry_keys)};
static const struct gw_key_map verify_map = {"verify.", verify_keys, GW_COUNT_OF(verify_keys)};

static const struct gw_key spec_keys[] = {
    {"rollout", GW_KEY_TEXT, AT(name), 1, 100, .needed = true, .check = gw_spec_check_word},
    {"version", GW_KEY_TEXT, AT(version), 1, GW_VERSION_MAX - 1, .needed = true, .check = gw_spec_check_word},
    {"type", GW_KEY_CHOICE, AT(dpi), .word = {"Device", "Dpi"}, .otherwise = "Device"},
    {"select", GW_KEY_TEXT, AT(select), .needed = true, .check = gw_spec_check_select},
    {"pace", GW_KEY_MAPPING, .map = &pace_map},
    {"retry", GW_KEY_MAPPING, .map = &retry_map},
    {"verify", GW_KEY_MAPPING, AT(verify), .off = true, .map = &verify_map},
    {"waves", GW_KEY_LATER, .later = "a rollout is one wave"},
    {"gate", GW_KEY_LATER, .later = "nothing stops a rollout but its end, an abort or what the cloud says"},
    {"window", GW_KEY_LATER, .later = "a rollout starts when it is run and goes on until it ends"},
    {"pair_soak", GW_KEY_LATER, .later = "there is no pause between the devices of a pair"},
};

static const struct gw_key_map spec_map = {"", spec_keys, GW_COUNT_OF(spec_keys)};

void gw_spec_init(struct gw_spec *spec)
{
    *spec = (struct gw_spec){0};
    gw_keys_init(&spec_map, spec);
}

void gw_spec_release(struct gw_spec *spec)
{
    gw_keys_release(&spec_map, spec);
    *spec = (struct gw_spec){0};
}

static void gw_spec_check_all(struct gw_report *report, const struct gw_yaml *mapping, void *target)
{
    const struct gw_spec *spec = target;
    const struct gw_yaml *retry = gw_keys_find(mapping, "retry"), *verify = gw_keys_find(mapping, "verify");

    if (!mapping) {
        gw_report_at(report, 0, "empty: a rollout says at least rollout, version and select");
        return;
    }
    if (spec->backoff_first_ms > spec->backoff_longest_ms)
        gw_keys_clash(report, retry, "first", "longest",
                      "retry.longest must not be shorter than retry.first");
    if (spec->every_ms > spec->slow_ms)
        gw_keys_clash(report, verify, "every", "slow", "verify.slow must not be shorter than verify.every");
    if (spec->slow_ms >= spec->stuck_ms)
        gw_keys_clash(report, verify, "slow", "stuck", "verify.stuck must be longer than verify.slow");
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
