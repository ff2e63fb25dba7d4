/*
 * Scripts for single devices: the words of the faults file. A later word replaces an earlier one of its kind.
 */
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"
#include "model.h"

#define GW_FAULT_WORD_MAX 128

static void gw_fault_offline(struct gw_sim_device *device)
{
    device->life = GW_SIM_OFFLINE;
    device->until_ms = GW_SIM_NEVER;
}

static void gw_fault_brick(struct gw_sim_device *device)
{
    device->brick = true;
}

static void gw_fault_stay(struct gw_sim_device *device)
{
    device->stay = true;
}

static void gw_fault_slow(struct gw_sim_device *device)
{
    device->slow = true;
}

static void gw_fault_older(struct gw_sim_device *device)
{
    device->older = true;
}

static void gw_fault_flap(struct gw_sim_device *device)
{
    device->flaps = true;
}

static void gw_fault_relapse(struct gw_sim_device *device)
{
    device->relapse = true;
}

static uint32_t *gw_fault_internal(struct gw_sim_script *script)
{
    return &script->internal_left;
}

static uint32_t *gw_fault_before(struct gw_sim_script *script)
{
    return &script->before_left;
}

static uint32_t *gw_fault_after(struct gw_sim_script *script)
{
    return &script->after_left;
}

static uint32_t *gw_fault_lost_reply(struct gw_sim_script *script)
{
    return &script->lost_reply_left;
}

static uint32_t *gw_fault_lost_request(struct gw_sim_script *script)
{
    return &script->lost_request_left;
}

/* A fault is what the device is from now on, or a number of update calls that meet it. */
static const struct {
    const char *word;
    void (*be)(struct gw_sim_device *device);
    uint32_t *(*shots)(struct gw_sim_script *script);
} faults[] = {
    {"offline", gw_fault_offline, NULL},
    {"brick", gw_fault_brick, NULL},
    {"stay", gw_fault_stay, NULL},
    {"slow", gw_fault_slow, NULL},
    {"older", gw_fault_older, NULL},
    {"relapse", gw_fault_relapse, NULL},
    {"flap", gw_fault_flap, NULL},
    {"internal", NULL, gw_fault_internal},
    {"internal_before", NULL, gw_fault_before},
    {"internal_after", NULL, gw_fault_after},
    {"lost_reply", NULL, gw_fault_lost_reply},
    {"lost_request", NULL, gw_fault_lost_request},
};

/* What happens to the pair, and when somebody else comes: true when that was the word. */
static bool gw_fault_moment(struct gw_cloud *cloud, struct gw_sim_device *device, const char *word)
{
    struct gw_sim_gateway *gateway = &cloud->gateway[device->gateway];
    const char *version = strchr(word, ':');

    if (strcmp(word, "switch") == 0) {
        gateway->switches = true;
    } else if (strcmp(word, "takeover") == 0) {
        gateway->takes_over = true;
    } else if (strcmp(word, "flip") == 0) {
        gateway->flip_ms = gw_sim_flip_moment(cloud, gateway->gateway_id);
    } else if (strcmp(word, "cold") == 0) {
        gateway->cold = true;
        gw_sim_chill(cloud, gateway);
    } else if (strcmp(word, "foreign") == 0 || (gw_text_starts(word, "foreign:") && version[1])) {
        device->foreign_ms = gw_sim_foreign_moment(cloud, device->serial);
        device->foreign_version = version ? gw_table_keep(&cloud->text, version + 1) : NULL;
    } else {
        return false;
    }
    return true;
}

/* "offline:30m": until so long after the start. True when that was the word. */
static bool gw_fault_offline_until(const struct gw_cloud *cloud, struct gw_sim_device *device,
                                   const char *word)
{
    uint64_t after_ms;

    if (!gw_text_starts(word, "offline:") || gw_parse_duration(word + strlen("offline:"), &after_ms) != NULL)
        return false;
    device->life = GW_SIM_OFFLINE;
    device->until_ms = cloud->options.start_ms + after_ms;
    return true;
}

/* When a gateway comes or leaves: "appear" when that is drawn, "appear:30m" so long after the start. True when
 * that was the word. */
