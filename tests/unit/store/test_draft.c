/*
 * Drafts: who is in which wave, in what order, and what is refused. The fleets are written with plain SQL, and
 * what is expected was counted by hand or is asked of the database directly.
 */
#include "gatewave/store/draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/store/inventory.h"
#include "place.h"

/* ---- drafting ---- */

static enum gw_code try_draft(struct place *place, const char *name, const char *select,
                              const struct gw_cut_size *size, uint32_t n, struct gw_draft **ret,
                              uint32_t *ret_wave)
{
    const struct gw_draft_request request = {
        .name = name, .select = place_select(select), .selection = select, .size = size, .n_sizes = n};

    return gw_draft_new(place->store, &request, ret, ret_wave, &place->err);
}

static struct gw_draft *draft_of(struct place *place, const char *name, const struct gw_cut_size *size,
                                 uint32_t n)
{
    struct gw_draft *draft;
    uint32_t wave;

    if (try_draft(place, name, "all", size, n, &draft, &wave) != GW_OK)
        fail_msg("%s", place->err.text);
    assert_int_equal(wave, UINT32_MAX);
    return draft;
}

/* It is refused at that wave with these words. */
static void refuses(struct place *place, const char *select, const struct gw_cut_size *size, uint32_t n,
                    uint32_t wave, const char *words)
{
    struct gw_draft *draft;
    uint32_t got = 4242;

    assert_int_equal(try_draft(place, "r", select, size, n, &draft, &got), GW_ERR_INPUT);
    assert_int_equal(got, wave);
    place_error_has(place, "rollout r: ", words);
}

struct list {
    char text[32768];
    size_t len;
    int most; /* stops behind so many; 0: never */
    int n;
};

static bool listed(struct list *list, const char *line)
{
    list->len += (size_t)snprintf(list->text + list->len, sizeof(list->text) - list->len, "%s\n", line);
    assert_true(list->len < sizeof(list->text));
    return ++list->n != list->most;
}

static bool on_target(void *user, const struct gw_draft_target *target)
{
    char line[256];

    snprintf(line, sizeof(line), "%u|%u|%lld|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s", target->number, target->wave + 1,
             (long long)target->device, target->gateway_id, target->serial, target->ha_role, target->region,
             target->account, target->model, target->site, target->isp, target->timezone, target->version);
    return listed(user, line);
}

static struct list targets_of(const struct gw_draft *draft)
{
    struct list list = {.n = 0};

    gw_draft_targets_each(draft, on_target, &list);
    return list;
}

static bool on_kind(void *user, const struct gw_draft_kind *kind)
{
    char line[256];

    snprintf(line, sizeof(line), "%s %s %s %s: %u from %u", kind->model, kind->version, kind->isp,
             kind->ha_mode, kind->units, kind->wave);
    return listed(user, line);
}

static bool on_cell(void *user, const struct gw_draft_cell *cell)
{
    char line[256];

    snprintf(line, sizeof(line), "%u %s %s: %u", cell->wave, cell->model, cell->version, cell->targets);
    return listed(user, line);
}

/* The gateways of ids first..last become pairs: a standby comes to the device that is there. */
static void pair_up(const struct place *place, int first, int last)
{
    char sql[512];

    snprintf(sql, sizeof(sql),
             "UPDATE devices SET ha_role = 'active' WHERE gateway BETWEEN %d AND %d;"
             "INSERT INTO devices (gateway, serial, ha_role, version)"
             " SELECT id, 'TWIN' || id, 'standby', '2.3.0' FROM gateways WHERE id BETWEEN %d AND %d",
             first, last, first, last);
    place_exec(place, sql);
}

/* ---- what a draft is ---- */

static void test_a_viewer_can_draft_and_writes_nothing(void **state)
{
    struct place *place = *state;
    struct gw_store *writer = place->store;
    uint64_t devices, gateways;
    struct gw_draft *draft;

    place_fleet(place, 20);
    assert_int_equal(gw_store_open(place->file, GW_STORE_READ, &place->store, &place->err), GW_OK);
    draft = draft_of(place, "r", NULL, 0);
    assert_int_equal(gw_draft_targets(draft), 20);
    /* Its snapshot is over: what others write is seen, and they are in nobody's way. */
    place_exec(place, "DELETE FROM devices WHERE gateway > 5; DELETE FROM gateways WHERE id > 5;"
                      "UPDATE gateways SET site = 'moved', gateway_id = 'x' || id");
    assert_int_equal(gw_devices_count(place->store, place_select("all"), &devices, &gateways, &place->err),
                     GW_OK);
    assert_int_equal(devices, 5);
    gw_store_close(place->store);
    place->store = writer;
    /* It outlives store and inventory. */
    assert_int_equal(gw_draft_targets(draft), 20);
    assert_null(strstr(targets_of(draft).text, "moved"));
    assert_non_null(
        strstr(targets_of(draft).text, "|20|gw-0019|SNgw-0019||cn-shanghai|main|sag-1000||||2.3.0"));
    assert_int_equal(place_number(place, "SELECT count(*) FROM rollouts"), 0);
    gw_draft_free(draft);
    gw_draft_free(NULL);
}

