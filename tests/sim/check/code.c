/*
 * What a Code proves, from the vendor's tables and safety's classes, written down a second time: what production code
 * makes of the same code is what is being checked. What is not here is in doubt.
 */
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "check/local.h"

struct family {
    const char *pattern;
    enum sim_check_code means;
};

/* The first that fits counts. */
static const struct family families[] = {
    {"*Throttling*", SIM_CODE_THROTTLED},
    /* failures inside the service, and a nonce that came before: perhaps executed */
    {"InternalError", SIM_CODE_DOUBT},
    {"InternalServerError", SIM_CODE_DOUBT},
    {"UnknownError", SIM_CODE_DOUBT},
    {"ServiceUnavailable", SIM_CODE_DOUBT},
    {"InnerServiceFailed", SIM_CODE_DOUBT},
    {"SignatureNonceUsed", SIM_CODE_DOUBT},
    {"VersionTooOld", SIM_CODE_BACK},
    {"GetSmartAccessGatewayStateError", SIM_CODE_AGAIN},
    {"GetSmartAccessGatewayVersionError", SIM_CODE_AGAIN},
    {"ResourceInOperating", SIM_CODE_BUSY},
    {"ResourceConfiguring", SIM_CODE_BUSY},
    {"ConfigSynchronizing", SIM_CODE_BUSY},
    {"IncorrectStatus", SIM_CODE_BUSY},
    {"SmartAccessGatewayNotOnline", SIM_CODE_OFFLINE},
    {"SmartAccessGatewayOffline", SIM_CODE_OFFLINE},
    {"InvalidTimeStamp.Expired", SIM_CODE_STOPS},
    {"IllegalTimestamp", SIM_CODE_STOPS},
    {"*SecurityToken*", SIM_CODE_STOPS},
    {"SignatureDoesNotMatch", SIM_CODE_STOPS},
    {"IncompleteSignature", SIM_CODE_STOPS},
    {"InvalidSignatureMethod", SIM_CODE_STOPS},
    {"InvalidAccessKeyId*", SIM_CODE_STOPS},
    {"Forbidden.AccessKeyDisabled", SIM_CODE_STOPS},
    {"Forbidden.RiskControl", SIM_CODE_STOPS},
    {"Forbidden.UserVerification", SIM_CODE_STOPS},
    {"InsufficientBalance", SIM_CODE_STOPS},
    {"Forbidden*", SIM_CODE_ENDS},
    {"ActionUnauthorized", SIM_CODE_ENDS},
    {"NoPermission", SIM_CODE_ENDS},
    {"NoPermisson", SIM_CODE_ENDS},
    {"PermissionError", SIM_CODE_ENDS},
    {"Missing*", SIM_CODE_ENDS},
    {"Invalid*", SIM_CODE_ENDS},
    {"UnsupportedParameter", SIM_CODE_ENDS},
    {"UnsupportedHTTPMethod", SIM_CODE_ENDS},
    {"NoSuchVersion", SIM_CODE_ENDS},
    {"VersionNotExist", SIM_CODE_ENDS},
    {"SmartAccessGatewayNotExist", SIM_CODE_ENDS},
    {"SmartAccessGatewayNotBind", SIM_CODE_ENDS},
    {"SAG.*", SIM_CODE_ENDS},
    {"Sag.DeviceNotExist", SIM_CODE_ENDS},
    {"InstanceNotExit", SIM_CODE_ENDS},
    {"NotBoundCCN", SIM_CODE_ENDS},
    {"ConfigUnsynchronized", SIM_CODE_ENDS},
    {"FeatureNotSupport*", SIM_CODE_ENDS},
    {"*InArrears", SIM_CODE_ENDS},
    {"*NotActivated", SIM_CODE_ENDS},
};

enum sim_check_code sim_check_code(const char *code)
{
    for (size_t i = 0; i < GW_COUNT_OF(families); i++)
        if (gw_text_glob(families[i].pattern, code))
            return families[i].means;
    return SIM_CODE_DOUBT;
}
