/*
 * argv to an invocation, by getopt_long in stages: global options up to the command's words, then the command's own
 * and the global ones in any order. Each stage knows exactly the options that may stand there, so that a command may
 * use a global option's name for something of its own (run --version 2.4.0).
 */
#include "parse.h"

#include <getopt.h>
#include <string.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/core/near.h"

#include "usage.h"

/* What getopt_long returns for the option at index 0 of a stage; smaller values are letters. */
#define GW_PARSE_FIRST 256
/* A stage's options: a command's and the global ones. A test holds the table to it. */
#define GW_PARSE_OPTIONS_MAX 32

/* The options of one stage, and the same in getopt's shape, closed by a zero entry. */
struct gw_stage {
    const struct gw_option *option[GW_PARSE_OPTIONS_MAX];
    struct option shape[GW_PARSE_OPTIONS_MAX + 1];
    size_t n;
    char letters[2 + 2 * GW_PARSE_OPTIONS_MAX + 1];
};

static void gw_stage_add(struct gw_stage *stage, const struct gw_option *options, size_t n)
{
    for (size_t i = 0; i < n && stage->n < GW_PARSE_OPTIONS_MAX; i++) {
        const struct gw_option *option = &options[i];
        bool taken = false;

        for (size_t k = 0; k < stage->n; k++)
            taken = taken || gw_text_equal(stage->option[k]->name, option->name);
        if (taken)
            continue;
        stage->option[stage->n] = option;
        stage->shape[stage->n] = (struct option){.name = option->name,
                                                 .has_arg = !option->value     ? no_argument
                                                            : option->optional ? optional_argument
                                                                               : required_argument,
                                                 .val = GW_PARSE_FIRST + (int)stage->n};
        stage->n++;
        if (option->letter)
            stage->letters[strlen(stage->letters)] = option->letter;
        if (option->letter && option->value)
            stage->letters[strlen(stage->letters)] = ':';
    }
}

/*
 * order '+': options up to the first word; '-': all of argv, each word handed out in its place. The colon makes
 * getopt tell a missing value from an unknown option.
 */
static void gw_stage_init(struct gw_stage *stage, const struct gw_command_table *table,
                          const struct gw_command *command, char order)
{
    *stage = (struct gw_stage){.letters = {order, ':'}};
    if (command)
        gw_stage_add(stage, command->options, command->n_options);
    gw_stage_add(stage, table->option, table->n_options);
}

/* The option that getopt found; NULL for none. */
static const struct gw_option *gw_stage_found(const struct gw_stage *stage, int found)
{
    if (found >= GW_PARSE_FIRST)
        return stage->option[found - GW_PARSE_FIRST];
    for (size_t i = 0; i < stage->n; i++)
        if (stage->option[i]->letter && stage->option[i]->letter == found)
            return stage->option[i];
    return NULL;
}

static enum gw_code gw_stage_unknown(const struct gw_stage *stage, const struct gw_command *command,
                                     const char *text, struct gw_err *err)
{
    size_t dashes = strspn(text, "-"), len = strcspn(text, "=");
    struct gw_near near;

    gw_near_init(&near, text + dashes, len - dashes);
    for (size_t i = 0; i < stage->n; i++)
        gw_near_offer(&near, stage->option[i]->name);
    if (near.best)
        return gw_err_set(err, GW_ERR_USAGE, "unknown option %.*s; did you mean --%s?", (int)len, text,
                          near.best);
    return gw_err_set(err, GW_ERR_USAGE, "unknown option %.*s%s: `gatewave help%s%s` tells what there is",
                      (int)len, text, command ? "" : " before the command", command ? " " : "",
                      command ? command->name : "");
}

/* True when word is one of "a|b|c". */
static bool gw_parse_is_choice(const char *choices, const char *word)
{
    size_t len = strlen(word), n;

    for (const char *p = choices;; p += n + 1) {
        n = strcspn(p, "|");
        if (n == len && strncmp(p, word, n) == 0)
            return true;
        if (!p[n])
            return false;
    }
}

/*
 * getopt takes the beginning of an option's name for the whole; what works so today would mean something else once a
 * new option begins with the same letters. True when the element spells the name out, or is a short form.
 */
static bool gw_parse_is_spelled(const struct gw_option *option, const char *element)
{
    size_t len = strlen(option->name);

    return !gw_text_starts(element, "--") || (strncmp(element + 2, option->name, len) == 0 &&
                                              (element[2 + len] == '\0' || element[2 + len] == '='));
}

