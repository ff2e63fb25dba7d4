/* The words for states and phases: one spelling, from SQL column to JSON field. */
#include "gatewave/core/record.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/core/order.h"

static const char *const state_name[GW_STATE_COUNT] = {
    [GW_STATE_NONE] = "",
    [GW_STATE_WAITING] = "waiting",
    [GW_STATE_IN_FLIGHT] = "in_flight",
    [GW_STATE_UPGRADING] = "upgrading",
    [GW_STATE_IN_DOUBT] = "in_doubt",
    [GW_STATE_SUCCEEDED] = "succeeded",
    [GW_STATE_SKIPPED] = "skipped",
    [GW_STATE_FAILED] = "failed",
    [GW_STATE_DEFERRED] = "deferred",
    [GW_STATE_UNRESOLVED] = "unresolved",
    [GW_STATE_CANCELED] = "canceled",
};

static const char *const phase_name[GW_PHASE_COUNT] = {
    [GW_PHASE_NONE] = "",
    [GW_PHASE_PENDING] = "pending",
    [GW_PHASE_RUNNING] = "running",
    [GW_PHASE_SOAKING] = "soaking",
    [GW_PHASE_WAITING] = "waiting",
    [GW_PHASE_PAUSED] = "paused",
    [GW_PHASE_ABORTING] = "aborting",
    [GW_PHASE_ABORTED] = "aborted",
    [GW_PHASE_FINISHED] = "finished",
};

static const char *const verdict_name[] = {
    [GW_VERDICT_NONE] = "",
    [GW_VERDICT_PROMOTE] = "promote",
    [GW_VERDICT_HOLD] = "hold",
    [GW_VERDICT_ABORT] = "abort",
};

static const char *const order_name[] = {
    [GW_ORDER_NONE] = "",           [GW_ORDER_PAUSE] = "pause", [GW_ORDER_RESUME] = "resume",
    [GW_ORDER_APPROVE] = "approve", [GW_ORDER_ABORT] = "abort", [GW_ORDER_PACE] = "pace",
};
#define COUNT(names) (sizeof(names) / sizeof((names)[0]))

static unsigned gw_name_find(const char *const *names, unsigned n, const char *name)
{
    for (unsigned i = 1; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return 0;
}

const char *gw_state_name(enum gw_state state)
{
    GW_CHECK((unsigned)state < GW_STATE_COUNT);
    return state_name[state];
}

bool gw_outcome_is_unproven(enum gw_state state, const char *code)
{
    return state == GW_STATE_UNRESOLVED || (state == GW_STATE_FAILED && gw_text_equal(code, "stuck"));
}

enum gw_state gw_state_find(const char *name)
{
    return (enum gw_state)gw_name_find(state_name, GW_STATE_COUNT, name);
}

const char *gw_phase_name(enum gw_phase phase)
{
    GW_CHECK((unsigned)phase < GW_PHASE_COUNT);
    return phase_name[phase];
}

enum gw_phase gw_phase_find(const char *name)
{
    return (enum gw_phase)gw_name_find(phase_name, GW_PHASE_COUNT, name);
}

const char *gw_verdict_name(enum gw_verdict verdict)
{
    GW_CHECK((size_t)verdict < COUNT(verdict_name));
    return verdict_name[verdict];
}

enum gw_verdict gw_verdict_find(const char *name)
{
    return (enum gw_verdict)gw_name_find(verdict_name, COUNT(verdict_name), name);
}

const char *gw_order_name(enum gw_order_kind kind)
{
    GW_CHECK((size_t)kind < COUNT(order_name));
    return order_name[kind];
}

enum gw_order_kind gw_order_find(const char *name)
{
    return (enum gw_order_kind)gw_name_find(order_name, COUNT(order_name), name);
}
