/*
 * The device's side of an import: which of a gateway's devices a row means. What cannot be told apart is
 * refused, because a device under a wrong name is a device upgraded twice.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "import.h"

static uint32_t add_device(struct gw_import *import, uint32_t gateway, const struct gw_value *serial)
{
    static const char empty[GW_DEVICE_TEXTS] = "";

    gw_buf_reset(&import->text);
    if (serial)
        gw_buf_add(&import->text, serial->text, serial->len);
    gw_buf_add(&import->text, empty, GW_DEVICE_TEXTS);
    return gw_fleet_add_device(&import->fleet, gateway,
                               gw_fleet_keep(&import->fleet, import->text.data, import->text.len));
}

/* The device gets the serial that it did not have. */
static void learn_serial(struct gw_import *import, uint32_t number, const struct gw_value *serial)
{
    struct gw_fleet_device *device = &import->fleet.device[number];

    gw_buf_reset(&import->text);
    gw_buf_add(&import->text, serial->text, serial->len);
    gw_buf_add(&import->text, device->text.text,
               device->text.len); /* begins with the NUL of the empty serial */
    device->text = gw_fleet_keep(&import->fleet, import->text.data, import->text.len);
    device->changed = true;
    gw_fleet_index_serial(&import->fleet, number);
}

/* A row that names its serial. */
static uint32_t match_serial(struct gw_import *import, uint32_t gateway_number, const struct gw_value *serial,
                             char *reason)
{
    struct gw_fleet *fleet = &import->fleet;
    const struct gw_fleet_gateway *gateway = &fleet->gateway[gateway_number];
    uint32_t number = gw_fleet_find_device(fleet, serial->text, serial->len);
    const struct gw_fleet_device *device;

    if (number != GW_FLEET_NONE) {
        device = &fleet->device[number];
        if (device->gateway != gateway_number)
            (void)snprintf(reason, GW_IMPORT_REASON_SIZE, "serial belongs to gateway %s %s",
                           fleet->gateway[device->gateway].text.text, gw_import_place(device->line).text);
        else if (device->line)
            (void)snprintf(reason, GW_IMPORT_REASON_SIZE, "the same device as on line %" PRIu64,
                           device->line);
        else if (!gw_value_is(serial, device->text.text))
            (void)snprintf(reason, GW_IMPORT_REASON_SIZE,
                           "serial differs only in case or blanks from %s in the inventory",
                           device->text.text);
        else
            return number;
        return GW_FLEET_NONE;
    }
    if (gateway->n_devices == 0)
        return add_device(import, gateway_number, serial);
    number = gateway->device[0];
    device = &fleet->device[number];
    if (gateway->n_devices == 1 && device->text.text[0] != '\0')
        return add_device(import, gateway_number, serial);
    if (gateway->n_devices == 1 && !device->line) {
        learn_serial(import, number, serial);
        return number;
    }
    if (gateway->n_devices == 1)
        (void)snprintf(reason, GW_IMPORT_REASON_SIZE,
                       "the row of this gateway on line %" PRIu64
                       " has no serial: the rows of a pair need both",
                       device->line);
    else
        (void)snprintf(reason, GW_IMPORT_REASON_SIZE, "a third device: the gateway has %.40s and %.40s %s",
                       device->text.text, fleet->device[gateway->device[1]].text.text,
                       gw_import_place(fleet->device[gateway->device[1]].line).text);
    return GW_FLEET_NONE;
}

/* A row without serial: the only device that the gateway has, or its first. */
static uint32_t match_alone(struct gw_import *import, uint32_t gateway_number, char *reason)
{
    const struct gw_fleet *fleet = &import->fleet;
    const struct gw_fleet_gateway *gateway = &fleet->gateway[gateway_number];
    const struct gw_fleet_device *device;

    if (gateway->n_devices == 0)
        return add_device(import, gateway_number, NULL);
    device = &fleet->device[gateway->device[0]];
    if (gateway->n_devices == 2)
        (void)snprintf(reason, GW_IMPORT_REASON_SIZE,
                       "no serial, and the gateway has two devices, %.40s and %.40s", device->text.text,
                       fleet->device[gateway->device[1]].text.text);
    else if (device->line)
        (void)snprintf(reason, GW_IMPORT_REASON_SIZE,
                       "no serial, and the gateway has a row on line %" PRIu64
                       ": the rows of a pair need both",
                       device->line);
    else
        return gateway->device[0];
    return GW_FLEET_NONE;
}

/* The other device of the pair when it has that role too, else GW_FLEET_NONE. */
uint32_t gw_import_same_role(const struct gw_fleet *fleet, uint32_t number)
{
    const struct gw_fleet_device *device = &fleet->device[number];
    const struct gw_fleet_gateway *gateway = &fleet->gateway[device->gateway];
    const char *role = gw_piece_text(device->text, 1);
    uint32_t mate;

    if (gateway->n_devices < 2 || role[0] == '\0')
        return GW_FLEET_NONE;
    mate = gateway->device[0] == number ? gateway->device[1] : gateway->device[0];
    return strcmp(gw_piece_text(fleet->device[mate].text, 1), role) == 0 ? mate : GW_FLEET_NONE;
}

/* The device's own columns. The serial that it has stays: an empty cell does not take a name away. */
static bool merge_device(struct gw_import *import, uint32_t number, const struct gw_device_row *row,
                         char *reason)
{
    struct gw_fleet *fleet = &import->fleet;
    struct gw_fleet_device *device = &fleet->device[number];
    const char *old = device->text.text;
    struct gw_piece merged;
    uint32_t mate;

    gw_buf_reset(&import->text);
    gw_buf_add(&import->text, old, strlen(old) + 1);
    for (unsigned i = 1; i < GW_DEVICE_TEXTS; i++) {
        old += strlen(old) + 1;
        gw_value_add(&import->text, &row->column[gw_device_column[i]], old);
    }
    merged = (struct gw_piece){import->text.data, (uint32_t)import->text.len};
    if (!gw_piece_equal(merged, device->text)) {
        device->text = gw_fleet_keep(fleet, merged.text, merged.len);
        device->changed = true;
    }
    device->line = row->line;
    mate = gw_import_same_role(fleet, number);
    /* A mate that the file has not named yet may get another role by its own row. */
    if (mate != GW_FLEET_NONE && fleet->device[mate].line) {
        (void)snprintf(reason, GW_IMPORT_REASON_SIZE, "two %s devices: the other one is on line %" PRIu64,
                       gw_piece_text(device->text, 1), fleet->device[mate].line);
        return false;
    }
    return true;
}

uint32_t gw_import_device(struct gw_import *import, uint32_t gateway, const struct gw_device_row *row,
                          char *reason)
{
    const struct gw_value *serial = &row->column[GW_COLUMN_SERIAL];
    uint32_t number;

    if (serial->given && serial->len > 0)
        number = match_serial(import, gateway, serial, reason);
    else
        number = match_alone(import, gateway, reason);
    if (number == GW_FLEET_NONE || !merge_device(import, number, row, reason))
        return GW_FLEET_NONE;
    return number;
}
