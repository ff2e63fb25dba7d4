/* Drift: whose a gateway is, where it stands tonight and why, over a database with a past. */
#include "night/drift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/store/sync.h"
#include "view.h"

#define HOUR INT64_C(3600000)
#define DAY  (24 * HOUR)

static const char inventory[] = "gateway_id,region,serial,ha_role,version,dpi_version,model,site\n"
                                "sag-1,cn-shanghai,s-1,,2.3.0,1.1,sag-1000,north\n"
                                "sag-2,cn-shanghai,s-2,,2.4.0,1.2,sag-1000,north\n"
                                "sag-3,cn-shanghai,s-3a,active,2.3.0,1.1,sag-1000,south\n"
                                "sag-3,cn-shanghai,s-3b,standby,2.4.0,1.1,sag-1000,south\n"
                                "sag-4,cn-shanghai,s-4,,2.5.0,1.1,sag-100wm,\n"
                                "sag-5,cn-shanghai,s-5,,,,sag-100wm,\n";

/* Two policies over this inventory; the tests change what they are about. */
static struct gw_policies *make_policies(const char *first, const char *second)
{
    struct gw_policies *policies = gw_mem_new(1, sizeof(*policies));
    const char *select[] = {first, second};

    policies->file = gw_mem_dup("policies.yaml");
    policies->manners = (struct gw_manners){.rest_ms = 20 * HOUR, .give_up = 2, .late_ms = 14 * DAY};
    for (size_t i = 0; i < 2 && select[i]; i++) {
        struct gw_spec *spec = &policies->policy[policies->n++];

        gw_spec_init(spec);
        free(spec->name);
        free(spec->version);
        free(spec->select);
        spec->name = gw_mem_dup(i ? "later" : "os");
        spec->version = gw_mem_dup(i ? "2.5.0" : "2.4.0");
        spec->select = gw_mem_dup(select[i]);
    }
    return policies;
}

static void free_policies(struct gw_policies *policies)
{
    gw_policies_free(policies);
}

/* "sag-1 os drifted (runs 2.3.0); ..." */
static char *told(const struct gw_drift *drift, const struct gw_policies *policies)
{
    struct gw_buf text;
    char *copy;

    gw_buf_init(&text, 0);
    for (size_t i = 0; i < drift->n; i++)
        gw_buf_addf(&text, "%s%s %s %s (%s)", i ? "; " : "", drift->gateway[i].gateway_id,
                    policies->policy[drift->gateway[i].policy].name, gw_stance_name(drift->gateway[i].stance),
                    drift->gateway[i].reason);
    copy = gw_mem_dup(gw_buf_text(&text));
    gw_buf_release(&text);
    return copy;
}

static void check_drift(struct view *view, const struct gw_drift_request *request, const char *want)
{
    struct gw_drift drift;
    char *text;

    if (gw_drift_find(view->session.store, request, &drift, &view->err) != GW_OK)
        fail_msg("%s", view->err.text);
    text = told(&drift, request->policies);
    assert_string_equal(text, want);
    free(text);
    gw_drift_release(&drift);
}

static void check_policies(struct view *view, struct gw_policies *policies, const char *want)
{
    const struct gw_drift_request request = {.policies = policies, .now_unix_ms = T0};

    check_drift(view, &request, want);
    free_policies(policies);
}

/* ---- whose, and how far ---- */

static void what_lacks_the_version_drifts_and_a_pair_as_one(void **state)
{
    struct view *view = *state;

    view_import_text(view, inventory);
    check_policies(view, make_policies("all", NULL),
                   "sag-1 os drifted (runs 2.3.0); sag-3 os drifted (runs 2.3.0 and 2.4.0); "
                   "sag-4 os ahead (runs 2.5.0); sag-5 os drifted (runs nobody knows what)");
}

static void the_first_policy_that_matches_has_the_gateway(void **state)
{
    struct view *view = *state;

    view_import_text(view, inventory);
    check_policies(view, make_policies("site = north", "model = sag-1000"),
                   "sag-1 os drifted (runs 2.3.0); sag-3 later drifted (runs 2.3.0 and 2.4.0)");
}

