/* What a sync puts: filled in, kept, changed, moved, gone and returned, and who brought a version. */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/text.h"
#include "gatewave/store/draft.h"
#include "gatewave/store/inventory.h"
#include "gatewave/store/sync.h"

#define T0   INT64_C(1700000000000)
#define HOUR INT64_C(3600000)

static struct gw_sync *begin(struct place *place, const char *scope, int64_t now_unix_ms, bool resumed)
{
    struct gw_sync *sync;
    bool was_resumed;

    if (gw_sync_begin(place->store, scope, now_unix_ms, &sync, &was_resumed, &place->err) != GW_OK)
        fail_msg("%s", place->err.text);
    assert_int_equal(was_resumed, resumed);
    return sync;
}

static struct gw_sync_gateway gateway_of(const char *id)
{
    return (struct gw_sync_gateway){.gateway_id = id,
                                    .region = "r1",
                                    .account = "",
                                    .model = "sag-1000",
                                    .name = "n",
                                    .status = "Active",
                                    .ha_mode = "none"};
}

/*
 * "id serial role version;serial role version": a gateway that is told whole. Roles and versions may be -. The text lives
 * until the next one.
 */
static struct gw_sync_gateway told(const char *text, int64_t read_unix_ms)
{
    static char copy[256];
    struct gw_sync_gateway gateway;
    char *save, *word;

    assert_true(gw_text_copy(copy, sizeof(copy), text));
    word = strtok_r(copy, " ;", &save);
    gateway = gateway_of(word);
    gateway.whole = true;
    gateway.read_unix_ms = read_unix_ms;
    while ((word = strtok_r(NULL, " ;", &save))) {
        struct gw_sync_device *device = &gateway.device[gateway.n_devices++];

        device->serial = word;
        device->ha_role = strtok_r(NULL, " ;", &save);
        device->version = strtok_r(NULL, " ;", &save);
        device->ha_role = strcmp(device->ha_role, "-") ? device->ha_role : "";
        device->version = strcmp(device->version, "-") ? device->version : "";
        device->dpi_version = device->auto_upgrade = "";
    }
    return gateway;
}

static void put(struct place *place, struct gw_sync *sync, const char *text, int64_t now_unix_ms)
{
    struct gw_sync_gateway gateway = told(text, now_unix_ms);

    if (gw_sync_put(sync, &gateway, 1, now_unix_ms, &place->err) != GW_OK)
        fail_msg("%s", place->err.text);
}

static struct gw_sync_counts end(struct place *place, struct gw_sync *sync, int64_t now_unix_ms)
{
    struct gw_sync_counts counts;

    assert_int_equal(gw_sync_end_part(sync, "", "r1", 1, "", now_unix_ms, &place->err), GW_OK);
    if (gw_sync_end(sync, now_unix_ms, &counts, &place->err) != GW_OK)
        fail_msg("%s", place->err.text);
    gw_sync_free(sync);
    return counts;
}

/* A whole sync of these gateways, hours after T0; NULL ends them. */
static struct gw_sync_counts sync_at(struct place *place, int hours, const char *const *text)
{
    int64_t now_unix_ms = T0 + hours * HOUR;
    struct gw_sync *sync = begin(place, "s", now_unix_ms, false);

    for (; *text; text++)
        put(place, sync, *text, now_unix_ms);
    return end(place, sync, now_unix_ms);
}

#define SYNC(place, hours, ...) sync_at(place, hours, (const char *const[]){__VA_ARGS__, NULL})

/* "serial role version[ gone]" of every device row, by row. */
static const char *rows(const struct place *place)
{
    return place_text(
        place, "SELECT group_concat(gateway_id || ' ' || serial || ' ' || ha_role || ' ' || d.version ||"
               " iif(s.gone_unix_ms IS NULL, '', ' gone'), '; ') FROM (SELECT * FROM devices ORDER BY id)"
               " d JOIN gateways g ON g.id = d.gateway LEFT JOIN devices_seen s ON s.device = d.id");
}

