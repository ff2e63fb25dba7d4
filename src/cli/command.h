#ifndef GATEWAVE_SRC_CLI_COMMAND_H
#define GATEWAVE_SRC_CLI_COMMAND_H
/*
 * One command, one file, one entry in the table. The entry drives everything that is said of the command: parsing,
 * usage, help and shell completion.
 */
#include <stdbool.h>
#include <stddef.h>

#include "gatewave/app/exit.h"
#include "gatewave/app/session.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"

struct gw_option {
    const char *name;    /* long name, without the dashes; a command's own hides a global one */
    char letter;         /* a short form; 0: none. Not for one whose value may be left out */
    const char *value;   /* what its value is called in the usage text; NULL: it takes none */
    bool optional;       /* the value may be left out (then it must be written --name=VALUE) */
    bool file;           /* the value names a file */
    const char *choices; /* "table|json": the words that the value may be; NULL: anything */
    const char *help;    /* one clause */
};

/* What cli opens before the command runs. */
enum gw_need {
    GW_NEED_NOTHING = 0,
    GW_NEED_CONFIG,
    GW_NEED_READ,   /* and the database, for reading */
    GW_NEED_CREATE, /* and the database, for writing; created when it is missing */
};

struct gw_invocation;

struct gw_command {
    const char *name;      /* one or two words: "inventory import" */
    const char *arguments; /* for the usage line: "NAME GATEWAY"; "" for none */
    unsigned min_arguments, max_arguments;
    bool files; /* its arguments name files */
    enum gw_need need;
    const char *choices; /* the words that its first argument may be, for completion; NULL */
    const char *summary; /* one clause, for the list of commands */
    const char *text;    /* examples first, then what there is to know; lines end with \n */
    const struct gw_option *options;
    size_t n_options;
    /* *ret_exit is 0 and may be set to another exit code on success. */
    enum gw_code (*run)(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err);
};

struct gw_given {
    const struct gw_option *option;
    const char *value; /* NULL when it takes none or none was given */
};

/* A parsed command line. Texts are argv's. */
struct gw_invocation {
    const struct gw_command *command; /* NULL: global options only, or `inventory --help` */
    struct gw_session *session;
    struct gw_given *given;
    size_t n_given;
    const char **argument;
    size_t n_arguments;
    const char **word; /* all words that are no options; argument points into it */
    size_t n_words;
};

/* ---- the table ---- */

extern const struct gw_command *const gw_commands[];
extern const size_t gw_commands_count;
extern const struct gw_option gw_global_options[];
extern const size_t gw_global_options_count;

extern const struct gw_command gw_command_abort;
extern const struct gw_command gw_command_approve;
extern const struct gw_command gw_command_completion;
extern const struct gw_command gw_command_doctor;
extern const struct gw_command gw_command_explain;
extern const struct gw_command gw_command_help;
extern const struct gw_command gw_command_history;
extern const struct gw_command gw_command_hold;
extern const struct gw_command gw_command_init;
extern const struct gw_command gw_command_inventory_export;
extern const struct gw_command gw_command_inventory_import;
extern const struct gw_command gw_command_inventory_list;
extern const struct gw_command gw_command_inventory_show;
extern const struct gw_command gw_command_inventory_sync;
extern const struct gw_command gw_command_notify_test;
extern const struct gw_command gw_command_pace;
extern const struct gw_command gw_command_pause;
extern const struct gw_command gw_command_plan;
extern const struct gw_command gw_command_reconcile;
extern const struct gw_command gw_command_report;
extern const struct gw_command gw_command_resume;
extern const struct gw_command gw_command_retry;
extern const struct gw_command gw_command_rollback;
extern const struct gw_command gw_command_run;
extern const struct gw_command gw_command_status;
extern const struct gw_command gw_command_version;
extern const struct gw_command gw_command_versions;

/* The command whose name the words are, or begin with. *ret_group: the first word begins names of two words. */
const struct gw_command *gw_command_find(const char *const *word, size_t n_words, bool *ret_group);

/* ---- parsing ---- */

/*
 * argv to a command with its options and arguments; with --help or --version they need not be complete. GW_ERR_USAGE with the
 * nearest known word, or with the command's usage line. To be released in any case.
 */
enum gw_code gw_invocation_parse(struct gw_invocation *inv, int argc, char *const *argv, struct gw_err *err);
void gw_invocation_release(struct gw_invocation *inv);
/* Was --help given, or the global --version? Then the command is not run. */
bool gw_invocation_informs(const struct gw_invocation *inv);
/* Was --name given? */
bool gw_invocation_has(const struct gw_invocation *inv, const char *name);
/* Its value (the last one), or NULL. */
const char *gw_invocation_value(const struct gw_invocation *inv, const char *name);

/* ---- what is said of commands ---- */

/* "gatewave inventory import FILE" */
void gw_usage_line(struct gw_buf *buf, const struct gw_command *command);
/* The whole manual of one command. */
void gw_usage_command(struct gw_buf *buf, const struct gw_command *command);
/* What the program is, its commands (those of a group when group is not NULL), global options, exit codes. */
void gw_usage_program(struct gw_buf *buf, const char *group);
/* A completion script; false for a shell that nobody has written one for. */
bool gw_completion_write(struct gw_buf *buf, const char *shell);
void gw_version_write(struct gw_buf *buf);

/* ---- running ---- */

/* The whole program: parses, runs, reports the error once; returns the exit code. */
int gw_cli_run(int argc, char *const *argv);

#endif
