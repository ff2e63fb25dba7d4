/*
 * Drift: each policy takes its gateways, the first of a type that matches a gateway all of it, and each of these is judged.
 * A site's restarts are given out in the order of the policies and of the gateways' names, the same every night, so that
 * who had to wait goes first when those before it have converged. For 12,000 gateways some tens of milliseconds.
 */
#include "drift.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/core/select.h"
#include "gatewave/core/version.h"
#include "gatewave/store/inventory.h"

#include "drift-local.h"
struct gw_drift_work {
    struct gw_store *store;
    const struct gw_drift_request *request;
    struct gw_drift *drift;
    struct gw_drift_fleet fleet;
    uint32_t policy;            /* at hand */
    struct gw_drift_node *last; /* the gateway of the device before */
};

static const struct gw_spec *gw_drift_spec(const struct gw_drift_work *work)
{
    return &work->request->policies->policy[work->policy];
}

/* ---- whose a gateway is ---- */

static bool gw_drift_take(void *user, const struct gw_device *device)
{
    struct gw_drift_work *work = user;
    struct gw_drift_node *node = gw_drift_fleet_find(&work->fleet, device->column[GW_COLUMN_GATEWAY_ID]);
    uint32_t *owner = node ? &node->owner[gw_drift_spec(work)->dpi] : NULL;

    if (!node || device->gone_unix_ms || node == work->last)
        return true;
    work->last = node;
    if (*owner)
        work->drift->policy[work->policy].taken++;
    else
        *owner = work->policy + 1;
    return true;
}

static enum gw_code gw_drift_select(struct gw_drift_work *work, struct gw_err *err)
{
    const struct gw_spec *spec = gw_drift_spec(work);
    struct gw_select *select = gw_mem_new(1, sizeof(*select));
    struct gw_select_error wrong;
    enum gw_code code;

    work->last = NULL;
    if (gw_select_parse(spec->select, select, &wrong))
        code = gw_devices_each(work->store, select, gw_drift_take, work, err);
    else
        code = gw_err_set(err, GW_ERR_INPUT, "policy %s: select: %s", spec->name, wrong.reason);
    free(select);
    return code;
}

/* ---- who failed ---- */

static bool gw_drift_failed(void *user, const char *gateway_id, uint32_t rollouts, int64_t last_unix_ms)
{
    struct gw_drift_work *work = user;
    struct gw_drift_node *node = gw_drift_fleet_find(&work->fleet, gateway_id);
    bool dpi = gw_drift_spec(work)->dpi;

    if (node && node->owner[dpi] == work->policy + 1) {
        node->failed_nights[dpi] = rollouts;
        node->failed_unix_ms[dpi] = last_unix_ms;
    }
    return true;
}

/* ---- judging ---- */

static bool gw_drift_is_there(const struct gw_spec *spec, const char *version)
{
    int order = gw_version_compare(version, spec->version);

    return version[0] && (spec->downgrade ? order <= 0 : order >= 0);
}

static bool gw_drift_is_own(const struct gw_drift_policy *policy, const struct gw_drift_call *call)
{
    return policy->has_last && gw_text_equal(call->rollout, policy->last.row.name);
}

/* Who else has a call of it that is not settled; NULL: nobody. The policy's own rollout is gone on with. */
static const char *gw_drift_busy(const struct gw_drift_policy *policy, const struct gw_drift_node *node)
{
    for (uint32_t i = 0; i < GW_DRIFT_DEVICES_MAX && node->call[i].rollout; i++)
        if (!gw_drift_is_own(policy, &node->call[i]))
            return node->call[i].rollout;
    return NULL;
}