/* What the last sync found, in the order of the rows. */
static const char *changes(const struct place *place)
{
    return place_text(
        place, "SELECT group_concat(gateway_id || ' ' || serial || ' ' || what || ' ' || before || '>' ||"
               " after || iif(by = '', '', ' by ' || by), '; ') FROM (SELECT v.* FROM v_change v JOIN"
               " changes c USING (gateway_id, serial, what, before, after) WHERE c.sync ="
               " (SELECT max(id) FROM syncs) ORDER BY c.id)");
}

static void assert_counts(struct gw_sync_counts counts, const char *expected)
{
    char text[128];

    snprintf(text, sizeof(text), "%d/%d +%d -%d =%d ~%d !%d", (int)counts.gateways, (int)counts.devices,
             (int)counts.appeared, (int)counts.disappeared, (int)counts.returned, (int)counts.changed,
             (int)counts.foreign);
    assert_string_equal(text, expected);
}

static void test_gateways_appear(void **state)
{
    struct place *place = *state;

    assert_counts(SYNC(place, 0, "a s1 active 2.3", "b s2 active 2.3;s3 standby 2.3", "c"),
                  "3/3 +3 -0 =0 ~0 !0");
    assert_string_equal(rows(place), "a s1  2.3; b s2 active 2.3; b s3 standby 2.3");
    assert_string_equal(changes(place), "a  appeared >; b  appeared >; c  appeared >");
    assert_string_equal(place_text(place, "SELECT region || model || name || account FROM gateways"),
                        "r1sag-1000n");
}

static void test_the_same_again_changes_nothing(void **state)
{
    struct place *place = *state;
    int64_t generation;

    SYNC(place, 0, "a s1 - 2.3", "b s2 active 2.3;s3 standby 2.3", "c");
    generation = place_number(place, "SELECT generation FROM inventory");
    assert_counts(SYNC(place, 1, "a s1 - 2.3", "b s3 standby 2.3;s2 active 2.3", "c"), "3/3 +0 -0 =0 ~0 !0");
    assert_string_equal(changes(place), "");
    assert_int_equal(place_number(place, "SELECT generation FROM inventory"), generation);
}

static void test_what_people_wrote_stays(void **state)
{
    struct place *place = *state;

    place_exec(place,
               "INSERT INTO gateways (id, gateway_id, region, account, model, name, site, timezone, isp)"
               " VALUES (1, 'a', 'r1', 'main', 'old', '', 'roof', 'Asia/Shanghai', 'unicom');"
               "INSERT INTO devices (id, gateway, version) VALUES (7, 1, '2.2');"
               "INSERT INTO tags VALUES (7, 'ring', '1')");
    assert_counts(SYNC(place, 0, "a s1 - 2.3"), "1/1 +0 -0 =0 ~1 !0");
    assert_string_equal(
        place_text(place, "SELECT region || ' ' || account || ' ' || model || ' ' || name || ' ' || site"
                          " || ' ' || timezone || ' ' || isp FROM gateways"),
        "r1 main sag-1000 n roof Asia/Shanghai unicom");
    assert_string_equal(place_text(place,
                                   "SELECT d.id || serial || version || value FROM devices d JOIN tags ON"
                                   " device = d.id"),
                        "7s12.31");
    /* What was not known is filled in and no change; what a file said is nobody's doing. */
    assert_string_equal(changes(place), "a  model old>sag-1000; a s1 version 2.2>2.3");
    assert_int_equal(place_number(place, "SELECT sum(foreigner) FROM changes"), 0);
}

