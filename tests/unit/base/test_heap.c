/* The heap of timers against an oracle that looks at every item. */
#include "gatewave/base/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gatewave/base/rng.h"

#define ITEMS 97

struct fixture {
    struct gw_heap heap;
    struct gw_heap_entry entry[ITEMS];
    uint32_t place[ITEMS];
    /* The oracle: a plain table. */
    bool has[ITEMS];
    uint64_t due_ms[ITEMS];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    gw_heap_init(&f->heap, f->entry, f->place, ITEMS);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

/* The item that must come first: the earliest, and of equals the one with the smallest number. */
static uint32_t oracle_first(const struct fixture *f)
{
    uint32_t first = GW_HEAP_NOWHERE;

    for (uint32_t i = 0; i < ITEMS; i++)
        if (f->has[i] && (first == GW_HEAP_NOWHERE || f->due_ms[i] < f->due_ms[first]))
            first = i;
    return first;
}

static void assert_agrees(const struct fixture *f)
{
    uint32_t first = oracle_first(f), count = 0;

    for (uint32_t i = 0; i < ITEMS; i++) {
        assert_int_equal(f->heap.place[i] != GW_HEAP_NOWHERE, f->has[i]);
        count += f->has[i];
    }
    assert_int_equal(f->heap.len, count);
    assert_int_equal(gw_heap_due_ms(&f->heap), first == GW_HEAP_NOWHERE ? UINT64_MAX : f->due_ms[first]);
}

static void test_empty(void **state)
{
    struct fixture *f = *state;
    uint32_t item = 77;

    assert_int_equal(gw_heap_due_ms(&f->heap), UINT64_MAX);
    assert_false(gw_heap_pop(&f->heap, UINT64_MAX, &item));
    assert_int_equal(item, 77);
    gw_heap_clear(&f->heap, 3);
    assert_agrees(f);
}

static void test_due_only_from_its_time_on(void **state)
{
    struct fixture *f = *state;
    uint32_t item = 77;

    gw_heap_set(&f->heap, 5, 100);
    assert_false(gw_heap_pop(&f->heap, 99, &item));
    assert_int_equal(item, 77);
    assert_true(gw_heap_pop(&f->heap, 100, &item));
    assert_int_equal(item, 5);
    assert_int_equal(f->heap.place[5], GW_HEAP_NOWHERE);
    assert_false(gw_heap_pop(&f->heap, 100, &item));
}

static void test_set_again_moves(void **state)
{
    struct fixture *f = *state;
    uint32_t item;

    gw_heap_set(&f->heap, 1, 100);
    gw_heap_set(&f->heap, 2, 200);
    gw_heap_set(&f->heap, 1, 300);
    assert_int_equal(f->heap.len, 2);
    assert_int_equal(gw_heap_due_ms(&f->heap), 200);
    gw_heap_set(&f->heap, 1, 50);
    assert_true(gw_heap_pop(&f->heap, 60, &item));
    assert_int_equal(item, 1);
    assert_int_equal(f->heap.len, 1);
}

static void test_ties_break_by_item(void **state)
{
    static const uint32_t order[] = {9, 3, 96, 0, 41, 8, 22, 7};
    static const uint32_t sorted[] = {0, 3, 7, 8, 9, 22, 41, 96};
    struct fixture *f = *state;

    for (size_t i = 0; i < 8; i++)
        gw_heap_set(&f->heap, order[i], 5);
    for (size_t i = 0; i < 8; i++) {
        uint32_t item;

        assert_true(gw_heap_pop(&f->heap, 5, &item));
        assert_int_equal(item, sorted[i]);
    }
}

static void test_extreme_times(void **state)
{
    struct fixture *f = *state;
    uint32_t item;

    gw_heap_set(&f->heap, 1, UINT64_MAX);
    gw_heap_set(&f->heap, 2, 0);
    assert_true(gw_heap_pop(&f->heap, 0, &item));
    assert_int_equal(item, 2);
    assert_false(gw_heap_pop(&f->heap, UINT64_MAX - 1, &item));
    assert_true(gw_heap_pop(&f->heap, UINT64_MAX, &item));
    assert_int_equal(item, 1);
}

/* Random work; few distinct times, so that ties are common. */
static void test_agrees_with_oracle(void **state)
{
    struct fixture *f = *state;
    struct gw_rng rng;

    gw_rng_init(&rng, 1);
    for (int step = 0; step < 20000; step++) {
        uint32_t item = (uint32_t)gw_rng_below(&rng, ITEMS), popped;
        uint64_t due_ms = gw_rng_below(&rng, 50);

        switch (gw_rng_below(&rng, 4)) {
        case 0:
        case 1:
            gw_heap_set(&f->heap, item, due_ms);
            f->has[item] = true;
            f->due_ms[item] = due_ms;
            break;
        case 2:
            gw_heap_clear(&f->heap, item);
            f->has[item] = false;
            break;
        default:
            item = oracle_first(f);
            if (item == GW_HEAP_NOWHERE || f->due_ms[item] > due_ms) {
                assert_false(gw_heap_pop(&f->heap, due_ms, &popped));
            } else {
                assert_true(gw_heap_pop(&f->heap, due_ms, &popped));
                assert_int_equal(popped, item);
                f->has[item] = false;
            }
        }
        assert_agrees(f);
    }
}

static void test_pops_sorted(void **state)
{
    struct fixture *f = *state;
    struct gw_rng rng;
    uint64_t last_ms = 0;
    uint32_t item;

    gw_rng_init(&rng, 2);
    for (uint32_t i = 0; i < ITEMS; i++) {
        f->due_ms[i] = gw_rng_next(&rng) >> 1;
        gw_heap_set(&f->heap, i, f->due_ms[i]);
    }
    for (uint32_t i = 0; i < ITEMS; i++) {
        assert_true(gw_heap_pop(&f->heap, UINT64_MAX, &item));
        assert_true(f->due_ms[item] >= last_ms);
        last_ms = f->due_ms[item];
    }
    assert_int_equal(f->heap.len, 0);
}

#define WITH_HEAP(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HEAP(test_empty),           WITH_HEAP(test_due_only_from_its_time_on),
        WITH_HEAP(test_set_again_moves), WITH_HEAP(test_ties_break_by_item),
        WITH_HEAP(test_extreme_times),   WITH_HEAP(test_agrees_with_oracle),
        WITH_HEAP(test_pops_sorted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
