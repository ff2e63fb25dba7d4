/* Nights in the database: holds, what the past says, what a night leaves behind, and rollouts that policies make. */
#include "gatewave/store/night.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "place.h"
#include "sql.h"

/* ---- holds ---- */

static bool list_hold(void *user, const struct gw_hold_row *row)
{
    gw_buf_addf(user, "%s %s by %s until %lld; ", row->gateway_id, row->reason, row->by,
                (long long)row->until_unix_ms);
    return true;
}

static void check_holds(struct place *place, int64_t now_unix_ms, const char *want)
{
    struct gw_buf list;

    gw_buf_init(&list, 0);
    assert_int_equal(gw_holds_each(place->store, now_unix_ms, list_hold, &list, &place->err), GW_OK);
    assert_string_equal(gw_buf_text(&list), want);
    gw_buf_release(&list);
}

static void test_a_hold_is_in_force_until_its_end_or_its_lifting(void **state)
{
    struct place *place = *state;
    struct gw_hold_row row = {.gateway_id = "gw-0001",
                              .reason = "inventory",
                              .by = "ann@desk",
                              .at_unix_ms = 100,
                              .until_unix_ms = 200};
    uint64_t n = 9;

    place_fleet(place, 2);
    assert_int_equal(gw_hold_add(place->store, &row, &place->err), GW_OK);
    row.until_unix_ms = 300;
    assert_int_equal(gw_hold_add(place->store, &row, &place->err), GW_OK);
    check_holds(place, 150,
                "gw-0001 inventory by ann@desk until 300; gw-0001 inventory by ann@desk until 200; ");
    check_holds(place, 200, "gw-0001 inventory by ann@desk until 300; ");
    check_holds(place, 300, "");
    assert_int_equal(gw_hold_lift(place->store, "gw-0000", "bob@desk", 150, &n, &place->err), GW_OK);
    assert_int_equal(n, 0);
    assert_int_equal(gw_hold_lift(place->store, "gw-0001", "bob@desk", 250, &n, &place->err), GW_OK);
    assert_int_equal(n, 1); /* the other one had ended by itself */
    check_holds(place, 250, "");
    assert_string_equal(place_text(place, "SELECT group_concat(coalesce(lifted_by, '-')) FROM holds"),
                        "-,bob@desk");
}

static void test_only_what_the_inventory_has_is_held(void **state)
{
    struct place *place = *state;
    struct gw_hold_row row = {
        .gateway_id = "gw-9999", .reason = "x", .by = "a@b", .at_unix_ms = 100, .until_unix_ms = 200};

    place_fleet(place, 1);
    assert_int_equal(gw_hold_add(place->store, &row, &place->err), GW_ERR_NOT_FOUND);
    place_error_has(place, "has no gateway gw-9999", "fleet.db");
    assert_int_equal(place_number(place, "SELECT count(*) FROM holds"), 0);
}

/* ---- the past ---- */

static bool list_failure(void *user, const char *gateway_id, uint32_t rollouts, int64_t last_unix_ms)
{
    gw_buf_addf(user, "%s %u times, last %lld; ", gateway_id, rollouts, (long long)last_unix_ms);
    return true;
}

static bool list_restart(void *user, const char *site, const char *gateway_id, uint32_t n)
{
    gw_buf_addf(user, "%s/%s %u; ", site, gateway_id, n);
    return true;
}

static bool list_unsettled(void *user, const char *gateway_id, int64_t device, const char *rollout)
{
    gw_buf_addf(user, "%s %lld %s; ", gateway_id, (long long)device, rollout);
    return true;
}

