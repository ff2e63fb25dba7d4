/* What the service manager hears: one datagram a word, after sd_notify(3); and that without one nothing is done. */
#include "gatewave/obs/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/gatewave-service-XXXXXX";
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static int manager = -1;

static int arrive(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", folder);
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return bind(manager, (const struct sockaddr *)&address, sizeof(address));
}

static int leave(void **state)
{
    (void)state;
    (void)close(manager);
    (void)unlink(address.sun_path);
    return rmdir(folder);
}

static int listen_(void **state)
{
    (void)state;
    return setenv("NOTIFY_SOCKET", address.sun_path, 1);
}

static int alone(void **state)
{
    (void)state;
    return unsetenv("NOTIFY_SOCKET") | unsetenv("WATCHDOG_USEC") | unsetenv("WATCHDOG_PID");
}

static void check_heard(const char *want)
{
    char word[2048] = "";
    ssize_t n = recv(manager, word, sizeof(word) - 1, 0);

    assert_true(n > 0);
    assert_string_equal(word, want);
}

static void check_silence(void)
{
    char word[16];

    assert_int_equal(recv(manager, word, sizeof(word), 0), -1);
}

static void each_word_is_a_datagram(void **state)
{
    (void)state;
    gw_service_ready();
    gw_service_status("wave 3/7, 412/2000 done");
    gw_service_alive();
    gw_service_stopping();
    check_heard("READY=1");
    check_heard("STATUS=wave 3/7, 412/2000 done");
    check_heard("WATCHDOG=1");
    check_heard("STOPPING=1");
    check_silence();
}

static void a_status_is_one_line_of_bounded_length(void **state)
{
    char line[1000], want[600] = "STATUS=";

    (void)state;
    gw_service_status("fine\nWATCHDOG=trigger");
    check_heard("STATUS=fine");
    memset(line, 'x', sizeof(line));
    line[sizeof(line) - 1] = '\0';
    memset(want + strlen(want), 'x', 511);
    gw_service_status(line);
    check_heard(want);
    gw_service_status("");
    check_heard("STATUS=");
}

static void a_watchdog_is_ours_or_not(void **state)
{
    char pid[16];

    (void)state;
    assert_int_equal(gw_service_watchdog_ms(), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "120000000", 1), 0);
    assert_int_equal(gw_service_watchdog_ms(), 120000);
    (void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
    assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
    assert_int_equal(gw_service_watchdog_ms(), 120000);
    assert_int_equal(setenv("WATCHDOG_PID", "1", 1), 0);
    assert_int_equal(gw_service_watchdog_ms(), 0);
    assert_int_equal(unsetenv("WATCHDOG_PID"), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "soon", 1), 0);
    assert_int_equal(gw_service_watchdog_ms(), 0);
}

static void without_a_manager_nothing_is_done(void **state)
{
    (void)state;
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    gw_service_ready();
    gw_service_status("nobody hears this");
    gw_service_alive();
    gw_service_stopping();
    check_silence();
    assert_int_equal(setenv("NOTIFY_SOCKET", "/nowhere/notify", 1), 0);
    gw_service_ready();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_word_is_a_datagram, listen_, alone),
        cmocka_unit_test_setup_teardown(a_status_is_one_line_of_bounded_length, listen_, alone),
        cmocka_unit_test_setup_teardown(a_watchdog_is_ours_or_not, listen_, alone),
        cmocka_unit_test_setup_teardown(without_a_manager_nothing_is_done, listen_, alone),
    };

    return cmocka_run_group_tests(tests, arrive, leave);
}
