#ifndef GATEWAVE_SRC_CLI_CONFIRM_H
#define GATEWAVE_SRC_CLI_CONFIRM_H
/* A person's yes before a rollout or a night is begun. */
#include <stdbool.h>

#include "gatewave/app/session.h"

/* Asks on the terminal; anything but a yes is a no. */
bool gw_confirm_ask(struct gw_session *session, const char *question);
/*
 * On a terminal: shows the plan of a rollout that is not begun yet, and asks. Without one, and for a rollout that was
 * begun, the answer is yes. file is where the spec was read from; NULL: from options.
 */
enum gw_code gw_confirm_plan(struct gw_session *session, const struct gw_spec *spec, const char *file,
                             bool *ret_yes, struct gw_err *err);
/*
 * A rollout could not be begun for what err says: where its plan shows the place in the file too, err and the
 * problems become that.
 */
void gw_confirm_place(struct gw_session *session, const struct gw_spec *spec, const char *file,
                      struct gw_err *err);

#endif
