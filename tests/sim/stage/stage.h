#ifndef GATEWAVE_TESTS_SIM_STAGE_H
#define GATEWAVE_TESTS_SIM_STAGE_H
/*
 * Virtual time, and the processes that live in it, all on one thread. Time moves only when everybody waits: then the
 * next event is due. A process is production code on a stack of its own; it runs until it waits for something (its
 * loop has nothing to do, its writer waits for the disk), so that a turn of it takes no time.
 *
 * There is one stage, because the functions that production code asks for the time or for a random number take no
 * argument that could name another. The same seed and build give the same play.
 */
#include <stdbool.h>
#include <stdint.h>

/* ---- the play ---- */

#define SIM_START_MS      1000000       /* the machine's monotonic clock when a play begins */
#define SIM_START_UNIX_MS 1800000000000 /* the true wall clock then: 2027-01-15T08:00:00Z, a Friday */
#define SIM_NEVER         UINT64_MAX
/* With this seed events of one moment come in the order in which they were set, for plays that people read. */
#define SIM_SEED_IN_TURN UINT64_MAX

void sim_stage_begin(uint64_t seed);
/* Every process must have ended. */
void sim_stage_end(void);
/*
 * Plays until done(user) is true after an event, nothing more can happen, or until_ms; returns the number of events.
 * Called by the director, who is no process.
 */
uint64_t sim_stage_play(uint64_t until_ms, bool (*done)(void *user), void *user);
/* Of the whole play so far: what a failure names. */
uint64_t sim_stage_events(void);

/* ---- time ---- */

uint64_t sim_now_ms(void);     /* the true monotonic time: the director's, the network's and the cloud's */
int64_t sim_now_unix_ms(void); /* the true wall time */
/* Whoever sets the machine's wall clock; it is what every process reads (host.c). */
void sim_clock_set(int64_t off_ms);
int64_t sim_clock_off_ms(void);

struct sim_event;

/* fire runs once, in no process, at due_ms or now if that is past. Events of one moment come in an order that the seed draws. */
struct sim_event *sim_at(uint64_t due_ms, void (*fire)(void *user), void *user);
/* Only one that has not fired yet. */
void sim_cancel(struct sim_event *event);

/* ---- processes ---- */

struct sim_process;

/* Runs body from the next event on. name is for people, static. The process is the stage's, until sim_stage_end. */
struct sim_process *sim_process_start(const char *name, void (*body)(void *user), void *user);
/* The one that runs just now; NULL: the director, or an event. */
struct sim_process *sim_self(void);
uint32_t sim_process_pid(const struct sim_process *process);
const char *sim_process_name(const struct sim_process *process);
bool sim_process_has_ended(const struct sim_process *process);
/* Something of whoever started it, to be found again from inside; NULL until it is set. */
void sim_process_keep(struct sim_process *process, void *kept);
void *sim_process_kept(const struct sim_process *process);
/*
 * kill -9: from this moment on it reads nothing, writes nothing and sends nothing (disk.h and network.h see to that by
 * sim_is_dead), and whatever it waits for comes back at once, so that its stack unwinds and frees what it holds. That
 * takes no time, and nobody sees it. Also for the process that runs.
 */
void sim_process_kill(struct sim_process *process);
bool sim_process_is_dead(const struct sim_process *process);
/* SIGSTOP and SIGCONT: what it is sent meanwhile waits for it. Freezing the one that runs: it stops right here. */
void sim_process_freeze(struct sim_process *process);
void sim_process_thaw(struct sim_process *process);
bool sim_process_is_frozen(const struct sim_process *process);
/* When it last went on; 0: it was never stopped. */
uint64_t sim_process_thawed_ms(const struct sim_process *process);
/* A signal for its gw_signal of that number (loop.c); one that it does not catch kills it. */
void sim_process_signal(struct sim_process *process, int number);

/* ---- threads ---- */

/* A process has one that runs its body, and may have more (writer.c): each on a stack of its own, of the same fate. */
struct sim_thread;

struct sim_thread *sim_thread_start(struct sim_process *process, void (*body)(void *user), void *user);
struct sim_thread *sim_thread_self(void);
/* Waits until another thread of the same process has ended, dead or not. */
void sim_thread_join(struct sim_thread *thread);
/* For the thread that runs: it waits until sim_wake, or until that moment; false, at once, once its process is dead. */
bool sim_wait(uint64_t until_ms);
/* Before it waits, too: then it does not. */
void sim_wake(struct sim_thread *thread);

/* Who hears of a signal; one for a number. */
typedef void sim_caught(void *user, int number);
void sim_process_catch(struct sim_process *process, int number, sim_caught *caught, void *user);
void sim_process_uncatch(struct sim_process *process, int number);

#endif