/* The policy has called the device for what it wants now, and it is not settled: that restart is counted already. */
static bool gw_drift_is_called(const struct gw_drift_work *work, const struct gw_drift_node *node, uint32_t i)
{
    const struct gw_drift_policy *policy = &work->drift->policy[work->policy];
    const struct gw_spec *spec = gw_drift_spec(work);

    if (!policy->has_last || policy->last.row.dpi != spec->dpi ||
        !gw_text_equal(policy->last.row.version, spec->version))
        return false;
    for (uint32_t k = 0; k < GW_DRIFT_DEVICES_MAX && node->call[k].rollout; k++)
        if (node->call[k].device == node->device[i] && gw_drift_is_own(policy, &node->call[k]))
            return true;
    return false;
}

static void gw_drift_facts(struct gw_drift_work *work, struct gw_drift_node *node, struct gw_night_facts *ret)
{
    const struct gw_drift_policy *policy = &work->drift->policy[work->policy];
    const struct gw_spec *spec = gw_drift_spec(work);

    *ret = (struct gw_night_facts){
        .reached = true,
        .exact = true,
        .held = node->held != NULL,
        .stopped = policy->stopped != NULL,
        .busy = gw_drift_busy(policy, node) != NULL,
        .failed_nights = node->failed_nights[spec->dpi],
        .failed_unix_ms = node->failed_unix_ms[spec->dpi],
        .site_restarts = *gw_drift_fleet_restarts(&work->fleet, node),
    };
    for (uint32_t i = 0; i < node->n_devices; i++) {
        bool there = gw_drift_is_there(spec, node->version[spec->dpi][i]);

        ret->reached = ret->reached && there;
        ret->restarts += !there && !gw_drift_is_called(work, node, i);
        ret->exact = ret->exact && gw_version_compare(node->version[spec->dpi][i], spec->version) == 0;
    }
}

/*
 * Who has the restarts of its site first. A pair of which one device was called goes to its end before another begins:
 * else its devices might stay at two versions for the rest of the month. Who is away comes after all who are there: one
 * that never comes back would keep them for ever.
 */
enum gw_drift_turn {
    GW_DRIFT_BEGUN,
    GW_DRIFT_HERE,
    GW_DRIFT_AWAY,
};

static enum gw_drift_turn gw_drift_turn(const struct gw_drift_work *work, const struct gw_drift_node *node)
{
    const struct gw_spec *spec = gw_drift_spec(work);
    uint32_t there = 0;

    for (uint32_t i = 0; i < node->n_devices; i++) {
        if (gw_drift_is_called(work, node, i))
            return GW_DRIFT_BEGUN;
        there += gw_drift_is_there(spec, node->version[spec->dpi][i]);
    }
    if (node->dark)
        return GW_DRIFT_AWAY;
    return there > 0 && there < node->n_devices ? GW_DRIFT_BEGUN : GW_DRIFT_HERE;
}

static void gw_drift_reason(const struct gw_drift_work *work, const struct gw_drift_node *node,
                            const struct gw_night_facts *facts, enum gw_stance stance, struct gw_buf *ret)
{
    const struct gw_manners *manners = &work->request->policies->manners;
    bool dpi = gw_drift_spec(work)->dpi;
    char when[GW_WHEN_TEXT_SIZE];

    switch (stance) {
    case GW_STANCE_DRIFTED:
    case GW_STANCE_AHEAD:
        for (uint32_t i = 0; i < node->n_devices; i++)
            gw_buf_addf(ret, "%s%s", i ? " and " : "runs ",
                        node->version[dpi][i][0] ? node->version[dpi][i] : "nobody knows what");
        break;
    case GW_STANCE_HELD:
        gw_buf_add_text(ret, node->held);
        break;
    case GW_STANCE_STOPPED:
        gw_buf_add_text(ret, work->drift->policy[work->policy].stopped);
        break;
    case GW_STANCE_BUSY:
        gw_buf_addf(ret, "rollout %s has a call that is not settled",
                    gw_drift_busy(&work->drift->policy[work->policy], node));
        break;
    case GW_STANCE_GIVEN_UP:
        gw_buf_addf(ret, "failed in %" PRIu32 " night%s: a person must look", facts->failed_nights,
                    facts->failed_nights == 1 ? "" : "s");
        break;
    case GW_STANCE_RESTING:
        gw_when_text(facts->failed_unix_ms + (int64_t)manners->rest_ms, when);
        gw_buf_addf(ret, "failed in %" PRIu32 " night%s, rests until %s", facts->failed_nights,
                    facts->failed_nights == 1 ? "" : "s", when);
        break;
    case GW_STANCE_SPENT:
        gw_buf_addf(ret, "its site has had %" PRIu32 " of %" PRIu32 " restarts in 30 days",
                    facts->site_restarts, manners->site_restarts);
        break;
    case GW_STANCE_CONVERGED:
    case GW_STANCE_NONE:
    case GW_STANCE_COUNT:
        break;
    }
}

