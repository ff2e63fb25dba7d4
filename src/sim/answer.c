/*
 * What every action's answer is made of: the parameters that were sent, and refusals by the vendor's codes, each with
 * its status. What an action checks, and in what order, the action says.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "model.h"

/* Statuses as documented for this product where they are, else as the common table has them; an unknown code:
 * 400. */
static const struct {
    const char *code;
    int http_status;
} statuses[] = {
    {"SmartAccessGatewayNotOnline", 403},
    {"GetSmartAccessGatewayStateError", 403},
    {"GetSmartAccessGatewayVersionError", 403},
    {"VersionTooOld", 403},
    {"InvalidId.SMARTAG", 403},
    {"NotBoundCCN", 403},
    {"Forbidden", 403},
    {"Forbidden.RAM", 403},
    {"Forbidden.RiskControl", 403},
    {"PermissionError", 500},
    {"SmartAccessGatewayInArrears", 500},
    {"SmartAccessGatewayNotActivated", 500},
    {"SmartAccessGatewayOffline", 500},
    {"InternalError", 500},
    {"InternalServerError", 500},
    {"UnknownError", 500},
    {"ServiceUnavailable", 503},
    {"InnerServiceFailed", 501},
    {"MissingParameter", 403},
    {"InvalidParameter", 403},
    {"FeatureNotSupport", 403},
    {"FeatureNotSupportForActiveSmartAG", 403},
    {"FeatureNotSupportForStandBySmartAG", 403},
    {"SmartAccessGatewayNotBind", 403},
    {"InvalidAction.NotFound", 404},
    {"InvalidRegionID", 400},
};

const char *gw_sim_param(const struct gw_sim_ask *ask, const char *name)
{
    for (size_t i = 0; i < ask->request->n_params; i++) {
        const char *const *pair = ask->request->param[i];

        if (strcmp(pair[0], name) == 0)
            return pair[1][0] ? pair[1] : NULL;
    }
    return NULL;
}

void gw_sim_refuse(struct gw_cloud_response *ret, const char *code, const char *format, ...)
{
    va_list args;

    ret->code = code;
    ret->http_status = 400;
    for (size_t i = 0; i < GW_COUNT_OF(statuses); i++) {
        if (strcmp(statuses[i].code, code) == 0)
            ret->http_status = statuses[i].http_status;
    }
    va_start(args, format);
    (void)vsnprintf(ret->message, sizeof(ret->message), format, args);
    va_end(args);
}

bool gw_sim_misses(struct gw_cloud_response *ret, const char *value, const char *name)
{
    if (value)
        return false;
    gw_sim_refuse(ret, "MissingParameter", "The input parameter %s that is mandatory is not supplied.", name);
    return true;
}

bool gw_sim_version_type(const struct gw_sim_ask *ask, bool *ret_dpi, struct gw_cloud_response *ret)
{
    const char *type = gw_sim_param(ask, "VersionType");
    bool dpi = type && strcmp(type, "Dpi") == 0;

    if (type && !dpi && strcmp(type, "Device") != 0) {
        gw_sim_refuse(ret, "InvalidParameter", "The specified parameter VersionType is invalid.");
        return false;
    }
    *ret_dpi = dpi;
    return true;
}
