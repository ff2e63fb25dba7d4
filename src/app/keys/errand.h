#ifndef GATEWAVE_SRC_APP_KEYS_ERRAND_H
#define GATEWAVE_SRC_APP_KEYS_ERRAND_H
/*
 * Carrying out what an obtaining needs: its exchanges, files and programs, on the loop. The pools of connections are
 * made when the first exchange needs one, so that a key that is written down costs none.
 */
#include "gatewave/base/err.h"
#include "gatewave/conf/spec.h"
#include "gatewave/net/loop.h"
#include "gatewave/smartag/obtain.h"
#include "gatewave/smartag/request.h"

struct gw_errands;

/* At its end; the obtaining goes with the errand when this returns. May run another errand. */
typedef void gw_errand_done(void *user, struct gw_obtain *obtain);

/* At most `most` errands at once. */
struct gw_errands *gw_errands_new(struct gw_loop *loop, const struct gw_config *config, uint32_t most);
/* Ends what is under way without a word. */
void gw_errands_free(struct gw_errands *errands);
/* May be done before it returns: where nothing has to be waited for. plan and the site's texts outlive it. */
void gw_errand_run(struct gw_errands *errands, const struct gw_keyplan *plan,
                   const struct gw_obtain_site *site, gw_errand_done *done, void *user);

#endif
