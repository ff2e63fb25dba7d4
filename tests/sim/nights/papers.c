/* What people write who have policies: POLICIES.yaml, and a list of the gateways that they know of. */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"

#include "nights/nights.h"

static void sim_add_select(struct gw_buf *buf, const struct sim_policy *policy)
{
    if (policy->select == SIM_SELECT_ALL)
        gw_buf_add_text(buf, "    select: not tag.held\n");
    else
        gw_buf_addf(buf, "    select: %s = %s and not tag.held\n",
                    policy->select == SIM_SELECT_REGION ? "region" : "model", policy->value);
}

/* Each line of it, a little to the right. */
static void sim_add_indented(struct gw_buf *buf, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");

        gw_buf_addf(buf, "    %.*s\n", (int)len, text);
        text += len + (text[len] == '\n');
    }
}

char *sim_nights_policies(const struct sim_nights *nights, uint32_t night)
{
    char *asks = sim_swarm_asks(&nights->swarm), *text;
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    gw_buf_add_text(&buf, "policies:\n");
    for (uint32_t i = 0; i < nights->n_policies; i++) {
        const struct sim_policy *policy = &nights->policy[i];

        gw_buf_addf(&buf, "  - name: %s\n    version: %s\n", policy->name, sim_policy_version(policy, night));
        sim_add_select(&buf, policy);
        sim_add_indented(&buf, asks);
    }
    gw_buf_addf(&buf, "manners: {rest: %llum, give_up: %u, site_restarts: %u}\n",
                (unsigned long long)nights->rest_ms / 60000, nights->give_up, nights->site_restarts);
    text = gw_mem_dup(gw_buf_text(&buf));
    gw_buf_release(&buf);
    free(asks);
    return text;
}

static bool sim_is_unknown(const struct sim_nights *nights, uint32_t device)
{
    for (uint32_t i = 0; i < nights->n_guests; i++) {
        const struct sim_guest *guest = &nights->guest[i];

        if (guest->unknown && (guest->device == device || nights->swarm.device[guest->device].mate == device))
            return true;
    }
    return false;
}

char *sim_nights_inventory(const struct sim_nights *nights)
{
    struct sim_swarm *known = gw_mem_new(1, sizeof(*known));
    char *text;

    *known = nights->swarm;
    known->n_devices = 0;
    for (uint32_t i = 0; i < nights->swarm.n_devices; i++)
        if (!sim_is_unknown(nights, i))
            known->device[known->n_devices++] = nights->swarm.device[i];
    text = sim_swarm_inventory(known);
    free(known);
    return text;
}
