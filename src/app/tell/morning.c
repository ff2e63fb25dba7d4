/*
 * Gathering the morning page's facts: one pass over this rollout's targets and one over those of the rollout before it,
 * whose devices are kept by name meanwhile (about 100 bytes each). Codes are looked for in older rollouts only until each
 * of them was found, which on most mornings is in the first one.
 */
#include "morning.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/names.h"
#include "gatewave/base/text.h"

/* How a device ended in the rollout before. */
enum gw_ended {
    GW_ENDED_NOT = 0, /* it has no outcome there */
    GW_ENDED_WELL,
    GW_ENDED_BADLY,
};

struct gw_morning_job {
    struct gw_morning *morning;
    struct gw_names device; /* of the rollout before, as gw_morning_key names them */
    unsigned char *ended;   /* enum gw_ended, by number in device */
    size_t n_ended;
    struct gw_buf key;
};

/* ---- figures ---- */

uint64_t gw_morning_failed(const struct gw_morning_figures *figures)
{
    return figures->count[GW_STATE_FAILED] + figures->count[GW_STATE_UNRESOLVED] + figures->relapsed;
}

uint64_t gw_morning_judged(const struct gw_morning_figures *figures)
{
    return figures->count[GW_STATE_FAILED] + figures->count[GW_STATE_UNRESOLVED] +
           figures->count[GW_STATE_SUCCEEDED];
}

static enum gw_ended gw_morning_ended(const struct gw_target_row *row)
{
    bool well = (row->state == GW_STATE_SUCCEEDED && !row->relapsed) || row->state == GW_STATE_SKIPPED;

    return !gw_state_is_outcome(row->state) ? GW_ENDED_NOT : well ? GW_ENDED_WELL : GW_ENDED_BADLY;
}

static void gw_morning_count(struct gw_morning_figures *figures, const struct gw_target_row *row,
                             int64_t started_unix_ms)
{
    figures->count[row->state]++;
    figures->relapsed += row->relapsed;
    if (started_unix_ms && row->ended_unix_ms > started_unix_ms &&
        (uint64_t)(row->ended_unix_ms - started_unix_ms) > figures->took_ms)
        figures->took_ms = (uint64_t)(row->ended_unix_ms - started_unix_ms);
}

/* A rollout that is over took until it was over: its last soak is a part of it. */
static void gw_morning_took(struct gw_morning_figures *figures, const struct gw_rollout_row *rollout)
{
    if (rollout->started_unix_ms && rollout->ended_unix_ms > rollout->started_unix_ms)
        figures->took_ms = (uint64_t)(rollout->ended_unix_ms - rollout->started_unix_ms);
}

static void gw_morning_name(struct gw_morning_devices *devices, const char *gateway_id)
{
    devices->n++;
    /* The two devices of a pair stand next to each other, and are one gateway. */
    if (devices->named > 0 && gw_text_equal(devices->gateway_id[devices->named - 1], gateway_id))
        return;
    if (devices->named < GW_MORNING_NAMED)
        (void)gw_text_copy(devices->gateway_id[devices->named++], GW_GATEWAY_ID_MAX, gateway_id);
}

/* ---- the rollout before ---- */

static const char *gw_morning_key(struct gw_morning_job *job, const struct gw_target_row *row)
{
    gw_buf_reset(&job->key);
    gw_buf_addf(&job->key, "%s\n%s", row->gateway_id, row->serial);
    return gw_buf_text(&job->key);
}

static bool gw_morning_before(void *user, const struct gw_rollout_row *row)
{
    struct gw_morning *morning = user;
    const struct gw_rollout_row *rollout = &morning->standing.rollout;

    if (row->id >= rollout->id || row->dpi != rollout->dpi || row->started_unix_ms == 0)
        return true;
    morning->before = *row;
    morning->has_before = true;
    return false;
}

static bool gw_morning_then(void *user, const struct gw_target_row *row)
{
    struct gw_morning_job *job = user;
    uint32_t number = gw_names_add(&job->device, gw_morning_key(job, row));

    if (number >= job->n_ended) {
        job->n_ended = job->n_ended ? 2 * job->n_ended : 1024;
        job->ended = gw_mem_resize(job->ended, job->n_ended, sizeof(*job->ended));
    }
    job->ended[number] = (unsigned char)gw_morning_ended(row);
    gw_morning_count(&job->morning->then, row, job->morning->before.started_unix_ms);
    return true;
}

static void gw_morning_compare(struct gw_morning_job *job, const struct gw_target_row *row)
{
    struct gw_morning *morning = job->morning;
    uint32_t number = gw_names_find(&job->device, gw_morning_key(job, row));
    enum gw_ended now = gw_morning_ended(row);
    enum gw_ended then = number == GW_NO_NAME ? GW_ENDED_NOT : (enum gw_ended)job->ended[number];

    if (now == GW_ENDED_NOT || then == GW_ENDED_NOT)
        return;
    morning->both++;
    if (then == GW_ENDED_WELL && now == GW_ENDED_WELL)
        morning->stayed_well++;
    else
        gw_morning_name(then == GW_ENDED_WELL  ? &morning->broke
                        : now == GW_ENDED_WELL ? &morning->mended
                                               : &morning->still,
                        row->gateway_id);
}

