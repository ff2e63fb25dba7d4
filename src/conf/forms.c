/* Forms of values: sizes of waves, the gate's baseline, times of day, days and dates. What each takes, it shows. */
#include "forms.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/conf/spec.h"

/* ---- size ---- */

static const char *gw_size_take(void *field, const char *text)
{
    struct gw_wave_spec *wave = field;
    bool rest = gw_text_equal(text, "rest");
    uint32_t share_bp = 0;
    uint64_t count = 0;

    if (!rest && gw_parse_percent(text, &share_bp) && gw_parse_u64(text, 0, UINT32_MAX, &count))
        return "must be a count of devices, a percentage of the selection or the word rest, as in 5, 10% or "
               "rest";
    if (!rest && share_bp == 0 && count == 0)
        return "must be more than zero: a wave of nobody proves nothing";
    wave->rest = rest;
    wave->share_bp = share_bp;
    wave->count = (uint32_t)count;
    return NULL;
}

static bool gw_size_show(const void *field, size_t i, char ret[GW_KEY_SCALAR_SIZE])
{
    const struct gw_wave_spec *wave = field;

    if (wave->rest)
        (void)gw_text_copy(ret, GW_KEY_SCALAR_SIZE, "rest");
    else if (wave->share_bp)
        gw_key_percent_text(wave->share_bp, ret);
    else
        (void)snprintf(ret, GW_KEY_SCALAR_SIZE, "%" PRIu32, wave->count);
    return i == 0;
}

const struct gw_key_form gw_form_size = {.take = gw_size_take, .show = gw_size_show};

/* ---- baseline ---- */

static const char *gw_baseline_take(void *field, const char *text)
{
    struct gw_gate_spec *gate = field;
    bool learned = gw_text_equal(text, "auto");
    uint32_t share_bp = GW_GATE_BASELINE_BP;

    if (!learned && gw_parse_percent(text, &share_bp))
        return "must be auto or a percentage from 0.01% to 100%, as in 1%";
    if (share_bp == 0)
        return "must be more than zero: where no failure is normal, one would condemn any version";
    gate->baseline_auto = learned;
    gate->rule.baseline_bp = share_bp;
    return NULL;
}

static bool gw_baseline_show(const void *field, size_t i, char ret[GW_KEY_SCALAR_SIZE])
{
    const struct gw_gate_spec *gate = field;

    if (gate->baseline_auto)
        (void)gw_text_copy(ret, GW_KEY_SCALAR_SIZE, "auto");
    else
        gw_key_percent_text(gate->rule.baseline_bp, ret);
    return i == 0;
}

const struct gw_key_form gw_form_baseline = {.take = gw_baseline_take, .show = gw_baseline_show};

/* ---- between ---- */

/* "HH:MM" at p, 00:00 to 24:00, to minutes. */
static bool gw_between_clock(const char *p, uint16_t *ret_min)
{
    for (int i = 0; i < 5; i++)
        if (i == 2 ? p[i] != ':' : (p[i] < '0' || p[i] > '9'))
            return false;
    *ret_min = (uint16_t)(((p[0] - '0') * 10 + p[1] - '0') * 60 + (p[3] - '0') * 10 + p[4] - '0');
    return p[3] < '6' && *ret_min <= 1440;
}

static const char *gw_between_take(void *field, const char *text)
{
    struct gw_window_spec *window = field;
    uint16_t from_min, to_min;

    if (strlen(text) != strlen("01:00-05:00") || text[5] != '-' || !gw_between_clock(text, &from_min) ||
        !gw_between_clock(text + 6, &to_min) || from_min == 1440)
        return "must be two times of day, as in \"01:00-05:00\", from 00:00-... to ...-24:00";
    if (from_min == to_min)
        return "opens and closes at the same time; write 00:00-24:00 for the whole day";
    window->from_min = from_min;
    window->to_min = to_min;
    return NULL;
}

static bool gw_between_show(const void *field, size_t i, char ret[GW_KEY_SCALAR_SIZE])
{
    const struct gw_window_spec *window = field;

    (void)snprintf(ret, GW_KEY_SCALAR_SIZE, "%02d:%02d-%02d:%02d", window->from_min / 60,
                   window->from_min % 60, window->to_min / 60, window->to_min % 60);
    return i == 0;
}

const struct gw_key_form gw_form_between = {.take = gw_between_take, .show = gw_between_show};

/* ---- days ---- */

static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static const char *gw_days_take(void *field, const char *text)
{
    struct gw_window_spec *window = field;

    for (size_t i = 0; i < GW_COUNT_OF(days); i++) {
        if (!gw_text_equal(text, days[i]))
            continue;
        if (window->days >> i & 1)
            return "the same day twice";
        window->days = (uint8_t)(window->days | 1u << i);
        return NULL;
    }
    return "must be mon, tue, wed, thu, fri, sat or sun";
}

static bool gw_days_show(const void *field, size_t i, char ret[GW_KEY_SCALAR_SIZE])
{
    const struct gw_window_spec *window = field;

    for (size_t day = 0; day < GW_COUNT_OF(days); day++)
        if (window->days >> day & 1 && i-- == 0)
            return gw_text_copy(ret, GW_KEY_SCALAR_SIZE, days[day]);
    return false;
}

static void gw_days_clear(void *field)
{
    struct gw_window_spec *window = field;

    window->days = 0;
}

const struct gw_key_form gw_form_days = {
    .take = gw_days_take, .show = gw_days_show, .clear = gw_days_clear, .example = "[mon, tue]"};

/* ---- freeze ---- */

static const char *gw_freeze_take(void *field, const char *text)
{
    struct gw_window_spec *window = field;
    char midnight[GW_WHEN_TEXT_SIZE];
    struct gw_date *date = &window->freeze[window->n_freeze];
    uint64_t year, month, day;
    int64_t unix_ms;

    (void)snprintf(midnight, sizeof(midnight), "%sT00:00:00Z", text);
    if (strlen(text) != strlen("2026-12-24") || !gw_when_parse(midnight, &unix_ms))
        return "must be a date of the calendar, as in 2026-12-24";
    if (window->n_freeze == GW_FREEZE_MAX)
        return "too many dates: at most 366";
    /* The digits were checked; each number ends where a NUL now stands for what parted it. */
    midnight[4] = midnight[7] = midnight[10] = '\0';
    GW_CHECK(!gw_parse_u64(midnight, 0, 9999, &year) && !gw_parse_u64(midnight + 5, 1, 12, &month) &&
             !gw_parse_u64(midnight + 8, 1, 31, &day));
    *date = (struct gw_date){.year = (int16_t)year, .month = (uint8_t)month, .day = (uint8_t)day};
    for (size_t i = 0; i < window->n_freeze; i++)
        if (memcmp(&window->freeze[i], date, sizeof(*date)) == 0)
            return "the same date twice";
    window->n_freeze++;
    return NULL;
}

static bool gw_freeze_show(const void *field, size_t i, char ret[GW_KEY_SCALAR_SIZE])
{
    const struct gw_window_spec *window = field;

    if (i >= window->n_freeze)
        return false;
    (void)snprintf(ret, GW_KEY_SCALAR_SIZE, "%04d-%02d-%02d", window->freeze[i].year, window->freeze[i].month,
                   window->freeze[i].day);
    return true;
}

static void gw_freeze_clear(void *field)
{
    struct gw_window_spec *window = field;

    window->n_freeze = 0;
}

const struct gw_key_form gw_form_freeze = {.take = gw_freeze_take,
                                           .show = gw_freeze_show,
                                           .clear = gw_freeze_clear,
                                           .example = "[2026-12-24, 2026-12-31]"};
