/*
 * What happened in a play, and how often. Notes are made millions of times and read in the one play that fails: a ring
 * of lines of fixed size, and no memory that a play could exhaust.
 */
#include "stage/fault.h"

#include <stdarg.h>
#include <string.h>

#include "gatewave/base/check.h"

#include "stage/stage.h"

#define NOTES_KEPT 400
#define NOTE_SIZE  240

static struct {
    uint64_t hits[SIM_FAULTS];
    char note[NOTES_KEPT][NOTE_SIZE];
    uint64_t n_notes; /* of this play; the last NOTES_KEPT are there */
    FILE *file;
    char invariant[16]; /* "": nothing is wrong */
    char wrong[NOTE_SIZE];
} the;

const char *sim_fault_name(enum sim_fault fault)
{
    static const char *const name[SIM_FAULTS] = {
        [SIM_NO_FAULT] = "none",
        [SIM_CONNECT_REFUSED] = "connect-refused",
        [SIM_REQUEST_LOST] = "request-lost",
        [SIM_REQUEST_LATE] = "request-late",
        [SIM_REQUEST_TWICE] = "request-twice",
        [SIM_REPLY_LOST] = "reply-lost",
        [SIM_REPLY_LATE] = "reply-late",
        [SIM_REPLY_CUT] = "reply-cut",
        [SIM_REPLY_GARBLED] = "reply-garbled",
        [SIM_REPLY_FOREIGN] = "reply-foreign",
        [SIM_REGION_OUT] = "region-out",
        [SIM_THROTTLED] = "throttled",
        [SIM_INTERNAL_ERROR] = "internal-error",
        [SIM_STALE_READ] = "stale-read",
        [SIM_NONCE_USED] = "nonce-used",
        [SIM_STAMP_EXPIRED] = "stamp-expired",
        [SIM_TOKEN_EXPIRED] = "token-expired",
        [SIM_REFUSED] = "refused",
        [SIM_BUSY] = "busy",
        [SIM_OFFLINE] = "offline",
        [SIM_BRICK] = "brick",
        [SIM_STAY] = "stay",
        [SIM_OLDER] = "older",
        [SIM_RELAPSE] = "relapse",
        [SIM_FLAP] = "flap",
        [SIM_ROLES_SWAP] = "roles-swap",
        [SIM_FOREIGN_CHANGE] = "foreign-change",
        [SIM_KILL] = "kill",
        [SIM_POWER_LOSS] = "power-loss",
        [SIM_WRITE_DROPPED] = "write-dropped",
        [SIM_WRITE_TORN] = "write-torn",
        [SIM_CRASH_AT_START] = "crash-at-start",
        [SIM_CRASH_AT_CREATION] = "crash-at-creation",
        [SIM_DISK_ERROR] = "disk-error",
        [SIM_DISK_FULL] = "disk-full",
        [SIM_DISK_STALL] = "disk-stall",
        [SIM_FREEZE] = "freeze",
        [SIM_CLOCK_SET] = "clock-set",
        [SIM_SECOND_RUNNER] = "second-runner",
        [SIM_TOOK_OVER] = "took-over",
        [SIM_SIGNAL] = "signal",
        [SIM_PAUSE] = "pause",
        [SIM_RESUME] = "resume",
        [SIM_APPROVE] = "approve",
        [SIM_ABORT] = "abort",
        [SIM_PACE] = "pace",
        [SIM_INVENTORY_EDIT] = "inventory-edit",
        [SIM_HOLD] = "hold",
        [SIM_LIFT] = "lift",
        [SIM_REPAIR] = "repair",
        [SIM_AGAIN] = "again",
        [SIM_GAVE_UP] = "gave-up",
        [SIM_SITE_SPENT] = "site-spent",
        [SIM_CONTINUED] = "continued",
    };

    GW_CHECK((unsigned)fault < SIM_FAULTS && name[fault]);
    return name[fault];
}

void sim_hit(enum sim_fault fault)
{
    GW_CHECK(fault > SIM_NO_FAULT && fault < SIM_FAULTS);
    the.hits[fault]++;
}

const uint64_t *sim_hits(void)
{
    return the.hits;
}

/* ---- what happened, for people ---- */

static void __attribute__((format(printf, 1, 0))) note(const char *format, va_list args)
{
    char *line = the.note[the.n_notes++ % NOTES_KEPT];
    uint64_t now_ms = sim_now_ms();
    int n = snprintf(line, NOTE_SIZE, "%llu.%03llu ", (unsigned long long)now_ms / 1000,
                     (unsigned long long)now_ms % 1000);

    (void)vsnprintf(line + n, NOTE_SIZE - (size_t)n, format, args);
    if (the.file)
        (void)fprintf(the.file, "%s\n", line);
}

void sim_note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    note(format, args);
    va_end(args);
}

void sim_note_to(FILE *file)
{
    the.file = file;
}

void sim_note_begin(void)
{
    the.n_notes = 0;
    the.invariant[0] = '\0';
}

void sim_note_last(FILE *file, unsigned lines)
{
    uint64_t kept = the.n_notes < NOTES_KEPT ? the.n_notes : NOTES_KEPT;
    uint64_t from = the.n_notes - (lines < kept ? lines : kept);

    for (uint64_t i = from; i < the.n_notes; i++)
        (void)fprintf(file, "%s\n", the.note[i % NOTES_KEPT]);
}

/* ---- what must not happen ---- */

void sim_violated(const char *invariant, const char *format, ...)
{
    bool first = the.invariant[0] == '\0';
    char wrong[NOTE_SIZE];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(wrong, sizeof(wrong), format, args);
    va_end(args);
    sim_note("%s is broken: %s", invariant, wrong);
    if (!first)
        return;
    (void)snprintf(the.invariant, sizeof(the.invariant), "%s", invariant);
    memcpy(the.wrong, wrong, sizeof(wrong));
}

const char *sim_violation(const char **ret_text)
{
    if (the.invariant[0] == '\0')
        return NULL;
    *ret_text = the.wrong;
    return the.invariant;
}