static void test_the_same_fleet_gives_the_same_draft_however_it_lies(void **state)
{
    static const struct gw_cut_size sizes[] = {{.count = 4}, {.share_bp = 2500}, {.rest = true}};
    struct place *place = *state;
    struct gw_draft *a, *b;
    struct list of_a, of_b;

    place_fleet(place, 40);
    place_exec(place, "UPDATE gateways SET model = 'm' || (id % 3), isp = 'i' || (id % 2)");
    a = draft_of(place, "r", sizes, 3);
    place_exec(place, "CREATE TABLE old AS SELECT g.*, d.serial, d.version FROM gateways g JOIN devices d ON"
                      " d.gateway = g.id; DELETE FROM devices; DELETE FROM gateways;"
                      "INSERT INTO gateways (id, gateway_id, region, account, model, isp)"
                      " SELECT 100 - id, gateway_id, region, account, model, isp FROM old;"
                      "INSERT INTO devices (id, gateway, serial, version)"
                      " SELECT id, 100 - id, serial, version FROM old ORDER BY id");
    b = draft_of(place, "r", sizes, 3);
    assert_string_equal(gw_draft_membership(a), gw_draft_membership(b));
    of_a = targets_of(a);
    of_b = targets_of(b);
    assert_string_equal(of_a.text, of_b.text);
    gw_draft_free(b);
    b = draft_of(place, "another", sizes, 3);
    assert_string_not_equal(gw_draft_membership(a), gw_draft_membership(b));
    of_b = targets_of(b);
    assert_string_not_equal(of_a.text, of_b.text);
    gw_draft_free(b);
    gw_draft_free(a);
}

static void test_the_membership_is_of_waves_too(void **state)
{
    static const struct gw_cut_size early[] = {{.count = 3}, {.rest = true}};
    static const struct gw_cut_size late[] = {{.count = 4}, {.rest = true}};
    struct place *place = *state;
    struct gw_draft *a, *b;

    place_fleet(place, 10);
    a = draft_of(place, "r", early, 2);
    b = draft_of(place, "r", late, 2);
    assert_int_equal(strlen(gw_draft_membership(a)), 32);
    assert_int_equal(strspn(gw_draft_membership(a), "0123456789abcdef"), 32);
    assert_string_not_equal(gw_draft_membership(a), gw_draft_membership(b));
    gw_draft_free(a);
    gw_draft_free(b);
}

static void test_a_change_of_any_member_changes_the_membership(void **state)
{
    static const char *const changes[] = {
        "UPDATE gateways SET region = 'cn-beijing' WHERE id = 3",
        "UPDATE gateways SET account = 'second' WHERE id = 3",
        "UPDATE devices SET serial = 'other' WHERE id = 3",
        "UPDATE gateways SET gateway_id = 'gw-other' WHERE id = 3",
        "DELETE FROM devices WHERE id = 10; DELETE FROM gateways WHERE id = 10",
    };
    struct place *place = *state;
    char before[33];
    struct gw_draft *draft;

    place_fleet(place, 10);
    draft = draft_of(place, "r", NULL, 0);
    snprintf(before, sizeof(before), "%s", gw_draft_membership(draft));
    gw_draft_free(draft);
    place_exec(place, "UPDATE devices SET version = '2.3.9'; UPDATE gateways SET site = 's', name = 'n'");
    draft = draft_of(place, "r", NULL, 0);
    assert_string_equal(gw_draft_membership(draft), before);
    gw_draft_free(draft);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        place_exec(place, changes[i]);
        draft = draft_of(place, "r", NULL, 0);
        assert_string_not_equal(gw_draft_membership(draft), before);
        snprintf(before, sizeof(before), "%s", gw_draft_membership(draft));
        gw_draft_free(draft);
    }
}

