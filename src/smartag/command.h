#ifndef GATEWAVE_SRC_SMARTAG_COMMAND_H
#define GATEWAVE_SRC_SMARTAG_COMMAND_H
/*
 * A command line as POSIX words: blanks part them, quotes and backslashes keep blanks. Nothing is expanded and nothing
 * else is special, for there is no shell.
 */
#include <stddef.h>

#define GW_COMMAND_WORDS_MAX 64

struct gw_command {
    char *text;  /* the words, one NUL behind each */
    size_t size; /* of text */
    char *argv[GW_COMMAND_WORDS_MAX + 1];
    size_t argc;
};

/* NULL, or what is wrong, to stand behind the name of what was split; then there is nothing to release. */
const char *gw_command_split(const char *line, struct gw_command *ret);
/* Wipes: a word may be a password. */
void gw_command_release(struct gw_command *command);

#endif
