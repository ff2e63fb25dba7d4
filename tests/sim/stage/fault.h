#ifndef GATEWAVE_TESTS_SIM_FAULT_H
#define GATEWAVE_TESTS_SIM_FAULT_H
/* What can go wrong in a play, by name; how often each did; and what must not happen. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum sim_fault {
    SIM_NO_FAULT = 0,
    /* the network */
    SIM_CONNECT_REFUSED,
    SIM_REQUEST_LOST,
    SIM_REQUEST_LATE,  /* long after its sender has given it up */
    SIM_REQUEST_TWICE, /* a middlebox sends a copy, at once or later */
    SIM_REPLY_LOST,
    SIM_REPLY_LATE,
    SIM_REPLY_CUT,
    SIM_REPLY_GARBLED,
    SIM_REPLY_FOREIGN, /* a proxy's page, a redirect, an error without a body */
    SIM_REGION_OUT,
    /* the cloud */
    SIM_THROTTLED,
    SIM_INTERNAL_ERROR,
    SIM_STALE_READ,
    SIM_NONCE_USED,
    SIM_STAMP_EXPIRED,
    SIM_TOKEN_EXPIRED,
    SIM_REFUSED,
    SIM_BUSY,
    /* devices */
    SIM_OFFLINE,
    SIM_BRICK,
    SIM_STAY,
    SIM_OLDER,
    SIM_RELAPSE,
    SIM_FLAP,
    SIM_ROLES_SWAP,
    SIM_FOREIGN_CHANGE,
    /* the machine */
    SIM_KILL,
    SIM_POWER_LOSS,
    SIM_WRITE_DROPPED,
    SIM_WRITE_TORN,
    SIM_CRASH_AT_START, /* before the run that recovers has made its first call */
    SIM_CRASH_AT_CREATION,
    SIM_DISK_ERROR,
    SIM_DISK_FULL,
    SIM_DISK_STALL,
    SIM_FREEZE,
    SIM_CLOCK_SET,
    /* people */
    SIM_SECOND_RUNNER,
    SIM_TOOK_OVER, /* another runner got in while one was frozen */
    SIM_SIGNAL,
    SIM_PAUSE,
    SIM_RESUME,
    SIM_APPROVE,
    SIM_ABORT,
    SIM_PACE,
    SIM_INVENTORY_EDIT,
    /* nights */
    SIM_HOLD,
    SIM_LIFT,
    SIM_REPAIR,
    SIM_AGAIN,
    SIM_GAVE_UP,
    SIM_SITE_SPENT,
    SIM_CONTINUED, /* a rollout of an earlier night */
    SIM_FAULTS,
};

const char *sim_fault_name(enum sim_fault fault);
/* It happened. */
void sim_hit(enum sim_fault fault);
/* By fault, since the program began. */
const uint64_t *sim_hits(void);

/* ---- what happened, for people ---- */

/* A line of the transcript, with the time before it; the last few hundred are kept. */
void sim_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Every line at once, as it comes, too; NULL: no. */
void sim_note_to(FILE *file);
/* Forgets the lines and the violation. */
void sim_note_begin(void);
void sim_note_last(FILE *file, unsigned lines);

/* ---- what must not happen ---- */

/* Breaks the invariant of that name ("I3", ...). The first one of a play counts; the play ends with the event. */
void sim_violated(const char *invariant, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* NULL: none; *ret_text is what is wrong. */
const char *sim_violation(const char **ret_text);

#endif