static void test_a_list_alone_leaves_devices(void **state)
{
    struct place *place = *state;
    struct gw_sync_gateway gateway = gateway_of("a");
    struct gw_sync *sync;

    SYNC(place, 0, "a s1 - 2.3");
    sync = begin(place, "s", T0 + HOUR, false);
    gateway.status = "Offline";
    assert_int_equal(gw_sync_put(sync, &gateway, 1, T0 + HOUR, &place->err), GW_OK);
    assert_counts(end(place, sync, T0 + HOUR), "1/1 +0 -0 =0 ~0 !0");
    assert_string_equal(rows(place), "a s1  2.3");
    assert_string_equal(place_text(place, "SELECT status FROM gateways_seen"), "Offline");
    assert_int_equal(place_number(place, "SELECT read_unix_ms FROM gateways_seen"), T0);
}

static void test_exchanged_box(void **state)
{
    struct place *place = *state;

    SYNC(place, 0, "a s1 - 2.3", "b s2 active 2.3;s3 standby 2.3");
    assert_counts(SYNC(place, 1, "a s9 - 2.5", "b s3 active 2.3;s8 standby 2.4"), "2/3 +0 -0 =0 ~2 !0");
    assert_string_equal(rows(place), "a s9  2.5; b s8 standby 2.4; b s3 active 2.3");
    assert_string_equal(changes(place),
                        "a s9 serial s1>s9; a s9 version 2.3>2.5; b s3 ha_role standby>active;"
                        " b s8 serial s2>s8; b s8 version 2.3>2.4");
}

static void test_both_boxes_exchanged_keep_their_places(void **state)
{
    struct place *place = *state;

    SYNC(place, 0, "b s2 active 2.3;s3 standby 2.3");
    SYNC(place, 1, "b x3 standby 2.3;x2 active 2.3");
    assert_string_equal(rows(place), "b x2 active 2.3; b x3 standby 2.3");
}

static void test_pair_becomes_single_and_pair_again(void **state)
{
    struct place *place = *state;

    SYNC(place, 0, "b s2 active 2.3;s3 standby 2.3");
    assert_counts(SYNC(place, 1, "b s3 - 2.3"), "1/1 +0 -0 =0 ~1 !0");
    assert_string_equal(rows(place), "b s2  2.3 gone; b s3  2.3");
    assert_string_equal(changes(place), "b s2 disappeared >");
    assert_counts(SYNC(place, 2, "b s3 - 2.3"), "1/1 +0 -0 =0 ~0 !0");
    SYNC(place, 3, "b s3 active 2.3;s2 standby 2.3");
    assert_string_equal(rows(place), "b s2 standby 2.3; b s3 active 2.3");
    assert_string_equal(changes(place), "b s2 returned >");
}

static void test_a_gone_row_is_taken_by_the_next_box(void **state)
{
    struct place *place = *state;

    SYNC(place, 0, "b s2 active 2.3;s3 standby 2.3");
    SYNC(place, 1, "b s3 - 2.3");
    SYNC(place, 2, "b s3 active 2.3;s4 standby 2.1");
    assert_string_equal(rows(place), "b s4 standby 2.1; b s3 active 2.3");
    assert_string_equal(changes(place), "b s4 serial s2>s4; b s4 version 2.3>2.1");
    /* A single whose box was exchanged while its old mate's row stands beside it keeps its own place. */
    SYNC(place, 3, "b s3 - 2.3");
    SYNC(place, 4, "b s5 - 2.3");
    assert_string_equal(rows(place), "b s4  2.1 gone; b s5  2.3");
}

static void test_single_becomes_pair(void **state)
{
    struct place *place = *state;

    SYNC(place, 0, "a s1 - 2.3");
    SYNC(place, 1, "a s2 active 2.3;s1 standby 2.3");
    assert_string_equal(rows(place), "a s1 standby 2.3; a s2 active 2.3");
    assert_string_equal(changes(place), "a s2 appeared >");
}

