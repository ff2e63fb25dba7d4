/*
 * Where a rollout stands. A few small queries and one pass over its targets, whatever its size. What must stay true: the
 * sentence is about what holds the rollout up now; what only was so is for the verdicts and orders that are listed beside it.
 */
#include "standing.h"

#include <inttypes.h>
#include <stdlib.h>

#include "culprit.h"
#include "gatewave/app/screen.h"
#include "gatewave/app/status.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"

/* ---- loading ---- */

static uint64_t gw_standing_sum(const uint64_t count[GW_STATE_COUNT], enum gw_state first)
{
    uint64_t sum = 0;

    for (int state = (int)first; state < GW_STATE_COUNT; state++)
        sum += count[state];
    return sum;
}

static enum gw_code gw_standing_count(struct gw_standing *standing, struct gw_store *store,
                                      struct gw_err *err)
{
    standing->wave_count = gw_mem_new(standing->waves.n, sizeof(*standing->wave_count));
    for (size_t i = 0; i < standing->waves.n; i++) {
        enum gw_code code = gw_targets_count(store, standing->rollout.id, standing->waves.wave[i].number,
                                             standing->wave_count[i], err);

        if (code)
            return code;
        for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++)
            standing->count[state] += standing->wave_count[i][state];
    }
    return GW_OK;
}

static bool gw_standing_code(void *user, enum gw_state state, const char *code, uint64_t count)
{
    uint64_t *unproven = user;

    if (gw_outcome_is_unproven(state, code))
        *unproven += count;
    return true;
}

static bool gw_standing_order(void *user, const struct gw_order_row *row)
{
    struct gw_last_word *word = user;

    if (!row->accepted || (row->kind != GW_ORDER_PAUSE && row->kind != GW_ORDER_ABORT))
        return true;
    word->kind = row->kind;
    word->at_unix_ms = row->answered_unix_ms;
    (void)gw_text_copy(word->by, sizeof(word->by), row->by);
    free(word->reason);
    word->reason = row->reason[0] ? gw_mem_dup(row->reason) : NULL;
    return true;
}

/* A run that ends in order leaves word of why; one that was killed leaves a rollout that looks as if it went on. */
static enum gw_code gw_standing_attend(struct gw_standing *standing, struct gw_store *store,
                                       struct gw_err *err)
{
    enum gw_phase phase = standing->rollout.phase;
    bool held = true;
    enum gw_code code = GW_OK;

    if (phase == GW_PHASE_RUNNING || phase == GW_PHASE_SOAKING || phase == GW_PHASE_ABORTING)
        code = gw_lease_is_held(store, standing->rollout.id, &held, err);
    standing->unattended = !held;
    return code;
}

/* Or relapses, which the states do not tell. */
static bool gw_standing_has_failures(const struct gw_standing *standing)
{
    return standing->count[GW_STATE_FAILED] + standing->count[GW_STATE_UNRESOLVED] +
               standing->rollout.relapsed >
           0;
}

enum gw_code gw_standing_load(struct gw_store *store, const struct gw_rollout_row *rollout,
                              struct gw_standing *ret, struct gw_err *err)
{
    struct gw_standing standing = {.rollout = *rollout, .culprit = {.attribute = ""}};
    enum gw_code code = gw_wave_names_load(store, rollout->id, &standing.waves, err);

    if (code == GW_OK)
        code = gw_standing_count(&standing, store, err);
    if (code == GW_OK)
        code = gw_codes_each(store, rollout->id, gw_standing_code, &standing.unproven, err);
    if (code == GW_OK)
        code = gw_orders_each(store, rollout->id, false, gw_standing_order, &standing.word, err);
    if (code == GW_OK)
        code = gw_judged_load(store, rollout->id, &standing.judged, err);
    standing.judged_unix_ms = gw_judged_unix_ms(&standing.judged);
    if (code == GW_OK && gw_standing_has_failures(&standing))
        code = gw_culprit_find(store, rollout->id, &standing.culprit, err);
    if (code == GW_OK)
        code = gw_standing_attend(&standing, store, err);
    if (code)
        gw_standing_release(&standing);
    else
        *ret = standing;
    return code;
}

void gw_standing_release(struct gw_standing *standing)
{
    free(standing->wave_count);
    free(standing->word.reason);
    gw_judged_release(&standing->judged);
    gw_wave_names_release(&standing->waves);
    *standing = (struct gw_standing){.culprit = {.attribute = ""}};
}