/* Two rollouts of 2.4.0 over gw-0000 .. gw-0003, told by hand: who failed, and when. */
static void make_past(struct place *place)
{
    place_fleet(place, 4);
    (void)place_rollout(place, "one");
    (void)place_rollout(place, "two");
    place_exec(place, "UPDATE targets SET state = 'failed', ended_unix_ms = 1000 WHERE id IN"
                      " (SELECT target FROM facts WHERE gateway_id = 'gw-0000') AND rollout = 1");
    place_exec(place, "UPDATE targets SET state = 'unresolved', ended_unix_ms = 2000 WHERE id IN"
                      " (SELECT target FROM facts WHERE gateway_id = 'gw-0000') AND rollout = 2");
    place_exec(place, "UPDATE targets SET state = 'succeeded', sent = 1, ended_unix_ms = 1500 WHERE id IN"
                      " (SELECT target FROM facts WHERE gateway_id = 'gw-0001') AND rollout = 1");
    place_exec(place, "INSERT INTO relapses SELECT target, 1700, '', 'dark' FROM facts JOIN targets t ON"
                      " t.id = target WHERE gateway_id = 'gw-0001' AND rollout = 1");
    place_exec(place, "UPDATE targets SET state = 'deferred', ended_unix_ms = 1600 WHERE id IN"
                      " (SELECT target FROM facts WHERE gateway_id = 'gw-0002') AND rollout = 1");
    place_exec(place, "UPDATE targets SET state = 'in_doubt' WHERE id IN"
                      " (SELECT target FROM facts WHERE gateway_id = 'gw-0003') AND rollout = 1");
}

static void test_failures_are_counted_by_rollouts_of_that_version(void **state)
{
    struct place *place = *state;
    struct gw_buf list;
    const char *version;

    make_past(place);
    version = place_text(place, "SELECT version FROM rollouts LIMIT 1");
    gw_buf_init(&list, 0);
    assert_int_equal(gw_failures_each(place->store, version, false, list_failure, &list, &place->err), GW_OK);
    assert_string_equal(gw_buf_text(&list), "gw-0000 2 times, last 2000; gw-0001 1 times, last 1700; ");
    gw_buf_reset(&list);
    assert_int_equal(gw_failures_each(place->store, version, true, list_failure, &list, &place->err), GW_OK);
    assert_int_equal(gw_failures_each(place->store, "9.9", false, list_failure, &list, &place->err), GW_OK);
    assert_string_equal(gw_buf_text(&list), "");
    gw_buf_release(&list);
}

static void test_what_may_have_restarted_a_site_counts(void **state)
{
    struct place *place = *state;
    struct gw_buf list;

    make_past(place);
    /* Sent at 100, 200, 300 and 400: accepted, refused, without an answer, and too long ago. */
    place_exec(place, "INSERT INTO attempts SELECT target, 1, 'n', 500, 600 FROM facts JOIN targets t ON"
                      " t.id = target WHERE rollout = 1 AND gateway_id <> 'gw-0003'");
    place_exec(place, "INSERT INTO attempts SELECT target, 1, 'n', 400, 600 FROM facts JOIN targets t ON"
                      " t.id = target WHERE rollout = 1 AND gateway_id = 'gw-0003'");
    place_exec(place,
               "INSERT INTO answers (target, number, at_unix_ms, proof, http_status) SELECT target, 1, 510,"
               " CASE gateway_id WHEN 'gw-0000' THEN 'accepted' ELSE 'refused' END, 200 FROM facts"
               " JOIN targets t ON t.id = target WHERE rollout = 1 AND gateway_id IN ('gw-0000', 'gw-0001')");
    /* The one without an answer was asked about, had no effect, and was sent again: that restarts nobody twice. */
    place_exec(place, "INSERT INTO attempts SELECT target, 2, 'm', 700, 800 FROM facts JOIN targets t ON"
                      " t.id = target WHERE rollout = 1 AND gateway_id = 'gw-0002'");
    gw_buf_init(&list, 0);
    assert_int_equal(gw_restarts_each(place->store, 500, list_restart, &list, &place->err), GW_OK);
    assert_string_equal(gw_buf_text(&list), "/gw-0000 1; /gw-0002 1; ");
    gw_buf_release(&list);
}