/* Half of a pair is not a gateway: who has one device of it has both. */
static void a_pair_is_never_parted(void **state)
{
    struct view *view = *state;

    view_import_text(view, inventory);
    check_policies(view, make_policies("serial = s-3b", "serial = s-3a"),
                   "sag-3 os drifted (runs 2.3.0 and 2.4.0)");
}

static void signatures_have_policies_of_their_own(void **state)
{
    struct view *view = *state;
    struct gw_policies *policies = make_policies("gateway_id = sag-2", "gateway_id = sag-2");

    view_import_text(view, inventory);
    policies->policy[0].dpi = true;
    check_policies(view, policies, "sag-2 os drifted (runs 1.2); sag-2 later drifted (runs 2.4.0)");
}

static void downwards_the_other_way_round(void **state)
{
    struct view *view = *state;
    struct gw_policies *policies = make_policies("all", NULL);

    view_import_text(view, inventory);
    policies->policy[0].downgrade = true;
    check_policies(view, policies,
                   "sag-1 os ahead (runs 2.3.0); sag-3 os ahead (runs 2.3.0 and 2.4.0); "
                   "sag-4 os drifted (runs 2.5.0); sag-5 os drifted (runs nobody knows what)");
}

static void policies_that_get_nobody_are_counted(void **state)
{
    struct view *view = *state;
    struct gw_policies *policies = make_policies("all", "site = north");
    const struct gw_drift_request request = {.policies = policies, .now_unix_ms = T0};
    struct gw_drift drift;

    view_import_text(view, inventory);
    assert_int_equal(gw_drift_find(view->session.store, &request, &drift, &view->err), GW_OK);
    assert_int_equal(drift.policy[0].gateways, 5);
    assert_int_equal(drift.policy[0].count[GW_STANCE_CONVERGED], 1);
    assert_int_equal(drift.policy[1].gateways, 0);
    assert_int_equal(drift.policy[1].taken, 2);
    assert_int_equal(drift.gateways, 5);
    assert_int_equal(drift.converged, 1);
    gw_drift_release(&drift);
    free_policies(policies);
}

/* Neither its version nor what selects it counts any more: its mate is all of the gateway. */
static void what_is_gone_counts_for_nothing(void **state)
{
    struct view *view = *state;
    const struct gw_sync_gateway mate = {
        .gateway_id = "sag-3",
        .region = "cn-shanghai",
        .account = "",
        .model = "sag-1000",
        .name = "",
        .status = "active",
        .ha_mode = "none",
        .whole = true,
        .read_unix_ms = T0,
        .n_devices = 1,
        .device =
            {{.serial = "s-3b", .ha_role = "", .version = "2.4.0", .dpi_version = "1.1", .auto_upgrade = ""}},
    };
    struct gw_sync *sync;
    bool resumed;

    view_import_text(view, inventory);
    assert_int_equal(gw_sync_begin(view->session.store, "all", T0, &sync, &resumed, &view->err), GW_OK);
    assert_int_equal(gw_sync_put(sync, &mate, 1, T0, &view->err), GW_OK);
    gw_sync_free(sync);
    check_policies(view, make_policies("gateway_id = sag-3", NULL), "");
    check_policies(view, make_policies("serial = s-3a", "site = south"), "sag-3 later drifted (runs 2.4.0)");
}

/* ---- what people said ---- */

static void a_hold_exempts_until_its_end(void **state)
{
    struct view *view = *state;
    struct gw_policies *policies = make_policies("site = north", NULL);
    struct gw_hold_row hold = {.gateway_id = "sag-1",
                               .reason = "inventory",
                               .by = "ann@desk",
                               .at_unix_ms = T0 - HOUR,
                               .until_unix_ms = T0 + HOUR};
    struct gw_drift_request request = {.policies = policies, .now_unix_ms = T0};

    view_import_text(view, inventory);
    assert_int_equal(gw_hold_add(view->session.store, &hold, &view->err), GW_OK);
    check_drift(view, &request, "sag-1 os held (by ann@desk until 2023-11-14T23:13:20Z: inventory)");
    request.now_unix_ms = T0 + HOUR;
    check_drift(view, &request, "sag-1 os drifted (runs 2.3.0)");
    free_policies(policies);
}