/* ---- causes ---- */

static struct gw_morning_cause *gw_morning_cause(struct gw_morning *morning, enum gw_state state,
                                                 const char *code)
{
    struct gw_morning_cause *cause;

    for (size_t i = 0; i < morning->n_causes; i++)
        if (morning->cause[i].state == state && gw_text_equal(morning->cause[i].code, code))
            return &morning->cause[i];
    morning->cause = gw_mem_resize(morning->cause, morning->n_causes + 1, sizeof(*morning->cause));
    cause = &morning->cause[morning->n_causes++];
    *cause = (struct gw_morning_cause){.state = state, .first_seen = code[0] != '\0'};
    (void)gw_text_copy(cause->code, sizeof(cause->code), code);
    return cause;
}

static bool gw_morning_now(void *user, const struct gw_target_row *row)
{
    struct gw_morning_job *job = user;
    struct gw_morning *morning = job->morning;

    gw_morning_count(&morning->now, row, morning->standing.rollout.started_unix_ms);
    if (gw_morning_ended(row) == GW_ENDED_BADLY) {
        gw_morning_name(&gw_morning_cause(morning, row->state, row->relapsed ? "" : row->code)->device,
                        row->gateway_id);
        gw_visits_see(&morning->visits, row);
    }
    gw_morning_compare(job, row);
    return true;
}

static int gw_morning_order(const void *a, const void *b)
{
    const struct gw_morning_cause *one = a, *other = b;

    if (one->device.n != other->device.n)
        return one->device.n > other->device.n ? -1 : 1;
    return one->state != other->state ? (int)one->state - (int)other->state : strcmp(one->code, other->code);
}

/* ---- first seen ---- */

struct gw_morning_older {
    int64_t *id, before;
    size_t n;
};

static bool gw_morning_older(void *user, const struct gw_rollout_row *row)
{
    struct gw_morning_older *older = user;

    if (row->id >= older->before)
        return true;
    older->id = gw_mem_resize(older->id, older->n + 1, sizeof(*older->id));
    older->id[older->n++] = row->id;
    return true;
}

static bool gw_morning_had(void *user, enum gw_state state, const char *code, uint64_t count)
{
    struct gw_morning *morning = user;

    (void)state;
    (void)count;
    for (size_t i = 0; i < morning->n_causes; i++)
        if (gw_text_equal(morning->cause[i].code, code))
            morning->cause[i].first_seen = false;
    return true;
}

static bool gw_morning_is_new(const struct gw_morning *morning)
{
    for (size_t i = 0; i < morning->n_causes; i++)
        if (morning->cause[i].first_seen)
            return true;
    return false;
}

static enum gw_code gw_morning_first_seen(struct gw_store *store, struct gw_morning *morning,
                                          struct gw_err *err)
{
    struct gw_morning_older older = {.before = morning->standing.rollout.id};
    enum gw_code code = gw_rollouts_each(store, gw_morning_older, &older, err);

    for (size_t i = 0; code == GW_OK && i < older.n && gw_morning_is_new(morning); i++)
        code = gw_codes_each(store, older.id[i], gw_morning_had, morning, err);
    free(older.id);
    return code;
}

/* ---- ---- */

static enum gw_code gw_morning_gather(struct gw_store *store, struct gw_morning_job *job, struct gw_err *err)
{
    struct gw_morning *morning = job->morning;
    enum gw_code code = gw_rollouts_each(store, gw_morning_before, morning, err);

    if (code == GW_OK && morning->has_before)
        code = gw_targets_each(store, morning->before.id, false, gw_morning_then, job, err);
    if (code == GW_OK)
        code = gw_targets_each(store, morning->standing.rollout.id, false, gw_morning_now, job, err);
    if (code)
        return code;
    gw_morning_took(&morning->now, &morning->standing.rollout);
    gw_morning_took(&morning->then, &morning->before);
    if (morning->n_causes > 0)
        qsort(morning->cause, morning->n_causes, sizeof(*morning->cause), gw_morning_order);
    code = gw_visits_settle(&morning->visits, store, err);
    return code == GW_OK ? gw_morning_first_seen(store, morning, err) : code;
}

enum gw_code gw_morning_load(struct gw_store *store, const struct gw_rollout_row *rollout,
                             struct gw_morning *ret, struct gw_err *err)
{
    struct gw_morning morning = {.n_causes = 0};
    struct gw_morning_job job = {.morning = &morning};
    enum gw_code code = gw_standing_load(store, rollout, &morning.standing, err);

    if (code)
        return code;
    gw_buf_init(&job.key, 0);
    code = gw_morning_gather(store, &job, err);
    gw_buf_release(&job.key);
    gw_names_release(&job.device);
    free(job.ended);
    if (code)
        gw_morning_release(&morning);
    else
        *ret = morning;
    return code;
}

void gw_morning_release(struct gw_morning *morning)
{
    gw_standing_release(&morning->standing);
    gw_visits_release(&morning->visits);
    free(morning->cause);
    *morning = (struct gw_morning){.standing = {.culprit = {.attribute = ""}}};
}
