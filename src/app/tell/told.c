/* What explain gathers of a target: its row, who is at work beside it, and what is to be said of it, fact by fact. */
#include "told.h"

#include <stdarg.h>
#include <stdlib.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#define GW_TOLD_COPY(to, row, field) ((void)gw_text_copy((to)->field, sizeof((to)->field), (row)->field))

void gw_told_target_copy(struct gw_told_target *ret, const struct gw_target_row *row)
{
    *ret = (struct gw_told_target){.number = row->number,
                                   .wave = row->wave,
                                   .attempts = row->attempts,
                                   .sent = row->sent,
                                   .state = row->state,
                                   .relapsed = row->relapsed,
                                   .signed_unix_ms = row->signed_unix_ms,
                                   .fence_unix_ms = row->fence_unix_ms,
                                   .ended_unix_ms = row->ended_unix_ms};
    GW_TOLD_COPY(ret, row, gateway_id);
    GW_TOLD_COPY(ret, row, serial);
    GW_TOLD_COPY(ret, row, region);
    GW_TOLD_COPY(ret, row, ha_role);
    GW_TOLD_COPY(ret, row, site);
    GW_TOLD_COPY(ret, row, isp);
    GW_TOLD_COPY(ret, row, timezone);
    GW_TOLD_COPY(ret, row, code);
    GW_TOLD_COPY(ret, row, reason);
    GW_TOLD_COPY(ret, row, version_before);
    GW_TOLD_COPY(ret, row, version_after);
}

void gw_facts_add(struct gw_facts *facts, const char *kind, int64_t at_unix_ms, const char *format, ...)
{
    struct gw_buf text;
    va_list args;

    gw_buf_init(&text, 0);
    va_start(args, format);
    gw_buf_vaddf(&text, format, args);
    va_end(args);
    facts->fact = gw_mem_resize(facts->fact, facts->n + 1, sizeof(*facts->fact));
    facts->fact[facts->n++] =
        (struct gw_fact){.kind = kind, .at_unix_ms = at_unix_ms, .text = gw_mem_dup(gw_buf_text(&text))};
    gw_buf_release(&text);
}

void gw_facts_release(struct gw_facts *facts)
{
    for (size_t i = 0; i < facts->n; i++)
        free(facts->fact[i].text);
    free(facts->fact);
    *facts = (struct gw_facts){0};
}

bool gw_told_is_at_work(enum gw_state state)
{
    return state == GW_STATE_IN_FLIGHT || state == GW_STATE_UPGRADING || state == GW_STATE_IN_DOUBT;
}

void gw_crowd_see(struct gw_crowd_seen *crowd, const struct gw_told_target *target,
                  const struct gw_target_row *row)
{
    const char *const own[GW_SCOPE_COUNT] = {target->site, target->region, target->isp};
    const char *const theirs[GW_SCOPE_COUNT] = {row->site, row->region, row->isp};

    if (row->state == GW_STATE_WAITING && row->wave == target->wave && row->number < target->number)
        crowd->ahead++;
    for (int scope = 0; scope < GW_SCOPE_COUNT && gw_told_is_at_work(row->state); scope++) {
        /* What is not known is no common place. */
        if (!own[scope][0] || !gw_text_equal(own[scope], theirs[scope]))
            continue;
        crowd->inside[scope]++;
        (void)gw_text_copy(crowd->who[scope], sizeof(crowd->who[scope]), row->gateway_id);
    }
}