static void test_each_may_stop(void **state)
{
    struct place *place = *state;
    struct gw_draft *draft;
    struct list targets = {.most = 2}, kinds = {.most = 2}, cells = {.most = 2};

    place_fleet(place, 5);
    place_exec(place, "UPDATE gateways SET model = 'm' || id");
    draft = draft_of(place, "r", NULL, 0);
    gw_draft_targets_each(draft, on_target, &targets);
    gw_draft_kinds_each(draft, on_kind, &kinds);
    gw_draft_cells_each(draft, on_cell, &cells);
    assert_int_equal(targets.n, 2);
    assert_int_equal(kinds.n, 2);
    assert_int_equal(cells.n, 2);
    gw_draft_free(draft);
}

/* ---- pairs ---- */

struct pairs {
    char standby[64]; /* the gateway of the standby device that was the last one; "" */
    uint32_t wave, n, devices[3], pairs;
};

/* A pair's devices are neighbours in one wave, standby first. */
static bool on_pair(void *user, const struct gw_draft_target *target)
{
    struct pairs *pairs = user;

    assert_int_equal(target->number, pairs->n++);
    if (pairs->standby[0]) {
        assert_string_equal(target->gateway_id, pairs->standby);
        assert_string_equal(target->ha_role, "active");
        assert_int_equal(target->wave, pairs->wave);
        pairs->standby[0] = '\0';
        pairs->pairs++;
    } else {
        assert_string_not_equal(target->ha_role, "active");
        if (target->ha_role[0])
            snprintf(pairs->standby, sizeof(pairs->standby), "%s", target->gateway_id);
    }
    assert_true(target->wave >= pairs->wave);
    pairs->wave = target->wave;
    pairs->devices[target->wave]++;
    return true;
}

static void test_pairs_are_units(void **state)
{
    static const struct gw_cut_size sizes[] = {{.count = 7}, {.share_bp = 5000}, {.rest = true}};
    struct place *place = *state;
    struct gw_draft_wave wave[GW_WAVES_MOST];
    struct pairs pairs = {.n = 0};
    struct gw_draft *draft;

    place_fleet(place, 30);
    pair_up(place, 1, 12);
    draft = draft_of(place, "r", sizes, 3);
    assert_int_equal(gw_draft_waves(draft, wave), 3);
    assert_false(gw_draft_is_safe(draft));
    assert_int_equal(wave[0].units, 7);
    assert_int_equal(wave[1].units, 15);
    assert_int_equal(wave[2].units, 8);
    gw_draft_targets_each(draft, on_pair, &pairs);
    assert_int_equal(pairs.pairs, 12);
    assert_int_equal(pairs.n, 42);
    assert_int_equal(wave[0].pairs + wave[1].pairs + wave[2].pairs, 12);
    for (int w = 0; w < 3; w++) {
        assert_int_equal(pairs.devices[w], wave[w].targets);
        assert_int_equal(wave[w].targets, wave[w].units + wave[w].pairs);
    }
    gw_draft_free(draft);
}

static void test_half_a_pair_is_refused(void **state)
{
    struct place *place = *state;
    struct gw_draft *draft;
    uint32_t wave;

    place_fleet(place, 10);
    pair_up(place, 2, 7);
    refuses(place, "serial = TWIN3", NULL, 0, UINT32_MAX,
            "1 pair is half in the selection: gw-0002 lacks SNgw-0002; a pair is upgraded as one");
    refuses(place, "not serial = TWIN3", NULL, 0, UINT32_MAX,
            "1 pair is half in the selection: gw-0002 lacks TWIN3;");
    /* The other half may be one that nobody knows the serial of. */
    place_exec(place, "UPDATE devices SET serial = '' WHERE serial = 'TWIN3'");
    refuses(place, "serial = SNgw-0002", NULL, 0, UINT32_MAX, "gw-0002 lacks its device without a serial;");
    assert_int_equal(try_draft(place, "r", "gateway_id in (gw-0002, gw-0009)", NULL, 0, &draft, &wave),
                     GW_OK);
    assert_int_equal(gw_draft_targets(draft), 3);
    gw_draft_free(draft);
}