static void test_moved_serial(void **state)
{
    struct place *place = *state;

    SYNC(place, 0, "a s1 - 2.3", "b s2 - 2.4");
    SYNC(place, 1, "a s2 - 2.4", "b s1 - 2.3");
    assert_string_equal(rows(place), "a s2  2.4; b s1  2.3");
    assert_string_equal(changes(place),
                        "b s2 serial s2>; a s2 serial s1>s2; a s2 version 2.3>2.4; b s1 serial >s1;"
                        " b s1 version 2.4>2.3");
    assert_int_equal(place_number(place, "SELECT sum(foreigner) FROM changes"), 0);
}

static void test_gone_and_returned(void **state)
{
    struct place *place = *state;

    SYNC(place, 0, "a s1 - 2.3", "b s2 - 2.3");
    assert_counts(SYNC(place, 1, "a s1 - 2.3"), "1/1 +0 -1 =0 ~0 !0");
    assert_string_equal(changes(place), "b  disappeared >");
    assert_int_equal(place_number(place, "SELECT gone_unix_ms FROM gateways_seen WHERE gateway = 2"),
                     T0 + HOUR);
    assert_counts(SYNC(place, 2, "a s1 - 2.3"), "1/1 +0 -0 =0 ~0 !0");
    assert_int_equal(place_number(place, "SELECT gone_unix_ms FROM gateways_seen WHERE gateway = 2"),
                     T0 + HOUR);
    assert_counts(SYNC(place, 3, "a s1 - 2.3", "b s2 - 2.3"), "2/2 +0 -0 =1 ~0 !0");
    assert_string_equal(changes(place), "b  returned >");
    assert_string_equal(
        place_text(place, "SELECT count(*) FROM gateways_seen WHERE gone_unix_ms IS NOT NULL"), "0");
}

static bool add_id(void *user, const char *gateway_id)
{
    char *ids = user;
    size_t len = strlen(ids);

    return gw_text_copy(ids + len, 32 - len, gateway_id);
}

static const char *there(struct place *place, struct gw_sync *sync, const char *account, const char *region)
{
    static char ids[32];

    ids[0] = '\0';
    assert_int_equal(gw_sync_there_each(sync, account, region, add_id, ids, &place->err), GW_OK);
    return ids;
}

static void test_what_a_list_is_compared_with(void **state)
{
    struct place *place = *state;
    struct gw_sync *sync;

    SYNC(place, 0, "a s1 - 2.3", "b s2 - 2.3", "c s3 - 2.3", "d s4 - 2.3");
    SYNC(place, 1, "a s1 - 2.3", "b s2 - 2.3", "d s4 - 2.3"); /* c is gone */
    place_exec(place, "UPDATE gateways SET account = 'west' WHERE gateway_id = 'b'");
    place_exec(place, "UPDATE gateways SET region = 'r2' WHERE gateway_id = 'd'");
    place_exec(place, "INSERT INTO gateways (gateway_id, region) VALUES ('f', 'r1')"); /* never seen */
    sync = begin(place, "s", T0 + 2 * HOUR, false);
    put(place, sync, "a s1 - 2.3", T0 + 2 * HOUR);
    put(place, sync, "e s5 - 2.3", T0 + 2 * HOUR); /* it was not there before */
    assert_string_equal(there(place, sync, "", "r1"), "abf");
    assert_string_equal(there(place, sync, "west", "r1"), "b");
    assert_string_equal(there(place, sync, "", "r2"), "d");
    assert_string_equal(there(place, sync, "", "r3"), "");
    gw_sync_free(sync);
}

