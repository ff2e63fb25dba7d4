/*
 * The made-up fleet. Every field follows from the gateway's number and the seed, so that two programs that
 * were told the same plan agree without talking. Fields hold no comma and no quote: the reader in
 * fleet_read.c needs no more.
 */
#include "fleet.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"
#include "gatewave/base/text.h"

#define GW_FLEET_PER_SITE 4

static const char header[] =
    "gateway_id,region,serial,ha_role,version,dpi_version,model,name,site,timezone,account,isp,tag:zone\n";

static const struct {
    const char *region, *zone;
} zones[] = {
    {"cn-hongkong", "Asia/Hong_Kong"},      {"ap-southeast-1", "Asia/Singapore"},
    {"ap-southeast-2", "Australia/Sydney"}, {"ap-southeast-3", "Asia/Kuala_Lumpur"},
    {"ap-southeast-5", "Asia/Jakarta"},     {"ap-northeast-1", "Asia/Tokyo"},
    {"eu-central-1", "Europe/Berlin"},
};

const char *gw_fleet_list_set(struct gw_fleet_list *list, const char *text)
{
    struct gw_fleet_list fresh = {.memory = gw_mem_dup(text)};
    const char *wrong = NULL;

    for (char *p = fresh.memory; p && !wrong;) {
        char *comma = strchr(p, ',');

        if (comma)
            *comma = '\0';
        if (*p == '\0' || strpbrk(p, "\"\r\n"))
            wrong = "say words with commas between them";
        else if (fresh.n == GW_FLEET_LIST_MAX)
            wrong = "there are more words than 32";
        else
            fresh.word[fresh.n++] = p;
        p = comma ? comma + 1 : NULL;
    }
    if (wrong) {
        free(fresh.memory);
        return wrong;
    }
    gw_fleet_list_release(list);
    *list = fresh;
    return NULL;
}

void gw_fleet_list_release(struct gw_fleet_list *list)
{
    free(list->memory);
    *list = (struct gw_fleet_list){0};
}

static const char *gw_fleet_zone(const struct gw_fleet_plan *plan, uint32_t number, const char *region)
{
    if (plan->zones.n > 0)
        return plan->zones.word[(number - 1) % plan->zones.n];
    for (size_t i = 0; i < GW_COUNT_OF(zones); i++) {
        if (strcmp(zones[i].region, region) == 0)
            return zones[i].zone;
    }
    return "Asia/Shanghai";
}

static uint64_t gw_fleet_site(const struct gw_fleet_plan *plan, uint32_t number)
{
    return (plan->sites ? (number - 1) % plan->sites : (number - 1) / GW_FLEET_PER_SITE) + 1;
}

static enum gw_code gw_fleet_emit(const struct gw_fleet_plan *plan, uint32_t number,
                                  const struct gw_cloud_device *device, struct gw_cloud *cloud, FILE *out,
                                  struct gw_err *err)
{
    const char *role = device->role == GW_CLOUD_ACTIVE ? "active" : "standby";

    if (!gw_cloud_add_device(cloud, device))
        return gw_err_set(err, GW_ERR_INPUT, "device %s is in the fleet twice", device->serial);
    if (out)
        (void)fprintf(out, "%s,%s,%s,%s,%s,%s,%s,%s,site-%05" PRIu64 ",%s,%s,%s,%c\n", device->gateway_id,
                      device->region, device->serial, device->role == GW_CLOUD_SINGLE ? "" : role,
                      device->version, device->dpi_version, device->model, device->name,
                      gw_fleet_site(plan, number), gw_fleet_zone(plan, number, device->region),
                      device->account, device->isp, (char)('a' + number % 4));
    return GW_OK;
}

enum gw_code gw_fleet_generate(const struct gw_fleet_plan *plan, struct gw_cloud *cloud, FILE *out,
                               struct gw_err *err)
{
    if (out)
        (void)fputs(header, out);
    for (uint32_t number = 1; number <= plan->n; number++) {
        char gateway_id[24], serial[24], name[24];
        struct gw_cloud_device device = {
            .gateway_id = gateway_id,
            .serial = serial,
            .name = name,
            .region = plan->regions.word[(number - 1) % plan->regions.n],
            .account = plan->accounts.word[(number - 1) / plan->regions.n % plan->accounts.n],
            .model = plan->models.word[(number - 1) % plan->models.n],
            .isp = plan->isps.word[(number - 1) % plan->isps.n],
            .version = plan->version,
            .dpi_version = plan->dpi_version,
            .role = GW_CLOUD_SINGLE};
        enum gw_code code;

        (void)snprintf(gateway_id, sizeof(gateway_id), "sag-%06" PRIu32, number);
        (void)snprintf(name, sizeof(name), "gw-%06" PRIu32, number);
        (void)snprintf(serial, sizeof(serial), "sage%06" PRIu32 "a", number);
        if (gw_hash(gateway_id, strlen(gateway_id), plan->seed) % 10000 < plan->pairs_bp)
            device.role = GW_CLOUD_ACTIVE;
        code = gw_fleet_emit(plan, number, &device, cloud, out, err);
        if (code == GW_OK && device.role == GW_CLOUD_ACTIVE) {
            (void)snprintf(serial, sizeof(serial), "sage%06" PRIu32 "b", number);
            device.role = GW_CLOUD_STANDBY;
            code = gw_fleet_emit(plan, number, &device, cloud, out, err);
        }
        if (code != GW_OK)
            return code;
    }
    return GW_OK;
}
