/* What a person of that world writes: an inventory, a rollout and a configuration, in the product's own formats. */
#include "stage/swarm.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"

static char *sim_paper(struct gw_buf *buf)
{
    char *text = gw_mem_dup(gw_buf_text(buf));

    gw_buf_release(buf);
    return text;
}

char *sim_swarm_inventory(const struct sim_swarm *swarm)
{
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    gw_buf_add_text(&buf, "gateway_id,region,serial,model,site,timezone,ha_role,version,tag:held\n");
    for (uint32_t i = 0; i < swarm->n_devices; i++) {
        const struct sim_device *device = &swarm->device[i];

        gw_buf_addf(&buf, "%s,%s,%s,%s,%s,%s,%s,%s,%s\n", device->gateway_id, device->region,
                    device->known ? device->serial : "", device->model, device->site, device->timezone,
                    device->role == SIM_SINGLE   ? ""
                    : device->role == SIM_ACTIVE ? "active"
                                                 : "standby",
                    device->version, device->selected ? "" : "yes");
    }
    return sim_paper(&buf);
}

static void sim_add_rate(struct gw_buf *buf, const char *key, struct gw_rate rate)
{
    gw_buf_addf(buf, "  %s: %u/%s\n", key, rate.calls, rate.window_ms == 1000 ? "s" : "m");
}

static void sim_add_waves(struct gw_buf *buf, const struct sim_swarm *swarm)
{
    if (swarm->n_waves == 0)
        return;
    gw_buf_add_text(buf, "waves:\n");
    for (uint32_t i = 0; i < swarm->n_waves; i++) {
        const struct sim_wave_wish *wave = &swarm->wave[i];

        gw_buf_addf(buf, "  - {name: %s, soak: %llus", wave->name, (unsigned long long)wave->soak_ms / 1000);
        if (wave->count > 0)
            gw_buf_addf(buf, ", size: %u", wave->count);
        else
            gw_buf_add_text(buf, ", size: rest");
        gw_buf_addf(buf, "%s}\n", wave->approve ? ", approve: true" : "");
    }
}

char *sim_swarm_rollout(const struct sim_swarm *swarm)
{
    char *asks = sim_swarm_asks(swarm);
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    gw_buf_addf(&buf, "rollout: r1\nversion: %s\nselect: not tag.held\n%s", SIM_VERSION_NEW, asks);
    free(asks);
    return sim_paper(&buf);
}

char *sim_swarm_asks(const struct sim_swarm *swarm)
{
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    sim_add_waves(&buf, swarm);
    gw_buf_addf(&buf, "pair_soak: %llums\n", (unsigned long long)swarm->pair_soak_ms);
    if (swarm->max_failed > 0)
        gw_buf_addf(&buf, "gate: {max_failed: %u}\n", swarm->max_failed);
    gw_buf_add_text(&buf, "pace:\n");
    sim_add_rate(&buf, "rate", swarm->rate);
    sim_add_rate(&buf, "read_rate", swarm->read_rate);
    gw_buf_addf(&buf, "  in_flight: %u\n  upgrading: %u\n", swarm->in_flight, swarm->upgrading);
    if (swarm->per_site > 0)
        gw_buf_addf(&buf, "  per_site: %u\n", swarm->per_site);
    if (swarm->windows)
        gw_buf_addf(&buf, "window: {between: \"13:31-13:50\", zone: gateway, cutoff: %llum}\n",
                    (unsigned long long)swarm->cutoff_ms / 60000);
    gw_buf_addf(&buf, "retry: {attempts: %u, first: 1s, longest: %s, offline: %llums}\n", swarm->attempts,
                swarm->true_times ? "60s" : "5s", (unsigned long long)swarm->offline_ms);
    gw_buf_addf(&buf, "verify: {every: %llums, slow: %llums, stuck: %llums}\n",
                (unsigned long long)swarm->every_ms, (unsigned long long)swarm->stuck_ms / 3,
                (unsigned long long)swarm->stuck_ms);
    return sim_paper(&buf);
}