static void gw_drift_add(struct gw_drift_work *work, const struct gw_drift_node *node,
                         const struct gw_night_facts *facts, enum gw_stance stance)
{
    struct gw_drift *drift = work->drift;
    struct gw_buf reason;

    if (drift->n == drift->size) {
        drift->size = drift->size ? 2 * drift->size : 256;
        drift->gateway = gw_mem_resize(drift->gateway, drift->size, sizeof(*drift->gateway));
    }
    gw_buf_init(&reason, 0);
    gw_drift_reason(work, node, facts, stance, &reason);
    drift->gateway[drift->n++] = (struct gw_drift_gateway){.gateway_id = gw_mem_dup(node->gateway_id),
                                                           .reason = gw_mem_dup(gw_buf_text(&reason)),
                                                           .policy = work->policy,
                                                           .stance = stance};
    gw_buf_release(&reason);
}

/* It is there: a rollout that still has it before itself finds that out, and may, unless something else forbids it. */
static void gw_drift_judge_there(struct gw_drift_work *work, const struct gw_drift_node *node,
                                 struct gw_night_facts facts)
{
    facts.reached = false;
    if (gw_manners_judge(&work->request->policies->manners, &facts, work->request->now_unix_ms) ==
        GW_STANCE_DRIFTED)
        (void)gw_names_add(&work->drift->policy[work->policy].there, node->gateway_id);
}

static void gw_drift_judge(struct gw_drift_work *work, enum gw_drift_turn turn)
{
    struct gw_drift_policy *policy = &work->drift->policy[work->policy];

    for (size_t i = 0; i < work->fleet.n; i++) {
        struct gw_drift_node *node = &work->fleet.node[i];
        struct gw_night_facts facts;
        enum gw_stance stance;

        if (node->owner[gw_drift_spec(work)->dpi] != work->policy + 1 || gw_drift_turn(work, node) != turn)
            continue;
        gw_drift_facts(work, node, &facts);
        stance = gw_manners_judge(&work->request->policies->manners, &facts, work->request->now_unix_ms);
        policy->gateways++;
        policy->count[stance]++;
        if (stance == GW_STANCE_DRIFTED)
            *gw_drift_fleet_restarts(&work->fleet, node) += facts.restarts;
        if (facts.reached)
            gw_drift_judge_there(work, node, facts);
        if (stance != GW_STANCE_CONVERGED)
            gw_drift_add(work, node, &facts, stance);
    }
}

static void gw_drift_judge_all(struct gw_drift_work *work)
{
    for (int turn = GW_DRIFT_BEGUN; turn <= GW_DRIFT_AWAY; turn++)
        for (work->policy = 0; work->policy < work->request->policies->n; work->policy++)
            gw_drift_judge(work, (enum gw_drift_turn)turn);
}

/* ---- the whole ---- */

/* They may be gone, or another's: no call of theirs could be told from a mistake. */
static void gw_drift_let_be(struct gw_drift_work *work)
{
    const struct gw_names *missing = work->request->missing;

    for (uint32_t i = 0; missing && i < missing->n; i++) {
        struct gw_drift_node *node = gw_drift_fleet_find(&work->fleet, missing->name[i]);

        if (node && !node->held)
            node->held = gw_mem_dup("the cloud's list lacks it, and too many others to be believed");
    }
}

