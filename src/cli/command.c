/* What is asked of the table by those to whom one command is like the other. */
#include "command.h"

#include <string.h>

#include "gatewave/base/text.h"

const struct gw_command *gw_command_find(const struct gw_command_table *table, const char *const *word,
                                         size_t n_words, bool *ret_group)
{
    *ret_group = false;
    for (size_t i = 0; n_words > 0 && i < table->n_commands; i++) {
        const char *name = table->command[i]->name, *blank = strchr(name, ' ');
        size_t first = blank ? (size_t)(blank - name) : strlen(name);

        if (strlen(word[0]) != first || strncmp(word[0], name, first) != 0)
            continue;
        *ret_group = blank != NULL;
        if (blank && (n_words < 2 || !gw_text_equal(word[1], blank + 1)))
            continue;
        return table->command[i];
    }
    return NULL;
}

bool gw_command_hides(const struct gw_command *command, const struct gw_option *global)
{
    for (size_t i = 0; i < command->n_options; i++)
        if (gw_text_equal(command->options[i].name, global->name))
            return true;
    return false;
}
