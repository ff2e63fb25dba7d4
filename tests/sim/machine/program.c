/* A command line as a process. */
#include "machine/program.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/cli/cli.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "stage/fault.h"
#include "stage/stage.h"

#define SAID_MAX (1024 * 1024)

struct sim_program {
    struct sim_process *process;
    char *argument[SIM_ARGUMENTS_MAX + 2]; /* as main() gets them */
    int n_arguments;
    const char *verb;
    sim_program_ended *ended;
    void *user;
    struct gw_buf said;
    size_t noted; /* of said, whole lines */
    int exit_code;
};

static bool noting;
static sim_program_line *hear;
static void *hear_user;

void sim_program_note_lines(bool on)
{
    noting = on;
}

void sim_program_on_line(sim_program_line *line, void *user)
{
    hear = line;
    hear_user = user;
}

static void sim_program_is_over(void *user)
{
    struct sim_program *program = user;

    program->ended(program->user, program);
}

static void sim_program_main(void *user)
{
    struct sim_program *program = user;
    int exit_code = gw_cli_run(program->n_arguments, program->argument);

    if (sim_process_is_dead(program->process))
        return;
    program->exit_code = exit_code;
    (void)sim_at(sim_now_ms(), sim_program_is_over, program);
}

struct sim_program *sim_program_start(const char *const *argument, sim_program_ended *ended, void *user)
{
    struct sim_program *program = gw_mem_new(1, sizeof(*program));

    program->argument[program->n_arguments++] = gw_mem_dup("gatewave");
    for (size_t i = 0; argument[i]; i++) {
        GW_CHECK(i < SIM_ARGUMENTS_MAX);
        program->argument[program->n_arguments++] = gw_mem_dup(argument[i]);
    }
    program->verb = "gatewave";
    for (int i = 1; i < program->n_arguments; i++)
        if (program->argument[i][0] != '-' && program->argument[i][0] != '/') {
            program->verb = program->argument[i];
            break;
        }
    program->ended = ended;
    program->user = user;
    gw_buf_init(&program->said, SAID_MAX);
    program->process = sim_process_start(program->verb, sim_program_main, program);
    sim_process_keep(program->process, program);
    return program;
}

void sim_program_free(struct sim_program *program)
{
    if (!program)
        return;
    GW_CHECK(sim_process_has_ended(program->process));
    for (int i = 0; i < program->n_arguments; i++)
        free(program->argument[i]);
    gw_buf_release(&program->said);
    free(program);
}

struct sim_process *sim_program_process(const struct sim_program *program)
{
    return program->process;
}

const char *sim_program_verb(const struct sim_program *program)
{
    return program->verb;
}

int sim_program_exit(const struct sim_program *program)
{
    return program->exit_code;
}

const char *sim_program_said(const struct sim_program *program)
{
    return gw_buf_text(&program->said);
}

static void sim_program_note(struct sim_program *program)
{
    const char *text = gw_buf_text(&program->said), *end;

    while ((end = strchr(text + program->noted, '\n'))) {
        int len = (int)(end - text - (ptrdiff_t)program->noted);

        if (noting)
            sim_note("%s[%u] says: %.*s", program->verb, sim_process_pid(program->process), len,
                     text + program->noted);
        if (hear)
            hear(hear_user, program, text + program->noted, (size_t)len);
        program->noted = (size_t)(end - text) + 1;
    }
}

bool sim_program_says(const void *bytes, size_t len)
{
    struct sim_process *process = sim_self();
    struct sim_program *program = process ? sim_process_kept(process) : NULL;

    if (!program)
        return false;
    /* The dead say nothing. */
    if (!sim_process_is_dead(process))
        (void)gw_buf_add(&program->said, bytes, len);
    sim_program_note(program);
    return true;
}
