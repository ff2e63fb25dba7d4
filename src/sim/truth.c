/* The truth about the fleet, for checkers: some loads a device, so that it can be asked after every event. */
#include "gatewave/base/check.h"
#include "model.h"

/* The device of that gateway and serial, or NULL. */
static struct gw_sim_device *gw_sim_device_of(const struct gw_cloud *cloud, const char *gateway_id,
                                              const char *serial)
{
    uint32_t gateway = gw_table_find(&cloud->ids, gateway_id), index = gw_table_find(&cloud->serials, serial);

    if (gateway == GW_TABLE_NONE || index == GW_TABLE_NONE || cloud->device[index].gateway != gateway)
        return NULL;
    return &cloud->device[index];
}

bool gw_cloud_truth(struct gw_cloud *cloud, const char *gateway_id, const char *serial, uint64_t now_ms,
                    const char **ret_version, bool *ret_online)
{
    struct gw_sim_device *device = gw_sim_device_of(cloud, gateway_id, serial);

    if (!device)
        return false;
    gw_sim_settle(cloud, device->gateway, now_ms);
    *ret_version = device->version;
    *ret_online = gw_sim_device_online(cloud, device, now_ms);
    return true;
}

uint32_t gw_cloud_device_count(const struct gw_cloud *cloud)
{
    return cloud->serials.len;
}

void gw_cloud_device_at(struct gw_cloud *cloud, uint32_t i, uint64_t now_ms,
                        struct gw_cloud_device_truth *ret)
{
    const struct gw_sim_gateway *gateway;
    const struct gw_sim_device *device;
    bool pair;

    GW_CHECK(i < cloud->serials.len);
    device = &cloud->device[i];
    gateway = &cloud->gateway[device->gateway];
    gw_sim_settle(cloud, device->gateway, now_ms);
    pair = gateway->n_devices == 2;
    *ret = (struct gw_cloud_device_truth){.account = gateway->account,
                                          .region = gateway->region,
                                          .gateway_id = gateway->gateway_id,
                                          .serial = device->serial,
                                          .version = device->version,
                                          .dpi_version = device->dpi_version,
                                          .role = !pair                     ? GW_CLOUD_SINGLE
                                                  : gateway->device[0] == i ? GW_CLOUD_ACTIVE
                                                                            : GW_CLOUD_STANDBY,
                                          .mate = !pair ? GW_CLOUD_NO_DEVICE
                                                        : gateway->device[gateway->device[0] == i],
                                          .online = gw_sim_device_online(cloud, device, now_ms),
                                          .upgrading = gw_sim_device_upgrading(device),
                                          .foreign = device->foreign,
                                          .gone = !gw_sim_here(cloud, gateway, now_ms),
                                          .policy = gw_sim_policy(device, false)->type,
                                          .back_ms = gw_sim_device_back_ms(cloud, device, now_ms),
                                          .updates_received = device->received,
                                          .updates_effective = device->effective,
                                          .updates_foreign = device->n_foreign};
}
