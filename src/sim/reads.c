/*
 * The reads: what the vendor would say of the fleet at this moment. A list call looks at all the gateways of
 * an account and region, or at those asked for by id; both in the order of the inventory. Filters that the
 * vendor has and the model does not are refused by name: ignoring one would answer another question.
 */
#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"
#include "model.h"

#define GW_SIM_PAGE_SIZE_DEFAULT 10

static const char *const filters_refused[] = {"Name",
                                              "SerialNumber",
                                              "InstanceType",
                                              "BusinessState",
                                              "SoftwareVersion",
                                              "VersionComparator",
                                              "ResourceGroupId",
                                              "AssociatedCcnId",
                                              "AssociatedCcnName",
                                              "AclIds",
                                              "UnboundAclIds",
                                              "CanAssociateQos"};

bool gw_sim_read_fails(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    const char *about = ask->gateway_id ? ask->gateway_id : gw_sim_param(ask, "RegionId");
    uint32_t moment = (uint32_t)ask->now_ms;

    if (!about ||
        !gw_sim_chance(ask->cloud, GW_SALT_READ_ERROR, about, moment, ask->cloud->options.read_error_bp))
        return false;
    if (gw_sim_draw(ask->cloud, GW_SALT_READ_ERROR_CODE, about, moment, 2) == 0)
        gw_sim_refuse(ret, "InternalError", "The request processing has failed due to some unknown error.");
    else
        gw_sim_refuse(ret, "ServiceUnavailable", "The request has failed due to a temporary failure.");
    return true;
}

/* A whole number from 1 to max, or what it is when it was not sent. */
static bool gw_sim_page_param(const struct gw_sim_ask *ask, const char *name, uint32_t max, uint32_t unsent,
                              uint32_t *ret_number, struct gw_cloud_response *ret)
{
    const char *text = gw_sim_param(ask, name);
    uint64_t number = unsent;

    if (text && gw_parse_u64(text, 1, max, &number) != NULL) {
        gw_sim_refuse(ret, "InvalidParameter", "The specified parameter %s is invalid.", name);
        return false;
    }
    *ret_number = (uint32_t)number;
    return true;
}

struct gw_sim_filter {
    bool by_id;
    uint32_t n;
    uint32_t gateway[GW_CLOUD_PAIRS_MAX]; /* ascending, each once */
    const char *status, *model;           /* NULL: any */
};

static void gw_sim_filter_add(struct gw_sim_filter *filter, uint32_t gateway)
{
    uint32_t at = filter->n;

    while (at > 0 && filter->gateway[at - 1] > gateway)
        at--;
    if (at > 0 && filter->gateway[at - 1] == gateway)
        return;
    memmove(&filter->gateway[at + 1], &filter->gateway[at], (filter->n - at) * sizeof(*filter->gateway));
    filter->gateway[at] = gateway;
    filter->n++;
}

static bool gw_sim_filter_read(const struct gw_sim_ask *ask, struct gw_sim_filter *filter,
                               struct gw_cloud_response *ret)
{
    for (size_t i = 0; i < GW_COUNT_OF(filters_refused); i++) {
        if (gw_sim_param(ask, filters_refused[i])) {
            gw_sim_refuse(ret, "UnsupportedParameter", "The parameter %s is not supported here.",
                          filters_refused[i]);
            return false;
        }
    }
    filter->status = gw_sim_param(ask, "Status");
    filter->model = gw_sim_param(ask, "HardwareType");
    for (size_t i = 0; i < ask->request->n_params; i++) {
        const char *name = ask->request->param[i][0];
        uint32_t found;

        if (strcmp(name, "SmartAGId") != 0 && !gw_text_starts(name, "SmartAGIds."))
            continue;
        filter->by_id = true;
        found = gw_table_find(&ask->cloud->ids, ask->request->param[i][1]);
        if (found != GW_TABLE_NONE)
            gw_sim_filter_add(filter, found);
    }
    return true;
}

static bool gw_sim_filter_passes(const struct gw_sim_ask *ask, const struct gw_sim_filter *filter,
                                 uint32_t index)
{
    const struct gw_sim_gateway *gateway = &ask->cloud->gateway[index];

    /* Equal words are one pointer; an account or region that the model has no word for is NULL and equals
     * none. */
    if (gateway->account != ask->account || gateway->region != ask->region)
        return false;
    return !filter->model || gw_text_equal_nocase(filter->model, gateway->model);
}

