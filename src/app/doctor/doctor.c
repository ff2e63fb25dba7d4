/* The order of the checks, and their rows. What a later check needs is looked at before it. */
#include "gatewave/app/doctor.h"

#include <stdarg.h>
#include <stdlib.h>

#include "gatewave/app/config.h"
#include "gatewave/app/exit.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "doctor.h"

static const struct gw_output_column gw_doctor_columns[] = {
    {"check", GW_OUTPUT_TEXT, false},
    {"result", GW_OUTPUT_WORD, false},
    {"finding", GW_OUTPUT_TEXT, false},
    {"remedy", GW_OUTPUT_TEXT, false},
};

void gw_doctor_add(struct gw_doctor *doctor, enum gw_finding finding, const char *check, const char *remedy,
                   const char *format, ...)
{
    struct gw_buf text;
    va_list args;

    GW_CHECK(finding == GW_FINDING_OK || remedy[0]);
    gw_buf_init(&text, 0);
    va_start(args, format);
    (void)gw_buf_vaddf(&text, format, args);
    va_end(args);
    doctor->row = gw_mem_resize(doctor->row, doctor->n_rows + 1, sizeof(*doctor->row));
    doctor->row[doctor->n_rows++] = (struct gw_doctor_row){.finding = finding,
                                                           .check = gw_mem_dup(check),
                                                           .text = gw_mem_dup(gw_buf_text(&text)),
                                                           .remedy = gw_mem_dup(remedy)};
    gw_buf_release(&text);
}

static int gw_doctor_exit(const struct gw_doctor *doctor)
{
    for (size_t i = 0; i < doctor->n_rows; i++)
        switch (doctor->row[i].finding) {
        case GW_FINDING_CONFIGURATION:
            return GW_EXIT_INPUT;
        case GW_FINDING_DATABASE:
            return GW_EXIT_STORE;
        case GW_FINDING_CREDENTIALS:
            return GW_EXIT_KEYS;
        case GW_FINDING_OK:
        case GW_FINDING_WARN:
            break;
        }
    return GW_EXIT_OK;
}

static void gw_doctor_write(const struct gw_doctor *doctor)
{
    struct gw_session *session = doctor->session;
    struct gw_output *output =
        gw_output_new(&session->out, session->format == GW_OUTPUT_NONE ? GW_OUTPUT_TABLE : session->format,
                      GW_OUTPUT_ROWS, gw_doctor_columns, GW_COUNT_OF(gw_doctor_columns));

    for (size_t i = 0; i < doctor->n_rows; i++) {
        const struct gw_doctor_row *row = &doctor->row[i];
        const char *cells[GW_COUNT_OF(gw_doctor_columns)] = {
            row->check,
            row->finding == GW_FINDING_OK     ? "ok"
            : row->finding == GW_FINDING_WARN ? "warn"
                                              : "fail",
            row->text,
            row->remedy[0] ? row->remedy : NULL,
        };

        gw_output_row(output, cells);
    }
    gw_output_end(output);
}

static void gw_doctor_release(struct gw_doctor *doctor)
{
    for (size_t i = 0; i < doctor->n_rows; i++) {
        free(doctor->row[i].check);
        free(doctor->row[i].text);
        free(doctor->row[i].remedy);
    }
    free(doctor->row);
    gw_names_release(&doctor->zone);
}

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