static bool gw_fault_presence(struct gw_cloud *cloud, struct gw_sim_gateway *gateway, const char *word)
{
    bool appears = gw_text_starts(word, "appear");
    const char *rest = appears                         ? word + strlen("appear")
                       : gw_text_starts(word, "leave") ? word + strlen("leave")
                                                       : NULL;
    uint64_t at_ms;

    if (!rest)
        return false;
    if (*rest == '\0')
        at_ms = appears ? gw_sim_appear_moment(cloud, gateway->gateway_id)
                        : gw_sim_leave_moment(cloud, gateway->gateway_id);
    else if (*rest == ':' && gw_parse_duration(rest + 1, &at_ms) == NULL)
        at_ms += cloud->options.start_ms;
    else
        return false;
    *(appears ? &gateway->appear_ms : &gateway->leave_ms) = at_ms;
    return true;
}

/* auto, auto:scheduled, auto:boot, auto:manual: true when that was the word. */
static bool gw_fault_policy(struct gw_sim_device *device, const char *word)
{
    if (strcmp(word, "auto") == 0)
        return gw_sim_policy_be(device, "scheduled");
    return gw_text_starts(word, "auto:") && gw_sim_policy_be(device, word + strlen("auto:"));
}

/* The code behind refuse: or code:, or NULL. */
static const char *gw_fault_code(const char *word)
{
    if (gw_text_starts(word, "refuse:"))
        return word + strlen("refuse:");
    return gw_text_starts(word, "code:") ? word + strlen("code:") : NULL;
}

static bool gw_fault_apply(struct gw_cloud *cloud, struct gw_sim_device *device, const char *word,
                           uint32_t shots)
{
    const char *code = gw_fault_code(word);

    if (code && *code) {
        device->script.refuse = gw_table_keep(&cloud->text, code);
        device->script.refuse_left = shots;
        return true;
    }
    if (shots == UINT32_MAX && (gw_fault_moment(cloud, device, word) || gw_fault_policy(device, word) ||
                                gw_fault_offline_until(cloud, device, word) ||
                                gw_fault_presence(cloud, &cloud->gateway[device->gateway], word)))
        return true;
    for (size_t i = 0; i < GW_COUNT_OF(faults); i++) {
        if (strcmp(faults[i].word, word) != 0)
            continue;
        if (faults[i].shots)
            *faults[i].shots(&device->script) = shots;
        else if (shots == UINT32_MAX)
            faults[i].be(device);
        else
            return false;
        return true;
    }
    return false;
}

enum gw_code gw_cloud_add_fault(struct gw_cloud *cloud, const char *gateway_id, const char *serial,
                                const char *fault, struct gw_err *err)
{
    uint32_t index = gw_table_find(&cloud->ids, gateway_id), hits = 0;
    const struct gw_sim_gateway *gateway;
    const char *at = strchr(fault, '@'), *wrong = NULL;
    char word[GW_FAULT_WORD_MAX];
    uint64_t shots = UINT32_MAX;

    if (index == GW_TABLE_NONE)
        return gw_err_set(err, GW_ERR_NOT_FOUND, "no gateway %s in the fleet", gateway_id);
    if (at)
        wrong = gw_parse_u64(at + 1, 1, UINT32_MAX - 1, &shots);
    if (wrong)
        return gw_err_set(err, GW_ERR_INPUT, "fault %s: how many calls: %s", fault, wrong);
    if (!gw_text_copy_n(word, sizeof(word), fault, at ? (size_t)(at - fault) : strlen(fault)))
        return gw_err_set(err, GW_ERR_INPUT, "fault %.40s...: too long", fault);
    gateway = &cloud->gateway[index];
    for (uint32_t i = 0; i < gateway->n_devices; i++) {
        struct gw_sim_device *device = &cloud->device[gateway->device[i]];

        if (serial && *serial && strcmp(device->serial, serial) != 0)
            continue;
        hits++;
        if (!gw_fault_apply(cloud, device, word, (uint32_t)shots))
            return gw_err_set(
                err, GW_ERR_INPUT,
                "fault %s: say offline, offline:TIME, brick, stay, slow, older, relapse, flap, foreign, "
                "foreign:VERSION, "
                "switch, takeover, flip, cold, auto, appear, appear:TIME, leave, leave:TIME, refuse:CODE, "
                "internal, internal_before, internal_after, lost_reply "
                "or lost_request; @N goes with refuse and what follows it",
                fault);
    }
    return hits ? GW_OK
                : gw_err_set(err, GW_ERR_NOT_FOUND, "gateway %s has no device %s", gateway_id, serial);
}
