#ifndef GATEWAVE_SRC_APP_CONTROL_AGAIN_H
#define GATEWAVE_SRC_APP_CONTROL_AGAIN_H
/* What new rollouts that follow an old one have in common. */
#include "gatewave/app/session.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/conf/spec.h"
#include "gatewave/store/rollout.h"

/* Opens the session's database for writing, unless it is open. */
enum gw_code gw_again_open(struct gw_session *session, struct gw_err *err);
/* Finds a rollout of which nothing can change any more, with its frozen spec. GW_ERR_INPUT while it has targets without
 * an outcome, with the way out of that. */
enum gw_code gw_again_load(struct gw_session *session, const char *name, struct gw_rollout_row *ret_row,
                           struct gw_spec *ret_spec, struct gw_err *err);
/* Sets *text, which is freed, to a copy of value. */
void gw_again_set(char **text, const char *value);
/* Adds a value as a selection takes it, whatever it holds. */
void gw_again_quote(struct gw_buf *buf, const char *value);
/*
 * Gives spec the name `stem`, or stem-1, stem-2, ... (`numbered`: with a number in any case), the first that no rollout
 * of the database has. GW_ERR_INPUT when it gets too long.
 */
enum gw_code gw_again_name(struct gw_session *session, const char *stem, bool numbered, struct gw_spec *spec,
                           struct gw_err *err);

/* The names of new rollouts, as results. */
struct gw_output *gw_again_output(struct gw_session *session);
void gw_again_row(struct gw_output *output, const struct gw_rollout_row *old,
                  const struct gw_rollout_row *new_);

#endif
