/*
 * Waves, gates and windows: what the table of keys cannot say, because it lies between values. Whether the counts of
 * waves fit the selection is the plan's to find; here is refused what no selection could fit. A value that was refused
 * already, or that a wave has from the rollout, is not reported a second time.
 */
#include "waves.h"

#include "gatewave/base/text.h"

#define MINUTE_MS UINT64_C(60000)

void gw_waves_complete(struct gw_spec *spec)
{
    for (size_t i = 0; i < spec->n_waves; i++) {
        struct gw_wave_spec *wave = &spec->wave[i];

        wave->window.given = wave->has_window || spec->window.given;
        /* `unlimited` asks for no more than leaving it out does. */
        if (wave->pace.rate.calls == 0)
            wave->pace.rate = spec->pace.rate;
        if (wave->pace.read_rate.calls == 0)
            wave->pace.read_rate = spec->pace.read_rate;
    }
}

static bool gw_waves_says(const struct gw_yaml *mapping, const char *one, const char *other)
{
    return gw_keys_find(mapping, one) || gw_keys_find(mapping, other);
}

/* path stands before the names of the keys: "" or "waves." */
static void gw_waves_check_gate(struct gw_report *report, const char *path, const struct gw_yaml *mapping,
                                const struct gw_gate_spec *gate)
{
    char normal[GW_KEY_SCALAR_SIZE], bad[GW_KEY_SCALAR_SIZE];

    if (!gw_waves_says(mapping, "baseline", "alarm") || gate->rule.alarm_bp > gate->rule.baseline_bp)
        return;
    gw_key_percent_text(gate->rule.baseline_bp, normal);
    gw_key_percent_text(gate->rule.alarm_bp, bad);
    gw_keys_clash(
        report, mapping, "baseline", "alarm",
        "%sgate.alarm (%s), the share of failures that is bad, must be above the baseline (%s%s), the share "
        "that is normal",
        path, bad, normal, gate->baseline_auto ? " until another is learned" : "");
}

static void gw_waves_check_window(struct gw_report *report, const char *path, const struct gw_yaml *mapping,
                                  const struct gw_window_spec *window)
{
    char length[GW_KEY_SCALAR_SIZE], cutoff[GW_KEY_SCALAR_SIZE];

    if (!mapping || mapping->kind != GW_YAML_MAPPING)
        return;
    if (window->from_min == window->to_min) {
        if (!gw_keys_find(mapping, "between"))
            gw_report_at(report, mapping->offset, "%swindow.between is missing", path);
        return;
    }
    if (!gw_waves_says(mapping, "between", "cutoff") ||
        window->cutoff_ms < gw_window_length_min(window) * MINUTE_MS)
        return;
    gw_key_duration_text(gw_window_length_min(window) * MINUTE_MS, length);
    gw_key_duration_text(window->cutoff_ms, cutoff);
    gw_keys_clash(
        report, mapping, "between", "cutoff",
        "%swindow.between is open for %s, and no call starts in its last %s (cutoff, the time that an "
        "upgrade takes): nothing would ever start",
        path, length, cutoff);
}

static void gw_waves_check_names(struct gw_report *report, const struct gw_yaml *list)
{
    for (const struct gw_yaml *item = list->first; item; item = item->next) {
        const struct gw_yaml *name = gw_keys_find(item, "name");

        if (!name || name->refused)
            continue;
        for (const struct gw_yaml *other = list->first; other != item; other = other->next) {
            const struct gw_yaml *earlier = gw_keys_find(other, "name");

            if (!earlier || !gw_text_equal(earlier->text, name->text))
                continue;
            gw_report_at(report, name->offset, "waves.name: another wave has this name, in line %zu",
                         gw_report_line(report, earlier->offset));
            break;
        }
    }
}

/* One problem at most: behind the first wrong size the sums mean nothing. */
static void gw_waves_check_sizes(struct gw_report *report, const struct gw_yaml *list,
                                 const struct gw_spec *spec)
{
    const struct gw_yaml *item = list->first, *size = NULL, *rest = NULL;
    char share[GW_KEY_SCALAR_SIZE];
    uint32_t share_bp = 0;
    bool counted = false;

    for (size_t i = 0; i < spec->n_waves; i++, item = item->next) {
        const struct gw_wave_spec *wave = &spec->wave[i];

        size = gw_keys_find(item, "size");
        if (!size || size->refused)
            return;
        if (rest && wave->rest) {
            gw_report_at(report, size->offset, "waves.size: rest is said twice, first in line %zu",
                         gw_report_line(report, rest->offset));
            return;
        }
        if (rest) {
            gw_report_at(report, rest->offset,
                         "waves.size: only the last wave can be the rest: nothing is left for the next one");
            return;
        }
        if (share_bp == 10000) {
            gw_report_at(
                report, size->offset,
                "waves.size: nothing is left for this wave: the percentages before it add up to 100%%");
            return;
        }
        if (wave->rest)
            rest = size;
        counted = counted || wave->count > 0;
        share_bp += wave->share_bp;
        gw_key_percent_text(share_bp, share);
        if (share_bp > 10000 || (share_bp == 10000 && counted)) {
            gw_report_at(
                report, size->offset,
                "waves.size: with this wave it is more than the selection: the percentages add up to %s%s",
                share, counted ? ", and there are counts beside them" : "");
            return;
        }
    }
    if (size && !rest && !counted && share_bp < 10000) {
        gw_key_percent_text(10000 - share_bp, share);
        gw_report_at(report, size->offset,
                     "waves.size: %s of the selection is in no wave; let the last one be the rest", share);
    }
}

void gw_waves_check(struct gw_report *report, const struct gw_yaml *mapping, const struct gw_spec *spec)
{
    const struct gw_yaml *gate = gw_keys_find(mapping, "gate"), *window = gw_keys_find(mapping, "window");
    const struct gw_yaml *list = gw_keys_find(mapping, "waves"), *item;

    gw_waves_check_gate(report, "", gate, &spec->gate);
    gw_waves_check_window(report, "", window, &spec->window);
    if (!list || list->kind != GW_YAML_LIST)
        return;
    item = list->first;
    for (size_t i = 0; i < spec->n_waves; i++, item = item->next) {
        if (!gate || !gate->refused)
            gw_waves_check_gate(report, "waves.", gw_keys_find(item, "gate"), &spec->wave[i].gate);
        if (!window || !window->refused)
            gw_waves_check_window(report, "waves.", gw_keys_find(item, "window"), &spec->wave[i].window);
    }
    gw_waves_check_names(report, list);
    gw_waves_check_sizes(report, list, spec);
}
