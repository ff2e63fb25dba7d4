/*
 * What a device is told to do by itself about new versions: nothing, to upgrade at set hours, or at its next
 * start. The model keeps the policy and does not act on it: who upgrades beside us is foreign.c's.
 */
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"
#include "model.h"

#define GW_POLICY_DURATION_MIN 30 /* minutes */
#define GW_POLICY_DURATION_MAX 120
#define GW_POLICY_JITTER_MAX   120
#define GW_POLICY_FAULT_DRAWS  4 /* for each change */

/* What every device comes with. */
static const struct gw_cloud_policy plain = {.type = "manual",
                                             .cron = "0 0 4 1/1 * ?",
                                             .zone = "Asia/Shanghai",
                                             .duration_min = GW_POLICY_DURATION_MIN};

static const char *const types[] = {"scheduled", "boot", "manual"};
static const char *const zones[] = {"Asia/Shanghai",    "Asia/Hong_Kong",    "Asia/Tokyo",
                                    "Australia/Sydney", "Asia/Kuala_Lumpur", "Europe/Berlin",
                                    "Asia/Singapore",   "Asia/Jakarta"};

/* The list's own word for text, or NULL. */
static const char *gw_policy_word(const char *const *words, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++) {
        if (gw_text_equal(words[i], text))
            return words[i];
    }
    return NULL;
}

const struct gw_cloud_policy *gw_sim_policy(const struct gw_sim_device *device, bool dpi)
{
    return device->policy ? &device->policy[dpi] : &plain;
}

static void gw_policy_set(struct gw_sim_device *device, bool dpi, const struct gw_cloud_policy *policy)
{
    if (!device->policy) {
        device->policy = gw_mem_new(2, sizeof(*device->policy));
        device->policy[false] = device->policy[true] = plain;
    }
    device->policy[dpi] = *policy;
}

bool gw_sim_policy_be(struct gw_sim_device *device, const char *type)
{
    struct gw_cloud_policy policy = plain;

    policy.type = gw_policy_word(types, GW_COUNT_OF(types), type);
    if (!policy.type)
        return false;
    gw_policy_set(device, false, &policy);
    return true;
}

/* The device that both calls are about, and which kind of version; NULL, and ret filled, when there is none. */
static struct gw_sim_device *gw_policy_device(const struct gw_sim_ask *ask, bool *ret_dpi,
                                              struct gw_cloud_response *ret)
{
    struct gw_cloud *cloud = ask->cloud;
    struct gw_sim_device *device;

    if (gw_sim_misses(ret, gw_sim_param(ask, "RegionId"), "RegionId"))
        return NULL;
    if (!ask->gateway_id) {
        gw_sim_refuse(ret, "SAG.InstanceIdEmpty", "The instance ID is empty.");
        return NULL;
    }
    if (gw_sim_misses(ret, gw_sim_param(ask, "SerialNumber"), "SerialNumber") ||
        !gw_sim_version_type(ask, ret_dpi, ret))
        return NULL;
    if (ask->gateway == GW_SIM_NONE) {
        gw_sim_refuse(ret, "InvalidId.SMARTAG", "The specified Smart Access Gateway instance ID is invalid.");
        return NULL;
    }
    if (ask->device == GW_SIM_NONE) {
        gw_sim_refuse(ret, "SAG.InvalidSerialNumber", "The specified serial number is invalid.");
        return NULL;
    }
    device = &cloud->device[ask->device];
    ret->gateway[0].gateway_id = cloud->gateway[ask->gateway].gateway_id;
    ret->gateway[0].n_devices = 1;
    ret->gateway[0].device[0].serial = device->serial;
    ret->n = 1;
    return device;
}

void gw_sim_policy_tell(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    bool dpi;
    const struct gw_sim_device *device = gw_policy_device(ask, &dpi, ret);

    if (!device)
        return;
    ret->policy = *gw_sim_policy(device, dpi);
    ret->answer = GW_CLOUD_ANSWER_POLICY;
}

/* Minutes within limits; false, and refused, when they are not. */
static bool gw_policy_minutes(const struct gw_sim_ask *ask, const char *name, uint64_t least, uint64_t most,
                              uint32_t *ret_min, struct gw_cloud_response *ret)
{
    uint64_t minutes;

    if (gw_parse_u64(gw_sim_param(ask, name), least, most, &minutes) != NULL) {
        gw_sim_refuse(ret, "InvalidParameter", "The specified parameter %s is invalid.", name);
        return false;
    }
    *ret_min = (uint32_t)minutes;
    return true;
}