static void test_many_halves_are_counted(void **state)
{
    struct place *place = *state;
    const char *lacks;

    place_fleet(place, 10);
    pair_up(place, 2, 4);
    refuses(place, "not ha_role = active", NULL, 0, UINT32_MAX, "3 pairs are half in the selection: gw-000");
    assert_null(strstr(place->err.text, "more"));
    for (int id = 2; id <= 4; id++) {
        char words[32];

        snprintf(words, sizeof(words), "gw-%04d lacks SNgw-%04d", id - 1, id - 1);
        place_error_has(place, words, words);
    }
    pair_up(place, 5, 5);
    refuses(place, "not ha_role = active", NULL, 0, UINT32_MAX, "4 pairs are half in the selection: gw-000");
    place_error_has(place, ", and 1 more; a pair is upgraded as one", "rollout r: ");
    lacks = place->err.text;
    for (int named = 0; named < 3; named++) {
        lacks = strstr(lacks, " lacks ");
        assert_non_null(lacks++);
    }
    assert_null(strstr(lacks, " lacks "));
    pair_up(place, 6, 9);
    refuses(place, "not ha_role = active", NULL, 0, UINT32_MAX, "8 pairs are half in the selection: gw-000");
    place_error_has(place, ", and 5 more; a pair is upgraded as one",
                    "select both of its devices or neither");
}

/* ---- sizes ---- */

static void test_sizes_that_do_not_fit_are_refused(void **state)
{
    static const struct gw_cut_size over[] = {{.count = 5}, {.count = 6}, {.rest = true}};
    static const struct gw_cut_size less[] = {{.count = 5}, {.share_bp = 1000}};
    static const struct gw_cut_size none[] = {{.count = 10}, {.rest = true}};
    struct place *place = *state;

    place_fleet(place, 10);
    pair_up(place, 1, 3);
    refuses(place, "all", over, 3, 1, "wave 2 asks for more than is left of the 10 gateways selected");
    refuses(place, "all", less, 2, 1, "the waves do not hold all of the 10 gateways selected");
    refuses(place, "all", none, 2, 1,
            "nothing is left for wave 2: those before it hold all of the 10 gateways");
    refuses(place, "gateway_id = gw-0005", over, 3, 0, "is left of the 1 gateway selected");
}

static void test_nothing_selected_is_refused(void **state)
{
    struct place *place = *state;

    refuses(place, "all", NULL, 0, UINT32_MAX, "nothing is selected by `all`");
    place_fleet(place, 3);
    refuses(place, "region = x", NULL, 0, UINT32_MAX, "nothing is selected by `region = x`");
}

static void check_waves(struct place *place, bool safe, uint32_t n, const uint32_t *units)
{
    struct gw_draft_wave wave[GW_WAVES_MOST];
    struct gw_draft *draft = draft_of(place, "r", NULL, 0);

    assert_int_equal(gw_draft_is_safe(draft), safe);
    assert_int_equal(gw_draft_waves(draft, wave), n);
    for (uint32_t w = 0; w < n; w++)
        assert_int_equal(wave[w].units, units[w]);
    gw_draft_free(draft);
}

static void test_more_than_200_devices_get_safe_waves(void **state)
{
    struct place *place = *state;

    place_fleet(place, 200);
    check_waves(place, false, 1, (uint32_t[]){200});
    /* It is devices that are counted for that, and gateways that are dealt. */
    pair_up(place, 1, 1);
    check_waves(place, true, 3, (uint32_t[]){10, 50, 140});
}

/* ---- kinds and cells ---- */

static struct list kinds_of(struct place *place, const struct gw_cut_size *size, uint32_t n)
{
    struct list list = {.n = 0};
    struct gw_draft *draft = draft_of(place, "r", size, n);

    gw_draft_kinds_each(draft, on_kind, &list);
    gw_draft_free(draft);
    return list;
}

/* Ten of the first kind, three of the next, one each of the others. */
static void mixed_fleet(struct place *place)
{
    place_fleet(place, 17);
    place_exec(place, "UPDATE gateways SET isp = 'telecom';"
                      "UPDATE gateways SET model = 'sag-100wm' WHERE id BETWEEN 11 AND 13;"
                      "UPDATE gateways SET isp = 'unicom' WHERE id = 14;"
                      "UPDATE devices SET version = '2.10.0' WHERE id = 15;"
                      "UPDATE devices SET version = '2.9.1' WHERE id = 16");
    pair_up(place, 17, 17);
}