static void test_what_is_gone_is_not_rolled_out(void **state)
{
    struct place *place = *state;
    struct gw_draft_request request = {.name = "r", .select = place_select("all")};
    struct gw_draft *draft;
    uint32_t wave;

    SYNC(place, 0, "a s1 - 2.3", "b s2 active 2.3;s3 standby 2.3", "c s4 - 2.3",
         "d s5 active 2.3;s6 standby 2.3");
    SYNC(place, 1, "a s1 - 2.3", "b s3 - 2.3", "d s5 active 2.3;s6 standby 2.3");
    assert_int_equal(gw_draft_new(place->store, &request, &draft, &wave, &place->err), GW_OK);
    assert_int_equal(gw_draft_targets(draft), 4);
    gw_draft_free(draft);
    request.select = place_select("serial in (s3, s5)");
    assert_int_equal(gw_draft_new(place->store, &request, &draft, &wave, &place->err), GW_ERR_INPUT);
    place_error_has(place, "1 pair is half in the selection", "d lacks s6");
    request.select = place_select("gateway_id = c");
    assert_int_equal(gw_draft_new(place->store, &request, &draft, &wave, &place->err), GW_ERR_INPUT);
    place_error_has(place, "nothing is selected", "`");
}

static void test_a_part_with_a_problem_marks_nothing(void **state)
{
    struct place *place = *state;
    struct gw_sync_counts counts;
    struct gw_sync *sync;

    SYNC(place, 0, "a s1 - 2.3");
    sync = begin(place, "s", T0 + HOUR, false);
    assert_int_equal(gw_sync_end_part(sync, "", "r1", 0, "refused", T0 + HOUR, &place->err), GW_OK);
    assert_int_equal(gw_sync_end(sync, T0 + HOUR, &counts, &place->err), GW_OK);
    gw_sync_free(sync);
    assert_counts(counts, "0/0 +0 -0 =0 ~0 !0");
    assert_string_equal(place_text(place, "SELECT problem FROM sync_parts WHERE sync = 2"), "refused");
}

static void test_only_what_was_looked_at_is_marked(void **state)
{
    struct place *place = *state;
    struct gw_sync_counts counts;
    struct gw_sync *sync;

    place_exec(place, "INSERT INTO gateways (gateway_id, region, account) VALUES ('x', 'r1', 'other'),"
                      " ('y', 'r2', 'mine'), ('z', 'r1', 'mine')");
    sync = begin(place, "s", T0, false);
    assert_int_equal(gw_sync_end_part(sync, "mine", "r1", 0, "", T0, &place->err), GW_OK);
    assert_int_equal(gw_sync_end(sync, T0, &counts, &place->err), GW_OK);
    gw_sync_free(sync);
    assert_string_equal(changes(place), "z  disappeared >");
}

static void test_resumed(void **state)
{
    struct place *place = *state;
    struct gw_sync_known known;
    struct gw_sync *sync;
    bool has;

    SYNC(place, 0, "a s1 - 2.3", "b s2 - 2.3", "c s3 - 2.3");
    sync = begin(place, "s", T0 + HOUR, false);
    put(place, sync, "a s1 - 2.3", T0 + HOUR);
    assert_int_equal(gw_sync_end_part(sync, "", "r2", 5, "", T0 + HOUR, &place->err), GW_OK);
    gw_sync_free(sync); /* as a kill leaves it */
    sync = begin(place, "s", T0 + HOUR + 60000, true);
    assert_int_equal(gw_sync_look(sync, "a", &known, &place->err), GW_OK);
    assert_true(known.there && known.read && !known.gone);
    assert_int_equal(gw_sync_look(sync, "b", &known, &place->err), GW_OK);
    assert_true(known.there && !known.read);
    assert_string_equal(known.gateway.device[0].serial, "s2");
    assert_int_equal(gw_sync_look(sync, "nobody", &known, &place->err), GW_OK);
    assert_false(known.there);
    assert_int_equal(gw_sync_has_part(sync, "", "r2", &has, &place->err), GW_OK);
    assert_true(has);
    assert_int_equal(gw_sync_has_part(sync, "", "r1", &has, &place->err), GW_OK);
    assert_false(has);
    put(place, sync, "b s2 - 2.3", T0 + HOUR + 60000);
    assert_counts(end(place, sync, T0 + HOUR + 60000), "2/2 +0 -1 =0 ~0 !0");
    assert_string_equal(changes(place), "c  disappeared >");
}

