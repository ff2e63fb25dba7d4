/* Command lines: what they mean, and what is said of those that mean nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "commands.h"
#include "parse.h"

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#define WORDS_MAX 16

/* Parses "gatewave" and the words up to NULL; the invocation points to them until the next call. */
static enum gw_code parse(struct gw_invocation *inv, struct gw_err *err, const char *const *words)
{
    static char kept[WORDS_MAX][128];
    static char *argv[WORDS_MAX + 1];
    int argc = 0;

    for (const char *word = "gatewave"; word; word = words[argc - 1]) {
        assert_true(argc < WORDS_MAX);
        assert_true(gw_text_copy(kept[argc], sizeof(kept[argc]), word));
        argv[argc] = kept[argc];
        argc++;
    }
    argv[argc] = NULL;
    *err = (struct gw_err){0};
    return gw_invocation_parse(inv, &gw_commands, argc, argv, err);
}

#define PARSE(inv, err, ...) parse(inv, err, (const char *const[]){__VA_ARGS__, NULL})

static void check_refused(const char *expected, const char *const *words)
{
    struct gw_invocation inv;
    struct gw_err err;

    assert_int_equal(parse(&inv, &err, words), GW_ERR_USAGE);
    if (!strstr(err.text, expected))
        assert_string_equal(err.text, expected);
    gw_invocation_release(&inv);
}

#define REFUSED(expected, ...) check_refused(expected, (const char *const[]){__VA_ARGS__, NULL})

static void options_stand_before_between_and_after_the_words(void **state)
{
    static const char *const orders[][8] = {
        {"--db", "x.db", "inventory", "list", "--select", "all"},
        {"inventory", "--db", "x.db", "list", "--select", "all"},
        {"inventory", "list", "--select", "all", "--db", "x.db"},
        {"inventory", "list", "--select=all", "--db=x.db"},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(orders); i++) {
        struct gw_invocation inv;
        struct gw_err err;

        assert_int_equal(parse(&inv, &err, orders[i]), GW_OK);
        assert_ptr_equal(inv.command, &gw_command_inventory_list);
        assert_string_equal(gw_invocation_value(&inv, "db"), "x.db");
        assert_string_equal(gw_invocation_value(&inv, "select"), "all");
        assert_int_equal(inv.n_arguments, 0);
        assert_false(gw_invocation_has(&inv, "config"));
        assert_null(gw_invocation_value(&inv, "config"));
        gw_invocation_release(&inv);
    }
}

static void a_short_form_takes_a_value_too(void **state)
{
    static const char *const forms[][6] = {
        {"plan", "r.yaml", "-o", "r.plan"},
        {"plan", "-o", "r.plan", "r.yaml"},
        {"plan", "-or.plan", "r.yaml"},
        {"plan", "r.yaml", "--out", "r.plan"},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(forms); i++) {
        struct gw_invocation inv;
        struct gw_err err;

        assert_int_equal(parse(&inv, &err, forms[i]), GW_OK);
        assert_ptr_equal(inv.command, &gw_command_plan);
        assert_string_equal(gw_invocation_value(&inv, "out"), "r.plan");
        assert_int_equal(inv.n_arguments, 1);
        assert_string_equal(inv.argument[0], "r.yaml");
        gw_invocation_release(&inv);
    }
    REFUSED("-o needs a value", "plan", "r.yaml", "-o");
}

static void arguments_keep_their_order_between_options(void **state)
{
    struct gw_invocation inv;
    struct gw_err err;

    (void)state;
    assert_int_equal(PARSE(&inv, &err, "explain", "os-1", "--output", "json", "sag-1"), GW_OK);
    assert_ptr_equal(inv.command, &gw_command_explain);
    assert_int_equal(inv.n_arguments, 2);
    assert_string_equal(inv.argument[0], "os-1");
    assert_string_equal(inv.argument[1], "sag-1");
    gw_invocation_release(&inv);
}

static void two_dashes_end_the_options(void **state)
{
    struct gw_invocation inv;
    struct gw_err err;

    (void)state;
    assert_int_equal(PARSE(&inv, &err, "inventory", "import", "--", "--help"), GW_OK);
    assert_string_equal(inv.argument[0], "--help");
    assert_false(gw_invocation_has(&inv, "help"));
    gw_invocation_release(&inv);
    assert_int_equal(PARSE(&inv, &err, "inventory", "import", "-"), GW_OK);
    assert_string_equal(inv.argument[0], "-");
    gw_invocation_release(&inv);
}

static void a_command_may_use_a_global_name_for_its_own(void **state)
{
    struct gw_invocation inv;
    struct gw_err err;

    (void)state;
    assert_int_equal(PARSE(&inv, &err, "run", "--version", "2.4.0", "--select", "all"), GW_OK);
    assert_string_equal(gw_invocation_value(&inv, "version"), "2.4.0");
    assert_false(gw_invocation_informs(&inv));
    gw_invocation_release(&inv);
    assert_int_equal(PARSE(&inv, &err, "report", "--version"), GW_OK);
    assert_true(gw_invocation_informs(&inv));
    gw_invocation_release(&inv);
    assert_int_equal(PARSE(&inv, &err, "--version"), GW_OK);
    assert_null(inv.command);
    assert_true(gw_invocation_has(&inv, "version"));
    gw_invocation_release(&inv);
}

