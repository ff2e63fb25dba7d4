/* What the checks have found, in their order: a row each, and the exit code that they come to. */
#include <stdarg.h>
#include <stdlib.h>

#include "gatewave/app/exit.h"
#include "gatewave/app/output.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

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

int gw_doctor_exit(const struct gw_doctor *doctor)
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

void gw_doctor_write(const struct gw_doctor *doctor)
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

void gw_doctor_release(struct gw_doctor *doctor)
{
    for (size_t i = 0; i < doctor->n_rows; i++) {
        free(doctor->row[i].check);
        free(doctor->row[i].text);
        free(doctor->row[i].remedy);
    }
    free(doctor->row);
    gw_names_release(&doctor->zone);
}