static void test_the_canary_covers_every_kind(void **state)
{
    static const struct gw_cut_size wide[] = {{.count = 6}, {.rest = true}};
    static const struct gw_cut_size narrow[] = {{.count = 2}, {.count = 1}, {.rest = true}};
    struct place *place = *state;
    struct list list;

    mixed_fleet(place);
    list = kinds_of(place, wide, 2);
    assert_string_equal(list.text, "sag-1000 2.3.0 telecom single: 10 from 0\n"
                                   "sag-100wm 2.3.0 telecom single: 3 from 0\n"
                                   "sag-1000 2.3.0 telecom pair: 1 from 0\n"
                                   "sag-1000 2.3.0 unicom single: 1 from 0\n"
                                   "sag-1000 2.9.1 telecom single: 1 from 0\n"
                                   "sag-1000 2.10.0 telecom single: 1 from 0\n");
    /* What there is no room for is said: a wave of its own number, never the canary. */
    list = kinds_of(place, narrow, 3);
    assert_non_null(strstr(list.text, "sag-1000 2.3.0 telecom single: 10 from 0\n"
                                      "sag-100wm 2.3.0 telecom single: 3 from 0\n"));
    assert_null(strstr(list.text, ": 1 from 0"));
    assert_int_equal(list.n, 6);
}

/* How many of each wave's devices are at a version already. */
static bool on_target_there(void *user, const struct gw_draft_target *target)
{
    uint32_t *there = user;

    there[target->wave] += strcmp(target->version, "2.4.0") == 0;
    return true;
}

static void check_there(struct place *place, const struct gw_draft_request *request, uint32_t units_of_first,
                        uint32_t in_first, uint32_t in_last)
{
    struct gw_draft_wave size[GW_WAVES_MOST];
    uint32_t there[GW_WAVES_MOST] = {0}, wave;
    struct gw_draft *draft;

    assert_int_equal(gw_draft_new(place->store, request, &draft, &wave, &place->err), GW_OK);
    assert_int_equal(gw_draft_waves(draft, size), 2);
    gw_draft_targets_each(draft, on_target_there, there);
    assert_int_equal(size[0].units, units_of_first);
    assert_int_equal(there[0], in_first);
    assert_int_equal(there[1], in_last);
    gw_draft_free(draft);
}

/* Eighty of a hundred are at the version. */
static void test_who_is_there_already_comes_last(void **state)
{
    static const struct gw_cut_size tenth[] = {{.share_bp = 1000}, {.rest = true}};
    struct place *place = *state;
    struct gw_draft_request request = {
        .name = "r", .version = "2.4.0", .select = place_select("all"), .size = tenth, .n_sizes = 2};

    place_fleet(place, 100);
    place_exec(place, "UPDATE devices SET version = '2.4.0' WHERE id <= 80");
    check_there(place, &request, 10, 0, 80);
    request.version = NULL;
    request.select = place_select("all");
    check_there(place, &request, 10, 8, 72);
    /* A rollback from it takes everybody who is there, and nobody who is at the older one. */
    request.version = "2.3.0";
    request.downgrade = true;
    request.select = place_select("all");
    check_there(place, &request, 10, 10, 70);
}

static void test_an_unequal_pair_has_both_versions(void **state)
{
    struct place *place = *state;

    place_fleet(place, 3);
    pair_up(place, 1, 3);
    place_exec(place, "UPDATE devices SET version = '2.10.0' WHERE gateway = 1 AND ha_role = 'active';"
                      "UPDATE devices SET version = '2.10.0' WHERE gateway = 2 AND ha_role = 'standby';"
                      "UPDATE devices SET version = '2.9.0' WHERE gateway <= 2 AND version = '2.3.0'");
    /* Whichever of the two is the active one. */
    assert_string_equal(kinds_of(place, NULL, 0).text, "sag-1000 2.9.0+2.10.0  pair: 2 from 0\n"
                                                       "sag-1000 2.3.0  pair: 1 from 0\n");
}

static void test_cells_count_targets(void **state)
{
    static const struct gw_cut_size sizes[] = {{.count = 6}, {.rest = true}};
    struct place *place = *state;
    struct list list = {.n = 0};
    struct gw_draft *draft;

    mixed_fleet(place);
    draft = draft_of(place, "r", sizes, 2);
    gw_draft_cells_each(draft, on_cell, &list);
    /* The canary: one of each kind, the pair with both of its devices. */
    assert_string_equal(list.text, "0 sag-1000 2.3.0: 4\n"
                                   "0 sag-1000 2.9.1: 1\n"
                                   "0 sag-1000 2.10.0: 1\n"
                                   "0 sag-100wm 2.3.0: 1\n"
                                   "1 sag-1000 2.3.0: 9\n"
                                   "1 sag-100wm 2.3.0: 2\n");
    gw_draft_free(draft);
}