static void test_what_is_not_settled_is_named_with_its_rollout(void **state)
{
    struct place *place = *state;
    struct gw_buf list, want;

    make_past(place);
    gw_buf_init(&list, 0);
    assert_int_equal(gw_unsettled_each(place->store, list_unsettled, &list, &place->err), GW_OK);
    gw_buf_init(&want, 0);
    gw_buf_addf(&want, "gw-0003 %lld one; ",
                (long long)place_number(place,
                                        "SELECT d.id FROM devices d JOIN gateways g ON g.id = d.gateway"
                                        " WHERE g.gateway_id = 'gw-0003'"));
    assert_string_equal(gw_buf_text(&list), gw_buf_text(&want));
    gw_buf_release(&want);
    gw_buf_release(&list);
}

static bool list_late(void *user, const struct gw_late_row *row)
{
    gw_buf_addf(user, "%s %s %s %lld; ", row->version, row->gateway_id, row->rollout,
                (long long)row->upgraded_unix_ms);
    return true;
}

static void test_a_late_death_is_charged_to_the_last_upgrade(void **state)
{
    struct place *place = *state;
    struct gw_buf list, want;

    make_past(place);
    place_exec(place, "UPDATE targets SET state = 'succeeded', sent = 1, ended_unix_ms = 2500 WHERE id IN"
                      " (SELECT target FROM facts WHERE gateway_id = 'gw-0001') AND rollout = 2");
    place_exec(place, "INSERT INTO devices_seen (device, online) SELECT id, id % 2 FROM devices");
    place_exec(place, "UPDATE devices_seen SET online = 0 WHERE device ="
                      " (SELECT device FROM facts WHERE gateway_id = 'gw-0001' LIMIT 1)");
    gw_buf_init(&list, 0);
    gw_buf_init(&want, 0);
    gw_buf_addf(&want, "%s gw-0001 two 2500; ", place_text(place, "SELECT version FROM rollouts LIMIT 1"));
    assert_int_equal(gw_late_each(place->store, 1000, list_late, &list, &place->err), GW_OK);
    assert_string_equal(gw_buf_text(&list), gw_buf_text(&want));
    gw_buf_reset(&list);
    assert_int_equal(gw_late_each(place->store, 2501, list_late, &list, &place->err), GW_OK);
    assert_string_equal(gw_buf_text(&list), "");
    gw_buf_release(&want);
    gw_buf_release(&list);
}

static bool list_self(void *user, const char *gateway_id, const char *serial, const char *auto_upgrade)
{
    gw_buf_addf(user, "%s %s %s; ", gateway_id, serial, auto_upgrade);
    return true;
}

/* Whoever is gone upgrades nothing by itself, and died no late death that we could know of. */
static void test_what_is_gone_is_not_told_of(void **state)
{
    struct place *place = *state;
    struct gw_buf list;

    make_past(place);
    place_exec(place, "UPDATE devices SET serial = 's' || id");
    place_exec(place,
               "INSERT INTO devices_seen (device, online, auto_upgrade) SELECT id, 0, 'boot' FROM devices");
    place_exec(place, "UPDATE devices_seen SET auto_upgrade = 'manual' WHERE device = 1");
    place_exec(place, "UPDATE devices_seen SET gone_unix_ms = 1 WHERE device = 3");
    gw_buf_init(&list, 0);
    assert_int_equal(gw_self_upgrades_each(place->store, list_self, &list, &place->err), GW_OK);
    assert_string_equal(gw_buf_text(&list), "gw-0001 s2 boot; gw-0003 s4 boot; ");
    place_exec(place,
               "INSERT INTO gateways_seen (gateway, seen_unix_ms, gone_unix_ms) SELECT id, 1, 2 FROM gateways"
               " WHERE gateway_id IN ('gw-0001', 'gw-0003')");
    gw_buf_reset(&list);
    assert_int_equal(gw_self_upgrades_each(place->store, list_self, &list, &place->err), GW_OK);
    assert_int_equal(gw_late_each(place->store, 0, list_late, &list, &place->err), GW_OK);
    assert_string_equal(gw_buf_text(&list), "");
    gw_buf_release(&list);
}

/* ---- nights ---- */