char *sim_swarm_config(const struct sim_swarm *swarm, const char *database)
{
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    gw_buf_addf(&buf, "database: %s\ncloud:\n  signature: %s\n  format: %s\n", database,
                swarm->v1 ? "v1" : "v3", swarm->xml ? "xml" : "json");
    if (!swarm->true_times)
        gw_buf_add_text(&buf,
                        "  endpoint: https://127.0.0.1:8443\n  connect_timeout: 3s\n  call_timeout: 8s\n");
    gw_buf_add_text(&buf, "limits:\n");
    sim_add_rate(&buf, "rate", swarm->rate);
    sim_add_rate(&buf, "read_rate", swarm->read_rate);
    gw_buf_addf(&buf, "  in_flight: %u\n", swarm->in_flight);
    if (!swarm->true_times)
        gw_buf_addf(&buf, "testing: {fence: %llums, agree: %llums}\n", (unsigned long long)swarm->fence_ms,
                    (unsigned long long)swarm->agree_ms);
    return sim_paper(&buf);
}

/* ---- for people ---- */

struct sim_word_of {
    const char *name;
    uint64_t value;
};

void sim_swarm_tell(const struct sim_swarm *swarm, char *ret, uint32_t size)
{
    const struct sim_word_of words[] = {
        {"true_times", swarm->true_times},
        {"lanes", swarm->n_lanes},
        {"waves", swarm->n_waves},
        {"windows", swarm->windows},
        {"rate", swarm->rate.calls},
        {"in_flight", swarm->in_flight},
        {"upgrading", swarm->upgrading},
        {"per_site", swarm->per_site},
        {"attempts", swarm->attempts},
        {"max_failed", swarm->max_failed},
        {"cloud_rate", swarm->cloud_rate.calls},
        {"tokens", swarm->tokens},
        {"token_ms", swarm->token_ms},
        {"offline", swarm->offline_bp},
        {"brick", swarm->brick_bp},
        {"stay", swarm->stay_bp},
        {"older", swarm->older_bp},
        {"relapse", swarm->relapse_bp},
        {"flap", swarm->flap_bp},
        {"swap", swarm->swap_bp},
        {"flip", swarm->flip_bp},
        {"foreign", swarm->foreign_bp},
        {"refuse", swarm->refuse_bp},
        {"busy", swarm->busy_bp},
        {"internal", swarm->internal_bp},
        {"stale", swarm->stale_bp},
        {"slow", swarm->slow_bp},
        {"begin_ms", swarm->begin_ms},
        {"refused", swarm->refused_bp},
        {"lost", swarm->lost_bp},
        {"late", swarm->late_bp},
        {"twice", swarm->twice_bp},
        {"reply_lost", swarm->reply_lost_bp},
        {"reply_late", swarm->reply_late_bp},
        {"reply_cut", swarm->reply_cut_bp},
        {"reply_garbled", swarm->reply_garbled_bp},
        {"reply_foreign", swarm->reply_foreign_bp},
        {"region_outs", swarm->region_outs},
        {"kills", swarm->kills},
        {"power_losses", swarm->power_losses},
        {"crashes_at_start", swarm->crashes_at_start},
        {"crash_at_creation", swarm->crash_at_creation},
        {"disk_errors", swarm->disk_errors},
        {"disk_full", swarm->disk_full},
        {"stall_ms", swarm->stall_ms},
        {"freezes", swarm->freezes},
        {"lock_removed", swarm->lock_removed},
        {"clock_sets", swarm->clock_sets},
        {"wrong_at_boot", swarm->wrong_at_boot},
        {"signals", swarm->signals},
        {"second_runners", swarm->second_runners},
        {"orders", swarm->orders},
        {"paces", swarm->paces},
        {"inventory_edits", swarm->inventory_edits},
    };
    struct gw_buf buf;

    gw_buf_init(&buf, size - 1);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (words[i].value > 0)
            gw_buf_addf(&buf, "%s%s=%llu", buf.len > 0 ? " " : "", words[i].name,
                        (unsigned long long)words[i].value);
    memcpy(ret, gw_buf_text(&buf), buf.len + 1);
    gw_buf_release(&buf);
}
