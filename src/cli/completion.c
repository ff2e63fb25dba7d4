/*
 * Completion scripts for bash, zsh and fish, written from the table: the words of commands, then options, then the
 * words or files that an option or an argument may be.
 */
#include "completion.h"

#include <string.h>

#include "gatewave/base/text.h"

/* "a|b|c" as "a b c" */
static void gw_completion_choices(struct gw_buf *buf, const char *choices)
{
    for (const char *p = choices; *p; p++)
        gw_buf_add_char(buf, *p == '|' ? ' ' : *p);
}

/* In single quotes, for a shell. */
static void gw_completion_quote(struct gw_buf *buf, const char *text)
{
    gw_buf_add_char(buf, '\'');
    for (const char *p = text; *p; p++) {
        if (*p == '\'')
            gw_buf_add_text(buf, "'\\''");
        else
            gw_buf_add_char(buf, *p);
    }
    gw_buf_add_char(buf, '\'');
}

static size_t gw_completion_first(const char *name)
{
    return strcspn(name, " ");
}

/* The words that may come first: each once. */
static void gw_completion_first_words(struct gw_buf *buf, const struct gw_command_table *table)
{
    for (size_t i = 0; i < table->n_commands; i++) {
        const char *name = table->command[i]->name;
        size_t len = gw_completion_first(name);

        if (i > 0 && gw_completion_first(table->command[i - 1]->name) == len &&
            strncmp(table->command[i - 1]->name, name, len) == 0)
            continue;
        gw_buf_add_char(buf, ' ');
        gw_buf_add(buf, name, len);
    }
}

/* True when the command at i is the first of its group; then its second words follow in the table. */
static bool gw_completion_opens_group(const struct gw_command_table *table, size_t i)
{
    const char *name = table->command[i]->name;
    size_t len = gw_completion_first(name);

    return name[len] == ' ' && (i == 0 || strncmp(table->command[i - 1]->name, name, len + 1) != 0);
}

static void gw_completion_second_words(struct gw_buf *buf, const struct gw_command_table *table, size_t i)
{
    const char *name = table->command[i]->name;
    size_t len = gw_completion_first(name);

    for (; i < table->n_commands && strncmp(table->command[i]->name, name, len + 1) == 0; i++)
        gw_buf_addf(buf, " %s", table->command[i]->name + len + 1);
}

static void gw_completion_option_words(struct gw_buf *buf, const struct gw_option *options, size_t n)
{
    for (size_t i = 0; i < n; i++)
        gw_buf_addf(buf, " --%s", options[i].name);
}

/* The global options that the command has none of its own for; command NULL: all of them. */
static void gw_completion_global_words(struct gw_buf *buf, const struct gw_command_table *table,
                                       const struct gw_command *command)
{
    for (size_t i = 0; i < table->n_options; i++)
        if (!command || !gw_command_hides(command, &table->option[i]))
            gw_completion_option_words(buf, &table->option[i], 1);
}

/* ---- bash and zsh: what may stand at the cursor is decided by functions that both shells understand ---- */

/* Branches of a case over "COMMAND --OPTION"; command NULL: of any command that has no such option of its own. */
static void gw_completion_values(struct gw_buf *buf, const char *command, const struct gw_option *options,
                                 size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!options[i].value || options[i].optional)
            continue;
        if (command)
            gw_buf_addf(buf, "    '%s --%s') ", command, options[i].name);
        else
            gw_buf_addf(buf, "    *' --%s') ", options[i].name);
        if (options[i].file)
            gw_buf_add_text(buf, "files=1 ");
        if (options[i].choices) {
            gw_buf_add_text(buf, "choices='");
            gw_completion_choices(buf, options[i].choices);
            gw_buf_add_text(buf, "' ");
        }
        gw_buf_add_text(buf, ";;\n");
    }
}

