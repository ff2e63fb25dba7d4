#ifndef GATEWAVE_SRC_CLI_INVOCATION_H
#define GATEWAVE_SRC_CLI_INVOCATION_H
/* What a command is given: the words and options of its command line, and the session that it runs in. */
#include <stdbool.h>
#include <stddef.h>

#include "gatewave/app/session.h"

#include "command.h"

struct gw_given {
    const struct gw_option *option;
    const char *value; /* NULL when it takes none or none was given */
};

/* A parsed command line. Texts are argv's. */
struct gw_invocation {
    const struct gw_command_table *table;
    const struct gw_command *command; /* NULL: global options only, or `inventory --help` */
    struct gw_session *session;
    struct gw_given *given;
    size_t n_given;
    const char **argument;
    size_t n_arguments;
    const char **word; /* all words that are no options; argument points into it */
    size_t n_words;
};

void gw_invocation_release(struct gw_invocation *inv);
/* Was --help given, or the global --version? Then the command is not run. */
bool gw_invocation_informs(const struct gw_invocation *inv);
/* Was --name given? */
bool gw_invocation_has(const struct gw_invocation *inv, const char *name);
/* Its value (the last one), or NULL. */
const char *gw_invocation_value(const struct gw_invocation *inv, const char *name);

#endif