void gw_sim_list(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    struct gw_sim_filter filter = {0};
    uint32_t n = ask->cloud->ids.len;
    uint64_t first;

    if (gw_sim_misses(ret, gw_sim_param(ask, "RegionId"), "RegionId") ||
        !gw_sim_page_param(ask, "PageNumber", UINT32_MAX, 1, &ret->page, ret) ||
        !gw_sim_page_param(ask, "PageSize", GW_CLOUD_PAGE_MAX, GW_SIM_PAGE_SIZE_DEFAULT, &ret->page_size,
                           ret) ||
        !gw_sim_filter_read(ask, &filter, ret))
        return;
    first = (uint64_t)(ret->page - 1) * ret->page_size;
    if (filter.by_id)
        n = filter.n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t index = filter.by_id ? filter.gateway[i] : i;
        bool on_page = ret->total >= first && ret->n < ret->page_size;
        struct gw_cloud_seen_gateway seen;

        if (!gw_sim_filter_passes(ask, &filter, index))
            continue;
        /* What is asked for by its status is looked at, wherever it would stand; else it is counted only. */
        if (on_page || filter.status)
            gw_sim_see(ask->cloud, index, GW_SIM_READ_LIST, ask->now_ms, &seen);
        if (filter.status && !gw_text_equal_nocase(filter.status, seen.status))
            continue;
        if (on_page)
            ret->gateway[ret->n++] = seen;
        ret->total++;
    }
    ret->answer = GW_CLOUD_ANSWER_LIST;
}

/* The one gateway that a read is about; code is what the action says when there is none. */
static bool gw_sim_see_one(const struct gw_sim_ask *ask, enum gw_sim_read read, const char *code,
                           struct gw_cloud_response *ret)
{
    if (gw_sim_misses(ret, gw_sim_param(ask, "RegionId"), "RegionId") ||
        gw_sim_misses(ret, ask->gateway_id, "SmartAGId"))
        return false;
    if (ask->gateway == GW_SIM_NONE) {
        gw_sim_refuse(ret, code, "The specified Smart Access Gateway instance does not exist.");
        return false;
    }
    gw_sim_see(ask->cloud, ask->gateway, read, ask->now_ms, &ret->gateway[0]);
    ret->n = 1;
    return true;
}

void gw_sim_attribute(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    if (gw_sim_see_one(ask, GW_SIM_READ_ATTRIBUTE, "InvalidId.SMARTAG", ret))
        ret->answer = GW_CLOUD_ANSWER_GATEWAY;
}

void gw_sim_ha(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    if (gw_sim_see_one(ask, GW_SIM_READ_HA, "InvalidId.SMARTAG", ret))
        ret->answer = GW_CLOUD_ANSWER_HA;
}

void gw_sim_device_info(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    struct gw_cloud_seen_gateway *seen = &ret->gateway[0];

    if (gw_sim_misses(ret, ask->serial, "SmartAGSn") ||
        !gw_sim_see_one(ask, GW_SIM_READ_DEVICE, "SAG.InstanceNoFound", ret))
        return;
    if (ask->device == GW_SIM_NONE) {
        gw_sim_refuse(ret, "SAG.InvalidSerialNumber", "The specified serial number is invalid.");
        return;
    }
    if (strcmp(seen->device[0].serial, ask->serial) != 0)
        seen->device[0] = seen->device[1];
    seen->n_devices = 1;
    ret->answer = GW_CLOUD_ANSWER_DEVICE;
}

void gw_sim_versions(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    const char *type = gw_sim_param(ask, "VersionType");
    bool dpi = type && strcmp(type, "Dpi") == 0;

    if (!gw_sim_see_one(ask, GW_SIM_READ_ATTRIBUTE, "InvalidId.SMARTAG", ret))
        return;
    if (type && !dpi && strcmp(type, "Device") != 0) {
        gw_sim_refuse(ret, "InvalidParameter", "The specified parameter VersionType is invalid.");
        return;
    }
    if (ask->serial && ask->device == GW_SIM_NONE) {
        gw_sim_refuse(ret, "SAG.InvalidSerialNumber", "The specified serial number is invalid.");
        return;
    }
    ret->n_versions = ask->cloud->n_versions[dpi];
    memcpy(ret->version, ask->cloud->version[dpi], ret->n_versions * sizeof(*ret->version));
    ret->answer = GW_CLOUD_ANSWER_VERSIONS;
}