static int64_t begin(struct place *place)
{
    const struct gw_drift_row drift[] = {
        {"gw-0000", "os", "2.4.0", "runs 2.3.0", GW_STANCE_DRIFTED},
        {"gw-0001", "os", "2.4.0", "by ann@desk until tomorrow: inventory", GW_STANCE_HELD},
    };
    const struct gw_night_new new_ = {.policies = "policies.yaml",
                                      .now_unix_ms = 5000,
                                      .gateways = 3,
                                      .converged = 1,
                                      .drift = drift,
                                      .n_drift = GW_COUNT_OF(drift)};
    int64_t night = 0;

    assert_int_equal(gw_night_begin(place->store, &new_, &night, &place->err), GW_OK);
    return night;
}

static void test_a_night_leaves_what_it_found_and_how_it_ended(void **state)
{
    struct place *place = *state;
    int64_t night = begin(place);

    assert_string_equal(place_text(place, "SELECT group_concat(gateway_id || ' ' || stance) FROM drift"),
                        "gw-0000 drifted,gw-0001 held");
    assert_int_equal(place_number(place, "SELECT ended_unix_ms IS NULL FROM nights"), 1);
    assert_int_equal(gw_night_end(place->store, night, 9, 7000, &place->err), GW_OK);
    assert_string_equal(place_text(place, "SELECT result || ' ' || ended_unix_ms || ' ' || gateways || ' ' ||"
                                          " converged FROM nights"),
                        "9 7000 3 1");
    assert_int_equal(gw_night_end(place->store, night, 0, 8000, &place->err), GW_ERR_STORE);
}

static bool list_newly(void *user, const char *gateway_id)
{
    gw_buf_addf(user, "%s ", gateway_id);
    return true;
}

static void check_newly(struct place *place, int64_t night, const char *want)
{
    struct gw_buf list;

    gw_buf_init(&list, 0);
    assert_int_equal(
        gw_night_newly_each(place->store, night, GW_STANCE_GIVEN_UP, list_newly, &list, &place->err), GW_OK);
    assert_string_equal(gw_buf_text(&list), want);
    gw_buf_release(&list);
}

static void test_who_is_newly_given_up_is_told_once(void **state)
{
    struct place *place = *state;
    int64_t first = begin(place), killed, third;

    check_newly(place, first, "");
    place_exec(
        place,
        "INSERT INTO drift VALUES (1, 'b', 'p', '1', 'given_up', ''), (1, 'a', 'p', '1', 'given_up', ''),"
        " (1, 'a', 'q', '1', 'given_up', ''), (1, 'c', 'p', '1', 'resting', '')");
    check_newly(place, first, "a b ");
    assert_int_equal(gw_night_end(place->store, first, 1, 7000, &place->err), GW_OK);
    killed = begin(place);
    place_exec(
        place,
        "INSERT INTO drift VALUES (2, 'a', 'p', '1', 'given_up', ''), (2, 'c', 'p', '1', 'given_up', '')");
    check_newly(place, killed, "c ");
    /* That night told nobody: the next one does. */
    third = begin(place);
    place_exec(
        place,
        "INSERT INTO drift VALUES (3, 'b', 'p', '1', 'given_up', ''), (3, 'c', 'p', '1', 'given_up', '')");
    check_newly(place, third, "c ");
}

static void test_the_last_night_that_was_all_as_desired(void **state)
{
    struct place *place = *state;
    int64_t at_unix_ms = 9;

    assert_int_equal(gw_night_last_success(place->store, &at_unix_ms, &place->err), GW_OK);
    assert_int_equal(at_unix_ms, 0);
    assert_int_equal(gw_night_end(place->store, begin(place), 0, 7000, &place->err), GW_OK);
    assert_int_equal(gw_night_end(place->store, begin(place), 1, 8000, &place->err), GW_OK);
    assert_int_equal(gw_night_last_success(place->store, &at_unix_ms, &place->err), GW_OK);
    assert_int_equal(at_unix_ms, 7000);
}

