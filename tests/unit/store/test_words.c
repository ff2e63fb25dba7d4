/* Words and tallies, against a plain array that is searched from front to back. */
#include "words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/rng.h"

static void test_equal_texts_have_one_number(void **state)
{
    struct gw_words words;
    uint32_t a, b, empty;

    (void)state;
    gw_words_init(&words);
    a = gw_words_keep(&words, "sag-1000");
    b = gw_words_keep(&words, "sag-100wm");
    empty = gw_words_keep(&words, "");
    assert_true(a != b && b != empty && a != empty);
    assert_int_equal(gw_words_keep(&words, "sag-1000"), a);
    assert_int_equal(gw_words_keep(&words, ""), empty);
    assert_string_equal(gw_words_text(&words, a), "sag-1000");
    assert_string_equal(gw_words_text(&words, b), "sag-100wm");
    assert_string_equal(gw_words_text(&words, empty), "");
    gw_words_release(&words);
}

static void test_an_added_word_is_its_own(void **state)
{
    struct gw_words words;
    uint32_t a, b, kept;

    (void)state;
    gw_words_init(&words);
    a = gw_words_add(&words, "same");
    b = gw_words_add(&words, "same");
    kept = gw_words_keep(&words, "same");
    assert_true(a != b && a != kept && b != kept);
    assert_string_equal(gw_words_text(&words, b), "same");
    gw_words_release(&words);
}

static void test_words_outlive_growth(void **state)
{
    static uint32_t number[5000];
    struct gw_words words;
    char text[32];

    (void)state;
    gw_words_init(&words);
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "word %d", i);
        number[i] = gw_words_keep(&words, text);
        snprintf(text, sizeof(text), "own %d", i);
        gw_words_add(&words, text);
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "word %d", i);
        assert_int_equal(gw_words_keep(&words, text), number[i]);
        assert_string_equal(gw_words_text(&words, number[i]), text);
    }
    gw_words_release(&words);
}

static void test_a_tally_counts_keys_in_order_of_their_first(void **state)
{
    static uint32_t key[4000][GW_TALLY_KEYS], n[4000];
    struct gw_tally tally;
    struct gw_rng rng;
    uint32_t rows = 0;

    (void)state;
    gw_tally_init(&tally);
    gw_rng_init(&rng, 3);
    for (int round = 0; round < 4000; round++) {
        const uint32_t one[GW_TALLY_KEYS] = {(uint32_t)gw_rng_below(&rng, 9), (uint32_t)gw_rng_below(&rng, 9),
                                             (uint32_t)gw_rng_below(&rng, 9),
                                             (uint32_t)gw_rng_below(&rng, 2)};
        uint32_t row = 0;

        while (row < rows && memcmp(key[row], one, sizeof(one)) != 0)
            row++;
        if (row == rows)
            memcpy(key[rows++], one, sizeof(one));
        n[row]++;
        assert_int_equal(gw_tally_count(&tally, one), row);
    }
    assert_int_equal(tally.n, rows);
    assert_true(rows > 1000);
    for (uint32_t row = 0; row < rows; row++) {
        assert_memory_equal(tally.row[row].key, key[row], sizeof(key[row]));
        assert_int_equal(tally.row[row].n, n[row]);
    }
    gw_tally_release(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_texts_have_one_number),
        cmocka_unit_test(test_an_added_word_is_its_own),
        cmocka_unit_test(test_words_outlive_growth),
        cmocka_unit_test(test_a_tally_counts_keys_in_order_of_their_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
