/* The words for proofs and classes, as they stand in the database and in explanations. */
#include "gatewave/core/answer.h"

#include "gatewave/base/check.h"

const char *gw_proof_name(enum gw_proof proof)
{
    static const char *const name[] = {
        [GW_PROOF_NONE] = "none",         [GW_PROOF_NEVER_SENT] = "never_sent",
        [GW_PROOF_REFUSED] = "refused",   [GW_PROOF_ACCEPTED] = "accepted",
        [GW_PROOF_IN_DOUBT] = "in_doubt",
    };

    GW_CHECK((unsigned)proof < GW_COUNT_OF(name));
    return name[proof];
}

const char *gw_class_name(enum gw_class class_)
{
    static const char *const name[] = {
        [GW_CLASS_NONE] = "none",
        [GW_CLASS_ACCEPTED] = "accepted",
        [GW_CLASS_TRANSIENT] = "transient",
        [GW_CLASS_THROTTLED] = "throttled",
        [GW_CLASS_OFFLINE] = "offline",
        [GW_CLASS_BUSY] = "busy",
        [GW_CLASS_READ_BACK] = "read_back",
        [GW_CLASS_PERMANENT] = "permanent",
        [GW_CLASS_NOT_FOUND] = "not_found",
        [GW_CLASS_IDENTITY] = "identity",
        [GW_CLASS_CREDENTIAL] = "credential",
        [GW_CLASS_CLOCK] = "clock",
        [GW_CLASS_PLAN] = "plan",
        [GW_CLASS_RISK] = "risk",
        [GW_CLASS_UNTRUSTED] = "untrusted",
        [GW_CLASS_ENDPOINT] = "endpoint",
        [GW_CLASS_UNKNOWN] = "unknown",
    };

    GW_CHECK((unsigned)class_ < GW_COUNT_OF(name));
    return name[class_];
}
