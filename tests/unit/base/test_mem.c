/* The heap: zeroed, copied, and never NULL. */
#include "gatewave/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void test_new_is_zeroed(void **state)
{
    unsigned char *p = gw_mem_new(100, 7);

    (void)state;
    for (size_t i = 0; i < 700; i++)
        assert_int_equal(p[i], 0);
    free(p);
}

static void test_nothing_is_still_a_block(void **state)
{
    void *p = gw_mem_new(0, 8), *q;

    (void)state;
    assert_non_null(p);
    q = gw_mem_resize(p, 0, 8);
    assert_non_null(q);
    free(q);
}

static void test_resize_keeps_content(void **state)
{
    uint32_t *p = gw_mem_resize(NULL, 4, sizeof(*p));

    (void)state;
    for (uint32_t i = 0; i < 4; i++)
        p[i] = i;
    p = gw_mem_resize(p, 4000, sizeof(*p));
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(p[i], i);
    p[3999] = 1;
    p = gw_mem_resize(p, 2, sizeof(*p));
    assert_int_equal(p[1], 1);
    free(p);
}

static void test_copies(void **state)
{
    char *part = gw_mem_text("abcdef", 3), *all = gw_mem_dup("abcdef"), *none = gw_mem_text(NULL, 0);

    (void)state;
    assert_string_equal(part, "abc");
    assert_string_equal(all, "abcdef");
    assert_string_equal(none, "");
    free(part);
    free(all);
    free(none);
}

static void new_too_much(void)
{
    free(gw_mem_new(SIZE_MAX / 2, 4));
}

static void resize_too_much(void)
{
    free(gw_mem_resize(NULL, SIZE_MAX / 2, 4));
}

/* A product that overflows must not come back as a small block. */
static void test_overflow_stops_the_program(void **state)
{
    void (*const too_much[])(void) = {new_too_much, resize_too_much};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        int status;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
            (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0});
            close(STDERR_FILENO);
            too_much[i]();
            _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_is_zeroed),
        cmocka_unit_test(test_nothing_is_still_a_block),
        cmocka_unit_test(test_resize_keeps_content),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_overflow_stops_the_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