const struct gw_wave_row *gw_standing_wave(const struct gw_standing *standing)
{
    const struct gw_wave_names *waves = &standing->waves;

    GW_CHECK(waves->n > 0);
    for (size_t i = 0; i < waves->n; i++)
        if (waves->wave[i].phase != GW_PHASE_FINISHED)
            return &waves->wave[i];
    return &waves->wave[waves->n - 1];
}

bool gw_standing_has_culprit(const struct gw_standing *standing)
{
    return standing->culprit.attribute[0] != '\0';
}

const char *gw_standing_reason(const struct gw_standing *standing)
{
    const struct gw_wave_row *wave = gw_standing_wave(standing);

    return standing->rollout.phase == GW_PHASE_WAITING && wave->phase == GW_PHASE_WAITING && wave->evidence[0]
               ? wave->evidence
               : standing->rollout.reason;
}

/* ---- the sentence ---- */

/* Outcomes that were not wanted, those included that did not last. */
static uint64_t gw_standing_bad(const struct gw_standing *standing)
{
    const uint64_t *count = standing->count;

    return gw_standing_sum(count, GW_STATE_SUCCEEDED) - count[GW_STATE_SUCCEEDED] - count[GW_STATE_SKIPPED] +
           standing->rollout.relapsed;
}

void gw_standing_progress(const struct gw_standing *standing, struct gw_buf *buf)
{
    uint64_t total = gw_standing_sum(standing->count, GW_STATE_WAITING);
    uint64_t done = gw_standing_sum(standing->count, GW_STATE_SUCCEEDED), bad = gw_standing_bad(standing);
    uint32_t relapsed = standing->rollout.relapsed;

    if (done == total && bad == 0)
        gw_buf_addf(buf, "all %" PRIu64 " devices are as desired", total);
    else if (done == total)
        gw_buf_addf(buf, "all %" PRIu64 " devices have their outcome; %" PRIu64 " %s not as desired", total,
                    bad, bad == 1 ? "is" : "are");
    else
        gw_buf_addf(buf, "%" PRIu64 " of %" PRIu64 " devices have their outcome", done, total);
    if (done < total && bad > 0)
        gw_buf_addf(buf, ", %" PRIu64 " of them not the one that was wanted", bad);
    if (relapsed > 0)
        gw_buf_addf(buf, " (%" PRIu32 " relapsed after %s had succeeded)", relapsed,
                    relapsed == 1 ? "it" : "they");
}

void gw_standing_whole(const struct gw_standing *standing, bool member, struct gw_buf *buf)
{
    uint64_t n = standing->count[GW_STATE_SUCCEEDED] + standing->unproven;

    gw_buf_addf(buf, "the whole rollout (%" PRIu64 " device%s that it has changed or may have changed%s)", n,
                n == 1 ? "" : "s", member && n > 1 ? ", this one among them" : "");
}

static void gw_standing_add_culprit(const struct gw_standing *standing, struct gw_buf *buf)
{
    if (!gw_standing_has_culprit(standing))
        return;
    gw_buf_add_text(buf, "; ");
    gw_culprit_tell(&standing->culprit, buf);
}

/* "paused by user@host at 2026-...: reason", as far as it is known. */
static void gw_standing_who(const struct gw_standing *standing, enum gw_order_kind kind, const char *done,
                            struct gw_buf *buf)
{
    const struct gw_last_word *word = &standing->word;
    char when[GW_WHEN_TEXT_SIZE];

    gw_buf_add_text(buf, done);
    if (word->kind != kind)
        return;
    gw_when_text(word->at_unix_ms, when);
    gw_buf_add_text(buf, " by ");
    gw_screen_text(buf, word->by);
    gw_buf_addf(buf, " at %s", when);
    if (word->reason) {
        gw_buf_add_text(buf, ": ");
        gw_screen_text(buf, word->reason);
    }
}

static void gw_standing_judged(const struct gw_standing *standing, const struct gw_wave_row *wave,
                               struct gw_buf *buf)
{
    char when[GW_WHEN_TEXT_SIZE];