static void test_what_is_not_resumed(void **state)
{
    struct place *place = *state;

    gw_sync_free(begin(place, "s", T0, false));
    gw_sync_free(begin(place, "other", T0 + 1, false)); /* another scope */
    gw_sync_free(begin(place, "s", T0 + 2, false));     /* one began after it */
    gw_sync_free(begin(place, "s", T0 + 3, true));
    gw_sync_free(begin(place, "s", T0 + 2 + GW_SYNC_RESUME_MS + 1, false)); /* too old */
    gw_sync_free(begin(place, "s", T0, false)); /* begun in what is the future now */
    end(place, begin(place, "s", T0, true), T0);
    gw_sync_free(begin(place, "s", T0 + 1, false)); /* it has ended */
}

/* ---- who brought a version ---- */

/* A target of rollout r that brings 2.4.0 to the one device, as the state and proof say. */
static void called(struct place *place, const char *state, const char *proof, int64_t ended_unix_ms)
{
    struct gw_rollout_row row = place_rollout(place, "r");
    char sql[600], ended[32];

    (void)row;
    snprintf(ended, sizeof(ended), "%lld", (long long)ended_unix_ms);
    snprintf(sql, sizeof(sql),
             "INSERT INTO attempts SELECT id, 1, 'n', %lld, %lld FROM targets;"
             "INSERT INTO answers (target, number, at_unix_ms, proof, http_status) SELECT id, 1, %lld, '%s', "
             "200 FROM"
             " targets; UPDATE targets SET sent = 1, attempts = 1, started_unix_ms = %lld, state = '%s',"
             " ended_unix_ms = %s",
             (long long)T0, (long long)T0, (long long)T0, proof, (long long)T0, state,
             ended_unix_ms ? ended : "NULL");
    place_exec(place, sql);
}

static void test_our_version(void **state)
{
    struct place *place = *state;

    SYNC(place, 0, "a s1 - 2.3");
    called(place, "succeeded", "accepted", T0 + HOUR / 2);
    assert_counts(SYNC(place, 1, "a s1 - 2.4.0"), "1/1 +0 -0 =0 ~1 !0");
    assert_string_equal(changes(place), "a s1 version 2.3>2.4.0 by r");
}

static void test_somebody_elses_version(void **state)
{
    struct place *place = *state;

    SYNC(place, 0, "a s1 - 2.3");
    called(place, "failed", "refused", T0 + HOUR / 2);
    assert_counts(SYNC(place, 1, "a s1 - 2.4.0"), "1/1 +0 -0 =0 ~1 !1");
    assert_string_equal(changes(place), "a s1 version 2.3>2.4.0 by somebody else");
}

static void test_what_was_ours_once_may_be_somebody_elses_later(void **state)
{
    struct place *place = *state;

    SYNC(place, 0, "a s1 - 2.3");
    called(place, "succeeded", "accepted", T0 + HOUR / 2);
    SYNC(place, 1, "a s1 - 2.4.0");
    assert_counts(SYNC(place, 2, "a s1 - 2.3"), "1/1 +0 -0 =0 ~1 !1");
    assert_counts(SYNC(place, 3, "a s1 - 2.4.0"), "1/1 +0 -0 =0 ~1 !1");
}

static void test_a_late_effect_is_ours(void **state)
{
    static const char *const cases[][2] = {{"failed", "accepted"},
                                           {"unresolved", "in_doubt"},
                                           {"upgrading", "accepted"},
                                           {"in_doubt", "in_doubt"}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct place *place;

        (void)state;
        place_set_up((void **)&place);
        SYNC(place, 0, "a s1 - 2.3");
        called(place, cases[i][0], cases[i][1],
               strlen(cases[i][0]) < 8 || cases[i][0][2] == 'r' ? T0 + 1 : 0);
        SYNC(place, 1, "a s1 - 2.3"); /* it was read, and had no effect yet */
        SYNC(place, 2, "a s1 - 2.4.0");
        assert_string_equal(changes(place), "a s1 version 2.3>2.4.0 by r");
        place_tear_down((void **)&place);
    }
}

