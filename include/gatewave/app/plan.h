#ifndef GATEWAVE_APP_PLAN_H
#define GATEWAVE_APP_PLAN_H
/*
 * What a rollout would be, before anything is touched: who is in which wave, how long that takes, what its gates can
 * see. A plan can be kept in a file, and a run of that file does exactly that or nothing.
 */
#include <stdbool.h>

#include "gatewave/app/output.h"
#include "gatewave/app/session.h"
#include "gatewave/base/err.h"
#include "gatewave/conf/spec.h"

struct gw_plan;

/*
 * Works a plan out from the session's open database, without writing a byte; spec and session must outlive it. file is
 * where the spec was read from, NULL for none: sizes that do not fit the selection are reported there, with the line
 * and a caret.
 */
enum gw_code gw_plan_new(struct gw_session *session, const struct gw_spec *spec, const char *file,
                         struct gw_plan **ret, struct gw_err *err);
void gw_plan_free(struct gw_plan *plan);
/* A rollout of its name is in the database already: a run goes on with that one. */
bool gw_plan_is_begun(const struct gw_plan *plan);
/* The screen for a person, JSON, or for JSON lines and CSV one row a device. */
void gw_plan_show(const struct gw_plan *plan, struct gw_sink *sink, enum gw_output_format format);
/*
 * Keeps it in a file: all of it, or the file stays as it was. replace: a file that is there already may go. Its first
 * bytes tell it from a rollout file.
 */
enum gw_code gw_plan_save(const struct gw_plan *plan, const char *file, bool replace, struct gw_err *err);

/* True when a file begins as a saved plan does; false too when it cannot be read. */
bool gw_plan_is_file(const char *file);
/*
 * The spec of a saved plan, if running it now would do what was planned. A rollout of that name must have been begun
 * from just that plan, or not at all; then the inventory and the rollout file that it was made from are compared with
 * it, and GW_ERR_INPUT says what has changed, problems the details. Needs the open database.
 */
enum gw_code gw_plan_take(struct gw_session *session, const char *file, struct gw_spec *ret,
                          struct gw_err *err);

#endif
