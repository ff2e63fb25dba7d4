/*
 * Processes and the play. After each event everybody who was woken runs, in the order in which they were started; what
 * they lead to at the same moment are events again, so that there is no recursion.
 */
#include "stage/stage.h"

#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "stage/fiber.h"
#include "stage/time_local.h"

#define SIGNALS 4
/* Without a moment passing: more than any honest turn of events needs. */
#define AT_ONCE_MOST 200000

struct sim_thread {
    struct sim_process *process;
    struct sim_thread *next; /* of all, in order of their starts */
    struct sim_fiber *fiber;
    void (*body)(void *user);
    void *user;
    struct sim_event *alarm;
    struct sim_thread *joins; /* it waits for the end of that one */
    bool woken, ended;
};

struct sim_process {
    const char *name;
    uint32_t pid, threads; /* threads: that have not ended */
    struct sim_process *next;
    void *kept;
    bool dead, frozen;
    uint64_t thawed_ms;
    struct {
        int number;
        sim_caught *caught;
        void *user;
    } signal[SIGNALS];
};

static struct {
    uint64_t n_events, at_once;
    struct sim_process *process;
    struct sim_thread *thread, *running, *over;
    uint32_t last_pid;
} the;

/* ---- threads ---- */

static void sim_thread_main(void *user)
{
    struct sim_thread *thread = user;

    thread->body(thread->user);
    thread->ended = true;
    thread->process->threads--;
}

struct sim_thread *sim_thread_start(struct sim_process *process, void (*body)(void *user), void *user)
{
    struct sim_thread *thread = gw_mem_new(1, sizeof(*thread)), **last = &the.thread;

    thread->process = process;
    thread->body = body;
    thread->user = user;
    thread->fiber = sim_fiber_new(sim_thread_main, thread);
    thread->woken = true;
    process->threads++;
    while (*last)
        last = &(*last)->next;
    *last = thread;
    return thread;
}

struct sim_thread *sim_thread_self(void)
{
    return the.running;
}

void sim_thread_join(struct sim_thread *thread)
{
    struct sim_thread *self = the.running;

    self->joins = thread;
    while (!thread->ended)
        sim_fiber_leave();
    self->joins = NULL;
}

void sim_wake(struct sim_thread *thread)
{
    thread->woken = true;
}

static void sim_rang(void *user)
{
    struct sim_thread *thread = user;

    thread->alarm = NULL;
    thread->woken = true;
}

/* Until something wakes it and it may run. */
static void sim_rest(struct sim_thread *thread)
{
    do
        sim_fiber_leave();
    while (!thread->process->dead && (thread->process->frozen || !thread->woken));
}

bool sim_wait(uint64_t until_ms)
{
    struct sim_thread *thread = the.running;

    GW_CHECK(thread);
    if (thread->process->dead)
        return false;
    if (!thread->woken && until_ms != SIM_NEVER)
        thread->alarm = sim_at(until_ms, sim_rang, thread);
    if (!thread->woken || thread->process->frozen)
        sim_rest(thread);
    if (thread->alarm)
        sim_cancel(thread->alarm);
    thread->alarm = NULL;
    thread->woken = false;
    return !thread->process->dead;
}

static bool sim_is_ready(const struct sim_thread *thread)
{
    if (thread->joins)
        return thread->joins->ended;
    return thread->process->dead || (thread->woken && !thread->process->frozen);
}

/* It goes on until it waits; one that ended leaves its stack to the next. */
static void sim_run_thread(struct sim_thread **at)
{
    struct sim_thread *thread = *at;

    GW_CHECK(++the.at_once < AT_ONCE_MOST);
    the.running = thread;
    sim_fiber_enter(thread->fiber);
    the.running = NULL;
    if (!thread->ended)
        return;
    sim_fiber_free(thread->fiber);
    *at = thread->next;
    thread->next = the.over;
    the.over = thread;
}

