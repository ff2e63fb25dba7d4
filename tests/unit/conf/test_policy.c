/* POLICIES.yaml: what it says, what is left to defaults, and what is refused, with its place. */
#include "gatewave/conf/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char file[64];

static enum gw_code read_text(const char *text, struct gw_policies **ret, struct gw_buf *problems,
                              struct gw_err *err)
{
    FILE *out = fopen(file, "w");

    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    return gw_policies_read(file, ret, problems, err);
}

static struct gw_policies *read_good(const char *text)
{
    struct gw_policies *policies = NULL;
    struct gw_buf problems;
    struct gw_err err = {0};

    gw_buf_init(&problems, 0);
    if (read_text(text, &policies, &problems, &err))
        fail_msg("refused: %s\n%s", err.text, gw_buf_text(&problems));
    gw_buf_release(&problems);
    return policies;
}

/* The report names each of the wants, in their order; NULL ends them. */
static void check_refused(const char *text, const char *const *want)
{
    struct gw_policies *policies = NULL;
    struct gw_buf problems;
    struct gw_err err = {0};
    const char *at;

    gw_buf_init(&problems, 0);
    assert_int_equal(read_text(text, &policies, &problems, &err), GW_ERR_INPUT);
    assert_null(policies);
    at = gw_buf_text(&problems);
    for (; *want; want++) {
        at = strstr(at, *want);
        if (!at)
            fail_msg("not said: %s\nin %s", *want, gw_buf_text(&problems));
    }
    gw_buf_release(&problems);
}

static void policies_are_rollouts_with_another_name(void **state)
{
    struct gw_policies *policies =
        read_good("policies:\n"
                  "  - name: os\n"
                  "    select: model = sag-1000\n"
                  "    version: 2.4.0\n"
                  "    waves: [{name: canary, size: 5}, {name: rest, size: rest}]\n"
                  "    window: {between: \"01:00-05:00\"}\n"
                  "    gate: {max_failed: 3}\n"
                  "  - {name: dpi, select: all, version: 2026_1, type: Dpi}\n"
                  "manners: {rest: 2d, give_up: 5, site_restarts: 0, late: 7d}\n");

    (void)state;
    assert_int_equal(policies->n, 2);
    assert_string_equal(policies->policy[0].name, "os");
    assert_string_equal(policies->policy[0].version, "2.4.0");
    assert_int_equal(policies->policy[0].n_waves, 2);
    assert_int_equal(policies->policy[0].wave[0].count, 5);
    assert_true(policies->policy[0].wave[1].window.given); /* a wave has the window of its policy */
    assert_int_equal(policies->policy[0].gate.max_failed, 3);
    assert_int_equal(policies->policy[0].window.days, 0x7f);
    assert_true(policies->policy[1].dpi);
    assert_int_equal(policies->policy[1].pair_soak_ms, 5 * 60 * 1000);
    assert_int_equal(policies->manners.rest_ms, UINT64_C(2) * 24 * 3600 * 1000);
    assert_int_equal(policies->manners.give_up, 5);
    assert_int_equal(policies->manners.site_restarts, 0);
    assert_int_equal(policies->manners.late_ms, UINT64_C(7) * 24 * 3600 * 1000);
    assert_string_equal(policies->file, file);
    gw_policies_free(policies);
}

static void manners_have_defaults(void **state)
{
    struct gw_policies *policies = read_good("policies: [{name: os, select: all, version: 2.4.0}]\n");

    (void)state;
    assert_int_equal(policies->manners.rest_ms, UINT64_C(20) * 3600 * 1000);
    assert_int_equal(policies->manners.give_up, 3);
    assert_int_equal(policies->manners.site_restarts, 12);
    assert_int_equal(policies->manners.late_ms, UINT64_C(14) * 24 * 3600 * 1000);
    gw_policies_free(policies);
}

