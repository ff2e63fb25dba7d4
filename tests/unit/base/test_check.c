/* A failed check stops the program, says where, and is in every build. */
#include "gatewave/base/check.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs GW_CHECK(n == 1) in a child; returns how it ended and what it said. */
static int check_in_child(int n, char *ret_said, size_t size)
{
    int ends[2], status;
    ssize_t len;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        (void)dup2(ends[1], STDERR_FILENO);
        GW_CHECK(n == 1);
        _exit(0);
    }
    close(ends[1]);
    len = read(ends[0], ret_said, size - 1);
    ret_said[len > 0 ? len : 0] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void test_true_goes_on(void **state)
{
    char said[256];
    int status = check_in_child(1, said, sizeof(said));

    (void)state;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_string_equal(said, "");
}

static void test_false_aborts_and_names_the_place(void **state)
{
    char said[256];
    int status = check_in_child(2, said, sizeof(said));

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(said, "n == 1"));
    assert_non_null(strstr(said, "test_check.c:"));
}

static void test_is_an_expression(void **state)
{
    int evaluated = 0;

    (void)state;
    GW_CHECK(++evaluated == 1);
    assert_int_equal(evaluated, 1);
    assert_int_equal(GW_COUNT_OF(((const int[]){1, 2, 3})), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_true_goes_on),
        cmocka_unit_test(test_false_aborts_and_names_the_place),
        cmocka_unit_test(test_is_an_expression),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
