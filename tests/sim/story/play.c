/*
 * Plays a story: everybody whom it starts is the production program, the network and the cloud do what it says and
 * nothing else, and all that a person who sat there could see, at the terminals and at the cloud's door, is written down
 * in order.
 */
#include "story/story.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "disk/disk.h"
#include "machine/host.h"
#include "machine/program.h"
#include "network/ledger.h"
#include "network/message.h"
#include "stage/fault.h"
#include "stage/stage.h"

#define PLAY_MOST_MS (30 * UINT64_C(86400000))
#define PROGRAMS_MAX 64
#define CALLS_MAX    1024

struct actor {
    struct sim_program *program;
    uint32_t syncs;
    bool over, terminated; /* terminated: it was asked to end once */
};

static struct {
    struct sim_story *story;
    struct actor actor[PROGRAMS_MAX];
    uint32_t n_actors;
    char call[CALLS_MAX][40]; /* the nonces of upgrade calls */
    uint32_t n_calls;
    uint32_t next;  /* event that is not armed yet */
    uint32_t armed; /* events that wait for their moment */
    bool disk_is_full;
    bool wrong; /* the story asks for what cannot be */
} the;

static const char *serial_of(uint32_t device)
{
    return device == SIM_NONE ? "nobody" : the.story->swarm.device[device].serial;
}

/* ---- processes ---- */

static struct actor *actor_of(const struct sim_program *program)
{
    struct actor *actor = the.actor;

    while (actor->program != program)
        actor++;
    return actor;
}

static uint32_t number_of(const struct sim_program *program)
{
    return (uint32_t)(actor_of(program) - the.actor) + 1;
}

static void said(void *user, const struct sim_program *program, const char *text, size_t len)
{
    (void)user;
    sim_story_tell(number_of(program), "%.*s", (int)len, text);
}

static void settle(void *user);

static void ended(void *user, struct sim_program *program)
{
    struct actor *actor = actor_of(program);

    (void)user;
    if (actor->over)
        return;
    actor->over = true;
    sim_story_tell(number_of(program), "ends with %d", sim_program_exit(program));
    settle(NULL);
}

static void bury(void *user)
{
    (void)user;
    for (uint32_t i = 0; i < the.n_actors; i++)
        the.actor[i].over |= sim_process_is_dead(sim_program_process(the.actor[i].program));
    settle(NULL);
}

void sim_story_bury(void)
{
    (void)sim_at(sim_now_ms(), bury, NULL);
}

struct sim_process *sim_story_process(uint64_t number)
{
    if (number < 1 || number > the.n_actors || the.actor[number - 1].over)
        return NULL;
    return sim_program_process(the.actor[number - 1].program);
}

bool sim_story_terminate(uint64_t number)
{
    struct sim_process *process = sim_story_process(number);

    if (!process)
        return false;
    if (the.actor[number - 1].terminated)
        sim_process_kill(process);
    else
        sim_process_signal(process, SIGTERM);
    the.actor[number - 1].terminated = true;
    if (sim_process_is_dead(process))
        sim_disk_process_died(process);
    sim_story_bury();
    return true;
}

/* The next word of a command line, without its quotes; NULL: there is none. */
static char *next_word(char **line)
{
    char *word = *line + strspn(*line, " "), *end;

    if (!*word)
        return NULL;
    if (*word == '\'')
        end = strchr(++word, '\'');
    else
        end = strchr(word, ' ');
    *line = end ? end + 1 : word + strlen(word);
    if (end)
        *end = '\0';
    return word;
}