/* Every word of the core, and no other, may stand in the table. */
static void test_the_words_for_stances_are_the_cores(void **state)
{
    struct place *place = *state;
    char sql[256];

    (void)begin(place);
    for (int stance = GW_STANCE_DRIFTED; stance < GW_STANCE_COUNT; stance++) {
        (void)snprintf(
            sql, sizeof(sql),
            "INSERT INTO drift (night, gateway_id, policy, version, stance, reason) VALUES (1, 'x%d',"
            " 'p', '1', '%s', '')",
            stance, gw_stance_name((enum gw_stance)stance));
        place_exec(place, sql);
    }
    assert_int_not_equal(place_try(place, "INSERT INTO drift VALUES (1, 'y', 'p', '1', 'converged', '')"), 0);
}

/* ---- devices taken over ---- */

static bool list_takeover(void *user, const struct gw_takeover_row *row)
{
    gw_buf_addf(user, "%lld %s %s %s/%s %s %s '%s' %u %s; ", (long long)row->id, row->gateway_id, row->serial,
                row->account, row->region, row->dpi ? "Dpi" : "Device", row->upgrade_type, row->cron,
                row->duration_min, row->time_zone);
    return true;
}

static void check_takeovers(struct place *place, const char *want)
{
    struct gw_buf list;

    gw_buf_init(&list, 0);
    assert_int_equal(gw_takeovers_each(place->store, list_takeover, &list, &place->err), GW_OK);
    assert_string_equal(gw_buf_text(&list), want);
    gw_buf_release(&list);
}

static void test_what_was_taken_over_is_kept_until_it_is_given_back(void **state)
{
    struct place *place = *state;
    struct gw_takeover_row row = {.night = begin(place),
                                  .gateway_id = "gw-0001",
                                  .serial = "s1",
                                  .upgrade_type = "scheduled",
                                  .cron = "0 0 4 1/1 * ?",
                                  .time_zone = "Asia/Shanghai",
                                  .duration_min = 60};

    place_fleet(place, 2);
    assert_int_equal(gw_takeover_add(place->store, &row, 9000, &place->err), GW_OK);
    row.dpi = true;
    row.upgrade_type = "boot";
    assert_int_equal(gw_takeover_add(place->store, &row, 9001, &place->err), GW_OK);
    check_takeovers(place, "1 gw-0001 s1 main/cn-shanghai Device scheduled '0 0 4 1/1 * ?' 60 Asia/Shanghai; "
                           "2 gw-0001 s1 main/cn-shanghai Dpi boot '0 0 4 1/1 * ?' 60 Asia/Shanghai; ");
    assert_int_equal(gw_takeover_returned(place->store, 1, 9100, &place->err), GW_OK);
    check_takeovers(place, "2 gw-0001 s1 main/cn-shanghai Dpi boot '0 0 4 1/1 * ?' 60 Asia/Shanghai; ");
    assert_int_equal(place_number(place, "SELECT returned_unix_ms FROM takeovers WHERE id = 1"), 9100);
    assert_int_not_equal(place_try(place, "DELETE FROM takeovers"), 0);
}

/* ---- the rollouts of policies ---- */

static enum gw_code try_rollout(struct place *place, const char *name, int64_t night, int64_t last,
                                struct gw_rollout_row *ret)
{
    static const char *const ids[] = {"gw-0001", "gw-0003"};
    const struct gw_gateway_list only = {ids, GW_COUNT_OF(ids)};
    const struct gw_rollout_new new_ = {.name = name,
                                        .version = "2.4.0",
                                        .verify = true,
                                        .selection = "model = nothing",
                                        .spec = "",
                                        .created_by = "a@b",
                                        .now_unix_ms = 6000,
                                        .select = place_select("model = nothing"),
                                        .only = &only,
                                        .policy = "os",
                                        .night = night,
                                        .policy_last = last};

    return gw_rollout_create(place->store, &new_, ret, &place->err);
}

static struct gw_rollout_row make_rollout(struct place *place, const char *name, int64_t night, int64_t last)
{
    struct gw_rollout_row row = {0};

