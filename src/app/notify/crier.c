/* Phases into notices. The counts are those of the moment when the phase was seen to be durable. */
#include "crier.h"

#include <string.h>

#include "clock.h"

static uint32_t gw_crier_waits(enum gw_stop stop)
{
    switch (stop) {
    case GW_STOP_APPROVAL:
        return GW_NOTICE_APPROVAL;
    case GW_STOP_GATE:
        return GW_NOTICE_ABORTED;
    case GW_STOP_CREDENTIALS:
    case GW_STOP_CLOCK:
    case GW_STOP_IDENTITY:
    case GW_STOP_RISK:
        return GW_NOTICE_CREDENTIALS;
    case GW_STOP_HOLD:
    case GW_STOP_PLAN:
    case GW_STOP_NOT_FOUND:
    case GW_STOP_UNTRUSTED:
    case GW_STOP_ENDPOINT:
        return GW_NOTICE_HELD;
    case GW_STOP_WINDOW: /* this night's part of it is */
    case GW_STOP_SOAK:
        return GW_NOTICE_FINISHED;
    case GW_STOP_NONE:
    case GW_STOP_DRAIN:
    case GW_STOP_PAUSE:
    case GW_STOP_ABORT:
        break;
    }
    return 0;
}

uint32_t gw_crier_event(enum gw_phase phase, enum gw_stop stop)
{
    switch (phase) {
    case GW_PHASE_RUNNING:
        return GW_NOTICE_STARTED;
    case GW_PHASE_WAITING:
    case GW_PHASE_PAUSED:
        return gw_crier_waits(stop);
    case GW_PHASE_ABORTING:
    case GW_PHASE_ABORTED:
        return GW_NOTICE_ABORTED;
    case GW_PHASE_FINISHED:
        return GW_NOTICE_FINISHED;
    default:
        return 0;
    }
}

void gw_crier_hear(void *user, const struct gw_record *record)
{
    struct gw_crier *crier = user;
    uint32_t event = gw_crier_event(record->phase, gw_rollout_stopped(crier->rollout));
    /* A wave after another may wait or be held; the rest happens once. */
    bool again = event == GW_NOTICE_APPROVAL || event == GW_NOTICE_HELD;
    struct gw_notice_facts facts = {
        .event = (enum gw_notice)event,
        .rollout = crier->row->name,
        .version = crier->row->version,
        .wave = crier->waves->n > 1 ? crier->waves->name[gw_rollout_wave(crier->rollout)] : "",
        .reason = record->reason,
        .phase = record->phase,
        .relapsed = gw_rollout_relapsed(crier->rollout),
        .goes_on = crier->row->started_unix_ms != 0,
        .at_unix_ms = record->at_unix_ms,
    };

    if (!crier->notify || event == 0 || (!again && (crier->told & event)))
        return;
    crier->told |= event;
    memcpy(facts.count, gw_rollout_counts(crier->rollout), sizeof(facts.count));
    gw_notify_send(crier->notify, &facts);
}

static uint32_t gw_crier_end(enum gw_code code)
{
    switch (code) {
    case GW_OK:
    case GW_ERR_USAGE:
    case GW_ERR_INPUT:
    case GW_ERR_NOT_FOUND:
    case GW_ERR_BUSY:
        return 0;
    case GW_ERR_CREDENTIALS:
        return GW_NOTICE_CREDENTIALS;
    case GW_ERR_STORE:
    case GW_ERR_LEASE:
    case GW_ERR_NETWORK:
    case GW_ERR_INTERNAL:
        break;
    }
    return GW_NOTICE_HELD;
}

void gw_crier_died(const struct gw_config *config, const struct gw_spec *spec, enum gw_code code,
                   const char *reason, bool quiet)
{
    uint32_t event = gw_crier_end(code);
    const struct gw_notice_facts facts = {.event = (enum gw_notice)event,
                                          .rollout = spec->name,
                                          .version = spec->version,
                                          .wave = "",
                                          .reason = reason,
                                          .died = true,
                                          .at_unix_ms = gw_clock_unix_ms()};

    if (event)
        gw_notify_once(config, &facts, 1, quiet);
}
