#ifndef GATEWAVE_TESTS_SIM_STORY_H
#define GATEWAVE_TESTS_SIM_STORY_H
/*
 * Stories: one a file, to be read like a play. What goes before, what happens when, and then line by line what the
 * machine says and what reaches the cloud. Nothing in them is drawn, and nothing goes wrong but what the story says.
 *
 *   A title                      the first line; what is told behind it, up to the first scene, is for people
 *   == fleet.csv                 a file of whoever sits there, one section each. The fleet in the cloud is what this
 *                                one says it is; gatewave.yaml need not be said
 *   == the world                 key: value; "upgrade: 10m" (how long one takes), "calls: 2/s" and "reads: 5/s" (the
 *                                cloud's own limits), "show reads of: s2" and
 *                                "show reads from: 08:17:30" (what they said goes to the transcript)
 *   == what happens              a line each, WHEN and then what (story_act.c has the words)
 *   == what is seen              the transcript
 *
 * WHEN is a time of day in UTC (a play begins on Friday, 2027-01-15 at 08:00; "Sat 08:00:00" is the next day), `then`
 * (when everybody who was started has ended, a second later; "then 20m": so much later), `call 3` (the third upgrade
 * call of the play leaves just now) or `sync 5 of 2` (process 2 is about to sync its disk for the fifth time).
 * Processes are numbered in the order of their starts, as in the transcript.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/buf.h"

#include "network/network.h"
#include "stage/swarm.h"

enum sim_story_when {
    SIM_WHEN_TIME = 1,
    SIM_WHEN_THEN,
    SIM_WHEN_CALL,
    SIM_WHEN_SYNC,
};

struct sim_story_event {
    enum sim_story_when when;
    uint64_t at_ms;      /* TIME: the moment; THEN: so long after the rest */
    uint32_t number, of; /* CALL; SYNC, of that process */
    char *what;          /* a command, or what befalls the world */
    bool done;
};

#define SIM_STORY_FILES_MAX  8
#define SIM_STORY_EVENTS_MAX 64

struct sim_story {
    char *text,
        *fleet; /* the file, and its fleet.csv once more, cut into the strings that the rest points to */
    struct {
        char *name, *text;
    } file[SIM_STORY_FILES_MAX];
    uint32_t n_files;
    struct sim_swarm swarm;
    struct sim_story_event event[SIM_STORY_EVENTS_MAX];
    uint32_t n_events;
    char watched[SIM_NAME_SIZE]; /* a serial number whose reads are shown, from then on; "": nobody's */
    uint64_t watched_ms;
    size_t head; /* so many bytes of the file stand before the transcript */
    char *seen;  /* the transcript, as the file has it */
};

/* story_read.c: NULL, or what is wrong with it, which is static; release in both cases. bytes is the file's text. */
const char *sim_story_read(struct sim_story *story, const char *bytes);
void sim_story_release(struct sim_story *story);

/*
 * story_play.c: plays it in a folder with its files, which is the working directory then; what was seen is added to ret.
 * False: it asks for what cannot be or never comes, or somebody goes on for ever; ret says so.
 */
bool sim_story_play(struct sim_story *story, const char *folder, struct gw_buf *ret);

/* ---- between the player and what befalls the world (story_act.c) ---- */

/* A line of the transcript, with its moment; voice is the number of the process that says it, or one of these. */
#define SIM_VOICE_WORLD 0
#define SIM_VOICE_READS UINT32_MAX
void sim_story_tell(uint32_t voice, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* It begins; the folder's name is not told. */
void sim_seen_begin(const char *folder);
/* All of it, and it is forgotten. */
void sim_seen_end(struct gw_buf *ret);

/* Processes of the play; NULL: there is none of that number that lives. */
struct sim_process *sim_story_process(uint64_t number);
/* SIGTERM. At the second one it leaves at once (_exit), which is no other end than that of kill -9. */
bool sim_story_terminate(uint64_t number);
/* A command line, without `gatewave`, as a shell would read it: blanks divide, '...' holds together. */
void sim_story_start(char *words);
/* From now on every write finds it full, or none does. */
void sim_story_fill_disk(bool full);
/* Everybody whose process is dead is over. */
void sim_story_bury(void);

/* The upgrade call that leaves just now. */
struct sim_story_call {
    uint32_t number;
    const char *serial;
    struct sim_fate *fate;
};
/* What the line says happens; call: when it leaves. False: it says nothing that is known. */
bool sim_story_act(const struct sim_story *story, char *what, const struct sim_story_call *call);

#endif