    if (try_rollout(place, name, night, last, &row) != GW_OK)
        fail_msg("%s", place->err.text);
    return row;
}

static void test_a_policys_rollout_is_for_the_gateways_it_is_given(void **state)
{
    struct place *place = *state;
    struct gw_policy_rollout last;
    struct gw_rollout_row row;

    place_fleet(place, 5);
    assert_int_equal(gw_policy_rollout_last(place->store, "os", &last, &place->err), GW_ERR_NOT_FOUND);
    row = make_rollout(place, "os.2026-11-23", begin(place), 0);
    assert_int_equal(row.targets, 2);
    assert_string_equal(place_text(place, "SELECT group_concat(gateway_id) FROM (SELECT gateway_id FROM facts"
                                          " ORDER BY gateway_id)"),
                        "gw-0001,gw-0003");
    assert_int_equal(gw_policy_rollout_last(place->store, "os", &last, &place->err), GW_OK);
    assert_string_equal(last.row.name, "os.2026-11-23");
    assert_false(last.replaced);
    assert_int_equal(gw_policy_rollout_replace(place->store, last.row.id, "a gateway is held", &place->err),
                     GW_OK);
    assert_int_equal(gw_policy_rollout_last(place->store, "os", &last, &place->err), GW_OK);
    assert_true(last.replaced);
    assert_int_equal(gw_policy_rollout_replace(place->store, last.row.id, "a later night", &place->err),
                     GW_OK);
    assert_string_equal(place_text(place, "SELECT ended FROM policy_rollouts"), "a gateway is held");
    (void)make_rollout(place, "os.2026-11-24", 1, last.row.id);
    assert_int_equal(gw_policy_rollout_last(place->store, "os", &last, &place->err), GW_OK);
    assert_string_equal(last.row.name, "os.2026-11-24");
    assert_int_equal(gw_policy_rollout_last(place->store, "dpi", &last, &place->err), GW_ERR_NOT_FOUND);
}

static bool list_open(void *user, const struct gw_policy_open_row *row)
{
    gw_buf_addf(user, "%s of %s by %s; ", row->rollout, row->policy, row->policies);
    return true;
}

static void test_policies_rollouts_that_are_not_over_are_listed_with_their_file(void **state)
{
    struct place *place = *state;
    struct gw_rollout_row first, second;
    struct gw_buf list;

    place_fleet(place, 5);
    (void)place_rollout(place, "by-hand");
    first = make_rollout(place, "os.1", begin(place), 0);
    second = make_rollout(place, "os.2", 1, first.id);
    (void)make_rollout(place, "os.3", 1, second.id);
    place_exec(place, "UPDATE rollouts SET phase = 'aborted' WHERE name = 'os.1'");
    place_exec(place, "UPDATE rollouts SET phase = 'aborting' WHERE name = 'os.2'");
    gw_buf_init(&list, 0);
    assert_int_equal(gw_policy_rollouts_open(place->store, list_open, &list, &place->err), GW_OK);
    assert_string_equal(gw_buf_text(&list), "os.2 of os by policies.yaml; os.3 of os by policies.yaml; ");
    gw_buf_release(&list);
}

static void take_back(struct place *place, const char *name, int64_t rollout, const char *reason)
{
    const struct gw_rollout_new new_ = {.name = name,
                                        .version = "2.3.0",
                                        .selection = "all",
                                        .spec = "",
                                        .created_by = "ann@desk",
                                        .now_unix_ms = 7000,
                                        .select = place_select("all"),
                                        .takes_back = rollout,
                                        .reason = reason};
    struct gw_rollout_row row;

    if (gw_rollout_create(place->store, &new_, &row, &place->err) != GW_OK)
        fail_msg("%s", place->err.text);
}

