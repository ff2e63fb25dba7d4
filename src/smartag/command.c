/* Words without a shell: what a person would type is split as sh splits it, and then nobody interprets it. */
#include "command.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/secret.h"

struct splitter {
    const char *at;
    char *out;
    const char *why;
};

static bool fail(struct splitter *splitter, const char *why)
{
    splitter->why = why;
    return false;
}

/* Up to the closing quote; at stands behind the opening one. In double quotes a backslash keeps " \ $ and `. */
static bool take_quoted(struct splitter *splitter, char quote)
{
    while (*splitter->at && *splitter->at != quote) {
        if (quote == '"' && *splitter->at == '\\' && splitter->at[1] && strchr("\"\\$`", splitter->at[1]))
            splitter->at++;
        *splitter->out++ = *splitter->at++;
    }
    if (!*splitter->at)
        return fail(splitter, "has a quote that is not closed");
    splitter->at++;
    return true;
}

static bool take_word(struct splitter *splitter)
{
    while (*splitter->at && !strchr(" \t\r\n", *splitter->at)) {
        const char c = *splitter->at++;

        if (c == '\'' || c == '"') {
            if (!take_quoted(splitter, c))
                return false;
        } else if (c != '\\') {
            *splitter->out++ = c;
        } else if (*splitter->at) {
            *splitter->out++ = *splitter->at++;
        } else {
            return fail(splitter, "ends with a backslash");
        }
    }
    *splitter->out++ = '\0';
    return true;
}

const char *gw_command_split(const char *line, struct gw_command *ret)
{
    struct gw_command command = {.size = strlen(line) + 1};
    struct splitter splitter = {.at = line};

    command.text = splitter.out = gw_mem_new(command.size, 1);
    while (!splitter.why && *(splitter.at += strspn(splitter.at, " \t\r\n"))) {
        if (command.argc == GW_COMMAND_WORDS_MAX) {
            splitter.why = "has too many words";
        } else {
            command.argv[command.argc++] = splitter.out;
            (void)take_word(&splitter);
        }
    }
    if (!splitter.why && (command.argc == 0 || command.argv[0][0] == '\0'))
        splitter.why = "names no program";
    if (splitter.why) {
        gw_command_release(&command);
        return splitter.why;
    }
    *ret = command;
    return NULL;
}

void gw_command_release(struct gw_command *command)
{
    gw_secret_wipe(command->text, command->size);
    free(command->text);
    *command = (struct gw_command){0};
}
