#ifndef GATEWAVE_APP_STATUS_H
#define GATEWAVE_APP_STATUS_H
/* What a rollout has come to: where it stands, what became of each target, and one target's story. */
#include "gatewave/app/session.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/store/rollout.h"

/* One screen about a rollout, and the command that follows from where it stands; name NULL: the latest. */
enum gw_code gw_status_show(struct gw_session *session, const char *name, struct gw_err *err);
/* Adds one sentence, escaped and without a period: why a rollout stands where it stands. */
enum gw_code gw_status_sentence(struct gw_store *store, const struct gw_rollout_row *row, struct gw_buf *buf,
                                struct gw_err *err);
/* Adds the command that follows from where it stands, escaped and without the program: "resume os-2.4.0". */
enum gw_code gw_status_next(struct gw_store *store, const struct gw_rollout_row *row, struct gw_buf *buf,
                            struct gw_err *err);
/* One line a target, in constant memory; the table form begins with a summary. name NULL: the latest rollout. */
enum gw_code gw_report_show(struct gw_session *session, const char *name, struct gw_err *err);
/*
 * The morning page, in Markdown: done, not done, causes with what to do about them and whether they were ever seen before,
 * the rollout before it, whom somebody has to look at, and the next command. name NULL: the latest rollout.
 */
enum gw_code gw_report_page(struct gw_session *session, const char *name, struct gw_err *err);
/* The story of a gateway's targets, attempt by attempt; what each waits for, and what happens next. */
enum gw_code gw_explain_show(struct gw_session *session, const char *name, const char *gateway_id,
                             struct gw_err *err);
/* One line a rollout, newest first, with its last verdict. */
enum gw_code gw_history_show(struct gw_session *session, struct gw_err *err);

#endif