    switch (wave->verdict) {
    case GW_VERDICT_ABORT:
        gw_buf_add_text(buf, "stopped by the gate: ");
        gw_screen_text(buf, wave->evidence);
        gw_standing_add_culprit(standing, buf);
        return;
    case GW_VERDICT_HOLD:
        gw_buf_add_text(buf, "held by the gate: ");
        gw_screen_text(buf, wave->evidence);
        gw_standing_add_culprit(standing, buf);
        return;
    case GW_VERDICT_PROMOTE:
    case GW_VERDICT_NONE:
        break;
    }
    gw_buf_add_text(buf, "wave ");
    gw_screen_text(buf, wave->name);
    gw_buf_add_text(buf, " waits for an approval");
    if (standing->judged_unix_ms) {
        gw_when_text(standing->judged_unix_ms, when);
        gw_buf_addf(buf, " since %s", when);
    }
    if (wave->evidence[0]) {
        gw_buf_add_text(buf, ": ");
        gw_screen_text(buf, wave->evidence);
    }
}

/* "wave tenth (2 of 4) soaks until 2026-...: "; nothing where there is one wave that does not soak. */
static void gw_standing_under_way(const struct gw_standing *standing, const struct gw_wave_row *wave,
                                  struct gw_buf *buf)
{
    bool soaks = wave->phase == GW_PHASE_SOAKING && wave->soak_until_unix_ms;
    char when[GW_WHEN_TEXT_SIZE];

    if (standing->waves.n > 1 || soaks) {
        gw_buf_add_text(buf, "wave ");
        gw_screen_text(buf, wave->name);
        gw_buf_addf(buf, " (%" PRIu32 " of %zu)", wave->number, standing->waves.n);
        if (soaks) {
            gw_when_text(wave->soak_until_unix_ms, when);
            gw_buf_addf(buf, " soaks until %s: ", when);
        } else {
            gw_buf_add_text(buf, wave->phase == GW_PHASE_PENDING ? " is next: " : " is under way: ");
        }
    }
    gw_standing_progress(standing, buf);
}

/* The last wave waits for nobody: what its gate said stands beside what became of the devices. */
static void gw_standing_finished(const struct gw_standing *standing, const struct gw_wave_row *wave,
                                 struct gw_buf *buf)
{
    gw_standing_progress(standing, buf);
    if (wave->verdict == GW_VERDICT_HOLD || wave->verdict == GW_VERDICT_ABORT) {
        gw_buf_addf(buf, "; the gate's last word is %s: ", gw_verdict_name(wave->verdict));
        gw_screen_text(buf, wave->evidence);
    }
    gw_standing_add_culprit(standing, buf);
}

/* Whatever stopped it, other than a person or a gate; a soak goes on meanwhile. */
static void gw_standing_stopped(const struct gw_standing *standing, const struct gw_wave_row *wave,
                                struct gw_buf *buf)
{
    const char *reason = standing->rollout.reason;
    char when[GW_WHEN_TEXT_SIZE];

    gw_screen_text(buf, reason[0] ? reason : "stopped");
    if (wave->phase != GW_PHASE_SOAKING || !wave->soak_until_unix_ms)
        return;
    gw_when_text(wave->soak_until_unix_ms, when);
    gw_buf_add_text(buf, " (wave ");
    gw_screen_text(buf, wave->name);
    gw_buf_addf(buf, " soaks until %s)", when);
}

void gw_standing_sentence(const struct gw_standing *standing, struct gw_buf *buf)
{
    const struct gw_wave_row *wave = gw_standing_wave(standing);

    switch (standing->rollout.phase) {
    case GW_PHASE_FINISHED:
        gw_standing_finished(standing, wave, buf);
        return;
    case GW_PHASE_ABORTED:
        gw_standing_who(standing, GW_ORDER_ABORT, "aborted", buf);
        return;
    case GW_PHASE_ABORTING:
        gw_standing_who(standing, GW_ORDER_ABORT, "being aborted", buf);
        return;
    case GW_PHASE_PAUSED:
        gw_standing_who(standing, GW_ORDER_PAUSE, "paused", buf);
        if (wave->phase != GW_PHASE_WAITING)
            return;
        gw_buf_add_text(buf, "; ");
        break;
    default:
        break;
    }
    if (wave->phase == GW_PHASE_WAITING)
        gw_standing_judged(standing, wave, buf);
    else if (standing->rollout.phase == GW_PHASE_WAITING)
        gw_standing_stopped(standing, wave, buf);
    else
        gw_standing_under_way(standing, wave, buf);
}

void gw_standing_head(const struct gw_standing *standing, struct gw_buf *buf)
{
    size_t at;

    gw_summary_title(buf, &standing->rollout);
    at = buf->len;
    gw_standing_sentence(standing, buf);
    gw_summary_begin(buf, at);
    gw_buf_add_text(buf, ".\n");
}
