#ifndef GATEWAVE_SRC_CLI_COMMAND_H
#define GATEWAVE_SRC_CLI_COMMAND_H
/*
 * One command, one file, one entry in the table. The entry drives everything that is said of the command: parsing,
 * usage, help and shell completion. These lie below the commands and are handed the table.
 */
#include <stdbool.h>
#include <stddef.h>

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

/* All commands, those of a group side by side, and the options that each of them takes. */
struct gw_command_table {
    const struct gw_command *const *command;
    size_t n_commands;
    const struct gw_option *option;
    size_t n_options;
};

/* The command whose name the words are, or begin with. *ret_group: the first word begins names of two words. */
const struct gw_command *gw_command_find(const struct gw_command_table *table, const char *const *word,
                                         size_t n_words, bool *ret_group);
/* Has it an option of its own of the global one's name? */
bool gw_command_hides(const struct gw_command *command, const struct gw_option *global);

/* ---- the commands: each in the file of its name ---- */

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

#endif
