/*
 * Building the cloud: its fleet, its versions, its scripts; and the truth about them, for checkers. Adding a
 * device is constant time, so that a fleet of a million loads in about a second.
 */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "model.h"

void gw_cloud_options_init(struct gw_cloud_options *options)
{
    *options =
        (struct gw_cloud_options){.upgrade_min_ms = 300, .upgrade_max_ms = 900, .relapse_after_ms = 2000};
}

struct gw_cloud *gw_cloud_new(const struct gw_cloud_options *options)
{
    struct gw_cloud *cloud = gw_mem_new(1, sizeof(*cloud));

    GW_CHECK(options->upgrade_min_ms <= options->upgrade_max_ms);
    cloud->options = *options;
    gw_table_init(&cloud->text);
    gw_table_init(&cloud->ids);
    gw_table_init(&cloud->serials);
    gw_table_init(&cloud->keys);
    gw_nonce_init(&cloud->nonces);
    return cloud;
}

void gw_cloud_free(struct gw_cloud *cloud)
{
    if (!cloud)
        return;
    for (uint32_t i = 0; i < cloud->keys.len; i++)
        free(cloud->bucket[i].ring.sent_ms);
    free(cloud->bucket);
    free(cloud->device);
    free(cloud->gateway);
    gw_nonce_release(&cloud->nonces);
    gw_table_release(&cloud->keys);
    gw_table_release(&cloud->serials);
    gw_table_release(&cloud->ids);
    gw_table_release(&cloud->text);
    free(cloud);
}

static const char *gw_sim_keep(struct gw_cloud *cloud, const char *text)
{
    return gw_table_keep(&cloud->text, text ? text : "");
}

/* Room for one more behind len items. */
static void *gw_sim_room(void *items, uint32_t len, uint32_t *room, size_t size)
{
    if (len < *room)
        return items;
    *room = *room ? *room * 2 : 64;
    return gw_mem_resize(items, *room, size);
}

static uint32_t gw_sim_new_gateway(struct gw_cloud *cloud, const struct gw_cloud_device *device)
{
    uint32_t index;

    cloud->gateway =
        gw_sim_room(cloud->gateway, cloud->ids.len, &cloud->gateway_room, sizeof(*cloud->gateway));
    index = gw_table_add(&cloud->ids, device->gateway_id);
    cloud->gateway[index] = (struct gw_sim_gateway){
        .gateway_id = cloud->ids.key[index],
        .account = gw_sim_keep(cloud, device->account),
        .region = gw_sim_keep(cloud, device->region),
        .model = gw_sim_keep(cloud, device->model),
        .name = gw_sim_keep(cloud, device->name),
        .isp = gw_sim_keep(cloud, device->isp),
        .switches = gw_sim_chance(cloud, GW_SALT_SWITCH, device->gateway_id, 0, cloud->options.switch_bp),
        .takes_over =
            gw_sim_chance(cloud, GW_SALT_TAKEOVER, device->gateway_id, 0, cloud->options.takeover_bp),
        .refuse = gw_sim_refusal(cloud, device->gateway_id),
    };
    return index;
}

/* Whether a second device may join this gateway: one active and one standby, of one account and region. */
static bool gw_sim_pairs(const struct gw_cloud *cloud, uint32_t index, const struct gw_cloud_device *device)
{
    const struct gw_sim_gateway *gateway = &cloud->gateway[index];

    return gateway->n_devices == 1 &&
           gw_text_equal(gateway->account, device->account ? device->account : "") &&
           gw_text_equal(gateway->region, device->region ? device->region : "") &&
           (int)cloud->device[gateway->device[0]].role + (int)device->role ==
               GW_CLOUD_ACTIVE + GW_CLOUD_STANDBY;
}

bool gw_cloud_add_device(struct gw_cloud *cloud, const struct gw_cloud_device *device)
{
    uint32_t gateway = gw_table_find(&cloud->ids, device->gateway_id), index;
    struct gw_sim_gateway *owner;

    if (gw_table_find(&cloud->serials, device->serial) != GW_TABLE_NONE)
        return false;
    if (gateway != GW_TABLE_NONE && !gw_sim_pairs(cloud, gateway, device))
        return false;
    if (gateway == GW_TABLE_NONE)
        gateway = gw_sim_new_gateway(cloud, device);
    cloud->device =
        gw_sim_room(cloud->device, cloud->serials.len, &cloud->device_room, sizeof(*cloud->device));
    index = gw_table_add(&cloud->serials, device->serial);
    cloud->device[index] = (struct gw_sim_device){.serial = cloud->serials.key[index],
                                                  .version = gw_sim_keep(cloud, device->version),
                                                  .dpi_version = gw_sim_keep(cloud, device->dpi_version),
                                                  .role = device->role,
                                                  .gateway = gateway};
    gw_sim_device_born(cloud, &cloud->device[index]);
    owner = &cloud->gateway[gateway];
    if (owner->n_devices == 1 && device->role == GW_CLOUD_ACTIVE) {
        owner->device[1] = owner->device[0];
        owner->device[0] = index;
    } else {
        owner->device[owner->n_devices] = index;
    }
    owner->n_devices++;
    return true;
}

void gw_cloud_add_version(struct gw_cloud *cloud, const char *version, bool dpi)
{
    GW_CHECK(cloud->n_versions[dpi] < GW_CLOUD_VERSIONS_MAX);
    cloud->version[dpi][cloud->n_versions[dpi]++] = gw_sim_keep(cloud, version);
}

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
    *ret_online = device->life == GW_SIM_ONLINE;
    return true;
}

uint32_t gw_cloud_device_count(const struct gw_cloud *cloud)
{
    return cloud->serials.len;
}

void gw_cloud_device_at(struct gw_cloud *cloud, uint32_t i, uint64_t now_ms,
                        struct gw_cloud_device_truth *ret)
{
    struct gw_sim_device *device;
    const struct gw_sim_gateway *gateway;

    GW_CHECK(i < cloud->serials.len);
    device = &cloud->device[i];
    gateway = &cloud->gateway[device->gateway];
    gw_sim_settle(cloud, device->gateway, now_ms);
    *ret = (struct gw_cloud_device_truth){.account = gateway->account,
                                          .region = gateway->region,
                                          .gateway_id = gateway->gateway_id,
                                          .serial = device->serial,
                                          .version = device->version,
                                          .dpi_version = device->dpi_version,
                                          .online = device->life == GW_SIM_ONLINE,
                                          .upgrading = device->life == GW_SIM_UPGRADING,
                                          .updates_received = device->received,
                                          .updates_effective = device->effective};
}
