/*
 * What the machine asks of its shell: things to do and to write down, in the order in which they must happen. They wait
 * here until they are pulled.
 */
#include "gatewave/base/check.h"

#include "machine.h"

struct gw_effect *gw_effect_push(struct gw_rollout *r, enum gw_effect_kind kind)
{
    struct gw_effect *effect;

    GW_CHECK(r->effects_len < GW_EFFECTS_MAX);
    effect = &r->effect[(r->effects_first + r->effects_len++) % GW_EFFECTS_MAX];
    *effect = (struct gw_effect){.kind = kind};
    return effect;
}

bool gw_effect_pull(struct gw_rollout *r, struct gw_effect *ret)
{
    if (r->effects_len == 0)
        return false;
    *ret = r->effect[r->effects_first];
    r->effects_first = (r->effects_first + 1) % GW_EFFECTS_MAX;
    r->effects_len--;
    return true;
}

struct gw_record *gw_target_record(struct gw_rollout *r, uint32_t t, enum gw_record_kind kind)
{
    const struct gw_target *target = &r->target[t];
    struct gw_record *record = &gw_effect_push(r, GW_EFFECT_RECORD)->record;

    record->kind = kind;
    record->target = t;
    record->attempt = target->sent;
    record->charged = target->charged;
    record->state = (enum gw_state)target->state;
    return record;
}

struct gw_record *gw_rollout_record(struct gw_rollout *r, enum gw_record_kind kind)
{
    struct gw_record *record = &gw_effect_push(r, GW_EFFECT_RECORD)->record;

    record->kind = kind;
    record->target = GW_NO_TARGET;
    record->model = GW_NO_MODEL;
    return record;
}

struct gw_record *gw_phase_record(struct gw_rollout *r, enum gw_phase phase)
{
    struct gw_record *record = gw_rollout_record(r, GW_RECORD_PHASE);

    record->phase = phase;
    return record;
}
