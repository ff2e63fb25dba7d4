/* The model's own small parts: names to numbers, used nonces, the order of versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "model.h"

#define MEMORY_MS (30u * 60 * 1000)

static void test_table(void **state)
{
    struct gw_table table;
    const char *kept;
    char key[16];

    (void)state;
    gw_table_init(&table);
    assert_int_equal(gw_table_find(&table, "x"), GW_TABLE_NONE);
    kept = gw_table_keep(&table, "0");
    for (uint32_t i = 0; i < 10000; i++) {
        (void)snprintf(key, sizeof(key), "%u", i);
        assert_int_equal(gw_table_add(&table, key), i);
    }
    for (uint32_t i = 0; i < 10000; i++) {
        (void)snprintf(key, sizeof(key), "%u", i);
        assert_int_equal(gw_table_add(&table, key), i);
        assert_int_equal(gw_table_find(&table, key), i);
        assert_string_equal(table.key[i], key);
    }
    assert_ptr_equal(gw_table_keep(&table, "0"), kept); /* keys stay where they are */
    assert_int_equal(gw_table_find(&table, "10000"), GW_TABLE_NONE);
    assert_int_equal(gw_table_find(&table, ""), GW_TABLE_NONE);
    gw_table_release(&table);
    assert_int_equal(gw_table_find(&table, "0"), GW_TABLE_NONE);
}

static void test_nonces(void **state)
{
    struct gw_nonce_book book;
    char nonce[16];

    (void)state;
    gw_nonce_init(&book, MEMORY_MS);
    for (uint32_t i = 0; i < 5000; i++) {
        (void)snprintf(nonce, sizeof(nonce), "%u", i);
        assert_true(gw_nonce_take(&book, "main", nonce, i));
    }
    for (uint32_t i = 0; i < 5000; i++) {
        (void)snprintf(nonce, sizeof(nonce), "%u", i);
        assert_false(gw_nonce_take(&book, "main", nonce, 5000));
        assert_true(gw_nonce_take(&book, "other", nonce, 5000));
    }
    /* Remembered for as long as it must be, and forgotten in the end. */
    assert_false(gw_nonce_take(&book, "main", "4999", 4999 + MEMORY_MS));
    assert_false(gw_nonce_take(&book, "main", "4999", 5001 + MEMORY_MS));
    assert_true(gw_nonce_take(&book, "main", "new", 6000 + MEMORY_MS));
    assert_true(gw_nonce_take(&book, "main", "4999", 7000 + 3 * (uint64_t)MEMORY_MS));
    gw_nonce_release(&book);
}

static void test_version_order(void **state)
{
    (void)state;
    assert_int_equal(gw_sim_version_order("2.3.0", "2.3.0"), 0);
    assert_int_equal(gw_sim_version_order("2.3", "2.3.0"), 0);
    assert_int_equal(gw_sim_version_order("", ""), 0);
    assert_int_equal(gw_sim_version_order("2.03", "2.3"), 0);
    assert_true(gw_sim_version_order("2.10.0", "2.9.1") > 0);
    assert_true(gw_sim_version_order("2.3.1.1", "2.3.1") > 0);
    assert_true(gw_sim_version_order("2.3.0", "2.3.0.1") < 0);
    assert_true(gw_sim_version_order("20201117_1_0-0.0.1", "20201116_9_9-9.9.9") > 0);
    assert_true(gw_sim_version_order("99999999999999999999999", "100000000000000000000000") < 0);
    assert_true(gw_sim_version_order("1.0", "abc") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_nonces),
        cmocka_unit_test(test_version_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
