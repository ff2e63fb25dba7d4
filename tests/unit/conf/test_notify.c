/* Webhooks: what an address may be, the notify list, and that no message shows a byte of what is secret. */
#include "gatewave/conf/webhook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/conf/spec.h"

static char directory[] = "/tmp/gatewave-notify-XXXXXX";
static char file[64];

static int make_directory(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    (void)snprintf(file, sizeof(file), "%s/g.yaml", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    (void)unlink(file);
    return rmdir(directory);
}

static enum gw_code read_text(const char *text, struct gw_config *ret, struct gw_buf *problems)
{
    FILE *stream = fopen(file, "w");
    struct gw_err err;

    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
    return gw_config_read(file, ret, problems, &err);
}

static struct gw_config read_good(const char *text)
{
    struct gw_buf problems;
    struct gw_config config;

    gw_buf_init(&problems, 0);
    if (read_text(text, &config, &problems))
        fail_msg("%s", gw_buf_text(&problems));
    gw_buf_release(&problems);
    return config;
}

/* The report holds want, and not a byte of what is secret in these tests. */
static void check_refused(const char *text, const char *want)
{
    struct gw_buf problems;
    struct gw_config config;

    gw_buf_init(&problems, 0);
    assert_int_equal(read_text(text, &config, &problems), GW_ERR_INPUT);
    if (!strstr(gw_buf_text(&problems), want) || strstr(gw_buf_text(&problems), "hush"))
        assert_string_equal(gw_buf_text(&problems), want);
    gw_buf_release(&problems);
}

/* ---- addresses ---- */

static void an_address_is_split(void **state)
{
    static const struct {
        const char *url, *origin, *host, *target;
    } good[] = {
        {"https://oapi.dingtalk.com/robot/send?access_token=hush", "https://oapi.dingtalk.com",
         "oapi.dingtalk.com", "/robot/send?access_token=hush"},
        {"https://hooks.example.com:8443/a", "https://hooks.example.com:8443", "hooks.example.com:8443",
         "/a"},
        {"https://hooks.example.com", "https://hooks.example.com", "hooks.example.com", ""},
        {"http://127.0.0.1:99/x", "http://127.0.0.1:99", "127.0.0.1:99", "/x"},
        {"http://localhost/x", "http://localhost", "localhost", "/x"},
        {"http://[::1]:8080/x", "http://[::1]:8080", "[::1]:8080", "/x"},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(good); i++) {
        struct gw_webhook hook;

        assert_null(gw_webhook_split(good[i].url, &hook));
        assert_string_equal(hook.origin, good[i].origin);
        assert_string_equal(hook.host, good[i].host);
        assert_string_equal(good[i].url + hook.target_at, good[i].target);
    }
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "hooks.example.com/hush",
        "ftp://h/hush",
        "https://",
        "https:///hush",
        "https://user:hush@host/",
        "https://host?key=hush",
        "https://host/a b",
        "https://host/a#b",
        "https://host/\tb",
        "https://host/\xc3\xa9",
        "http://hooks.example.com/hush",
        "http://127.0.0.1.example.com/hush",
        "http://127.0.0.1@example.com/hush",
    };
    char longest[GW_WEBHOOK_URL_MAX + 2] = "https://h/";
    struct gw_webhook hook = {.target_at = 77};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(bad); i++) {
        const char *wrong = gw_webhook_split(bad[i], &hook);

        if (!wrong)
            fail_msg("taken: %s", bad[i]);
        assert_null(strstr(wrong, "hush"));
        assert_int_equal(hook.target_at, 77);
    }
    memset(longest + strlen(longest), 'a', sizeof(longest) - 1 - strlen(longest));
    assert_non_null(gw_webhook_split(longest, &hook));
    longest[GW_WEBHOOK_URL_MAX] = '\0';
    assert_null(gw_webhook_split(longest, &hook));
}

static void an_address_stands_in_one_of_three_places(void **state)
{
    const char *word = NULL;

    (void)state;
    assert_int_equal(gw_webhook_find("https://h/x", &word), GW_WEBHOOK_HERE);
    assert_string_equal(word, "https://h/x");
    assert_int_equal(gw_webhook_find("file:/run/x", &word), GW_WEBHOOK_FILE);
    assert_string_equal(word, "/run/x");
    assert_int_equal(gw_webhook_find("env:HOOK", &word), GW_WEBHOOK_ENV);
    assert_string_equal(word, "HOOK");
    assert_int_equal(gw_webhook_find("", NULL), GW_WEBHOOK_NONE);
    assert_int_equal(gw_webhook_find("file:", NULL), GW_WEBHOOK_NONE);
    assert_int_equal(gw_webhook_find("env:", NULL), GW_WEBHOOK_NONE);
}

