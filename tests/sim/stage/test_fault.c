/* What happened in a play: counted, told, and the first thing that must not happen kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network/net_try.h"

static void begin(void)
{
    sim_note_begin();
    sim_stage_begin(1);
}

/* The last lines; free them. */
static char *last(unsigned lines)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    sim_note_last(file, lines);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void assert_last(unsigned lines, const char *wanted)
{
    char *text = last(lines);

    assert_string_equal(text, wanted);
    free(text);
}

static void test_every_fault_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < SIM_FAULTS; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(sim_fault_name((enum sim_fault)i), sim_fault_name((enum sim_fault)j));
}

static void test_hits_are_counted_for_ever(void **state)
{
    uint64_t kills = sim_hits()[SIM_KILL], flaps = sim_hits()[SIM_FLAP];

    (void)state;
    sim_hit(SIM_KILL);
    sim_hit(SIM_KILL);
    sim_note_begin();
    assert_int_equal(sim_hits()[SIM_KILL], kills + 2);
    assert_int_equal(sim_hits()[SIM_FLAP], flaps);
}

static void test_notes_have_the_time(void **state)
{
    (void)state;
    begin();
    sim_note("%s is out", "cn-shanghai");
    assert_last(10, "1000.000 cn-shanghai is out\n");
    try_play(1234);
    sim_note("and back");
    assert_last(1, "1001.234 and back\n");
    assert_last(2, "1000.000 cn-shanghai is out\n1001.234 and back\n");
    sim_note_begin();
    assert_last(10, "");
    sim_stage_end();
}

static void test_only_the_last_notes_are_kept(void **state)
{
    char *text;

    (void)state;
    begin();
    for (int i = 0; i < 5000; i++)
        sim_note("note %d", i);
    assert_last(2, "1000.000 note 4998\n1000.000 note 4999\n");
    text = last(5000);
    assert_null(strstr(text, "note 1000\n"));
    assert_non_null(strstr(text, "note 4900\n"));
    free(text);
    sim_stage_end();
}

static void test_a_long_note_is_cut(void **state)
{
    char word[1000];
    char *text;

    (void)state;
    begin();
    memset(word, 'a', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    sim_note("%s", word);
    text = last(1);
    assert_true(strlen(text) > 200 && strlen(text) < 300);
    free(text);
    sim_stage_end();
}

static void test_notes_go_to_a_file_at_once(void **state)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    (void)state;
    begin();
    sim_note_to(file);
    sim_note("one");
    sim_note_to(NULL);
    sim_note("two");
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, "1000.000 one\n");
    free(text);
    sim_stage_end();
}

static void test_the_first_violation_counts(void **state)
{
    const char *text = "none";

    (void)state;
    begin();
    assert_null(sim_violation(&text));
    assert_string_equal(text, "none");
    sim_violated("I3", "device %d was called twice", 7);
    sim_violated("I4", "and that as well");
    assert_string_equal(sim_violation(&text), "I3");
    assert_string_equal(text, "device 7 was called twice");
    assert_last(
        2, "1000.000 I3 is broken: device 7 was called twice\n1000.000 I4 is broken: and that as well\n");
    sim_note_begin();
    assert_null(sim_violation(&text));
    sim_stage_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_fault_has_a_name_of_its_own),
        cmocka_unit_test(test_hits_are_counted_for_ever),
        cmocka_unit_test(test_notes_have_the_time),
        cmocka_unit_test(test_only_the_last_notes_are_kept),
        cmocka_unit_test(test_a_long_note_is_cut),
        cmocka_unit_test(test_notes_go_to_a_file_at_once),
        cmocka_unit_test(test_the_first_violation_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
