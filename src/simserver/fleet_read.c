/*
 * Files about the fleet. The CSV reader takes what the generator writes: a header row, commas, no quotes;
 * columns in any order, unknown ones skipped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/json.h"
#include "gatewave/base/text.h"

#define GW_FLEET_COLUMNS_MAX 64

enum gw_fleet_column {
    GW_FLEET_GATEWAY_ID,
    GW_FLEET_REGION,
    GW_FLEET_SERIAL,
    GW_FLEET_HA_ROLE,
    GW_FLEET_VERSION,
    GW_FLEET_DPI_VERSION,
    GW_FLEET_MODEL,
    GW_FLEET_NAME,
    GW_FLEET_ACCOUNT,
    GW_FLEET_ISP,
    GW_FLEET_COLUMNS,
};

static const char *const columns[GW_FLEET_COLUMNS] = {
    [GW_FLEET_GATEWAY_ID] = "gateway_id", [GW_FLEET_REGION] = "region",
    [GW_FLEET_SERIAL] = "serial",         [GW_FLEET_HA_ROLE] = "ha_role",
    [GW_FLEET_VERSION] = "version",       [GW_FLEET_DPI_VERSION] = "dpi_version",
    [GW_FLEET_MODEL] = "model",           [GW_FLEET_NAME] = "name",
    [GW_FLEET_ACCOUNT] = "account",       [GW_FLEET_ISP] = "isp",
};

/* Cuts line at its commas; 0 when there are too many fields, or quotes. */
static uint32_t gw_fleet_split(char *line, const char *field[GW_FLEET_COLUMNS_MAX])
{
    uint32_t n = 0;

    if (strchr(line, '"'))
        return 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *p = line; p;) {
        char *comma = strchr(p, ',');

        if (n == GW_FLEET_COLUMNS_MAX)
            return 0;
        if (comma)
            *comma++ = '\0';
        field[n++] = p;
        p = comma;
    }
    return n;
}

static enum gw_cloud_role gw_fleet_role(const char *text)
{
    if (*text == '\0')
        return GW_CLOUD_SINGLE;
    return strcmp(text, "standby") == 0 ? GW_CLOUD_STANDBY : GW_CLOUD_ACTIVE;
}

static bool gw_fleet_add_row(char *line, const uint32_t place[GW_FLEET_COLUMNS], const char *account,
                             struct gw_cloud *cloud)
{
    const char *field[GW_FLEET_COLUMNS_MAX], *value[GW_FLEET_COLUMNS];
    uint32_t n = gw_fleet_split(line, field);
    struct gw_cloud_device device;

    for (uint32_t c = 0; c < GW_FLEET_COLUMNS; c++)
        value[c] = place[c] < n ? field[place[c]] : "";
    device = (struct gw_cloud_device){.account = *value[GW_FLEET_ACCOUNT] ? value[GW_FLEET_ACCOUNT] : account,
                                      .gateway_id = value[GW_FLEET_GATEWAY_ID],
                                      .region = value[GW_FLEET_REGION],
                                      .serial = value[GW_FLEET_SERIAL],
                                      .model = value[GW_FLEET_MODEL],
                                      .name = value[GW_FLEET_NAME],
                                      .isp = value[GW_FLEET_ISP],
                                      .version = value[GW_FLEET_VERSION],
                                      .dpi_version = value[GW_FLEET_DPI_VERSION],
                                      .role = gw_fleet_role(value[GW_FLEET_HA_ROLE])};
    return *device.gateway_id && *device.region && *device.serial && gw_cloud_add_device(cloud, &device);
}

static bool gw_fleet_header(char *line, uint32_t place[GW_FLEET_COLUMNS])
{
    const char *field[GW_FLEET_COLUMNS_MAX];
    uint32_t n = gw_fleet_split(line, field);

    for (uint32_t c = 0; c < GW_FLEET_COLUMNS; c++) {
        place[c] = UINT32_MAX;
        for (uint32_t i = 0; i < n; i++) {
            if (strcmp(field[i], columns[c]) == 0)
                place[c] = i;
        }
    }
    return place[GW_FLEET_GATEWAY_ID] != UINT32_MAX && place[GW_FLEET_REGION] != UINT32_MAX &&
           place[GW_FLEET_SERIAL] != UINT32_MAX;
}

/* NULL when it cannot be opened: GW_ERR_INPUT, and err says why. */
static FILE *gw_fleet_open(const char *path, const char *mode, struct gw_err *err)
{
    FILE *file = fopen(path, mode);

    if (!file)
        (void)gw_err_set(err, GW_ERR_INPUT, "%s: %s", path, strerror(errno));
    return file;
}

