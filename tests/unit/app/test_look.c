/* What reads say of one target: what a row does not plainly say is left to the gateway's own read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "../../../src/app/cloud/look.h"

static struct gw_seen_page page_of(const char *status, const char *version, const char *serials,
                                   const char *hardware)
{
    static struct gw_seen_page page;

    memset(&page, 0, sizeof(page));
    page.n = 2;
    (void)gw_text_copy(page.gateway[0].gateway_id, sizeof(page.gateway[0].gateway_id), "sag-other");
    (void)gw_text_copy(page.gateway[1].gateway_id, sizeof(page.gateway[1].gateway_id), "sag-1");
    (void)gw_text_copy(page.gateway[1].status, sizeof(page.gateway[1].status), status);
    (void)gw_text_copy(page.gateway[1].version, sizeof(page.gateway[1].version), version);
    (void)gw_text_copy(page.gateway[1].serials, sizeof(page.gateway[1].serials), serials);
    (void)gw_text_copy(page.gateway[1].hardware, sizeof(page.gateway[1].hardware), hardware);
    return page;
}

static void rows_of_a_page(void **state)
{
    static const struct {
        const char *status, *version, *serials, *hardware, *serial;
        enum gw_presence presence;
    } row[] = {
        {"Active", "2.3.0", "s1", "sag-1000", "s1", GW_PRESENCE_ONLINE},
        {"ACTIVE", "2.3.0", "s1", "sag-1000", "s1", GW_PRESENCE_ONLINE},
        {"active", "2.3.0", "s1", "sag-1000", "", GW_PRESENCE_ONLINE},
        {"Offline", "2.3.0", "s1", "sag-1000", "s1", GW_PRESENCE_OFFLINE},
        /* Whatever else the vendor calls a gateway: ask it alone. */
        {"Arrearage", "2.3.0", "s1", "sag-1000", "s1", GW_PRESENCE_MISSING},
        {"", "2.3.0", "s1", "sag-1000", "s1", GW_PRESENCE_MISSING},
        /* Two devices, another serial, none, no version. */
        {"Active", "2.3.0", "s1,s2", "sag-1000", "s1", GW_PRESENCE_MISSING},
        {"Active", "2.3.0", "s9", "sag-1000", "s1", GW_PRESENCE_MISSING},
        {"Active", "2.3.0", "", "sag-1000", "", GW_PRESENCE_MISSING},
        {"Active", "", "s1", "sag-1000", "s1", GW_PRESENCE_MISSING},
        {"Active", "", "", "sag-software", "", GW_PRESENCE_UNSUITABLE},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        struct gw_seen_page page = page_of(row[i].status, row[i].version, row[i].serials, row[i].hardware);
        struct gw_event ev = {0};

        gw_look_page(&page, "sag-1", row[i].serial, &ev);
        assert_int_equal(ev.presence, row[i].presence);
        assert_int_equal(ev.read, GW_READ_PAGE);
        if (ev.presence == GW_PRESENCE_ONLINE) {
            assert_string_equal(ev.version, "2.3.0");
            assert_string_equal(ev.serial, "s1");
        }
    }
}

static void a_gateway_that_the_page_leaves_out(void **state)
{
    struct gw_seen_page page = page_of("Active", "2.3.0", "s1", "sag-1000");
    struct gw_event ev = {0};

    (void)state;
    gw_look_page(&page, "sag-absent", "s1", &ev);
    assert_int_equal(ev.presence, GW_PRESENCE_MISSING);
}

static struct gw_seen_gateway pair_of(bool active_online, bool standby_online)
{
    struct gw_seen_gateway gateway = {.status = "Active", .hardware = "sag-1000", .n_devices = 2};

    gateway.device[0] = (struct gw_seen_device){.serial = "s1",
                                                .version = "2.3.0",
                                                .dpi_version = "d1",
                                                .online = active_online,
                                                .online_known = true};
    gateway.device[1] = (struct gw_seen_device){.serial = "s2",
                                                .version = "2.4.0",
                                                .dpi_version = "d2",
                                                .online = standby_online,
                                                .online_known = true};
    return gateway;
}

