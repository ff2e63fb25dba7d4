/* Programs that are started, listened to and waited for: how they end, and what they leave behind. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/base/parse.h"
#include "gatewave/net/child.h"

#define PATIENCE_MS 60000

struct seen {
    struct gw_loop *loop;
    unsigned count;
    char why[64];
    bool well;
    int status;
    char out[2000];
    size_t out_len;
};

static void ended(void *user, const struct gw_child_result *result)
{
    struct seen *seen = user;

    seen->count++;
    seen->well = !result->why;
    (void)snprintf(seen->why, sizeof(seen->why), "%s", result->why ? result->why : "");
    seen->status = result->status;
    seen->out_len = result->out_len;
    (void)snprintf(seen->out, sizeof(seen->out), "%s", result->out);
    gw_loop_stop(seen->loop);
}

static const char *const env[] = {"PATH=/usr/bin:/bin", "GREETING=good evening", NULL};

static struct seen play(const char *const *argv, uint64_t timeout_ms, size_t out_max)
{
    struct seen seen = {.loop = gw_loop_new()};
    struct gw_child_request request = {
        .argv = argv, .env = env, .timeout_ms = timeout_ms, .out_max = out_max};
    struct gw_err err = {0};
    struct gw_child *child = gw_child_start(seen.loop, &request, ended, &seen, &err);

    if (!child)
        fail_msg("%s", err.text);
    assert_int_equal(seen.count, 0);
    gw_loop_run(seen.loop);
    gw_child_free(child);
    gw_loop_free(seen.loop);
    assert_int_equal(seen.count, 1);
    return seen;
}

static struct seen play_shell(const char *script, uint64_t timeout_ms, size_t out_max)
{
    const char *const argv[] = {"sh", "-c", script, NULL};

    return play(argv, timeout_ms, out_max);
}

static void what_it_prints_and_how_it_ends(void **state)
{
    const char *const argv[] = {"printf", "%s|", "one", "two words", "*", NULL};
    struct seen seen = play(argv, PATIENCE_MS, 1000);

    (void)state;
    assert_true(seen.well);
    assert_int_equal(seen.status, 0);
    assert_string_equal(seen.out, "one|two words|*|");
    seen = play_shell("printf before; exit 7", PATIENCE_MS, 1000);
    assert_true(seen.well);
    assert_int_equal(seen.status, 7);
    assert_string_equal(seen.out, "before");
    seen = play_shell("kill -KILL $$", PATIENCE_MS, 1000);
    assert_string_equal(seen.why, "was ended by a signal");
}

/* Its environment is what it was given, its input is empty, and its complaints go nowhere. */
static void what_it_gets(void **state)
{
    struct seen seen = play_shell("cat; echo \"$GREETING $HOME.\"; echo secret >&2", PATIENCE_MS, 1000);

    (void)state;
    assert_true(seen.well);
    assert_string_equal(seen.out, "good evening .\n");
}

static void output_has_a_limit(void **state)
{
    struct seen seen = play_shell("head -c 100000 /dev/zero | tr '\\0' x", PATIENCE_MS, 100000);

    (void)state;
    assert_true(seen.well);
    assert_int_equal(seen.out_len, 100000);
    seen = play_shell("head -c 100001 /dev/zero", PATIENCE_MS, 100000);
    assert_string_equal(seen.why, "printed too much");
    seen = play_shell("cat /dev/zero", PATIENCE_MS, 1000);
    assert_string_equal(seen.why, "printed too much");
}

/* True when the process that the text names is gone, or a zombie of somebody else's. */
static bool is_gone(const char *group)
{
    char digits[20];
    uint64_t number;

    (void)snprintf(digits, sizeof(digits), "%.*s", (int)strcspn(group, "\n"), group);
    assert_null(gw_parse_u64(digits, 2, INT32_MAX, &number));
    /* Who was killed is still a process for a moment. */
    for (int i = 0; i < 2000; i++) {
        char path[64], line[200] = "";
        FILE *file;

        (void)snprintf(path, sizeof(path), "/proc/%s/stat", digits);
        file = fopen(path, "r");
        if (!file)
            return true;
        if (!fgets(line, sizeof(line), file) || strstr(line, ") Z ")) {
            (void)fclose(file);
            return true;
        }
        (void)fclose(file);
        (void)usleep(1000);
    }
    return false;
}

static void time_has_a_limit_and_nobody_is_left(void **state)
{
    struct seen seen = play_shell("echo $$; exec sleep 600", 1000, 1000);

    (void)state;
    assert_string_equal(seen.why, "took too long");
    assert_true(is_gone(seen.out));
    /* Somebody in the background holds the output open: what the program itself has printed is what counts. */
    seen = play_shell("sleep 600 & echo $!; exit 3", PATIENCE_MS, 1000);
    assert_true(seen.well);
    assert_int_equal(seen.status, 3);
    assert_true(is_gone(seen.out));
    seen = play_shell("sleep 600 & echo $!; sleep 600", 1000, 1000);
    assert_string_equal(seen.why, "took too long");
    assert_true(is_gone(seen.out));
}

static void it_is_killed_with_its_owner(void **state)
{
    const char *const argv[] = {"sleep", "600", NULL};
    struct seen seen = {.loop = gw_loop_new()};
    struct gw_child_request request = {.argv = argv, .env = env, .timeout_ms = PATIENCE_MS, .out_max = 10};
    struct gw_err err = {0};
    struct gw_child *child = gw_child_start(seen.loop, &request, ended, &seen, &err);

    (void)state;
    assert_non_null(child);
    gw_child_free(child);
    gw_loop_free(seen.loop);
    assert_int_equal(seen.count, 0);
    gw_child_free(NULL);
}

static void what_cannot_be_started(void **state)
{
    static const char *const names[] = {"/no/such/program", "no-such-program", "/etc/passwd", "/tmp"};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(names); i++) {
        const char *const argv[] = {names[i], NULL};
        struct seen seen = {.loop = gw_loop_new()};
        struct gw_child_request request = {.argv = argv, .env = env, .timeout_ms = 1000, .out_max = 10};
        struct gw_err err = {0};

        assert_null(gw_child_start(seen.loop, &request, ended, &seen, &err));
        assert_memory_equal(err.text, "cannot be started: ", 19);
        gw_loop_free(seen.loop);
        assert_int_equal(seen.count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_prints_and_how_it_ends),
        cmocka_unit_test(what_it_gets),
        cmocka_unit_test(output_has_a_limit),
        cmocka_unit_test(time_has_a_limit_and_nobody_is_left),
        cmocka_unit_test(it_is_killed_with_its_owner),
        cmocka_unit_test(what_cannot_be_started),
    };

    return cmocka_run_group_tests_name("net/child", tests, NULL, NULL);
}