/* ---- the list ---- */

static void the_list_is_read(void **state)
{
    struct gw_config config = read_good("metrics: {textfile: prom/gatewave.prom}\n"
                                        "notify:\n"
                                        "  - {name: noc, url: \"https://h/hush\", form: dingtalk}\n"
                                        "  - {name: pager, url: \"env:PAGER\", events: [held, aborted]}\n"
                                        "  - {name: chat, url: \"file:chat.url\", form: feishu}\n"
                                        "  - {name: far, url: \"file:/etc/far.url\", form: slack}\n");
    char path[96];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/prom/gatewave.prom", directory);
    assert_string_equal(config.metrics.textfile, path);
    assert_int_equal(config.n_notify, 4);
    assert_string_equal(config.notify[0].name, "noc");
    assert_string_equal(config.notify[0].url.bytes, "https://h/hush");
    assert_int_equal(config.notify[0].url.len, strlen("https://h/hush"));
    assert_int_equal(config.notify[0].form, GW_NOTIFY_DINGTALK);
    assert_int_equal(config.notify[0].events, GW_NOTICE_ALL);
    assert_string_equal(config.notify[1].url.bytes, "env:PAGER");
    assert_int_equal(config.notify[1].form, GW_NOTIFY_JSON);
    assert_int_equal(config.notify[1].events, GW_NOTICE_HELD | GW_NOTICE_ABORTED);
    (void)snprintf(path, sizeof(path), "file:%s/chat.url", directory);
    assert_string_equal(config.notify[2].url.bytes, path);
    assert_int_equal(config.notify[2].form, GW_NOTIFY_FEISHU);
    assert_string_equal(config.notify[3].url.bytes, "file:/etc/far.url");
    assert_int_equal(config.notify[3].form, GW_NOTIFY_SLACK);
    gw_config_release(&config);
}

static void what_cannot_be_meant_is_refused(void **state)
{
    (void)state;
    check_refused("notify: [{url: \"https://h/x\"}]\n", "notify.name is missing");
    check_refused("notify: [{name: a}]\n", "notify.url is missing");
    check_refused("notify:\n- {name: a, url: \"https://h/x\"}\n- {name: a, url: \"https://h/y\"}\n",
                  "notify.name: two webhooks have the same name");
    check_refused("notify: [{name: a, url: \"env:A\", form: teams}]\n",
                  "notify.form: must be json, dingtalk, slack or feishu");
    check_refused(
        "notify: [{name: a, url: \"env:A\", events: [hold]}]\n",
        "notify.events: must be started, approval, held, aborted, finished, credentials, given_up or night");
    check_refused("notify: [{name: a, url: \"env:A\", events: [held, held]}]\n",
                  "notify.events: names an event twice");
    check_refused("notify: [{name: a, url: \"env:A\", events: []}]\n", "notify.events: must not be empty");
    check_refused("notify: []\n", "notify: must not be empty");
    check_refused("notify: {name: a}\n", "notify: must be a list, as in [{name: ...}]");
}

static void no_report_shows_an_address(void **state)
{
    (void)state;
    check_refused("notify: [{name: a, url: \"http://h.test/hush\"}]\n",
                  ":1:25: notify.url: must be https: plain http goes to a loopback address only\n"
                  "  notify: [{name: a, url: **********************\n"
                  "                          ^\n");
    check_refused("notify: [{name: a, url: hush}]\n", "notify.url: must begin with https://");
    check_refused("notify: [{name: a, frm: x, url: \"https://h/hush\"}]\n",
                  "unknown key `notify.frm`; did you mean `form`?\n"
                  "  notify: [{name: a, frm: x, url: ******************\n");
    check_refused("notify:\n- {\"url\" : 'https://h/hush', nam: a}\n", "unknown key `notify.nam`");
    check_refused("notify:\n- name: a\n  url:\n    https://h/hush hush\n", "notify.url: must be a URL of");
}

static void events_have_names(void **state)
{
    (void)state;
    assert_string_equal(gw_notice_name(GW_NOTICE_STARTED), "started");
    assert_string_equal(gw_notice_name(GW_NOTICE_CREDENTIALS), "credentials");
    assert_string_equal(gw_notice_name(GW_NOTICE_ALL), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_split),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(an_address_stands_in_one_of_three_places),
        cmocka_unit_test(the_list_is_read),
        cmocka_unit_test(what_cannot_be_meant_is_refused),
        cmocka_unit_test(no_report_shows_an_address),
        cmocka_unit_test(events_have_names),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
