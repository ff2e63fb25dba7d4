#ifndef GATEWAVE_APP_RECONCILE_H
#define GATEWAVE_APP_RECONCILE_H
/*
 * A night: what the cloud has, compared with what the policies want, and the difference closed by rollouts, one policy
 * after the other, with the waves, gates, windows and limits of any rollout. A fleet that is as it should be gets no call.
 */
#include <stdbool.h>
#include <stddef.h>

#include "gatewave/app/output.h"
#include "gatewave/app/session.h"
#include "gatewave/base/err.h"

struct gw_reconcile_request {
    const char *file;         /* the policies */
    const char *profile;      /* of the credential files; NULL: the configuration's */
    bool sync;                /* ask the cloud first */
    bool quiet;               /* no progress on stderr */
    bool dry;                 /* nobody is to hear of it: no metrics, no notices */
    bool take_over;           /* devices that upgrade by themselves do not, as long as the night is */
    const char *const *again; /* policies that may begin anew although their last rollout was stopped */
    size_t n_again;
};

struct gw_reconcile;

/*
 * Reads the policies, opens the session's database, brings the inventory up to date and works out the drift. Writes
 * nothing but the inventory, whose database a first night makes. The request must outlive it. *ret_exit other than 0:
 * the sync came to no end that a night can go by, which was said, and there is no *ret.
 */
enum gw_code gw_reconcile_new(struct gw_session *session, const struct gw_reconcile_request *request,
                              struct gw_reconcile **ret, int *ret_exit, struct gw_err *err);
void gw_reconcile_free(struct gw_reconcile *reconcile);
/* Whether a rollout is to be begun or gone on with. */
bool gw_reconcile_has_work(const struct gw_reconcile *reconcile);
/*
 * The drift: for people the policies in a line each, and a table of what will not be upgraded tonight and why (`all`: of
 * what will be, too); the other formats have a row for each gateway that is not as it should be.
 */
void gw_reconcile_show(struct gw_reconcile *reconcile, struct gw_sink *sink, enum gw_output_format format,
                       bool all);
/*
 * The night itself. Success means that it came to an orderly end, whose kind is *ret_exit: the gravest of what the
 * rollouts ended with, 3 when a policy has no gateway of its own, 0 when all is as desired. GW_ERR_BUSY: another night is
 * at work.
 */
enum gw_code gw_reconcile_run(struct gw_reconcile *reconcile, int *ret_exit, struct gw_err *err);
/* After the night, for people: the policies that could not be carried out, and why, in a line each. */
void gw_reconcile_show_trouble(struct gw_reconcile *reconcile, struct gw_sink *sink,
                               enum gw_output_format format);

#endif