static void test_a_signature_database_is_drafted_by_its_own_version(void **state)
{
    struct place *place = *state;
    struct gw_draft_request request = {.name = "r", .dpi = true, .select = place_select("all")};
    struct list list = {.n = 0};
    struct gw_draft *draft;
    uint32_t wave;

    place_fleet(place, 2);
    place_exec(place, "UPDATE devices SET dpi_version = '20250101_1'");
    assert_int_equal(gw_draft_new(place->store, &request, &draft, &wave, &place->err), GW_OK);
    gw_draft_kinds_each(draft, on_kind, &list);
    assert_string_equal(list.text, "sag-1000 20250101_1  single: 2 from 0\n");
    gw_draft_free(draft);
}

/* Tables grow many times over, and nothing is lost or mixed up on the way. */
static void test_a_fleet_without_two_alike(void **state)
{
    struct place *place = *state;
    struct gw_draft_wave wave[GW_WAVES_MOST];
    struct gw_draft *draft;
    struct list list = {.most = 3};

    place_fleet(place, 3000);
    place_exec(place, "UPDATE gateways SET model = 'm' || id, site = 's' || id, isp = 'i' || id,"
                      " timezone = 'z' || id, region = 'r' || id, account = 'a' || id;"
                      "UPDATE devices SET version = '1.' || id");
    draft = draft_of(place, "r", NULL, 0);
    assert_int_equal(gw_draft_waves(draft, wave), 5);
    assert_int_equal(wave[4].targets, 3000 - 10 - 50 - 200 - 800);
    gw_draft_kinds_each(draft, on_kind, &list);
    assert_string_equal(list.text, "m1 1.1 i1 single: 1 from 4\n"
                                   "m10 1.10 i10 single: 1 from 4\n"
                                   "m100 1.100 i100 single: 1 from 4\n");
    gw_draft_free(draft);
}

/* Whole gateways, for as long as they are held; the rest is drafted as if they were not there. */
static void test_who_is_on_hold_is_left_out(void **state)
{
    struct place *place = *state;
    struct gw_draft_request request = {
        .name = "r", .select = place_select("all"), .selection = "all", .now_unix_ms = 1000};
    struct gw_draft *draft;
    uint32_t wave;

    place_fleet(place, 4);
    place_exec(
        place,
        "INSERT INTO holds (gateway_id, reason, by, at_unix_ms, until_unix_ms, lifted_by, lifted_unix_ms)"
        " SELECT gateway_id, 'works', 'root', 1, iif(id = 2, 1000, 1001), iif(id = 3, 'root', NULL),"
        " iif(id = 3, 2, NULL) FROM gateways WHERE id <= 3");
    assert_int_equal(gw_draft_new(place->store, &request, &draft, &wave, &place->err), GW_OK);
    assert_int_equal(gw_draft_targets(draft), 3);
    assert_int_equal(gw_draft_held(draft), 1);
    gw_draft_free(draft);
    request.now_unix_ms = 999;
    assert_int_equal(gw_draft_new(place->store, &request, &draft, &wave, &place->err), GW_OK);
    assert_int_equal(gw_draft_held(draft), 2);
    gw_draft_free(draft);
    place_exec(place, "INSERT INTO holds (gateway_id, reason, by, at_unix_ms, until_unix_ms)"
                      " SELECT gateway_id, 'works', 'root', 1, 5000 FROM gateways");
    assert_int_equal(gw_draft_new(place->store, &request, &draft, &wave, &place->err), GW_ERR_INPUT);
    place_error_has(place, "all that `all` selects is on hold, 4 devices", "gatewave hold");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_viewer_can_draft_and_writes_nothing),
        TEST(test_the_same_fleet_gives_the_same_draft_however_it_lies),
        TEST(test_the_membership_is_of_waves_too),
        TEST(test_a_change_of_any_member_changes_the_membership),
        TEST(test_each_may_stop),
        TEST(test_pairs_are_units),
        TEST(test_half_a_pair_is_refused),
        TEST(test_many_halves_are_counted),
        TEST(test_sizes_that_do_not_fit_are_refused),
        TEST(test_nothing_selected_is_refused),
        TEST(test_who_is_on_hold_is_left_out),
        TEST(test_more_than_200_devices_get_safe_waves),
        TEST(test_the_canary_covers_every_kind),
        TEST(test_who_is_there_already_comes_last),
        TEST(test_an_unequal_pair_has_both_versions),
        TEST(test_cells_count_targets),
        TEST(test_a_signature_database_is_drafted_by_its_own_version),
        TEST(test_a_fleet_without_two_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