/* Branches of a case over the command's words so far. */
static void gw_completion_commands(struct gw_buf *buf, const struct gw_command_table *table)
{
    gw_buf_add_text(buf, "    '') choices='");
    gw_completion_first_words(buf, table);
    gw_completion_global_words(buf, table, NULL);
    gw_buf_add_text(buf, "' ;;\n");
    for (size_t i = 0; i < table->n_commands; i++) {
        const struct gw_command *command = table->command[i];

        if (gw_completion_opens_group(table, i)) {
            gw_buf_addf(buf, "    %.*s) choices='", (int)gw_completion_first(command->name), command->name);
            gw_completion_second_words(buf, table, i);
            gw_completion_global_words(buf, table, NULL);
            gw_buf_add_text(buf, "' ;;\n");
        }
        gw_buf_addf(buf, "    '%s')%s choices='", command->name, command->files ? " files=1" : "");
        if (command->choices)
            gw_completion_choices(buf, command->choices);
        gw_completion_option_words(buf, command->options, command->n_options);
        gw_completion_global_words(buf, table, command);
        gw_buf_add_text(buf, "' ;;\n");
    }
}

static void gw_completion_shared(struct gw_buf *buf, const struct gw_command_table *table)
{
    gw_buf_add_text(buf, "# $1: COMMAND --OPTION; fails when the option takes no value.\n"
                         "_gatewave_value() {\n"
                         "    case $1 in\n");
    for (size_t i = 0; i < table->n_commands; i++)
        gw_completion_values(buf, table->command[i]->name, table->command[i]->options,
                             table->command[i]->n_options);
    gw_completion_values(buf, NULL, table->option, table->n_options);
    gw_buf_add_text(buf, "    *) return 1 ;;\n"
                         "    esac\n"
                         "}\n\n"
                         "# The words before the cursor; sets choices and files.\n"
                         "_gatewave_choices() {\n"
                         "    local command= option= word=\n"
                         "    for word in \"$@\"; do\n"
                         "        case $word in\n"
                         "        =) option=${option:-=} ;;\n"
                         "        --*=*) option= ;;\n"
                         "        --*) option=$word; _gatewave_value \"$command $option\" || option= ;;\n"
                         "        *)  if [ -n \"$option\" ]; then option=; continue; fi\n"
                         "            case $command in\n"
                         "            ''");
    for (size_t i = 0; i < table->n_commands; i++)
        if (gw_completion_opens_group(table, i))
            gw_buf_addf(buf, "|%.*s", (int)gw_completion_first(table->command[i]->name),
                        table->command[i]->name);
    gw_buf_add_text(buf, ") command=\"${command:+$command }$word\" ;;\n"
                         "            esac ;;\n"
                         "        esac\n"
                         "    done\n"
                         "    choices= files=\n"
                         "    if [ -n \"$option\" ]; then _gatewave_value \"$command $option\"; return; fi\n"
                         "    case $command in\n");
    gw_completion_commands(buf, table);
    gw_buf_add_text(buf, "    esac\n"
                         "}\n\n");
}

static void gw_completion_bash(struct gw_buf *buf, const struct gw_command_table *table)
{
    gw_buf_add_text(buf, "# bash completion of gatewave: source <(gatewave completion bash)\n\n");
    gw_completion_shared(buf, table);
    /* bash takes "--output=json" for three words. */
    gw_buf_add_text(buf, "_gatewave() {\n"
                         "    local cur=${COMP_WORDS[COMP_CWORD]} choices= files=\n"
                         "    _gatewave_choices \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"\n"
                         "    [[ $cur == = ]] && cur=\n"
                         "    mapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$cur\"\n"
                         "                             [[ $files ]] && compgen -f -- \"$cur\")\n"
                         "}\n"
                         "complete -o filenames -F _gatewave gatewave\n");
}

