/* From what the reads told to what the inventory keeps. Pure. */
#include <string.h>

#include "gatewave/base/text.h"

#include "sync_local.h"

/* Whether the comma-joined serials are those of the devices, in any order. */
static bool gw_listed_has_serials(const char *serials, const struct gw_sync_gateway *gateway)
{
    size_t n = 0;

    for (const char *at = serials; *at; n++) {
        size_t len = strcspn(at, ",");
        bool known = false;

        for (size_t d = 0; d < gateway->n_devices; d++)
            known |=
                strlen(gateway->device[d].serial) == len && memcmp(gateway->device[d].serial, at, len) == 0;
        if (!known)
            return false;
        at += len + (at[len] == ',');
    }
    return n == gateway->n_devices;
}

bool gw_listed_is_known(const struct gw_listed *listed, const struct gw_sync_known *known)
{
    const struct gw_sync_gateway *gateway = &known->gateway;

    if (!known->there || known->gone || !gateway->whole || !gw_text_equal(listed->status, gateway->status) ||
        !gw_text_equal(listed->hardware, gateway->model) || !gw_text_equal(listed->name, gateway->name) ||
        !gw_listed_has_serials(listed->serials, gateway))
        return false;
    for (size_t d = 0; d < gateway->n_devices; d++) {
        const struct gw_sync_device *device = &gateway->device[d];
        bool standby = gw_text_equal(device->ha_role, "standby");

        if (gateway->n_devices > 1 && device->ha_role[0] == '\0')
            return false;
        if (!gw_text_equal(device->version, standby ? listed->backup_version : listed->version))
            return false;
    }
    return true;
}

/* The role of a pair's device: its own word, or what follows from its mate's, or what the HA read says. */
static const char *gw_gathered_role(const struct gw_gathered *gathered, uint32_t d)
{
    const struct gw_seen_device *device = &gathered->seen.device[d], *mate = &gathered->seen.device[1 - d];

    if (device->role_known && mate->role_known && device->standby == mate->standby)
        return "";
    if (device->role_known)
        return device->standby ? "standby" : "active";
    if (mate->role_known)
        return mate->standby ? "active" : "standby";
    if (device->serial[0] && gw_text_equal(device->serial, gathered->ha.active))
        return "active";
    return device->serial[0] && gw_text_equal(device->serial, gathered->ha.standby) ? "standby" : "";
}

void gw_gathered_gateway(const struct gw_gathered *gathered, const char *account, const char *region,
                         struct gw_sync_gateway *ret)
{
    const struct gw_listed *listed = gathered->listed;
    bool pair = gathered->seen.n_devices == 2;

    *ret = (struct gw_sync_gateway){.gateway_id = gathered->gateway_id,
                                    .region = region,
                                    .account = account,
                                    .model = listed->hardware,
                                    .name = listed->name,
                                    .status = listed->status,
                                    .ha_mode = "",
                                    .whole = gathered->whole,
                                    .partly = gathered->partly,
                                    .read_unix_ms = gathered->read_unix_ms};
    if (!gathered->whole)
        return;
    ret->ha_mode = pair ? gw_ha_mode_name(gathered->ha.mode) : gw_ha_mode_name(GW_HA_NONE);
    ret->n_devices = gathered->seen.n_devices;
    for (uint32_t d = 0; d < gathered->seen.n_devices; d++) {
        const struct gw_seen_device *device = &gathered->seen.device[d];

        ret->device[d] = (struct gw_sync_device){.serial = device->serial,
                                                 .ha_role = pair ? gw_gathered_role(gathered, d) : "",
                                                 .version = device->version,
                                                 .dpi_version = device->dpi_version,
                                                 .auto_upgrade = gathered->auto_upgrade[d],
                                                 .online = device->online,
                                                 .online_known = device->online_known};
    }
}