static bool gw_policy_read(const struct gw_sim_ask *ask, struct gw_cloud_policy *policy,
                           struct gw_cloud_response *ret)
{
    static const char *const mandatory[] = {"UpgradeType", "CronExpression", "Duration", "TimeZone"};

    for (size_t i = 0; i < GW_COUNT_OF(mandatory); i++) {
        if (gw_sim_misses(ret, gw_sim_param(ask, mandatory[i]), mandatory[i]))
            return false;
    }
    policy->type = gw_policy_word(types, GW_COUNT_OF(types), gw_sim_param(ask, "UpgradeType"));
    policy->zone = gw_policy_word(zones, GW_COUNT_OF(zones), gw_sim_param(ask, "TimeZone"));
    policy->cron = gw_table_keep(&ask->cloud->text, gw_sim_param(ask, "CronExpression"));
    if (!policy->type || !policy->zone) {
        gw_sim_refuse(ret, "InvalidParameter", "The specified parameter %s is invalid.",
                      policy->type ? "TimeZone" : "UpgradeType");
        return false;
    }
    if (gw_sim_param(ask, "Jitter") &&
        !gw_policy_minutes(ask, "Jitter", 0, GW_POLICY_JITTER_MAX, &policy->jitter_min, ret))
        return false;
    return gw_policy_minutes(ask, "Duration", GW_POLICY_DURATION_MIN, GW_POLICY_DURATION_MAX,
                             &policy->duration_min, ret);
}

/* The faults of update calls, in the same shares; drawn anew for each change that is asked of the device. */
enum gw_policy_fault {
    GW_POLICY_FAULT_NONE = 0,
    GW_POLICY_LOST_REQUEST,
    GW_POLICY_INTERNAL_BEFORE,
    GW_POLICY_INTERNAL_AFTER,
    GW_POLICY_LOST_REPLY,
};

static enum gw_policy_fault gw_policy_fault(const struct gw_cloud *cloud, struct gw_sim_device *device)
{
    const struct gw_cloud_options *options = &cloud->options;
    uint32_t nth = device->n_policy++ * GW_POLICY_FAULT_DRAWS;
    const char *serial = device->serial;

    if (gw_sim_chance(cloud, GW_SALT_POLICY, serial, nth, options->lost_request_bp))
        return GW_POLICY_LOST_REQUEST;
    if (gw_sim_chance(cloud, GW_SALT_POLICY, serial, nth + 1, options->internal_bp))
        return gw_sim_draw(cloud, GW_SALT_POLICY, serial, nth + 2, 2) ? GW_POLICY_INTERNAL_AFTER
                                                                      : GW_POLICY_INTERNAL_BEFORE;
    if (gw_sim_chance(cloud, GW_SALT_POLICY, serial, nth + 3, options->lost_reply_bp))
        return GW_POLICY_LOST_REPLY;
    return GW_POLICY_FAULT_NONE;
}

void gw_sim_policy_change(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    bool dpi;
    struct gw_sim_device *device = gw_policy_device(ask, &dpi, ret);
    struct gw_cloud_policy policy;
    enum gw_policy_fault fault;

    if (!device)
        return;
    policy = *gw_sim_policy(device, dpi);
    if (!gw_policy_read(ask, &policy, ret))
        return;
    fault = gw_policy_fault(ask->cloud, device);
    if (fault != GW_POLICY_LOST_REQUEST && fault != GW_POLICY_INTERNAL_BEFORE)
        gw_policy_set(device, dpi, &policy);
    if (fault == GW_POLICY_INTERNAL_BEFORE || fault == GW_POLICY_INTERNAL_AFTER)
        gw_sim_refuse(ret, "InternalError", "The request processing has failed due to some unknown error.");
    else if (fault == GW_POLICY_LOST_REQUEST || fault == GW_POLICY_LOST_REPLY)
        ret->drop = GW_CLOUD_DROP_REPLY;
    else
        ret->answer = GW_CLOUD_ANSWER_EMPTY;
}
