#ifndef GATEWAVE_APP_DOCTOR_H
#define GATEWAVE_APP_DOCTOR_H
/*
 * Whether a night can be left alone: configuration, database, keys, endpoints, clock, permissions, time zones, limits,
 * and where figures and notices go. It only looks: no byte of the database and nothing in the cloud is changed, and no
 * secret is shown. Every check has an end.
 */
#include "gatewave/app/session.h"
#include "gatewave/base/err.h"

/*
 * Configures and opens the session itself, so that what is wrong there is a finding like others. Writes one row a check;
 * *ret_exit is 0 when none failed, else what the first failure is of: 3 configuration, endpoints and the machine, 4 the
 * database, 7 keys, permissions and the clock.
 */
enum gw_code gw_doctor_show(struct gw_session *session, const char *config, const char *database,
                            const char *profile, int *ret_exit, struct gw_err *err);

#endif
