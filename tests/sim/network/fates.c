/*
 * The truth of a device is looked at when somebody asks for it, which is often enough to see what it has been through,
 * and once more at the end. Each fault of a device counts once for what happened, not for every look.
 */
#include "network/fates.h"

#include <string.h>

#include "gatewave/base/text.h"

#include "stage/fault.h"
#include "stage/stage.h"

struct fate {
    char before[24], version[24]; /* of the upgrade that it is in, or has been through */
    uint64_t back_ms;
    bool upgrades; /* until it was seen to be back */
    bool went_well;
    bool swapped, down;
    uint32_t foreign; /* upgrades that were counted */
};

static struct {
    const struct sim_swarm *swarm;
    struct gw_cloud *cloud;
    struct fate fate[SIM_DEVICES_MAX];
} the;

static uint64_t cloud_now_ms(void)
{
    return (uint64_t)sim_now_unix_ms();
}

void sim_fates_begin(const struct sim_swarm *swarm, struct gw_cloud *cloud)
{
    memset(&the, 0, sizeof(the));
    the.swarm = swarm;
    the.cloud = cloud;
    for (uint32_t i = 0; i < swarm->n_devices; i++) {
        struct gw_cloud_device_truth truth;

        gw_cloud_device_at(cloud, i, cloud_now_ms(), &truth);
        the.fate[i].down = !truth.online;
        if (!truth.online)
            sim_hit(SIM_OFFLINE);
    }
}

void sim_fates_upgrade(uint32_t device, const char *before, const char *version, uint64_t back_ms)
{
    struct fate *fate = &the.fate[device];

    (void)gw_text_copy(fate->before, sizeof(fate->before), before);
    (void)gw_text_copy(fate->version, sizeof(fate->version), version);
    fate->back_ms = back_ms;
    fate->upgrades = true;
    fate->went_well = false;
    if (back_ms != UINT64_MAX)
        return;
    sim_hit(SIM_BRICK);
    fate->upgrades = false;
    fate->down = true;
}

static void look_back(struct fate *fate, const struct gw_cloud_device_truth *truth)
{
    fate->upgrades = false;
    if (gw_text_equal(truth->version, fate->version))
        fate->went_well = true;
    else if (!truth->foreign)
        sim_hit(gw_text_equal(truth->version, fate->before) ? SIM_STAY : SIM_OLDER);
}

/* It is out of reach, and no upgrade of it says why. */
static void look_down(struct fate *fate, const struct gw_cloud_device_truth *truth)
{
    if (fate->down)
        return;
    fate->down = true;
    if (truth->back_ms != UINT64_MAX)
        sim_hit(SIM_FLAP);
    else if (fate->went_well)
        sim_hit(SIM_RELAPSE);
    fate->went_well = false;
}

void sim_fates_look(uint32_t device)
{
    struct fate *fate = &the.fate[device];
    struct gw_cloud_device_truth truth;
    bool drawn_standby = the.swarm->device[device].role == SIM_STANDBY;

    gw_cloud_device_at(the.cloud, device, cloud_now_ms(), &truth);
    if (fate->upgrades && cloud_now_ms() >= fate->back_ms && !truth.upgrading)
        look_back(fate, &truth);
    if (truth.updates_foreign > fate->foreign)
        sim_hit(SIM_FOREIGN_CHANGE);
    fate->foreign = truth.updates_foreign;
    if ((truth.role == GW_CLOUD_STANDBY) != (drawn_standby != fate->swapped)) {
        fate->swapped = !fate->swapped;
        sim_hit(SIM_ROLES_SWAP);
    }
    if (truth.online)
        fate->down = false;
    else if (!truth.upgrading)
        look_down(fate, &truth);
    if (fate->went_well && !truth.foreign && !truth.upgrading && gw_text_equal(truth.version, fate->before)) {
        fate->went_well = false;
        sim_hit(SIM_RELAPSE);
    }
}

void sim_fates_end(void)
{
    for (uint32_t i = 0; i < the.swarm->n_devices; i++)
        sim_fates_look(i);
}
