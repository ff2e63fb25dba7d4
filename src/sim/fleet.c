/*
 * Building the cloud: its fleet and its versions; and calming it. Adding a device is constant time, so that a
 * fleet of a million loads in about a second.
 */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "model.h"

/* A signature's life on either side of its time, by the vendor's error tables. */
#define GW_SIM_VALIDITY_MS (15u * 60 * 1000)

static const char *gw_sim_keep(struct gw_cloud *cloud, const char *text)
{
    return gw_table_keep(&cloud->text, text ? text : "");
}

void gw_cloud_options_init(struct gw_cloud_options *options)
{
    *options = (struct gw_cloud_options){.validity_ms = GW_SIM_VALIDITY_MS,
                                         .upgrade_min_ms = 300,
                                         .upgrade_max_ms = 900,
                                         .relapse_after_ms = 2000,
                                         .older_version = "1.0.0",
                                         .flip_after_ms = 2000,
                                         .flap_every_ms = 3000,
                                         .flap_for_ms = 1000,
                                         .foreign_after_ms = 2000,
                                         .stale_ms = 2000,
                                         .appear_after_ms = 2000,
                                         .leave_after_ms = 2000};
}

struct gw_cloud *gw_cloud_new(const struct gw_cloud_options *options)
{
    struct gw_cloud *cloud = gw_mem_new(1, sizeof(*cloud));

    GW_CHECK(options->upgrade_min_ms <= options->upgrade_max_ms);
    GW_CHECK(options->flap_every_ms == 0 || options->flap_for_ms < options->flap_every_ms);
    cloud->options = *options;
    cloud->calm_ms = GW_SIM_NEVER;
    gw_table_init(&cloud->text);
    gw_table_init(&cloud->ids);
    gw_table_init(&cloud->serials);
    gw_table_init(&cloud->keys);
    gw_nonce_init(&cloud->nonces, 2 * options->validity_ms);
    cloud->options.older_version = gw_sim_keep(cloud, options->older_version);
    return cloud;
}

void gw_cloud_free(struct gw_cloud *cloud)
{
    if (!cloud)
        return;
    for (uint32_t i = 0; i < cloud->ids.len; i++)
        free(cloud->gateway[i].past);
    for (uint32_t i = 0; i < cloud->serials.len; i++)
        free(cloud->device[i].policy);
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
        .flip_ms = gw_sim_chance(cloud, GW_SALT_FLIP, device->gateway_id, 0, cloud->options.flip_bp)
                       ? gw_sim_flip_moment(cloud, device->gateway_id)
                       : GW_SIM_NEVER,
        .refuse = gw_sim_refusal(cloud, device->gateway_id),
        .cold = gw_sim_chance(cloud, GW_SALT_COLD, device->gateway_id, 0, cloud->options.cold_bp),
    };
    gw_sim_presence_born(cloud, &cloud->gateway[index]);
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

void gw_sim_chill(struct gw_cloud *cloud, const struct gw_sim_gateway *gateway)
{
    if (gateway->n_devices == 2) {
        cloud->device[gateway->device[1]].life = GW_SIM_OFFLINE;
        cloud->device[gateway->device[1]].until_ms = GW_SIM_NEVER;
    }
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
    if (owner->cold)
        gw_sim_chill(cloud, owner);
    return true;
}

bool gw_cloud_set_beta(struct gw_cloud *cloud, const char *version)
{
    bool found = false;

    for (size_t dpi = 0; dpi < 2; dpi++) {
        for (uint32_t i = 0; i < cloud->n_versions[dpi]; i++) {
            if (strcmp(cloud->version[dpi][i], version) == 0)
                found = cloud->beta[dpi][i] = true;
        }
    }
    return found;
}

void gw_cloud_close_region(struct gw_cloud *cloud, const char *region)
{
    GW_CHECK(cloud->n_closed < GW_CLOUD_CLOSED_MAX);
    cloud->closed[cloud->n_closed++] = gw_sim_keep(cloud, region);
}

void gw_cloud_add_version(struct gw_cloud *cloud, const char *version, bool dpi)
{
    GW_CHECK(cloud->n_versions[dpi] < GW_CLOUD_VERSIONS_MAX);
    cloud->version[dpi][cloud->n_versions[dpi]++] = gw_sim_keep(cloud, version);
}

void gw_cloud_calm(struct gw_cloud *cloud, uint64_t now_ms)
{
    struct gw_cloud_options *options = &cloud->options;

    /* What is due now still happens, so that it does not matter who looked. */
    if (cloud->calm_ms == GW_SIM_NEVER)
        cloud->calm_ms = now_ms + 1;
    options->flaky_bp = options->internal_bp = options->lost_reply_bp = options->lost_request_bp = 0;
    options->read_error_bp = options->stale_bp = options->shuffle_bp = 0;
}