static void test_another_box_was_not_called(void **state)
{
    struct place *place = *state;

    SYNC(place, 0, "a s1 - 2.3");
    called(place, "failed", "accepted", T0 + 1);
    SYNC(place, 1, "a s2 - 2.3");
    SYNC(place, 2, "a s2 - 2.4.0");
    assert_string_equal(changes(place), "a s2 version 2.3>2.4.0 by somebody else");
}

static void test_what_a_file_says_is_nobodys_doing(void **state)
{
    struct place *place = *state;

    SYNC(place, 0, "a s1 - 2.4");
    place_exec(place, "UPDATE devices SET version = '2.2'"); /* as an import of an old file does */
    assert_counts(SYNC(place, 1, "a s1 - 2.4"), "1/1 +0 -0 =0 ~1 !0");
    assert_string_equal(changes(place), "a s1 version 2.2>2.4");
    place_exec(place, "UPDATE devices SET version = '2.5'"); /* and one that knew it before we did */
    assert_counts(SYNC(place, 2, "a s1 - 2.5"), "1/1 +0 -0 =0 ~1 !1");
    assert_string_equal(changes(place), "a s1 version 2.4>2.5 by somebody else");
}

static bool first_foreign(void *user, const struct gw_change_row *row)
{
    snprintf(user, 64, "%s %s %d", row->gateway_id, row->what, row->foreign);
    return false;
}

static void test_foreign_versions_come_first(void **state)
{
    struct place *place = *state;
    char first[64] = "";

    SYNC(place, 0, "a s1 active 2.3;s2 standby 2.3", "b s3 - 2.3");
    SYNC(place, 1, "a s1 standby 2.3;s2 active 2.3", "b s3 - 2.4");
    assert_int_equal(gw_sync_changes_each(place->store, 2, first_foreign, first, &place->err), GW_OK);
    assert_string_equal(first, "b version 1");
}

/* ---- beside imports ---- */

static void test_an_import_goes_on_as_before(void **state)
{
    struct place *place = *state;
    struct gw_import_counts counts;
    struct gw_import *import;
    struct gw_device_row row = {.line = 2};
    char reason[160];

    SYNC(place, 0, "b s2 active 2.3;s3 standby 2.3");
    SYNC(place, 1, "b s3 - 2.3");
    SYNC(place, 2, NULL); /* and now all of it is gone */
    row.column[GW_COLUMN_GATEWAY_ID] = (struct gw_value){"b", 1, true};
    row.column[GW_COLUMN_REGION] = (struct gw_value){"r1", 2, true};
    row.column[GW_COLUMN_SERIAL] = (struct gw_value){"s3", 2, true};
    row.column[GW_COLUMN_HA_ROLE] = (struct gw_value){"active", 6, true};
    assert_int_equal(gw_import_begin(place->store, &import, &place->err), GW_OK);
    assert_true(gw_import_put(import, &row, reason));
    if (gw_import_commit(import, &counts, &place->err) != GW_OK)
        fail_msg("%s", place->err.text);
    assert_int_equal(counts.changed, 1);
    /* What is gone stays so: the file has not seen it. */
    assert_int_equal(place_number(place, "SELECT count(*) FROM gateways_seen WHERE gone_unix_ms IS NOT NULL"),
                     1);
}