static void the_last_value_counts(void **state)
{
    struct gw_invocation inv;
    struct gw_err err;

    (void)state;
    assert_int_equal(PARSE(&inv, &err, "--output", "json", "status", "--output", "csv"), GW_OK);
    assert_string_equal(gw_invocation_value(&inv, "output"), "csv");
    gw_invocation_release(&inv);
}

static void a_level_may_be_left_out(void **state)
{
    struct gw_invocation inv;
    struct gw_err err;

    (void)state;
    assert_int_equal(PARSE(&inv, &err, "--log", "status"), GW_OK);
    assert_ptr_equal(inv.command, &gw_command_status);
    assert_true(gw_invocation_has(&inv, "log"));
    assert_null(gw_invocation_value(&inv, "log"));
    gw_invocation_release(&inv);
    assert_int_equal(PARSE(&inv, &err, "--log=debug", "status"), GW_OK);
    assert_string_equal(gw_invocation_value(&inv, "log"), "debug");
    gw_invocation_release(&inv);
    REFUSED("--log loud: it is one of error|warn|info|debug", "--log=loud", "status");
}

static void help_needs_nothing_else(void **state)
{
    struct gw_invocation inv;
    struct gw_err err;

    (void)state;
    assert_int_equal(PARSE(&inv, &err, "explain", "--help"), GW_OK);
    assert_ptr_equal(inv.command, &gw_command_explain);
    gw_invocation_release(&inv);
    assert_int_equal(PARSE(&inv, &err, "inventory", "-h"), GW_OK);
    assert_null(inv.command);
    assert_int_equal(inv.n_words, 1);
    gw_invocation_release(&inv);
}

static void slips_are_answered_with_the_nearest_word(void **state)
{
    (void)state;
    REFUSED("unknown command `statsu`; did you mean `gatewave status`?", "statsu");
    REFUSED("unknown command `inventory lst`; did you mean `gatewave inventory list`?", "inventory", "lst");
    REFUSED("unknown command `inventry`; did you mean `gatewave inventory`?", "inventry", "list");
    REFUSED("unknown command `frobnicate`: `gatewave help` lists them", "frobnicate");
    REFUSED("unknown option --outptu; did you mean --output?", "status", "--outptu", "json");
    REFUSED("unknown option --selct; did you mean --select?", "inventory", "list", "--selct=all");
    REFUSED("unknown option --frob: `gatewave help status` tells", "status", "--frob");
    REFUSED("unknown option --frob before the command", "--frob", "status");
    REFUSED("unknown option -x", "status", "-x");
    REFUSED("unknown option -y", "status", "-yz");
}

static void options_are_spelled_out(void **state)
{
    (void)state;
    REFUSED("unknown option --outp; did you mean --output?", "--outp", "json", "status");
    REFUSED("unknown option --sele; did you mean --select?", "inventory", "list", "--sele=all");
}

static void values_are_checked(void **state)
{
    (void)state;
    REFUSED("--output xml: it is one of table|json|jsonl|csv", "status", "--output", "xml");
    REFUSED("--output : it is one of", "status", "--output", "");
    REFUSED("--output tabl: it is one of", "status", "--output", "tabl");
    REFUSED("--output table|json: it is one of", "status", "--output", "table|json");
    REFUSED("--type os: it is one of Device|Dpi", "run", "--type", "os");
    REFUSED("--db needs a value", "status", "--db");
    REFUSED("--quiet takes no value", "run", "--quiet=yes");
}

static void a_group_is_not_a_command(void **state)
{
    (void)state;
    REFUSED("`inventory` needs a second word: `gatewave help inventory` lists them", "inventory");
    REFUSED("`inventory` needs a second word", "inventory", "--db", "x.db");
}

static void too_few_and_too_many_words_show_the_usage(void **state)
{
    (void)state;
    REFUSED("something is missing; usage: gatewave inventory import FILE", "inventory", "import");
    REFUSED("something is missing; usage: gatewave explain NAME GATEWAY", "explain", "os-1");
    REFUSED("too many words; usage: gatewave status [NAME]", "status", "a", "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_before_between_and_after_the_words),
        cmocka_unit_test(a_short_form_takes_a_value_too),
        cmocka_unit_test(arguments_keep_their_order_between_options),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(a_command_may_use_a_global_name_for_its_own),
        cmocka_unit_test(the_last_value_counts),
        cmocka_unit_test(a_level_may_be_left_out),
        cmocka_unit_test(help_needs_nothing_else),
        cmocka_unit_test(slips_are_answered_with_the_nearest_word),
        cmocka_unit_test(options_are_spelled_out),
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(a_group_is_not_a_command),
        cmocka_unit_test(too_few_and_too_many_words_show_the_usage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
