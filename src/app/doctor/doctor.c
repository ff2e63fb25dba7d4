/* The order of the checks. What a later check needs is looked at before it. */
#include "gatewave/app/doctor.h"

#include "gatewave/app/config.h"

#include "doctor.h"

/* False when nothing else can be looked at. */
static bool gw_doctor_configure(struct gw_doctor *doctor, const char *file, const char *database)
{
    struct gw_session *session = doctor->session;
    struct gw_err err = {0};

    if (gw_session_configure(session, file, database, &err)) {
        gw_doctor_add(doctor, GW_FINDING_CONFIGURATION, "configuration",
                      session->problems.len > 0
                          ? "correct what is reported on the standard error"
                          : "name a file that is there, or let `gatewave init` write one",
                      "%s", err.text);
        return false;
    }
    if (session->config.file[0])
        gw_doctor_add(doctor, GW_FINDING_OK, "configuration", "", "%s", session->config.file);
    else
        gw_doctor_add(
            doctor, GW_FINDING_WARN, "configuration",
            "let `gatewave init` write one, so that a night does not depend on the folder it is started in",
            "no gatewave.yaml was found; the defaults hold");
    return true;
}

enum gw_code gw_doctor_show(struct gw_session *session, const char *config, const char *database,
                            const char *profile, int *ret_exit, struct gw_err *err)
{
    struct gw_doctor doctor = {.session = session, .profile = profile};

    (void)err;
    if (gw_doctor_configure(&doctor, config, database)) {
        gw_doctor_store(&doctor);
        gw_doctor_survey(&doctor);
        gw_doctor_cloud(&doctor);
        gw_doctor_machine(&doctor);
        gw_doctor_reports(&doctor);
    } else {
        gw_session_say(session, "%s", gw_buf_text(&session->problems));
    }
    gw_doctor_write(&doctor);
    *ret_exit = gw_doctor_exit(&doctor);
    if (*ret_exit == 0)
        gw_session_next(session, "plan ROLLOUT.yaml");
    else
        gw_session_next(session, "doctor");
    gw_doctor_release(&doctor);
    return GW_OK;
}