void sim_story_start(char *words)
{
    const char *argument[SIM_ARGUMENTS_MAX + 1] = {NULL};
    uint32_t n = 0;
    char *word;

    GW_CHECK(the.n_actors < PROGRAMS_MAX);
    sim_story_tell(the.n_actors + 1, "$ gatewave %s", words);
    while ((word = next_word(&words)) && n < SIM_ARGUMENTS_MAX)
        argument[n++] = word;
    /* Whoever read them has wiped them. */
    GW_CHECK(setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", sim_network_key_id(), 1) == 0 &&
             setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", sim_network_key_secret(), 1) == 0);
    the.actor[the.n_actors].program = sim_program_start(argument, ended, NULL);
    the.n_actors++;
}

/* ---- what happens when ---- */

static void happen(struct sim_story_event *event, const struct sim_story_call *call)
{
    event->done = true;
    if (sim_story_act(the.story, event->what, call))
        return;
    sim_story_tell(SIM_VOICE_WORLD, "this cannot be: %s", event->what);
    the.wrong = true;
}

static void moment(void *user)
{
    the.armed--;
    happen(user, NULL);
    settle(NULL);
}

/* Sets the clock for what comes next, up to what waits for the rest. */
static void arm(void)
{
    for (; the.next < the.story->n_events && the.story->event[the.next].when != SIM_WHEN_THEN; the.next++) {
        struct sim_story_event *event = &the.story->event[the.next];

        if (event->when != SIM_WHEN_TIME)
            continue;
        the.armed++;
        (void)sim_at(event->at_ms, moment, event);
    }
}

static bool is_quiet(void)
{
    for (uint32_t i = 0; i < the.n_actors; i++)
        if (!the.actor[i].over)
            return false;
    return the.armed == 0;
}

static void settle(void *user)
{
    struct sim_story_event *event = &the.story->event[the.next];

    (void)user;
    if (!is_quiet() || the.next == the.story->n_events)
        return;
    the.next++;
    the.armed++;
    (void)sim_at(sim_now_ms() + event->at_ms, moment, event);
    arm();
}

static bool is_over(void *user)
{
    (void)user;
    return the.next == the.story->n_events && is_quiet();
}

/* ---- at the cloud's door ---- */

static void leaves(void *user, const struct sim_message *message, struct sim_fate *ret)
{
    struct sim_story_call call = {.serial = serial_of(sim_message_device(message, &the.story->swarm)),
                                  .fate = ret};

    (void)user;
    if (message->action != SIM_UPDATE)
        return;
    GW_CHECK(the.n_calls < CALLS_MAX);
    (void)gw_text_copy(the.call[the.n_calls++], sizeof(the.call[0]), message->nonce);
    for (uint32_t i = 0; i < the.next; i++) {
        struct sim_story_event *event = &the.story->event[i];

        call.number = the.n_calls;
        if (event->when == SIM_WHEN_CALL && event->number == the.n_calls)
            happen(event, &call);
    }
}

static void tell_call(const struct sim_line *line)
{
    uint32_t number = 0;

    while (number < the.n_calls && !gw_text_equal(the.call[number], line->nonce))
        number++;
    sim_story_tell(SIM_VOICE_WORLD, "call %u for %s comes%s: %s%s", number + 1, serial_of(line->device),
                   line->copy ? " again" : "", line->code ? line->code : "taken",
                   line->effect ? ", and the upgrade begins"
                   : line->code ? ""
                                : ", without effect");
}

/* What a read says of the one who is watched. */
static void tell_read(const struct sim_line *line)
{
    for (uint32_t i = 0; i < line->n_said; i++)
        if (gw_text_equal(serial_of(line->said[i].device), the.story->watched))
            sim_story_tell(SIM_VOICE_READS, "%s is read: %s, %s%s", the.story->watched, line->said[i].version,
                           line->said[i].online ? "online" : "offline",
                           line->said[i].standby ? ", standby" : "");
}

static void arrives(void *user, const struct sim_line *line)
{
    (void)user;
    if (line->action == SIM_UPDATE)
        tell_call(line);
    else if (line->arrived_ms >= the.story->watched_ms)
        tell_read(line);
}

/* ---- at the disk ---- */

static int disk_works(void *user, enum sim_disk_op op, const char *file)
{
    struct sim_process *self = sim_self();
    uint32_t number = 0;

    (void)user;
    (void)file;
    if (the.disk_is_full && op == SIM_DISK_WRITE)
        return SQLITE_FULL;
    if (op != SIM_DISK_SYNC || !self)
        return SQLITE_OK;
    while (sim_program_process(the.actor[number].program) != self)
        number++;
    the.actor[number].syncs++;
    for (uint32_t i = 0; i < the.next; i++) {
        struct sim_story_event *event = &the.story->event[i];

        if (event->when == SIM_WHEN_SYNC && event->of == number + 1 &&
            event->number == the.actor[number].syncs)
            happen(event, NULL);
    }
    return SQLITE_OK;
}

void sim_story_fill_disk(bool full)
{
    the.disk_is_full = full;
}

/* ---- the play ---- */

static void begin(struct sim_story *story, const char *folder)
{
    memset(&the, 0, sizeof(the));
    the.story = story;
    sim_seen_begin(folder);
    sim_note_begin();
    sim_stage_begin(SIM_SEED_IN_TURN);
    sim_disk_format(1);
    sim_host_begin(&story->swarm);
    sim_ledger_begin(&story->swarm);
    sim_network_begin(&story->swarm);
    sim_network_on_script(leaves, NULL);
    sim_network_on_arrival(arrives, NULL);
    sim_disk_on_op(disk_works, NULL);
    sim_program_on_line(said, NULL);
}

/* Whoever is still there is stopped, and that belongs to what is seen. */
static void stop(void)
{
    for (uint32_t i = 0; i < the.n_actors; i++) {
        struct sim_process *process = sim_program_process(the.actor[i].program);

        if (sim_process_has_ended(process))
            continue;
        the.wrong = true;
        sim_story_tell(i + 1, "is not over");
        sim_process_kill(process);
        sim_disk_process_died(process);
    }
    (void)sim_stage_play(sim_now_ms(), is_over, NULL);
}

static void tell_end(struct gw_buf *ret)
{
    const struct sim_story *story = the.story;

    for (uint32_t i = 0; i < story->n_events; i++)
        if (!story->event[i].done) {
            (void)gw_buf_addf(ret, "this never came: %s\n", story->event[i].what);
            the.wrong = true;
        }
    (void)gw_buf_add_text(ret, "In the end\n");
    for (uint32_t i = 0; i < story->swarm.n_devices; i++) {
        struct sim_truth truth;

        sim_network_truth(i, &truth);
        (void)gw_buf_addf(ret, "%s is %s at %s, after %u upgrade%s by call\n", story->swarm.device[i].serial,
                          truth.upgrading ? "upgrading"
                          : truth.online  ? "online"
                                          : "offline",
                          truth.version, truth.updates_effective, truth.updates_effective == 1 ? "" : "s");
    }
}

static void end(void)
{
    for (uint32_t i = 0; i < the.n_actors; i++)
        sim_program_free(the.actor[i].program);
    sim_program_on_line(NULL, NULL);
    sim_disk_on_op(NULL, NULL);
    sim_network_end();
    sim_ledger_end();
    sim_stage_end();
}

bool sim_story_play(struct sim_story *story, const char *folder, struct gw_buf *ret)
{
    begin(story, folder);
    arm();
    (void)sim_stage_play(SIM_START_MS + PLAY_MOST_MS, is_over, NULL);
    stop();
    sim_seen_end(ret);
    tell_end(ret);
    end();
    return !the.wrong;
}