/* Reads argv from *at on; *at becomes the index of what was not read. */
static enum gw_code gw_parse_stage(struct gw_invocation *inv, const struct gw_stage *stage, int argc,
                                   char *const *argv, int *at, struct gw_err *err)
{
    /* What stands before the first element is a program's name to getopt, and is not looked at. */
    char *const *from = argv + *at - 1;
    int found;

    optind = 0; /* GNU: start anew */
    opterr = 0;
    while ((found = getopt_long(argc - *at + 1, from, stage->letters, stage->shape, NULL)) != -1) {
        const struct gw_option *option = gw_stage_found(stage, found);
        const char *element = from[optind - 1];

        if (found == 1) {
            inv->word[inv->n_words++] = optarg;
            continue;
        }
        if (option && optarg && optarg == element)
            element = from[optind - 2]; /* its value stands apart */
        if (found == ':')
            return gw_err_set(err, GW_ERR_USAGE, "%s needs a value", element);
        if (!option && optopt >= GW_PARSE_FIRST)
            return gw_err_set(err, GW_ERR_USAGE, "--%s takes no value",
                              stage->option[optopt - GW_PARSE_FIRST]->name);
        if (!option && optopt > 0) /* a letter, perhaps in the middle of its element */
            return gw_err_set(err, GW_ERR_USAGE, "unknown option -%c: options have long names, as in --help",
                              optopt);
        if (!option || !gw_parse_is_spelled(option, element))
            return gw_stage_unknown(stage, inv->command, element, err);
        if (optarg && option->choices && !gw_parse_is_choice(option->choices, optarg))
            return gw_err_set(err, GW_ERR_USAGE, "--%s %s: it is one of %s", option->name, optarg,
                              option->choices);
        inv->given = gw_mem_resize(inv->given, inv->n_given + 1, sizeof(*inv->given));
        inv->given[inv->n_given++] = (struct gw_given){.option = option, .value = optarg};
    }
    *at += optind - 1;
    return GW_OK;
}

static enum gw_code gw_parse_unknown_command(const struct gw_invocation *inv, bool group, struct gw_err *err)
{
    struct gw_near near;
    struct gw_buf said;

    if (group && inv->n_words == 1)
        return gw_err_set(err, GW_ERR_USAGE, "`%s` needs a second word: `gatewave help %s` lists them",
                          inv->word[0], inv->word[0]);
    gw_buf_init(&said, 0);
    gw_buf_add_text(&said, inv->word[0]);
    if (group)
        gw_buf_addf(&said, " %s", inv->word[1]);
    gw_near_init(&near, gw_buf_text(&said), said.len);
    for (size_t i = 0; i < inv->table->n_commands; i++)
        gw_near_offer(&near, inv->table->command[i]->name);
    if (!group)
        gw_near_offer(&near, "inventory");
    if (near.best)
        gw_err_set(err, GW_ERR_USAGE, "unknown command `%s`; did you mean `gatewave %s`?", gw_buf_text(&said),
                   near.best);
    else
        gw_err_set(err, GW_ERR_USAGE, "unknown command `%s`: `gatewave help` lists them", gw_buf_text(&said));
    gw_buf_release(&said);
    return GW_ERR_USAGE;
}

static enum gw_code gw_parse_count_arguments(const struct gw_invocation *inv, struct gw_err *err)
{
    const struct gw_command *command = inv->command;
    const char *wrong = NULL;
    struct gw_buf usage;

    if (inv->n_arguments < command->min_arguments)
        wrong = "something is missing";
    else if (inv->n_arguments > command->max_arguments)
        wrong = "too many words";
    if (!wrong)
        return GW_OK;
    gw_buf_init(&usage, 0);
    gw_usage_line(&usage, command);
    gw_err_set(err, GW_ERR_USAGE, "%s; usage: %s", wrong, gw_buf_text(&usage));
    gw_buf_release(&usage);
    return GW_ERR_USAGE;
}

/* Global options and the command's words; *at becomes the index of what follows them. */
static enum gw_code gw_parse_command(struct gw_invocation *inv, int argc, char *const *argv, int *at,
                                     struct gw_err *err)
{
    bool group = false;
    struct gw_stage stage;

    gw_stage_init(&stage, inv->table, NULL, '+');
    while (!inv->command) {
        enum gw_code code = gw_parse_stage(inv, &stage, argc, argv, at, err);

        if (code)
            return code;
        if (*at >= argc)
            break;
        inv->word[inv->n_words++] = argv[(*at)++];
        inv->command = gw_command_find(inv->table, inv->word, inv->n_words, &group);
        if (!inv->command && (!group || inv->n_words == 2))
            return gw_parse_unknown_command(inv, group, err);
    }
    if (!inv->command && inv->n_words > 0 && !gw_invocation_informs(inv))
        return gw_parse_unknown_command(inv, group, err);
    return GW_OK;
}

enum gw_code gw_invocation_parse(struct gw_invocation *inv, const struct gw_command_table *table, int argc,
                                 char *const *argv, struct gw_err *err)
{
    struct gw_stage stage;
    size_t used;
    enum gw_code code;
    int at = 1;

    *inv = (struct gw_invocation){.table = table, .word = gw_mem_new((size_t)argc + 1, sizeof(const char *))};
    code = gw_parse_command(inv, argc, argv, &at, err);
    if (code || !inv->command)
        return code;
    used = inv->n_words;
    gw_stage_init(&stage, inv->table, inv->command, '-');
    code = gw_parse_stage(inv, &stage, argc, argv, &at, err);
    if (code)
        return code;
    while (at < argc) /* after -- */
        inv->word[inv->n_words++] = argv[at++];
    inv->argument = inv->word + used;
    inv->n_arguments = inv->n_words - used;
    return gw_invocation_informs(inv) ? GW_OK : gw_parse_count_arguments(inv, err);
}
