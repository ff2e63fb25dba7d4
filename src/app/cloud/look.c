/* Reading rows with care: what a row does not plainly say is not taken as said. */
#include "look.h"

#include <string.h>

#include "gatewave/base/text.h"

void gw_look_page(const struct gw_seen_page *page, const char *gateway_id, const char *serial,
                  struct gw_event *ret)
{
    const struct gw_seen_gateway *row = NULL;

    ret->read = GW_READ_PAGE;
    ret->presence = GW_PRESENCE_MISSING;
    /* A row with two devices is left to the gateway's own read below. */
    ret->mate = GW_PRESENCE_NONE;
    for (uint32_t i = 0; i < page->n && !row; i++)
        if (gw_text_equal(page->gateway[i].gateway_id, gateway_id))
            row = &page->gateway[i];
    if (!row)
        return;
    if (gw_hardware_is_software(row->hardware)) {
        ret->presence = GW_PRESENCE_UNSUITABLE;
        return;
    }
    /* Two devices, another serial, no version or an unusual status: only the gateway's own read can tell. */
    if (strchr(row->serials, ',') || row->version[0] == '\0' ||
        (serial[0] != '\0' && !gw_text_equal(row->serials, serial)) ||
        (serial[0] == '\0' && row->serials[0] == '\0'))
        return;
    if (gw_status_is_online(row->status))
        ret->presence = GW_PRESENCE_ONLINE;
    else if (gw_text_equal_nocase(row->status, "offline"))
        ret->presence = GW_PRESENCE_OFFLINE;
    else
        return;
    (void)gw_text_copy(ret->version, sizeof(ret->version), row->version);
    (void)gw_text_copy(ret->serial, sizeof(ret->serial), row->serials);
}

static enum gw_presence gw_look_device(const struct gw_seen_device *device,
                                       const struct gw_seen_gateway *gateway)
{
    if (device->online_known)
        return device->online ? GW_PRESENCE_ONLINE : GW_PRESENCE_OFFLINE;
    if (gateway->n_devices == 1 && gw_status_is_online(gateway->status))
        return GW_PRESENCE_ONLINE;
    return GW_PRESENCE_UNKNOWN;
}

/* With several others it is one that is not online, if there is such a one, and whose version is meant is not clear. */
static void gw_look_mate(const struct gw_seen_device *device, const struct gw_seen_gateway *gateway, bool dpi,
                         struct gw_event *ret)
{
    ret->mate = gw_look_device(device, gateway);
    if (gateway->n_devices == 2)
        (void)gw_text_copy(ret->mate_version, sizeof(ret->mate_version),
                           dpi ? device->dpi_version : device->version);
}

void gw_look_gateway(const struct gw_seen_gateway *gateway, const char *serial, bool dpi,
                     struct gw_event *ret)
{
    const struct gw_seen_device *device = NULL;
    const char *version;

    ret->read = GW_READ_ONE;
    ret->mate = GW_PRESENCE_NONE;
    if (gateway->n_devices == 0) {
        ret->presence =
            gw_hardware_is_software(gateway->hardware) ? GW_PRESENCE_UNSUITABLE : GW_PRESENCE_MISSING;
        return;
    }
    if (serial[0] == '\0' && gateway->n_devices > 1) {
        ret->presence = GW_PRESENCE_AMBIGUOUS;
        return;
    }
    for (uint32_t i = 0; i < gateway->n_devices; i++) {
        if (serial[0] == '\0' || gw_text_equal(gateway->device[i].serial, serial))
            device = &gateway->device[i];
        else if (ret->mate == GW_PRESENCE_NONE || ret->mate == GW_PRESENCE_ONLINE)
            gw_look_mate(&gateway->device[i], gateway, dpi, ret);
    }
    if (!device) {
        ret->presence = GW_PRESENCE_MISSING;
        return;
    }
    version = dpi ? device->dpi_version : device->version;
    ret->presence = version[0] ? gw_look_device(device, gateway) : GW_PRESENCE_UNKNOWN;
    (void)gw_text_copy(ret->version, sizeof(ret->version), version);
    (void)gw_text_copy(ret->serial, sizeof(ret->serial), device->serial);
}
