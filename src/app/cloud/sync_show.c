/* The sync as a command: the counts, what changed, and the command that follows. */
#include <inttypes.h>
#include <stdio.h>

#include "gatewave/app/sync.h"
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/core/answer.h"

/* A table is for eyes; the other forms have every row. */
#define ROWS_SHOWN 200
/* So many versions that somebody else changed are told in words; the table has them all, and first. */
#define FOREIGN_TOLD 5

static const struct gw_output_column columns[] = {
    {.name = "gateway_id"},
    {.name = "serial"},
    {.name = "what"},
    {.name = "before"},
    {.name = "after"},
    {.name = "by"},
    {.name = "at", .detail = true},
};

struct gw_sync_show {
    struct gw_session *session;
    struct gw_output *output;
    uint64_t rows, most, foreign;
    char first[GW_GATEWAY_ID_MAX]; /* whose version somebody else changed */
};

static void gw_sync_show_foreign(struct gw_sync_show *show, const struct gw_change_row *row)
{
    if (show->foreign++ == 0)
        (void)gw_text_copy(show->first, sizeof(show->first), row->gateway_id);
    if (show->foreign <= FOREIGN_TOLD)
        gw_session_say(show->session, "somebody else changed the %s of %s%s%s: %s, and it was %s",
                       gw_text_equal(row->what, "version") ? "version" : "signature database",
                       row->gateway_id, row->serial[0] ? ", " : "", row->serial, row->after, row->before);
}

static void gw_sync_show_open(struct gw_sync_show *show)
{
    struct gw_session *session = show->session;

    show->output = gw_output_new(&session->out, session->format ? session->format : GW_OUTPUT_TABLE,
                                 GW_OUTPUT_ROWS, columns, GW_COUNT_OF(columns));
}

/* A row while there is room for it. */
static bool gw_sync_show_cells(struct gw_sync_show *show, const char *const cells[])
{
    if (show->rows++ >= show->most)
        return true;
    if (!show->output)
        gw_sync_show_open(show); /* a table of nothing is not even a header */
    return gw_output_row(show->output, cells);
}

static bool gw_sync_show_row(void *user, const struct gw_change_row *row)
{
    struct gw_sync_show *show = user;
    char at[GW_WHEN_TEXT_SIZE];
    const char *cells[] = {row->gateway_id,
                           row->serial,
                           row->what,
                           row->before,
                           row->after,
                           row->foreign ? "somebody else" : row->rollout,
                           at};

    if (row->foreign)
        gw_sync_show_foreign(show, row);
    gw_when_text(row->at_unix_ms, at);
    return gw_sync_show_cells(show, cells);
}

/* After the changes: what could not be compared. */
static void gw_sync_show_unread(struct gw_sync_show *show, const struct gw_sync_result *result)
{
    for (size_t i = 0; i < result->n_unread; i++) {
        const struct gw_sync_unread *unread = &result->unread[i];
        const char *cells[] = {unread->gateway_id, unread->serial, "not_read", "", unread->what, "", ""};

        if (!gw_sync_show_cells(show, cells))
            return;
    }
}

static enum gw_code gw_sync_show_changes(struct gw_sync_show *show, const struct gw_sync_result *result,
                                         struct gw_err *err)
{
    struct gw_session *session = show->session;
    bool table = session->format == GW_OUTPUT_NONE || session->format == GW_OUTPUT_TABLE;
    enum gw_code code;

    show->most = table ? ROWS_SHOWN : UINT64_MAX;
    if (!table)
        gw_sync_show_open(show);
    code = gw_sync_changes_each(session->store, result->sync, gw_sync_show_row, show, err);
    if (code == GW_OK)
        gw_sync_show_unread(show, result);
    gw_output_end(show->output);
    if (show->foreign > FOREIGN_TOLD)
        gw_session_say(session, "... and %" PRIu64 " more by somebody else", show->foreign - FOREIGN_TOLD);
    if (show->rows > show->most)
        gw_session_say(session, "%" PRIu64 " more rows: `select * from v_change` has the changes",
                       show->rows - show->most);
    return code;
}

static void gw_sync_show_counts(struct gw_session *session, const struct gw_sync_result *result)
{
    const struct gw_sync_counts *counts = &result->counts;

    gw_session_say(session,
                   "%" PRIu64 " gateways with %" PRIu64 " devices in %u of %u regions: %" PRIu64
                   " appeared, %" PRIu64 " disappeared, %" PRIu64 " returned, %" PRIu64 " changed",
                   counts->gateways, counts->devices, result->parts - result->failed, result->parts,
                   counts->appeared, counts->disappeared, counts->returned, counts->changed);
    if (result->n_unread > 0)
        gw_session_say(session, "%zu of their facts could not be read, and are as they were known",
                       result->n_unread);
    if (result->software > 0)
        gw_session_say(session, "%" PRIu64 " of them are software and have no device to upgrade",
                       result->software);
}

static enum gw_code gw_sync_show_result(struct gw_session *session, const struct gw_sync_result *result,
                                        struct gw_err *err)
{
    struct gw_sync_show show = {.session = session};
    enum gw_code code;

    if (result->interrupted) {
        gw_session_say(session,
                       "interrupted: what was found is kept, and the same command goes on from there");
        return GW_OK;
    }
    gw_sync_show_counts(session, result);
    code = gw_sync_show_changes(&show, result, err);
    if (code != GW_OK)
        return code;
    if (show.rows == 0 && result->failed == 0)
        gw_session_say(session, "nothing has changed");
    if (show.foreign > 0)
        gw_session_next(session, "inventory show %s", show.first);
    else if (result->failed > 0)
        gw_session_next(session, "inventory sync");
    else
        gw_session_next(session, "run --version V --select EXPR");
    return GW_OK;
}

enum gw_code gw_sync_command(struct gw_session *session, const struct gw_sync_request *request, int *ret_exit,
                             struct gw_err *err)
{
    struct gw_sync_result result;
    enum gw_code code = gw_sync_run(session, request, &result, err);

    if (code != GW_OK)
        return code;
    *ret_exit = result.exit_code;
    code = gw_sync_show_result(session, &result, err);
    gw_sync_result_release(&result);
    return code;
}