/* Whoever can run does, until nobody can. */
static void sim_run_threads(void)
{
    bool ran;

    do {
        ran = false;
        for (struct sim_thread **at = &the.thread; *at;) {
            struct sim_thread *thread = *at;

            if (sim_is_ready(thread)) {
                sim_run_thread(at);
                ran = true;
            }
            if (*at == thread)
                at = &thread->next;
        }
    } while (ran);
}

/* ---- processes ---- */

struct sim_process *sim_process_start(const char *name, void (*body)(void *user), void *user)
{
    struct sim_process *process = gw_mem_new(1, sizeof(*process));

    process->name = name;
    process->pid = ++the.last_pid;
    process->next = the.process;
    the.process = process;
    (void)sim_thread_start(process, body, user);
    return process;
}

struct sim_process *sim_self(void)
{
    return the.running ? the.running->process : NULL;
}

uint32_t sim_process_pid(const struct sim_process *process)
{
    return process->pid;
}

const char *sim_process_name(const struct sim_process *process)
{
    return process->name;
}

bool sim_process_has_ended(const struct sim_process *process)
{
    return process->threads == 0;
}

void sim_process_keep(struct sim_process *process, void *kept)
{
    process->kept = kept;
}

void *sim_process_kept(const struct sim_process *process)
{
    return process->kept;
}

void sim_process_kill(struct sim_process *process)
{
    process->dead = true;
    process->frozen = false;
}

bool sim_process_is_dead(const struct sim_process *process)
{
    return process->dead;
}

void sim_process_freeze(struct sim_process *process)
{
    if (process->dead)
        return;
    process->frozen = true;
    if (the.running && the.running->process == process) {
        the.running->woken = true;
        sim_rest(the.running);
        the.running->woken = false;
    }
}

void sim_process_thaw(struct sim_process *process)
{
    if (process->frozen)
        process->thawed_ms = sim_now_ms();
    process->frozen = false;
}

uint64_t sim_process_thawed_ms(const struct sim_process *process)
{
    return process->thawed_ms;
}

bool sim_process_is_frozen(const struct sim_process *process)
{
    return process->frozen;
}

void sim_process_catch(struct sim_process *process, int number, sim_caught *caught, void *user)
{
    for (size_t i = 0; i < SIGNALS; i++)
        if (process->signal[i].number == 0) {
            process->signal[i].number = number;
            process->signal[i].caught = caught;
            process->signal[i].user = user;
            return;
        }
    GW_CHECK(false);
}

void sim_process_uncatch(struct sim_process *process, int number)
{
    for (size_t i = 0; i < SIGNALS; i++)
        if (process->signal[i].number == number)
            process->signal[i].number = 0;
}

void sim_process_signal(struct sim_process *process, int number)
{
    for (size_t i = 0; i < SIGNALS; i++)
        if (process->signal[i].number == number) {
            process->signal[i].caught(process->signal[i].user, number);
            return;
        }
    sim_process_kill(process);
}

/* ---- the play ---- */

void sim_stage_begin(uint64_t seed)
{
    GW_CHECK(!the.thread);
    the.n_events = 0;
    the.last_pid = 0;
    sim_time_begin(seed);
}

void sim_stage_end(void)
{
    GW_CHECK(!the.thread);
    while (the.over) {
        struct sim_thread *thread = the.over;

        the.over = thread->next;
        free(thread);
    }
    while (the.process) {
        struct sim_process *process = the.process;

        the.process = process->next;
        free(process);
    }
    sim_time_end();
}

uint64_t sim_stage_events(void)
{
    return the.n_events;
}

uint64_t sim_stage_play(uint64_t until_ms, bool (*done)(void *user), void *user)
{
    uint64_t before = the.n_events, now_ms = sim_now_ms();

    sim_run_threads();
    while (sim_time_next_ms() <= until_ms && !done(user)) {
        if (sim_time_next_ms() > now_ms)
            the.at_once = 0;
        GW_CHECK(++the.at_once < AT_ONCE_MOST);
        the.n_events++;
        sim_time_fire();
        now_ms = sim_now_ms();
        sim_run_threads();
    }
    return the.n_events - before;
}
