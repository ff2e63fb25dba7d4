/* Which hosts are this machine, and which only look like it. */
#include "gatewave/base/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

static void test_this_machine(void **state)
{
    static const char *const row[] = {"localhost",       "LocalHost", "127.0.0.1", "127.1.2.3",
                                      "127.255.255.254", "::1",       "[::1]",     "127.0.0.0"};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++)
        if (!gw_host_is_loopback(row[i]))
            fail_msg("%s is this machine", row[i]);
}

static void test_others(void **state)
{
    static const char *const row[] = {"",
                                      "localhost.",
                                      "localhost.example.com",
                                      "localhos",
                                      "127",
                                      "127.",
                                      "127.1",
                                      "127.0.0",
                                      "127.0.0.",
                                      "127.0.0.1.",
                                      "127.0.0.1.example.com",
                                      "127.0.0.256",
                                      "127.0.0.4294967297",
                                      "127.0.0.01",
                                      "127.0..1",
                                      "127.0.0.1:80",
                                      "127.0.0.1 ",
                                      "128.0.0.1",
                                      "0127.0.0.1",
                                      "0x7f.0.0.1",
                                      "2130706433",
                                      "0.0.0.0",
                                      "::",
                                      "::11",
                                      "[::1",
                                      "::1]",
                                      "[::1]x",
                                      "::ffff:127.0.0.1",
                                      "100.100.100.200"};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++)
        if (gw_host_is_loopback(row[i]))
            fail_msg("%s is not this machine", row[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_this_machine),
        cmocka_unit_test(test_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