static int gw_drift_compare(const void *a, const void *b)
{
    const struct gw_drift_gateway *left = a, *right = b;
    int order = strcmp(left->gateway_id, right->gateway_id);

    return order ? order : (left->policy > right->policy) - (left->policy < right->policy);
}

enum gw_code gw_drift_check(const struct gw_drift_request *request, struct gw_err *err)
{
    for (size_t i = 0; i < request->n_again; i++) {
        bool known = false;

        for (size_t k = 0; k < request->policies->n; k++)
            known = known || gw_text_equal(request->again[i], request->policies->policy[k].name);
        if (!known)
            return gw_err_set(err, GW_ERR_INPUT, "--again %s: %s has no such policy", request->again[i],
                              request->policies->file);
    }
    return GW_OK;
}

enum gw_code gw_drift_find(struct gw_store *store, const struct gw_drift_request *request,
                           struct gw_drift *ret, struct gw_err *err)
{
    struct gw_drift_work work = {.store = store, .request = request, .drift = ret};
    enum gw_code code = gw_drift_fleet_load(&work.fleet, store, request->now_unix_ms, err);

    *ret = (struct gw_drift){.n = 0};
    gw_drift_let_be(&work);
    for (; code == GW_OK && work.policy < request->policies->n; work.policy++) {
        code = gw_drift_select(&work, err);
        if (code == GW_OK)
            code = gw_failures_each(store, gw_drift_spec(&work)->version, gw_drift_spec(&work)->dpi,
                                    gw_drift_failed, &work, err);
        if (code == GW_OK)
            code = gw_drift_policy_past(store, request, work.policy, &ret->policy[work.policy], err);
    }
    if (code == GW_OK)
        gw_drift_judge_all(&work);
    for (size_t i = 0; i < request->policies->n; i++) {
        ret->gateways += ret->policy[i].gateways;
        ret->converged += ret->policy[i].count[GW_STANCE_CONVERGED];
    }
    if (code == GW_OK && ret->n > 0)
        qsort(ret->gateway, ret->n, sizeof(*ret->gateway), gw_drift_compare);
    gw_drift_fleet_release(&work.fleet);
    return code;
}

void gw_drift_release(struct gw_drift *drift)
{
    for (size_t i = 0; i < drift->n; i++) {
        free(drift->gateway[i].gateway_id);
        free(drift->gateway[i].reason);
    }
    free(drift->gateway);
    for (size_t i = 0; i < GW_COUNT_OF(drift->policy); i++) {
        free(drift->policy[i].stopped);
        free(drift->policy[i].way_on);
        gw_names_release(&drift->policy[i].there);
    }
    *drift = (struct gw_drift){.n = 0};
}

const char **gw_drift_tonight(const struct gw_drift *drift, uint32_t policy, size_t *ret_n)
{
    const char **list = gw_mem_new(drift->n, sizeof(*list));
    size_t n = 0;

    for (size_t i = 0; i < drift->n; i++)
        if (drift->gateway[i].policy == policy && drift->gateway[i].stance == GW_STANCE_DRIFTED)
            list[n++] = drift->gateway[i].gateway_id;
    *ret_n = n;
    return list;
}

void gw_drift_still(const struct gw_drift *now, uint32_t policy, const char **tonight, size_t *n)
{
    size_t at = 0, kept = 0;

    for (size_t i = 0; i < now->n; i++) {
        const struct gw_drift_gateway *gateway = &now->gateway[i];

        if (gateway->policy != policy ||
            (gateway->stance != GW_STANCE_DRIFTED && gateway->stance != GW_STANCE_SPENT))
            continue;
        while (at < *n && strcmp(tonight[at], gateway->gateway_id) < 0)
            at++;
        if (at < *n && gw_text_equal(tonight[at], gateway->gateway_id))
            tonight[kept++] = tonight[at++];
    }
    *n = kept;
}
