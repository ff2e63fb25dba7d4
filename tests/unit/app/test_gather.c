/* What the reads told, as it is put; and when the list alone is enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/text.h"

#include "cloud/sync_local.h"

static char none[] = "";

static struct gw_listed listed_pair(void)
{
    static char name[] = "shop", status[] = "Active", version[] = "2.4", backup[] = "2.3",
                hardware[] = "sag-1000", serials[] = "s1,s2";

    return (struct gw_listed){name, status, version, backup, hardware, serials};
}

static struct gw_sync_known known_pair(void)
{
    return (struct gw_sync_known){
        .there = true,
        .gateway = {.gateway_id = "a",
                    .model = "sag-1000",
                    .name = "shop",
                    .status = "Active",
                    .whole = true,
                    .n_devices = 2,
                    .device = {{.serial = "s2", .ha_role = "standby", .version = "2.3"},
                               {.serial = "s1", .ha_role = "active", .version = "2.4"}}}};
}

static void test_as_it_was(void **state)
{
    struct gw_sync_known known = known_pair();
    struct gw_listed listed = listed_pair();

    (void)state;
    assert_true(gw_listed_is_known(&listed, &known));
}

static void test_what_makes_a_read_needed(void **state)
{
    static char other[] = "other", swapped[] = "s2,s1", one[] = "s1", three[] = "s1,s2,s3", part[] = "s1,s";
    struct gw_listed listed = listed_pair();
    struct gw_sync_known known;
    char **const text[] = {&listed.name,           &listed.status,   &listed.version,
                           &listed.backup_version, &listed.hardware, &listed.serials};
    char *const bad_serials[] = {one, three, part, none};

    (void)state;
    for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
        char *was = *text[i];

        known = known_pair();
        *text[i] = other;
        assert_false(gw_listed_is_known(&listed, &known));
        *text[i] = was;
    }
    listed.serials = swapped; /* the order says nothing */
    assert_true(gw_listed_is_known(&listed, &known));
    for (size_t i = 0; i < sizeof(bad_serials) / sizeof(bad_serials[0]); i++) {
        listed.serials = bad_serials[i];
        assert_false(gw_listed_is_known(&listed, &known));
    }
    listed = listed_pair();
    known.gone = true;
    assert_false(gw_listed_is_known(&listed, &known));
    known = known_pair();
    known.gateway.whole = false; /* nobody has read it yet */
    assert_false(gw_listed_is_known(&listed, &known));
    known = known_pair();
    known.gateway.device[0].ha_role = ""; /* whose version is whose? */
    assert_false(gw_listed_is_known(&listed, &known));
    known = (struct gw_sync_known){0};
    assert_false(gw_listed_is_known(&listed, &known));
}

static struct gw_gathered gathered_pair(const struct gw_listed *listed)
{
    return (struct gw_gathered){
        .gateway_id = "a",
        .listed = listed,
        .whole = true,
        .read_unix_ms = 5,
        .seen = {.n_devices = 2,
                 .device = {{.serial = "s1", .version = "2.4", .online = true, .online_known = true},
                            {.serial = "s2", .version = "2.3", .dpi_version = "d"}}},
        .auto_upgrade = {"manual", ""}};
}

static void assert_roles(const struct gw_gathered *gathered, const char *first, const char *second)
{
    struct gw_sync_gateway gateway;

    gw_gathered_gateway(gathered, "acc", "r", &gateway);
    assert_int_equal(gateway.n_devices, 2);
    assert_string_equal(gateway.device[0].ha_role, first);
    assert_string_equal(gateway.device[1].ha_role, second);
}

static void test_roles(void **state)
{
    struct gw_listed listed = listed_pair();
    struct gw_gathered gathered = gathered_pair(&listed);
    struct gw_seen_device *device = gathered.seen.device;

    (void)state;
    assert_roles(&gathered, "", "");
    (void)gw_text_copy(gathered.ha.active, sizeof(gathered.ha.active), "s2");
    (void)gw_text_copy(gathered.ha.standby, sizeof(gathered.ha.standby), "s1");
    assert_roles(&gathered, "standby", "active");
    device[1].role_known = device[1].standby =
        true; /* its own word goes before the pair's, and tells of its mate */
    assert_roles(&gathered, "active", "standby");
    device[0].role_known = true;
    assert_roles(&gathered, "active", "standby");
    device[0].standby = true; /* two of a kind: neither is believed */
    assert_roles(&gathered, "", "");
}

static void test_all_of_it(void **state)
{
    struct gw_listed listed = listed_pair();
    struct gw_gathered gathered = gathered_pair(&listed);
    struct gw_sync_gateway gateway;

    (void)state;
    gathered.ha.mode = GW_HA_COLD;
    gw_gathered_gateway(&gathered, "acc", "r", &gateway);
    assert_string_equal(gateway.gateway_id, "a");
    assert_string_equal(gateway.account, "acc");
    assert_string_equal(gateway.region, "r");
    assert_string_equal(gateway.model, "sag-1000");
    assert_string_equal(gateway.name, "shop");
    assert_string_equal(gateway.status, "Active");
    assert_string_equal(gateway.ha_mode, "cold");
    assert_true(gateway.whole);
    assert_int_equal(gateway.read_unix_ms, 5);
    assert_string_equal(gateway.device[0].version, "2.4");
    assert_string_equal(gateway.device[0].auto_upgrade, "manual");
    assert_true(gateway.device[0].online && gateway.device[0].online_known);
    assert_false(gateway.device[1].online_known);
    assert_string_equal(gateway.device[1].dpi_version, "d");
}

static void test_a_single_has_no_role(void **state)
{
    struct gw_listed listed = listed_pair();
    struct gw_gathered gathered = gathered_pair(&listed);
    struct gw_sync_gateway gateway;

    (void)state;
    gathered.seen.n_devices = 1;
    gathered.seen.device[0].role_known = true;
    gw_gathered_gateway(&gathered, "", "r", &gateway);
    assert_int_equal(gateway.n_devices, 1);
    assert_string_equal(gateway.device[0].ha_role, "");
    assert_string_equal(gateway.ha_mode, "none");
}

static void test_the_list_alone(void **state)
{
    struct gw_listed listed = listed_pair();
    struct gw_gathered gathered = gathered_pair(&listed);
    struct gw_sync_gateway gateway;

    (void)state;
    gathered.whole = false;
    gw_gathered_gateway(&gathered, "", "r", &gateway);
    assert_false(gateway.whole);
    assert_int_equal(gateway.n_devices, 0);
    assert_string_equal(gateway.ha_mode, "");
    assert_string_equal(gateway.status, "Active");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_it_was),
        cmocka_unit_test(test_what_makes_a_read_needed),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_all_of_it),
        cmocka_unit_test(test_a_single_has_no_role),
        cmocka_unit_test(test_the_list_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