static void what_was_said_to_begin_anew_must_be_a_policy(void **state)
{
    struct view *view = *state;
    struct gw_policies *policies = make_policies("all", NULL);
    static const char *const again[] = {"os", "oz"};
    struct gw_drift_request request = {.policies = policies, .again = again, .n_again = 1};

    assert_int_equal(gw_drift_check(&request, &view->err), GW_OK);
    request.n_again = 2;
    assert_int_equal(gw_drift_check(&request, &view->err), GW_ERR_INPUT);
    assert_string_equal(view->err.text, "--again oz: policies.yaml has no such policy");
    free_policies(policies);
}

/* ---- the past ---- */

static void sent(struct view *view, const char *gateway_id, enum gw_state state, const char *code)
{
    view_sign(view, gateway_id, 1, T0);
    view_answer(view, gateway_id, 1, T0 + 10, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING, "", "");
    if (state)
        view_end(view, view_number_of(view, gateway_id), state, code);
}

static void begin_past(struct view *view)
{
    view_freeze(view, &(struct view_plan){.inventory = inventory,
                                          .spec = "rollout: os-2.4.0\nversion: 2.4.0\nselect: all\n"});
    view_phase(view, GW_PHASE_RUNNING, "");
}

static void one_that_failed_rests_and_is_given_up(void **state)
{
    struct view *view = *state;
    struct gw_policies *policies = make_policies("site = north", NULL);
    struct gw_drift_request request = {.policies = policies, .now_unix_ms = T0 + HOUR};

    begin_past(view);
    sent(view, "sag-1", GW_STATE_FAILED, "stuck");
    check_drift(view, &request, "sag-1 os resting (failed in 1 night, rests until 2023-11-15T18:14:20Z)");
    request.now_unix_ms = T0 + DAY;
    check_drift(view, &request, "sag-1 os drifted (runs 2.3.0)");
    policies->manners.give_up = 1;
    check_drift(view, &request, "sag-1 os given_up (failed in 1 night: a person must look)");
    /* Another version is another matter. */
    free(policies->policy[0].version);
    policies->policy[0].version = gw_mem_dup("2.4.1");
    check_drift(view, &request, "sag-1 os drifted (runs 2.3.0); sag-2 os drifted (runs 2.4.0)");
    free_policies(policies);
}

static void a_call_that_is_not_settled_is_left_to_its_rollout(void **state)
{
    struct view *view = *state;

    begin_past(view);
    sent(view, "sag-1", GW_STATE_NONE, "");
    check_policies(view, make_policies("site = north", NULL),
                   "sag-1 os busy (rollout os-2.4.0 has a call that is not settled)");
}

static void a_site_has_so_many_restarts_in_a_month(void **state)
{
    struct view *view = *state;
    struct gw_policies *policies = make_policies("site = north or site = south", NULL);
    struct gw_drift_request request = {.policies = policies, .now_unix_ms = T0 + HOUR};

    begin_past(view);
    free(policies->policy[0].version);
    policies->policy[0].version = gw_mem_dup("2.6.0");
    policies->manners.site_restarts = 2;
    sent(view, "sag-2", GW_STATE_SUCCEEDED, "");
    /* north has had one; one more goes, and the pair takes both of south's. */
    check_drift(
        view, &request,
        "sag-1 os drifted (runs 2.3.0); sag-2 os spent (its site has had 2 of 2 restarts in 30 days); "
        "sag-3 os drifted (runs 2.3.0 and 2.4.0)");
    policies->manners.site_restarts = 1;
    check_drift(view, &request,
                "sag-1 os spent (its site has had 1 of 1 restarts in 30 days); "
                "sag-2 os spent (its site has had 1 of 1 restarts in 30 days); "
                "sag-3 os spent (its site has had 0 of 1 restarts in 30 days)");
    policies->manners.site_restarts = 2;
    request.now_unix_ms = T0 + 30 * DAY + 1;
    check_drift(view, &request,
                "sag-1 os drifted (runs 2.3.0); sag-2 os drifted (runs 2.4.0); "
                "sag-3 os drifted (runs 2.3.0 and 2.4.0)");
    free_policies(policies);
}