static void test_what_a_person_took_back_is_known_until_the_policy_begins_anew(void **state)
{
    struct place *place = *state;
    struct gw_policy_rollback back;
    struct gw_rollout_row first, second;
    char policy[GW_ROLLOUT_NAME_MAX];

    place_fleet(place, 5);
    first = make_rollout(place, "os.1", begin(place), 0);
    second = make_rollout(place, "os.2", 1, first.id);
    assert_int_equal(gw_policy_rollback_last(place->store, "os", "2.4.0", false, &back, &place->err),
                     GW_ERR_NOT_FOUND);
    /* It need not be the last one that is taken back. */
    take_back(place, "os.1.back", first.id, "drops VPN sessions");
    assert_int_equal(gw_policy_rollback_last(place->store, "os", "2.4.0", false, &back, &place->err), GW_OK);
    assert_string_equal(back.rollout, "os.1");
    assert_string_equal(back.by, "ann@desk");
    assert_int_equal(back.at_unix_ms, 7000);
    assert_string_equal(back.reason, "drops VPN sessions");
    free(back.reason);
    /* Another version, type or policy is another matter. */
    assert_int_equal(gw_policy_rollback_last(place->store, "os", "2.4.1", false, &back, &place->err),
                     GW_ERR_NOT_FOUND);
    assert_int_equal(gw_policy_rollback_last(place->store, "os", "2.4.0", true, &back, &place->err),
                     GW_ERR_NOT_FOUND);
    assert_int_equal(gw_policy_rollback_last(place->store, "so", "2.4.0", false, &back, &place->err),
                     GW_ERR_NOT_FOUND);
    (void)make_rollout(place, "os.3", 1, second.id);
    assert_int_equal(gw_policy_rollback_last(place->store, "os", "2.4.0", false, &back, &place->err),
                     GW_ERR_NOT_FOUND);
    take_back(place, "os.2.back", second.id, NULL);
    assert_int_equal(gw_policy_rollback_last(place->store, "os", "2.4.0", false, &back, &place->err), GW_OK);
    assert_string_equal(back.reason, "");
    free(back.reason);
    assert_int_equal(gw_policy_of_rollout(place->store, first.id, policy, &place->err), GW_OK);
    assert_string_equal(policy, "os");
    assert_int_equal(gw_policy_of_rollout(place->store, 3, policy, &place->err), GW_OK);
    assert_string_equal(policy, "");
    assert_int_not_equal(gw_sql_exec(place->store, "UPDATE rollbacks SET reason = 'x'", &place->err), GW_OK);
    assert_int_not_equal(gw_sql_exec(place->store, "DELETE FROM rollbacks", &place->err), GW_OK);
}

static void test_of_two_nights_at_once_one_makes_the_policys_rollout(void **state)
{
    struct place *place = *state;
    struct gw_rollout_row first, second = {0};

    place_fleet(place, 5);
    first = make_rollout(place, "os.2026-11-23", begin(place), 0);
    assert_int_equal(try_rollout(place, "os.2026-11-23-1", 1, 0, &second), GW_ERR_BUSY);
    assert_non_null(strstr(place->err.text, "another night"));
    assert_int_equal(try_rollout(place, "os.2026-11-23", 1, first.id + 1, &second), GW_ERR_BUSY);
    assert_string_equal(place_text(place, "SELECT group_concat(name) FROM rollouts"), "os.2026-11-23");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_hold_is_in_force_until_its_end_or_its_lifting, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_only_what_the_inventory_has_is_held, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_failures_are_counted_by_rollouts_of_that_version, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_what_may_have_restarted_a_site_counts, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_settled_is_named_with_its_rollout, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_late_death_is_charged_to_the_last_upgrade, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_gone_is_not_told_of, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_night_leaves_what_it_found_and_how_it_ended, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_who_is_newly_given_up_is_told_once, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_the_last_night_that_was_all_as_desired, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_the_words_for_stances_are_the_cores, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_what_was_taken_over_is_kept_until_it_is_given_back, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_of_two_nights_at_once_one_makes_the_policys_rollout,
                                        place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_policies_rollouts_that_are_not_over_are_listed_with_their_file,
                                        place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_what_a_person_took_back_is_known_until_the_policy_begins_anew,
                                        place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_policys_rollout_is_for_the_gateways_it_is_given, place_set_up,
                                        place_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