static void test_an_import_that_a_sync_has_overtaken(void **state)
{
    struct place *place = *state;
    struct gw_import_counts counts;
    struct gw_import *import;
    struct gw_device_row row = {.line = 2};
    char reason[160];

    row.column[GW_COLUMN_GATEWAY_ID] = (struct gw_value){"b", 1, true};
    row.column[GW_COLUMN_REGION] = (struct gw_value){"r1", 2, true};
    assert_int_equal(gw_import_begin(place->store, &import, &place->err), GW_OK);
    assert_true(gw_import_put(import, &row, reason));
    SYNC(place, 0, "b s2 - 2.3");
    assert_int_equal(gw_import_commit(import, &counts, &place->err), GW_ERR_BUSY);
    assert_string_equal(rows(place), "b s2  2.3");
}

static bool takes(struct place *place, struct gw_sync_lock *lock, const char *account, const char *region)
{
    bool taken = false;

    assert_int_equal(gw_sync_lock_take(lock, account, region, &taken, &place->err), GW_OK);
    return taken;
}

static void test_a_part_is_read_by_one(void **state)
{
    struct place *place = *state;
    struct gw_sync_lock *one, *other;

    assert_int_equal(gw_sync_lock_new(place->store, &one, &place->err), GW_OK);
    assert_int_equal(gw_sync_lock_new(place->store, &other, &place->err), GW_OK);
    assert_true(takes(place, one, "", "r1"));
    assert_true(takes(place, one, "", "r1"));
    assert_false(takes(place, other, "", "r1"));
    assert_true(takes(place, other, "", "r2"));
    assert_true(takes(place, other, "a", "r1"));
    assert_true(takes(place, other, "ar", "1"));
    gw_sync_lock_free(one);
    assert_true(takes(place, other, "", "r1"));
    gw_sync_lock_free(other);
}

static void test_a_third_row_is_damage(void **state)
{
    struct place *place = *state;
    struct gw_sync_known known;
    struct gw_sync *sync;

    SYNC(place, 0, "b s2 active 2.3;s3 standby 2.3");
    place_exec(place, "INSERT INTO devices (gateway, serial) VALUES (1, 's4')");
    sync = begin(place, "s", T0 + HOUR, false);
    assert_int_equal(gw_sync_look(sync, "b", &known, &place->err), GW_ERR_STORE);
    place_error_has(place, "three devices", "damaged");
    gw_sync_free(sync);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define PLACE_TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)
        PLACE_TEST(test_gateways_appear),
        PLACE_TEST(test_the_same_again_changes_nothing),
        PLACE_TEST(test_what_people_wrote_stays),
        PLACE_TEST(test_a_list_alone_leaves_devices),
        PLACE_TEST(test_exchanged_box),
        PLACE_TEST(test_both_boxes_exchanged_keep_their_places),
        PLACE_TEST(test_pair_becomes_single_and_pair_again),
        PLACE_TEST(test_a_gone_row_is_taken_by_the_next_box),
        PLACE_TEST(test_single_becomes_pair),
        PLACE_TEST(test_moved_serial),
        PLACE_TEST(test_gone_and_returned),
        PLACE_TEST(test_what_a_list_is_compared_with),
        PLACE_TEST(test_what_is_gone_is_not_rolled_out),
        PLACE_TEST(test_a_part_with_a_problem_marks_nothing),
        PLACE_TEST(test_only_what_was_looked_at_is_marked),
        PLACE_TEST(test_resumed),
        PLACE_TEST(test_what_is_not_resumed),
        PLACE_TEST(test_our_version),
        PLACE_TEST(test_somebody_elses_version),
        PLACE_TEST(test_what_was_ours_once_may_be_somebody_elses_later),
        cmocka_unit_test(test_a_late_effect_is_ours),
        PLACE_TEST(test_another_box_was_not_called),
        PLACE_TEST(test_what_a_file_says_is_nobodys_doing),
        PLACE_TEST(test_foreign_versions_come_first),
        PLACE_TEST(test_an_import_goes_on_as_before),
        PLACE_TEST(test_an_import_that_a_sync_has_overtaken),
        PLACE_TEST(test_a_part_is_read_by_one),
        PLACE_TEST(test_a_third_row_is_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
