/* The generator and the hash give the same numbers on every machine and in every version. */
#include "gatewave/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

/* The published first outputs of xoshiro256** for the state 1, 2, 3, 4. */
static void test_xoshiro_known_answers(void **state)
{
    static const uint64_t expected[] = {
        11520u,
        0u,
        1509978240u,
        1215971899390074240u,
        1216172134540287360u,
        607988272756665600u,
        16172922978634559625u,
        8476171486693032832u,
        10595114339597558777u,
        2904607092377533576u,
    };
    struct gw_rng rng = {{1, 2, 3, 4}};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(expected); i++)
        assert_true(gw_rng_next(&rng) == expected[i]);
}

/* The published first outputs of splitmix64 for the seed 0. */
static void test_seeding_known_answers(void **state)
{
    static const uint64_t expected[] = {0xe220a8397b1dcdafu, 0x6e789e6aa1b965f4u, 0x06c45d188009454fu,
                                        0xf88bb8a8724c81ecu};
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 0);
    for (size_t i = 0; i < 4; i++)
        assert_true(rng.state[i] == expected[i]);
}

static void test_seeds_differ(void **state)
{
    struct gw_rng a, b, c;

    (void)state;
    gw_rng_init(&a, 1);
    gw_rng_init(&b, 2);
    gw_rng_init(&c, 1);
    assert_memory_equal(&a, &c, sizeof(a));
    assert_true(gw_rng_next(&a) != gw_rng_next(&b));
}

static void test_below_stays_below(void **state)
{
    static const uint64_t bounds[] = {1, 2, 3, 7, 1000, UINT32_MAX, (1ull << 63) + 1, UINT64_MAX};
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 8);
    assert_int_equal(gw_rng_below(&rng, 0), 0);
    for (size_t i = 0; i < GW_COUNT_OF(bounds); i++)
        for (int n = 0; n < 2000; n++)
            assert_true(gw_rng_below(&rng, bounds[i]) < bounds[i]);
}

static void test_below_is_even(void **state)
{
    uint32_t seen[7] = {0};
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 9);
    for (int n = 0; n < 70000; n++)
        seen[gw_rng_below(&rng, 7)]++;
    /* 10,000 each; five standard deviations are 463. */
    for (size_t i = 0; i < 7; i++)
        assert_in_range(seen[i], 9500, 10500);
}

/* With a bound of three quarters of the range, taking the remainder alone would favour the lower third. */
static void test_below_is_even_for_large_bounds(void **state)
{
    const uint64_t bound = 3ull << 62;
    uint32_t low = 0;
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 10);
    for (int n = 0; n < 30000; n++)
        low += gw_rng_below(&rng, bound) < bound / 3;
    assert_in_range(low, 9500, 10500);
}

static void test_hash_known_answers(void **state)
{
    static const struct {
        const char *bytes;
        uint64_t len, seed, hash;
    } cases[] = {
        /* FNV-1a as published (for "a": af63dc4c8601ec8c), then the finisher of splitmix64; computed apart. */
        {"", 0, 0, 0xf52a15e9a9b5e89bu},         {"a", 1, 0, 0x02c0bdbf481420f8u},
        {"a", 1, 1, 0xedb296206f5cd587u},        {"sag-0001", 8, 42, 0xbccfd5b22ddb6dedu},
        {"\0\xff\0", 3, 0, 0xceccbe0bdd49b09fu},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++)
        assert_true(gw_hash(cases[i].bytes, cases[i].len, cases[i].seed) == cases[i].hash);
}

/* Names that differ in one digit must not land in the same share of a fleet. */
static void test_hash_spreads_similar_names(void **state)
{
    uint32_t seen[10] = {0};

    (void)state;
    for (int n = 0; n < 10000; n++) {
        char name[] = "sag-00000";

        for (int digit = 8, rest = n; digit >= 4; digit--, rest /= 10)
            name[digit] = (char)('0' + rest % 10);
        seen[gw_hash(name, strlen(name), 1) % 10]++;
    }
    for (size_t i = 0; i < 10; i++)
        assert_in_range(seen[i], 850, 1150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xoshiro_known_answers), cmocka_unit_test(test_seeding_known_answers),
        cmocka_unit_test(test_seeds_differ),          cmocka_unit_test(test_below_stays_below),
        cmocka_unit_test(test_below_is_even),         cmocka_unit_test(test_below_is_even_for_large_bounds),
        cmocka_unit_test(test_hash_known_answers),    cmocka_unit_test(test_hash_spreads_similar_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
