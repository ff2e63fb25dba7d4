#ifndef GATEWAVE_SRC_APP_TELL_SUMMARY_H
#define GATEWAVE_SRC_APP_TELL_SUMMARY_H
/* The parts that status, report, explain and history share. Everything added is escaped. */
#include <stdint.h>

#include "gatewave/app/session.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/core/record.h"
#include "gatewave/smartag/code.h"
#include "gatewave/store/rollout.h"

/* What is said of a success that did not last. */
#define GW_SUMMARY_RELAPSED "relapsed: it was at the version, and was not well when its wave had soaked"

/* Why a target is where it is: its own reason, else what the code book says of its code, else "". */
const char *gw_summary_reason(const char *reason, const char *code);
/* "rollout N to version V (Device): finished, ended T", on a line of its own. */
void gw_summary_title(struct gw_buf *buf, const struct gw_rollout_row *rollout);
/* The sentence that begins at this place of buf begins with a capital. */
void gw_summary_begin(struct gw_buf *buf, size_t at);
/* One line for each state that has targets. */
void gw_summary_counts(struct gw_buf *buf, const uint64_t count[GW_STATE_COUNT], bool accepted_only);
/* Codes of unsuccessful outcomes: how many, what they mean, what to do. Nothing when there are none. */
enum gw_code gw_summary_codes(struct gw_session *session, int64_t rollout, struct gw_buf *buf,
                              struct gw_err *err);
/* UTC, or "" for 0 (never). */
const char *gw_summary_when(int64_t unix_ms, char ret[32]);

/* The rollout's waves by number, to name a target's wave. */
struct gw_wave_names {
    struct gw_wave_row *wave;
    size_t n;
};

enum gw_code gw_wave_names_load(struct gw_store *store, int64_t rollout, struct gw_wave_names *ret,
                                struct gw_err *err);
const char *gw_wave_names_find(const struct gw_wave_names *names, uint32_t number);
void gw_wave_names_release(struct gw_wave_names *names);

/* Finds a rollout for a viewer: like gw_rollout_find, and an error that says what to do. */
enum gw_code gw_summary_rollout(struct gw_session *session, const char *name, struct gw_rollout_row *ret,
                                struct gw_err *err);

#endif
