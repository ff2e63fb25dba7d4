/* The hostile world says what it sees, where WORLD_TALK is in the environment: for whoever looks for a cause. */
#include <stdio.h>
#include <stdlib.h>

#include "world.h"

static void talk_record(const struct world *world, const struct gw_record *record)
{
    switch (record->kind) {
    case GW_RECORD_PHASE:
        fprintf(stderr, "phase %s: %s\n", gw_phase_name(record->phase), record->reason);
        break;
    case GW_RECORD_WAVE:
        fprintf(stderr, "wave %u %s\n", record->wave, gw_phase_name(record->phase));
        break;
    case GW_RECORD_VERDICT:
        fprintf(stderr, "wave %u %s: %u of %u well; chart %d: %u of %u failed, trip %d\n", record->wave,
                gw_verdict_name(record->verdict), record->succeeded, record->of, (int)record->model,
                record->chart.failed, record->chart.judged, (int)record->chart.trip);
        break;
    case GW_RECORD_CHART:
        fprintf(stderr, "chart %d: %u of %u failed, trip %d\n", (int)record->model, record->chart.failed,
                record->chart.judged, (int)record->chart.trip);
        break;
    case GW_RECORD_ORDER:
        fprintf(stderr, "order %lld (%s) %s: %s\n", (long long)record->order,
                gw_order_name(world->order[record->order - 1].order.kind),
                record->accepted ? "accepted" : "refused", record->reason);
        break;
    default:
        fprintf(stderr, "record %d of %u: attempt %u, %s, %s %s\n", (int)record->kind, record->target,
                record->attempt, gw_state_name(record->state), record->answer.code, record->reason);
    }
}

void world_talk(const struct world *world, const struct gw_effect *effect)
{
    if (!getenv("WORLD_TALK"))
        return;
    fprintf(stderr, "%llu life %u: ", (unsigned long long)world->now_ms, world->life);
    if (effect->kind == GW_EFFECT_RECORD)
        talk_record(world, &effect->record);
    else if (effect->kind == GW_EFFECT_CALL)
        fprintf(stderr, "call %u, attempt %u\n", effect->target, effect->attempt);
    else
        fprintf(stderr, "read %u: %u devices, first %u\n", effect->read_id, effect->n_targets,
                effect->targets[0]);
}
