#ifndef GATEWAVE_CONF_POLICY_H
#define GATEWAVE_CONF_POLICY_H
/*
 * POLICIES.yaml: which versions the fleet shall have, as an ordered list; the first policy that matches a gateway is its
 * own. Read like the other files: strictly, with all problems in one go.
 */
#include <stddef.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/conf/spec.h"
#include "gatewave/core/manners.h"

#define GW_POLICIES_MAX    32
#define GW_POLICY_NAME_MAX 80 /* a date and a number follow it in the names of its rollouts */

/* A large struct: some 2 MB. */
struct gw_policies {
    char *file; /* where it was read from */
    struct gw_manners manners;
    struct gw_spec policy[GW_POLICIES_MAX]; /* `name` is the policy's */
    size_t n;
};

/*
 * Manners by default: rest 20h, give_up 3, site_restarts 12, late 14d. Refused besides what a rollout file is refused for:
 * two policies of one name, or two with the same selection, the second of which would never match. ret is written on
 * success only; free it.
 */
enum gw_code gw_policies_read(const char *file, struct gw_policies **ret, struct gw_buf *problems,
                              struct gw_err *err);
void gw_policies_free(struct gw_policies *policies);

#endif