enum gw_code gw_fleet_read(const char *path, const char *account, struct gw_cloud *cloud, struct gw_err *err)
{
    uint32_t place[GW_FLEET_COLUMNS] = {0};
    enum gw_code code = GW_OK;
    char *line = NULL;
    size_t size = 0;
    FILE *file = gw_fleet_open(path, "re", err);

    if (!file)
        return GW_ERR_INPUT;
    if (getline(&line, &size, file) < 0 || !gw_fleet_header(line, place))
        code = gw_err_set(err, GW_ERR_INPUT, "%s:1: the header row must name gateway_id, region and serial",
                          path);
    for (unsigned number = 2; code == GW_OK && getline(&line, &size, file) >= 0; number++) {
        if (!gw_fleet_add_row(line, place, account, cloud))
            code = gw_err_set(
                err, GW_ERR_INPUT,
                "%s:%u: not a device with gateway_id, region and serial, or there already, or no mate "
                "for the gateway's other one",
                path, number);
    }
    free(line);
    (void)fclose(file);
    return code;
}

static enum gw_code gw_fleet_fault(char *line, struct gw_cloud *cloud, struct gw_err *err)
{
    char *gateway_id = line + strspn(line, " \t"), *fault, *serial;

    gateway_id[strcspn(gateway_id, "\r\n")] = '\0';
    if (*gateway_id == '\0' || *gateway_id == '#')
        return GW_OK;
    fault = gateway_id + strcspn(gateway_id, " \t");
    if (*fault == '\0')
        return gw_err_set(err, GW_ERR_INPUT, "say gateway_id[,serial] fault");
    *fault++ = '\0';
    fault += strspn(fault, " \t");
    fault[strcspn(fault, " \t")] = '\0';
    serial = strchr(gateway_id, ',');
    if (serial)
        *serial++ = '\0';
    return gw_cloud_add_fault(cloud, gateway_id, serial, fault, err);
}

enum gw_code gw_fleet_read_faults(const char *path, struct gw_cloud *cloud, struct gw_err *err)
{
    enum gw_code code = GW_OK;
    char *line = NULL;
    size_t size = 0;
    FILE *file = gw_fleet_open(path, "re", err);

    if (!file)
        return GW_ERR_INPUT;
    for (unsigned number = 1; code == GW_OK && getline(&line, &size, file) >= 0; number++) {
        code = gw_fleet_fault(line, cloud, err);
        if (code != GW_OK)
            (void)gw_err_prefix(err, "%s:%u", path, number);
    }
    free(line);
    (void)fclose(file);
    return code;
}

enum gw_code gw_fleet_write_truth(const char *path, struct gw_cloud *cloud, uint64_t now_ms,
                                  struct gw_err *err)
{
    FILE *file = gw_fleet_open(path, "we", err);
    struct gw_buf buf;
    bool bad;

    if (!file)
        return GW_ERR_INPUT;
    gw_buf_init(&buf, 0);
    for (uint32_t i = 0; i < gw_cloud_device_count(cloud); i++) {
        struct gw_cloud_device_truth truth;
        struct gw_json json;

        gw_cloud_device_at(cloud, i, now_ms, &truth);
        gw_buf_reset(&buf);
        gw_json_init(&json, &buf);
        gw_json_open(&json, NULL, '{');
        gw_json_text(&json, "account", truth.account);
        gw_json_text(&json, "region", truth.region);
        gw_json_text(&json, "gateway_id", truth.gateway_id);
        gw_json_text(&json, "serial", truth.serial);
        gw_json_text(&json, "version", truth.version);
        gw_json_text(&json, "dpi_version", truth.dpi_version);
        gw_json_bool(&json, "online", truth.online);
        gw_json_bool(&json, "upgrading", truth.upgrading);
        gw_json_bool(&json, "gone", truth.gone);
        gw_json_text(&json, "policy", truth.policy);
        gw_json_int(&json, "updates_received", truth.updates_received);
        gw_json_int(&json, "updates_effective", truth.updates_effective);
        gw_json_int(&json, "updates_foreign", truth.updates_foreign);
        gw_json_close(&json, '}');
        (void)fprintf(file, "%s\n", gw_buf_text(&buf));
    }
    gw_buf_release(&buf);
    bad = ferror(file) != 0;
    bad = fclose(file) != 0 || bad;
    return bad ? gw_err_set(err, GW_ERR_STORE, "%s: could not be written whole", path) : GW_OK;
}