static void both_devices_of_a_pair(void **state)
{
    struct gw_seen_gateway gateway = pair_of(true, false);
    struct gw_event ev = {0};

    (void)state;
    gw_look_gateway(&gateway, "s1", false, &ev);
    assert_int_equal(ev.presence, GW_PRESENCE_ONLINE);
    assert_int_equal(ev.mate, GW_PRESENCE_OFFLINE);
    assert_string_equal(ev.mate_version, "2.4.0");
    assert_string_equal(ev.version, "2.3.0");

    memset(&ev, 0, sizeof(ev));
    gw_look_gateway(&gateway, "s2", true, &ev);
    assert_int_equal(ev.presence, GW_PRESENCE_OFFLINE);
    assert_int_equal(ev.mate, GW_PRESENCE_ONLINE);
    assert_string_equal(ev.version, "d2");
    assert_string_equal(ev.mate_version, "d1");
}

static void the_worst_of_several_mates_counts(void **state)
{
    struct gw_seen_gateway gateway = pair_of(true, false);
    struct gw_event ev = {0};

    (void)state;
    gateway.n_devices = 3;
    gateway.device[2] = gateway.device[0];
    (void)gw_text_copy(gateway.device[2].serial, sizeof(gateway.device[2].serial), "s3");
    gw_look_gateway(&gateway, "s1", false, &ev);
    assert_int_equal(ev.mate, GW_PRESENCE_OFFLINE);
    assert_string_equal(ev.mate_version, ""); /* whose? */
}

static void a_device_that_is_not_there_or_not_clear(void **state)
{
    struct gw_seen_gateway gateway = pair_of(true, true),
                           empty = {.status = "Active", .hardware = "sag-1000"};
    struct gw_event ev = {0};

    (void)state;
    gw_look_gateway(&gateway, "s9", false, &ev);
    assert_int_equal(ev.presence, GW_PRESENCE_MISSING);

    memset(&ev, 0, sizeof(ev));
    gw_look_gateway(&gateway, "", false, &ev);
    assert_int_equal(ev.presence, GW_PRESENCE_AMBIGUOUS);

    memset(&ev, 0, sizeof(ev));
    gw_look_gateway(&empty, "s1", false, &ev);
    assert_int_equal(ev.presence, GW_PRESENCE_MISSING);

    memset(&ev, 0, sizeof(ev));
    (void)gw_text_copy(empty.hardware, sizeof(empty.hardware), "sag-software");
    gw_look_gateway(&empty, "s1", false, &ev);
    assert_int_equal(ev.presence, GW_PRESENCE_UNSUITABLE);
}

static void an_unknown_state_is_unknown(void **state)
{
    struct gw_seen_gateway gateway = pair_of(true, true);
    struct gw_event ev = {0};

    (void)state;
    gateway.device[0].online_known = gateway.device[1].online_known = false;
    gw_look_gateway(&gateway, "s1", false, &ev);
    assert_int_equal(ev.presence, GW_PRESENCE_UNKNOWN);
    assert_int_equal(ev.mate, GW_PRESENCE_UNKNOWN);

    /* The gateway's own status speaks for its only device. */
    memset(&ev, 0, sizeof(ev));
    gateway.n_devices = 1;
    gw_look_gateway(&gateway, "s1", false, &ev);
    assert_int_equal(ev.presence, GW_PRESENCE_ONLINE);

    /* No version, nothing to compare. */
    memset(&ev, 0, sizeof(ev));
    gateway.device[0].version[0] = '\0';
    gw_look_gateway(&gateway, "", false, &ev);
    assert_int_equal(ev.presence, GW_PRESENCE_UNKNOWN);
    assert_string_equal(ev.serial, "s1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_a_page),
        cmocka_unit_test(a_gateway_that_the_page_leaves_out),
        cmocka_unit_test(both_devices_of_a_pair),
        cmocka_unit_test(the_worst_of_several_mates_counts),
        cmocka_unit_test(a_device_that_is_not_there_or_not_clear),
        cmocka_unit_test(an_unknown_state_is_unknown),
    };

    return cmocka_run_group_tests_name("app/look", tests, NULL, NULL);
}
