/* Where a webhook's address is found, what of a file is refused, and that no error holds a byte of it. */
#include "notify/hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/gatewave-hook-XXXXXX";
static char file[64], link_[64], pipe_[64];

static int arrive(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(file, sizeof(file), "%s/noc.url", folder);
    (void)snprintf(link_, sizeof(link_), "%s/link.url", folder);
    (void)snprintf(pipe_, sizeof(pipe_), "%s/noc.pipe", folder);
    return symlink(file, link_);
}

static int leave(void **state)
{
    (void)state;
    (void)unlink(file);
    (void)unlink(link_);
    (void)unlink(pipe_);
    return rmdir(folder);
}

static void write_file(const char *text, mode_t mode)
{
    FILE *stream = fopen(file, "we");

    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
    assert_int_equal(chmod(file, mode), 0);
}

static enum gw_code find(const char *url, struct gw_hook *ret, struct gw_err *err)
{
    char name[] = "noc", text[128];
    struct gw_notify_spec spec = {.name = name, .form = GW_NOTIFY_FEISHU, .events = GW_NOTICE_HELD};
    enum gw_code code;

    (void)snprintf(text, sizeof(text), "%s", url);
    gw_secret_set(&spec.url, text, strlen(text));
    code = gw_hook_find(&spec, ret, err);
    gw_secret_release(&spec.url);
    return code;
}

static void check_found(const char *url, const char *want)
{
    struct gw_hook hook;
    struct gw_err err;

    if (find(url, &hook, &err))
        fail_msg("%s", err.text);
    assert_string_equal(hook.url.bytes, want);
    assert_string_equal(hook.name, "noc");
    assert_string_equal(hook.address.host, "h.test");
    assert_string_equal(hook.url.bytes + hook.address.target_at, "/hush");
    assert_int_equal(hook.form, GW_NOTIFY_FEISHU);
    assert_int_equal(hook.events, GW_NOTICE_HELD);
    gw_hook_release(&hook);
    assert_null(hook.url.bytes);
}

static void check_refused(const char *url, const char *want)
{
    struct gw_hook hook = {.events = 77};
    struct gw_err err;

    assert_int_equal(find(url, &hook, &err), GW_ERR_INPUT);
    if (!strstr(err.text, want))
        assert_string_equal(err.text, want);
    assert_null(strstr(err.text, "hush"));
    assert_int_equal(hook.events, 77);
}

static const char *at(const char *path)
{
    static char url[80];

    (void)snprintf(url, sizeof(url), "file:%s", path);
    return url;
}

static void an_address_is_found(void **state)
{
    (void)state;
    check_found("https://h.test/hush", "https://h.test/hush");
    write_file("https://h.test/hush\nand a note\n", 0600);
    check_found(at(file), "https://h.test/hush");
    write_file("https://h.test/hush", 0400);
    check_found(at(file), "https://h.test/hush");
    assert_int_equal(setenv("GATEWAVE_TEST_HOOK", "https://h.test/hush", 1), 0);
    check_found("env:GATEWAVE_TEST_HOOK", "https://h.test/hush");
}

static void what_others_could_read_is_refused(void **state)
{
    (void)state;
    write_file("https://h.test/hush\n", 0640);
    check_refused(at(file), "noc.url: others may read it; close it: chmod 600");
    write_file("https://h.test/hush\n", 0600);
    check_refused(at(link_), "link.url: is a symbolic link; name the file itself");
    check_refused(at(folder), ": not a regular file");
    /* Nobody writes into it, and nobody waits for that. */
    assert_int_equal(mkfifo(pipe_, 0600), 0);
    check_refused(at(pipe_), "noc.pipe: not a regular file");
    check_refused("file:/nowhere/hook.url", "notify noc: /nowhere/hook.url: No such file or directory");
    check_refused("env:GATEWAVE_TEST_NO_HOOK", "notify noc: GATEWAVE_TEST_NO_HOOK: is not set");
}

static void what_systemd_hands_over_is_taken(void **state)
{
    (void)state;
    write_file("https://h.test/hush\n", 0440);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
    check_found(at(file), "https://h.test/hush");
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/tmp/gatewave-hook", 1),
                     0); /* the beginning of its name */
    check_refused(at(file), "others may read it");
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    write_file("http://h.test/hush\n", 0600);
    check_refused(at(file), "noc.url: must be https: plain http goes to a loopback address only");
    write_file("", 0600);
    check_refused(at(file), "noc.url: must begin with https://");
    assert_int_equal(setenv("GATEWAVE_TEST_HOOK", "hush", 1), 0);
    check_refused("env:GATEWAVE_TEST_HOOK", "GATEWAVE_TEST_HOOK: must begin with https://");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_found),
        cmocka_unit_test(what_others_could_read_is_refused),
        cmocka_unit_test(what_systemd_hands_over_is_taken),
        cmocka_unit_test(what_is_no_address_is_refused),
    };

    return cmocka_run_group_tests(tests, arrive, leave);
}