static void gw_completion_zsh(struct gw_buf *buf, const struct gw_command_table *table)
{
    gw_buf_add_text(buf, "#compdef gatewave\n"
                         "# zsh completion of gatewave: to a file _gatewave in a folder of $fpath\n\n");
    gw_completion_shared(buf, table);
    gw_buf_add_text(
        buf,
        "_gatewave() {\n"
        "    local choices= files=\n"
        "    _gatewave_choices \"${(@)words[2,CURRENT-1]}\"\n"
        "    [[ -n $choices ]] && compadd -- ${=choices}\n"
        "    [[ -n $files ]] && _files\n"
        "}\n"
        "if [[ $funcstack[1] == _gatewave ]]; then _gatewave \"$@\"; else compdef _gatewave gatewave; fi\n");
}

/* ---- fish ---- */

static void gw_completion_fish_options(struct gw_buf *buf, const char *when, const struct gw_option *options,
                                       size_t n)
{
    for (size_t i = 0; i < n; i++) {
        gw_buf_addf(buf, "complete -c gatewave%s -l %s", when, options[i].name);
        if (options[i].letter)
            gw_buf_addf(buf, " -s %c", options[i].letter);
        if (options[i].value && !options[i].optional)
            gw_buf_add_text(buf, options[i].file ? " -r -F" : " -x");
        if (options[i].choices) {
            gw_buf_add_text(buf, " -a '");
            gw_completion_choices(buf, options[i].choices);
            gw_buf_add_char(buf, '\'');
        }
        gw_buf_add_text(buf, " -d ");
        gw_completion_quote(buf, options[i].help);
        gw_buf_add_char(buf, '\n');
    }
}

static void gw_completion_fish_command(struct gw_buf *buf, const struct gw_command_table *table, size_t i)
{
    const struct gw_command *command = table->command[i];
    size_t len = gw_completion_first(command->name);
    struct gw_buf when;

    gw_buf_init(&when, 0);
    gw_buf_addf(&when, " -n '__fish_seen_subcommand_from %.*s", (int)len, command->name);
    if (gw_completion_opens_group(table, i))
        gw_buf_addf(buf, "complete -c gatewave -n __fish_use_subcommand -a %.*s\n", (int)len, command->name);
    if (command->name[len]) {
        gw_buf_addf(buf, "complete -c gatewave%s; and not __fish_seen_subcommand_from", gw_buf_text(&when));
        for (size_t k = 0; k < table->n_commands; k++)
            if (strncmp(table->command[k]->name, command->name, len + 1) == 0)
                gw_buf_addf(buf, " %s", table->command[k]->name + len + 1);
        gw_buf_addf(buf, "' -a %s -d ", command->name + len + 1);
        gw_buf_addf(&when, "; and __fish_seen_subcommand_from %s", command->name + len + 1);
    } else {
        gw_buf_addf(buf, "complete -c gatewave -n __fish_use_subcommand -a %s -d ", command->name);
    }
    gw_completion_quote(buf, command->summary);
    gw_buf_add_char(buf, '\n');
    gw_buf_add_char(&when, '\'');
    if (command->files)
        gw_buf_addf(buf, "complete -c gatewave%s -F\n", gw_buf_text(&when));
    if (command->choices) {
        gw_buf_addf(buf, "complete -c gatewave%s -a '", gw_buf_text(&when));
        gw_completion_choices(buf, command->choices);
        gw_buf_add_text(buf, "'\n");
    }
    gw_completion_fish_options(buf, gw_buf_text(&when), command->options, command->n_options);
    gw_buf_release(&when);
}

static void gw_completion_fish(struct gw_buf *buf, const struct gw_command_table *table)
{
    gw_buf_add_text(buf, "# fish completion of gatewave\n"
                         "complete -c gatewave -f\n");
    for (size_t i = 0; i < table->n_commands; i++)
        gw_completion_fish_command(buf, table, i);
    gw_completion_fish_options(buf, "", table->option, table->n_options);
}

bool gw_completion_write(struct gw_buf *buf, const struct gw_command_table *table, const char *shell)
{
    if (gw_text_equal(shell, "bash"))
        gw_completion_bash(buf, table);
    else if (gw_text_equal(shell, "zsh"))
        gw_completion_zsh(buf, table);
    else if (gw_text_equal(shell, "fish"))
        gw_completion_fish(buf, table);
    else
        return false;
    return true;
}
