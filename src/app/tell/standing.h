#ifndef GATEWAVE_SRC_APP_TELL_STANDING_H
#define GATEWAVE_SRC_APP_TELL_STANDING_H
/*
 * Where a rollout stands, why, and what a person does about it: read once from the database, told in the same words
 * by status, explain, history and the end of a run. Everything added to a buffer is escaped.
 */
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/core/record.h"
#include "gatewave/store/control.h"
#include "gatewave/store/rollout.h"
#include "gatewave/store/store.h"
#include "judged.h"
#include "summary.h"

#define GW_BY_MAX 160 /* user@host */

/* A person's last word about the whole rollout: a pause or an abort that was accepted; kind NONE: there is none. */
struct gw_last_word {
    enum gw_order_kind kind;
    int64_t at_unix_ms;
    char by[GW_BY_MAX];
    char *reason; /* all of it, however long; NULL: none */
};

struct gw_standing {
    struct gw_rollout_row rollout;
    struct gw_wave_names waves;
    uint64_t (*wave_count)[GW_STATE_COUNT]; /* by index in waves */
    uint64_t count[GW_STATE_COUNT];         /* their sum: a run may go on while this is read */
    uint64_t unproven;                      /* called, not seen to be well since, and maybe changed */
    struct gw_last_word word;
    int64_t judged_unix_ms;    /* when the last verdict was given; 0: none was */
    struct gw_judged judged;   /* all that was said of its waves */
    struct gw_culprit culprit; /* of the failures, when there are any */
    bool unattended;           /* it should be under way, and no process runs it: one was killed */
};

enum gw_code gw_standing_load(struct gw_store *store, const struct gw_rollout_row *rollout,
                              struct gw_standing *ret, struct gw_err *err);
void gw_standing_release(struct gw_standing *standing);
/* The wave that is under way, or that holds the others up; the last one when all are over. Never NULL. */
const struct gw_wave_row *gw_standing_wave(const struct gw_standing *standing);

/* What holds it up, as it was recorded: the evidence of a gate whose wave waits, else the rollout's reason; "". Not
 * escaped. */
const char *gw_standing_reason(const struct gw_standing *standing);
/* Its title, and on a line of its own the sentence: how status, report and explain begin. */
void gw_standing_head(const struct gw_standing *standing, struct gw_buf *buf);
/* One sentence without a period: why it stands where it stands. */
void gw_standing_sentence(const struct gw_standing *standing, struct gw_buf *buf);
/* "74 of 500 devices have their outcome, 13 of them not the one that was wanted". */
void gw_standing_progress(const struct gw_standing *standing, struct gw_buf *buf);
/* What a rollback takes back: "the whole rollout (13 devices that it has changed or may have changed)". member: said of
 * one of them, ", this one among them" where it is not the only one. */
void gw_standing_whole(const struct gw_standing *standing, bool member, struct gw_buf *buf);
/* Whether an attribute explains the failures. */
bool gw_standing_has_culprit(const struct gw_standing *standing);
/* What a person can do about it now. */
enum gw_way {
    GW_WAY_REPORT = 0, /* look: nothing holds it up, or it is over */
    GW_WAY_RUN,        /* go on, when what stopped it is mended */
    GW_WAY_RESUME,
    GW_WAY_WITHOUT, /* go on without the part that explains the failures */
    GW_WAY_JUDGE,   /* look at failures that nothing explains; then resume or abort */
    GW_WAY_APPROVE,
    GW_WAY_REVIEW, /* look at a wave that is held since some of it failed or none got there; then approve or abort */
    GW_WAY_LOOK,  /* it is over: look at what was called and is not well, before it is called again */
    GW_WAY_RETRY, /* it is over: call what could not be called, or was refused */
    GW_WAY_ABORT, /* end it: the cloud does not have the version, and the rollout has no other */
};
enum gw_way gw_standing_way(const struct gw_standing *standing);

/* One command that there is to choose from. */
struct gw_choice {
    const char *verb;
    const char *does; /* what it does, or when it is for; NULL: that goes without saying */
    bool whole;       /* ... and it does it to what gw_standing_whole tells of */
    bool without;     /* the part that explains the failures is left out */
};
#define GW_CHOICES_MOST 2
/* The commands of a way, that which goes on first; verb NULL: there are fewer. */
const struct gw_choice *gw_way_choices(enum gw_way way);
/* Whether a person is to look at the report before he takes one of them. */
bool gw_way_looks_first(enum gw_way way);
/* The command, without the program's name: "resume os-2.4.0 --without 'model = sag-100wm'". */
void gw_standing_command(const struct gw_standing *standing, const struct gw_choice *choice,
                         struct gw_buf *buf);
/* The command that comes next, in the same form: the first of them, or the report where one looks first. */
void gw_standing_next(const struct gw_standing *standing, struct gw_buf *buf);

#endif