/* The single would be first by its name, and the pair stay at two versions for the rest of the month. */
static void a_pair_that_has_begun_has_its_sites_restarts_first(void **state)
{
    static const char one_site[] = "gateway_id,region,serial,ha_role,version,site\n"
                                   "sag-1,cn-shanghai,s-1,,2.3.0,south\n"
                                   "sag-3,cn-shanghai,s-3a,active,2.3.0,south\n"
                                   "sag-3,cn-shanghai,s-3b,standby,2.4.0,south\n";
    struct view *view = *state;
    struct gw_policies *policies = make_policies("all", NULL);

    view_import_text(view, one_site);
    policies->manners.site_restarts = 1;
    check_policies(view, policies,
                   "sag-1 os spent (its site has had 1 of 1 restarts in 30 days); "
                   "sag-3 os drifted (runs 2.3.0 and 2.4.0)");
}

/* An earlier night's rollout that still has them before itself may go on: it reads them, and calls none. */
static void who_is_there_and_whom_nothing_forbids_is_known(void **state)
{
    struct view *view = *state;
    struct gw_policies *policies = make_policies("gateway_id in (sag-1, sag-2, sag-4)", "all");
    const struct gw_hold_row hold = {.gateway_id = "sag-4",
                                     .reason = "works",
                                     .by = "ann@desk",
                                     .at_unix_ms = T0 - HOUR,
                                     .until_unix_ms = T0 + HOUR};
    const struct gw_drift_request request = {.policies = policies, .now_unix_ms = T0};
    struct gw_drift drift;

    view_import_text(view, inventory);
    assert_int_equal(gw_hold_add(view->session.store, &hold, &view->err), GW_OK);
    assert_int_equal(gw_drift_find(view->session.store, &request, &drift, &view->err), GW_OK);
    assert_int_equal(drift.policy[0].there.n, 1);
    assert_int_equal(gw_names_find(&drift.policy[0].there, "sag-2"), 0);
    assert_int_equal(drift.policy[1].there.n, 0);
    gw_drift_release(&drift);
    free_policies(policies);
}

static void tonights_list_is_what_goes(void **state)
{
    struct view *view = *state;
    struct gw_policies *policies = make_policies("all", NULL);
    const struct gw_drift_request request = {.policies = policies, .now_unix_ms = T0};
    struct gw_drift drift;
    const char **list;
    size_t n = 9;

    view_import_text(view, inventory);
    assert_int_equal(gw_drift_find(view->session.store, &request, &drift, &view->err), GW_OK);
    list = gw_drift_tonight(&drift, 0, &n);
    assert_int_equal(n, 3);
    assert_string_equal(list[0], "sag-1");
    assert_string_equal(list[2], "sag-5");
    free(list);
    gw_drift_release(&drift);
    free_policies(policies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIEW(what_lacks_the_version_drifts_and_a_pair_as_one),
        VIEW(the_first_policy_that_matches_has_the_gateway),
        VIEW(a_pair_is_never_parted),
        VIEW(signatures_have_policies_of_their_own),
        VIEW(downwards_the_other_way_round),
        VIEW(policies_that_get_nobody_are_counted),
        VIEW(what_is_gone_counts_for_nothing),
        VIEW(a_hold_exempts_until_its_end),
        VIEW(what_was_said_to_begin_anew_must_be_a_policy),
        VIEW(one_that_failed_rests_and_is_given_up),
        VIEW(a_call_that_is_not_settled_is_left_to_its_rollout),
        VIEW(a_site_has_so_many_restarts_in_a_month),
        VIEW(a_pair_that_has_begun_has_its_sites_restarts_first),
        VIEW(who_is_there_and_whom_nothing_forbids_is_known),
        VIEW(tonights_list_is_what_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
