/* The log, read back from a pipe that stands in for stderr. */
#include "gatewave/obs/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "gatewave/base/when.h"

static int saved_stderr;
static int pipe_end; /* what we read of stderr */

static int open_pipe(void **state)
{
    int ends[2];

    (void)state;
    fflush(stderr);
    saved_stderr = dup(STDERR_FILENO);
    if (saved_stderr < 0 || pipe(ends) != 0 || dup2(ends[1], STDERR_FILENO) < 0)
        return -1;
    close(ends[1]);
    pipe_end = ends[0];
    gw_log_open(GW_LOG_DEBUG);
    return 0;
}

static int close_pipe(void **state)
{
    (void)state;
    gw_log_open(GW_LOG_OFF);
    close(pipe_end);
    if (dup2(saved_stderr, STDERR_FILENO) < 0)
        return -1;
    close(saved_stderr);
    return 0;
}

/* What was written so far, without waiting. */
static const char *written(void)
{
    static char text[8192];
    struct pollfd ready = {.fd = pipe_end, .events = POLLIN};
    ssize_t n = 0;

    if (poll(&ready, 1, 0) == 1)
        n = read(pipe_end, text, sizeof(text) - 1);
    assert_true(n >= 0);
    text[n] = '\0';
    return text;
}

/* The line behind its time stamp. */
static const char *written_after_time(void)
{
    const char *line = written();
    const char *level = strstr(line, " level=");

    assert_non_null(level);
    return level + 1;
}

static void a_line_is_logfmt(void **state)
{
    (void)state;
    gw_log(GW_LOG_INFO, "rollout started", "rollout", "os-2.4.0", "targets", "5000", NULL);
    assert_string_equal(written_after_time(),
                        "level=info msg=\"rollout started\" rollout=os-2.4.0 targets=5000\n");
    gw_log(GW_LOG_ERROR, "stopped", NULL);
    assert_string_equal(written_after_time(), "level=error msg=stopped\n");
    gw_log(GW_LOG_WARN, "", "empty", "", "null", (const char *)NULL, NULL);
    assert_string_equal(written_after_time(), "level=warn msg=\"\" empty=\"\" null=\"\"\n");
    gw_log(GW_LOG_DEBUG, "x", "url", "http://127.0.0.1:8080/a?b=c", NULL);
    assert_string_equal(written_after_time(), "level=debug msg=x url=\"http://127.0.0.1:8080/a?b=c\"\n");
}

static void a_line_begins_with_the_wall_time(void **state)
{
    char text[GW_WHEN_TEXT_SIZE] = "";
    int64_t before_ms = (int64_t)time(NULL) * 1000, at_ms = 0, after_ms;
    const char *line;

    (void)state;
    gw_log(GW_LOG_INFO, "x", NULL);
    after_ms = (int64_t)time(NULL) * 1000;
    line = written();
    assert_int_equal(sscanf(line, "time=%31s level=info msg=x\n", text), 1);
    assert_true(gw_when_parse(text, &at_ms));
    /* time() may lag clock_gettime() by a tick. */
    assert_true(at_ms >= before_ms && at_ms <= after_ms + 1000);
}

static void levels_above_the_chosen_one_are_silent(void **state)
{
    (void)state;
    gw_log_open(GW_LOG_WARN);
    gw_log(GW_LOG_INFO, "no", NULL);
    gw_log(GW_LOG_DEBUG, "no", NULL);
    assert_string_equal(written(), "");
    gw_log(GW_LOG_WARN, "yes", NULL);
    assert_string_equal(written_after_time(), "level=warn msg=yes\n");
    gw_log_open(GW_LOG_OFF);
    gw_log(GW_LOG_ERROR, "no", NULL);
    assert_string_equal(written(), "");
    /* What is not wanted is not dropped. */
    gw_log_open(GW_LOG_WARN);
    gw_log(GW_LOG_WARN, "yes", NULL);
    assert_string_equal(written_after_time(), "level=warn msg=yes\n");
}

