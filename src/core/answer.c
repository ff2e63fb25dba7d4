/* The words for proofs, as they stand in the database and in explanations. */
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
