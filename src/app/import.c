/* Inventory import: a whole file in memory, its rows checked and put into one transaction. */
#include "gatewave/app/inventory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/conf/table.h"
#include "gatewave/store/inventory.h"

#include "whole.h"

struct import_job {
    struct gw_import *import;
    struct gw_tag_value tag[GW_TABLE_TAGS_MAX];
};

static struct gw_value value_of(struct gw_slice slice, bool given)
{
    return (struct gw_value){.text = slice.text, .len = slice.len, .given = given};
}

/* conf's row in the store's words. */
static bool put_row(void *user, const struct gw_row *row, char reason[160])
{
    struct import_job *job = user;
    struct gw_device_row device = {.tag = job->tag, .n_tags = row->n_tags, .line = row->line};

    for (int column = GW_COLUMN_GATEWAY_ID; column < GW_COLUMN_TAG; column++)
        device.column[column] = value_of(row->field[column], row->given[column]);
    for (size_t i = 0; i < row->n_tags; i++)
        job->tag[i] = (struct gw_tag_value){.name = value_of(row->tag_name[i], true),
                                            .value = value_of(row->tag_value[i], true)};
    return gw_import_put(job->import, &device, reason);
}

static void print_sentence(struct gw_session *session, const char *file,
                           const struct gw_import_counts *counts)
{
    struct gw_buf text;

    gw_buf_init(&text, 0);
    gw_screen_text(&text, file);
    gw_buf_addf(&text,
                ": %" PRIu64 " rows, %" PRIu64 " devices of %" PRIu64 " gateways; %" PRIu64 " added, %" PRIu64
                " changed, %" PRIu64 " unchanged\n",
                counts->rows, counts->devices, counts->gateways, counts->added, counts->changed,
                counts->unchanged);
    gw_sink_drain(&session->out, &text);
    gw_buf_release(&text);
}

static void print_counts(struct gw_session *session, const struct gw_import_counts *counts)
{
    static const struct gw_output_column columns[] = {
        {"rows", GW_OUTPUT_NUMBER, false},    {"gateways", GW_OUTPUT_NUMBER, false},
        {"devices", GW_OUTPUT_NUMBER, false}, {"added", GW_OUTPUT_NUMBER, false},
        {"changed", GW_OUTPUT_NUMBER, false}, {"unchanged", GW_OUTPUT_NUMBER, false},
    };
    const uint64_t number[] = {counts->rows,  counts->gateways, counts->devices,
                               counts->added, counts->changed,  counts->unchanged};
    char text[GW_COUNT_OF(columns)][24];
    const char *cells[GW_COUNT_OF(columns)];
    struct gw_output *output;

    for (size_t i = 0; i < GW_COUNT_OF(columns); i++) {
        (void)snprintf(text[i], sizeof(text[i]), "%" PRIu64, number[i]);
        cells[i] = text[i];
    }
    output = gw_output_new(&session->out, session->format, GW_OUTPUT_ONE, columns, GW_COUNT_OF(columns));
    gw_output_row(output, cells);
    gw_output_end(output);
}

static enum gw_code import_bytes(struct gw_session *session, const char *file, const struct gw_buf *bytes,
                                 struct gw_import_counts *ret, struct gw_err *err)
{
    struct import_job *job = gw_mem_new(1, sizeof(*job));
    uint64_t rows = 0;
    size_t n_problems;
    enum gw_code code = gw_import_begin(session->store, &job->import, err);

    if (code) {
        free(job);
        return code;
    }
    n_problems =
        gw_table_read(gw_buf_text(bytes), bytes->len, file, gw_table_guess(gw_buf_text(bytes), bytes->len),
                      put_row, job, &rows, &session->problems);
    if (n_problems > 0 || rows == 0) {
        gw_import_abandon(job->import);
        if (n_problems > 0)
            code = gw_err_set(err, GW_ERR_INPUT, "%s: %zu problem%s; nothing was imported", file, n_problems,
                              n_problems == 1 ? "" : "s");
        else
            code = gw_err_set(err, GW_ERR_INPUT, "%s has no rows; nothing was imported", file);
    } else {
        code = gw_import_commit(job->import, ret, err);
    }
    free(job);
    return code;
}

enum gw_code gw_inventory_import(struct gw_session *session, const char *file, struct gw_err *err)
{
    const char *name = gw_text_equal(file, "-") ? "<stdin>" : file;
    struct gw_import_counts counts = {0};
    struct gw_buf bytes;
    enum gw_code code;

    gw_buf_init(&bytes, GW_INVENTORY_FILE_MAX);
    code = gw_whole_read(file, &bytes, err);
    if (code == GW_OK)
        code = import_bytes(session, name, &bytes, &counts, err);
    gw_buf_release(&bytes);
    if (code)
        return code;
    if (session->format == GW_OUTPUT_NONE || session->format == GW_OUTPUT_TABLE)
        print_sentence(session, name, &counts);
    else
        print_counts(session, &counts);
    return GW_OK;
}