static void foreign_text_cannot_forge_a_line(void **state)
{
    static const struct {
        const char *value, *line;
    } cases[] = {
        {"a\nlevel=error", "v=\"a\\nlevel=error\"\n"},
        {"a\r\nb", "v=\"a\\x0d\\nb\"\n"},
        {"say \"hi\"", "v=\"say \\\"hi\\\"\"\n"},
        {"back\\slash", "v=\"back\\\\slash\"\n"},
        {"a=b", "v=\"a=b\"\n"},
        {"tab\there", "v=\"tab\\there\"\n"},
        {"\x1b[31mred", "v=\"\\x1b[31mred\"\n"},
        {"\x7f", "v=\"\\x7f\"\n"},
        {"\xc2\x9b"
         "31m",
         "v=\"\\xc2\\x9b31m\"\n"},
        {"\xe4\xb8\x8a\xe6\xb5\xb7", "v=\"\xe4\xb8\x8a\xe6\xb5\xb7\"\n"},
        {"\xf0\x9f\x98\x80!", "v=\"\xf0\x9f\x98\x80!\"\n"},
        {"cut \xe4\xb8", "v=\"cut \\xe4\\xb8\"\n"},
        {"\xff\xfe", "v=\"\\xff\\xfe\"\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gw_log(GW_LOG_INFO, "m", "v", cases[i].value, NULL);
        assert_string_equal(written_after_time() + strlen("level=info msg=m "), cases[i].line);
    }
}

static void long_values_and_long_lines_are_cut_and_say_so(void **state)
{
    static char big[5000];
    const char *line;
    size_t len;

    (void)state;
    memset(big, 'a', sizeof(big) - 1);
    gw_log(GW_LOG_INFO, "m", "v", big, "w", "end", NULL);
    line = written_after_time();
    assert_non_null(strstr(line, "aaa...\" w=end\n"));
    assert_true(strlen(line) < 1100);
    /* Four values of a thousand bytes do not fit any more. */
    gw_log(GW_LOG_INFO, "m", "v", big, "w", big, "x", big, "y", big, NULL);
    line = written();
    len = strlen(line);
    assert_true(len <= 4096);
    assert_string_equal(line + len - strlen("...\" cut=true\n"), "...\" cut=true\n");
    assert_null(strstr(line, " y="));
    /* A cut never splits a character. */
    for (size_t i = 0; i + 3 < sizeof(big); i += 3)
        memcpy(big + i, "\xe4\xb8\x8a", 3);
    gw_log(GW_LOG_INFO, "m", "v", big, NULL);
    assert_non_null(strstr(written(), "\xe4\xb8\x8a...\"\n"));
}

static void a_full_pipe_drops_lines_and_does_not_block(void **state)
{
    unsigned kept = 0, sent = 2000;
    char byte, said[80];

    (void)state;
    for (unsigned i = 0; i < sent; i++) /* a pipe holds 64 KiB: most of these find no room */
        gw_log(GW_LOG_INFO, "a line of some length that fills the pipe in a while", "k", "v", NULL);
    assert_int_equal(fcntl(pipe_end, F_SETFL, O_NONBLOCK), 0);
    while (read(pipe_end, &byte, 1) == 1)
        kept += byte == '\n';
    assert_in_range(kept, 1, sent - 1);
    /* And when there is room again, lines go on; the first one says what is missing before it. */
    (void)snprintf(said, sizeof(said), "level=info msg=again dropped=%u k=v\n", sent - kept);
    gw_log(GW_LOG_INFO, "again", "k", "v", NULL);
    assert_string_equal(written_after_time(), said);
    gw_log(GW_LOG_INFO, "again", NULL);
    assert_string_equal(written_after_time(), "level=info msg=again\n");
}

static void what_nobody_read_is_told_to_the_next_reader(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    close(pipe_end);
    gw_log(GW_LOG_INFO, "nobody reads this", NULL);
    gw_log(GW_LOG_INFO, "nor this", NULL);
    assert_int_equal(dup2(saved_stderr, STDERR_FILENO), STDERR_FILENO);
    close(saved_stderr);
    assert_int_equal(open_pipe(NULL), 0);
    gw_log(GW_LOG_INFO, "this", NULL);
    assert_string_equal(written_after_time(), "level=info msg=this dropped=2\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_is_logfmt, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(a_line_begins_with_the_wall_time, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(levels_above_the_chosen_one_are_silent, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(foreign_text_cannot_forge_a_line, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(long_values_and_long_lines_are_cut_and_say_so, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(a_full_pipe_drops_lines_and_does_not_block, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(what_nobody_read_is_told_to_the_next_reader, open_pipe, close_pipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
