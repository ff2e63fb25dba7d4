#ifndef GATEWAVE_TESTS_SIM_PROGRAM_H
#define GATEWAVE_TESTS_SIM_PROGRAM_H
/*
 * gatewave itself, all of it from its command line down, as a process of the stage. What it writes to its standard
 * streams is kept (host.c), with the moment of each line.
 */
#include <stdbool.h>
#include <stddef.h>

struct sim_program;
struct sim_process;

/* In no process, when it has ended; not at all for one that was killed. */
typedef void sim_program_ended(void *user, struct sim_program *program);

#define SIM_ARGUMENTS_MAX 16

/* Runs `gatewave` with these arguments, a NULL behind the last one; they are copied. */
struct sim_program *sim_program_start(const char *const *argument, sim_program_ended *ended, void *user);
/* It has ended or was killed. */
void sim_program_free(struct sim_program *program);
struct sim_process *sim_program_process(const struct sim_program *program);
/* The first word of its arguments that is no option. */
const char *sim_program_verb(const struct sim_program *program);
/* Of one that has ended by itself. */
int sim_program_exit(const struct sim_program *program);
/* All that it has said so far on both streams. */
const char *sim_program_said(const struct sim_program *program);
/* From the process that runs; false: it is no program, and the bytes are somebody else's. */
bool sim_program_says(const void *bytes, size_t len);
/* Every line that programs say is noted (fault.h), too. */
void sim_program_note_lines(bool on);
/* Hears every line as it is said, without its end. NULL: nobody does. */
typedef void sim_program_line(void *user, const struct sim_program *program, const char *text, size_t len);
void sim_program_on_line(sim_program_line *line, void *user);

#endif