static void everything_wrong_is_said_in_one_go(void **state)
{
    (void)state;
    check_refused("policies:\n"
                  "  - {name: os, select: all, version: 2.4.0}\n"
                  "  - {name: os, select: model = x, version: 2.4.0}\n"
                  "  - {name: b, select: all, version: 2.5.0}\n"
                  "  - {rollout: c, select: \"model =\", version: 1}\n"
                  "  - {name: d, select: region = r, version: 1, verify: {every: 2h, slow: 20m}}\n"
                  "manners: {rest: soon, giveup: 2}\n",
                  (const char *const[]){":7:17: manners.rest: must be", ":7:23: unknown key `manners.giveup`",
                                        ":5:6: unknown key `policies.rollout`", ":5:26: policies.select",
                                        ":5:5: policies.name is missing", ":6:63: verify.every", NULL});
    check_refused("policies:\n"
                  "  - {name: os, select: all, version: 2.4.0}\n"
                  "  - {name: os, select: model = x, version: 2.4.0}\n",
                  (const char *const[]){":3:12: policies.name: two policies are called os", NULL});
    check_refused("policies:\n"
                  "  - {name: os, select: all, version: 2.4.0}\n"
                  "  - {name: b, select: all, version: 2.5.0}\n",
                  (const char *const[]){":3:23: policies.select: says the same as policy os, which comes "
                                        "first and takes them all",
                                        NULL});
    check_refused("policies: [{rollout: c, select: all, version: 1}]\n",
                  (const char *const[]){"unknown key `policies.rollout`", "policies.name is missing", NULL});
    check_refused("policies: [{name: a, select: all, version: 1}]\nmanners: {rest: soon}\n",
                  (const char *const[]){":2:17: manners.rest", NULL});
    check_refused("policies: []\n", (const char *const[]){"policies: must not be empty", NULL});
    check_refused("", (const char *const[]){"empty: it says at least policies", NULL});
}

static void the_same_selection_may_want_both_kinds(void **state)
{
    struct gw_policies *policies = read_good("policies:\n"
                                             "  - {name: os, select: all, version: 2.4.0}\n"
                                             "  - {name: dpi, select: all, version: 2026_1, type: Dpi}\n");

    (void)state;
    assert_int_equal(policies->n, 2);
    gw_policies_free(policies);
}

static void a_name_leaves_room_for_the_date(void **state)
{
    char text[256];

    (void)state;
    (void)snprintf(text, sizeof(text), "policies: [{name: %0*d, select: all, version: 1}]\n",
                   GW_POLICY_NAME_MAX + 1, 7);
    check_refused(text, (const char *const[]){"policies.name: must be from 1 to 80 bytes", NULL});
}

static void the_example_that_we_ship_says_the_default_manners(void **state)
{
    const char *source = getenv("GATEWAVE_SOURCE");
    struct gw_policies *policies = NULL;
    struct gw_buf problems;
    struct gw_err err = {0};
    char shipped[4096];

    (void)state;
    gw_buf_init(&problems, 0);
    (void)snprintf(shipped, sizeof(shipped), "%s/config/policies.yaml", source ? source : ".");
    if (gw_policies_read(shipped, &policies, &problems, &err))
        fail_msg("%s\n%s", err.text, gw_buf_text(&problems));
    assert_int_equal(policies->n, 2);
    assert_int_equal(policies->manners.give_up, 3);
    assert_int_equal(policies->manners.rest_ms, UINT64_C(20) * 3600 * 1000);
    assert_int_equal(policies->manners.site_restarts, 12);
    assert_int_equal(policies->manners.late_ms, UINT64_C(14) * 24 * 3600 * 1000);
    gw_policies_free(policies);
    gw_buf_release(&problems);
}

static int make_file(void **state)
{
    int fd;

    (void)state;
    (void)snprintf(file, sizeof(file), "/tmp/gatewave-policy-XXXXXX");
    fd = mkstemp(file);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_are_rollouts_with_another_name),
        cmocka_unit_test(manners_have_defaults),
        cmocka_unit_test(everything_wrong_is_said_in_one_go),
        cmocka_unit_test(the_same_selection_may_want_both_kinds),
        cmocka_unit_test(the_example_that_we_ship_says_the_default_manners),
        cmocka_unit_test(a_name_leaves_room_for_the_date),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
