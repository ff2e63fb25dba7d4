#ifndef GATEWAVE_APP_SESSION_H
#define GATEWAVE_APP_SESSION_H
/*
 * What one command works with: the configuration, the database, and where it says things. Results go to out,
 * talk to talk; problems collects reports of several lines (file:line:column), printed before the one error
 * line.
 */
#include "gatewave/app/keys.h"
#include "gatewave/app/output.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/conf/spec.h"
#include "gatewave/core/select.h"
#include "gatewave/store/store.h"

struct gw_session {
    struct gw_config config;
    struct gw_store *store; /* NULL until gw_session_open */
    enum gw_output_format format;
    struct gw_sink out, talk;
    const char *program; /* "gatewave" and the options that found the database: how the next command begins */
    struct gw_buf problems;
    struct gw_taken taken; /* of the environment's secrets */
};

void gw_session_init(struct gw_session *session, int out_fd, int talk_fd);
void gw_session_release(struct gw_session *session);
/* Finds and reads the configuration; file and database come from the command line, NULL when they were not
 * said. */
enum gw_code gw_session_configure(struct gw_session *session, const char *file, const char *database,
                                  struct gw_err *err);
/* Opens config.database. */
enum gw_code gw_session_open(struct gw_session *session, enum gw_store_mode mode, struct gw_err *err);
void gw_session_close(struct gw_session *session);

/* One line of talk. Foreign text in it is escaped. */
void gw_session_say(struct gw_session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The closing line that names the next command: `next: gatewave ` and the rest. */
void gw_session_next(struct gw_session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads a selection; on failure problems shows the expression with a caret under the character. */
enum gw_code gw_session_select(struct gw_session *session, const char *text, struct gw_select *ret,
                               struct gw_err *err);

#endif
