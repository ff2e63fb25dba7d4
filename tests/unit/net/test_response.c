/* A response line by line, without a socket: what is kept, what is refused and why, and each limit from both sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

#include "response-local.h"

static int make(void **state)
{
    struct gw_http_response *response = malloc(sizeof(*response));

    gw_http_response_init(response);
    gw_http_response_begin(response);
    *state = response;
    return 0;
}

static int drop(void **state)
{
    gw_http_response_release(*state);
    free(*state);
    return 0;
}

/* Feeds the lines of text until one is refused. */
static enum gw_http_cause feed(struct gw_http_response *response, const char *text)
{
    enum gw_http_cause cause = GW_HTTP_CAUSE_NONE;

    while (*text && cause == GW_HTTP_CAUSE_NONE) {
        size_t len = strcspn(text, "\n") + 1;

        cause = gw_http_response_line(response, text, len);
        text += len;
    }
    return cause;
}

static enum gw_http_cause feed_anew(struct gw_http_response *response, const char *text)
{
    gw_http_response_begin(response);
    return feed(response, text);
}

static void a_whole_response_is_whole(void **state)
{
    struct gw_http_response *response = *state;

    assert_int_equal(
        feed(response, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-acs-request-id:\tid-1 \r\n\r\n"), 0);
    assert_int_equal(gw_http_response_body(response, "{", 1), GW_HTTP_CAUSE_NONE);
    assert_int_equal(gw_http_response_body(response, "}", 1), GW_HTTP_CAUSE_NONE);
    assert_int_equal(gw_http_response_end(response), GW_HTTP_CAUSE_NONE);
    assert_int_equal(response->status, 200);
    assert_string_equal(response->body.data, "{}");
    assert_string_equal(response->named[GW_HTTP_REQUEST_ID], "id-1");
    assert_false(response->closes);
}

static void the_status_line_is_read_strictly(void **state)
{
    static const struct {
        const char *line;
        int status; /* 0: refused */
    } cases[] = {
        {"HTTP/1.1 200 OK\r\n", 200},
        {"HTTP/1.0 503 \r\n", 503},
        {"HTTP/1.1 404\r\n", 404},
        {"HTTP/1.1 599 x\r\n", 599},
        {"HTTP/1.1 100 Go on\n", 100},
        {"HTTP/1.2 200 OK\r\n", 0},
        {"HTTP/2 200\r\n", 0},
        {"HTTP/1.1  200 OK\r\n", 0},
        {"HTTP/1.1 20\r\n", 0},
        {"HTTP/1.1 2000 OK\r\n", 0},
        {"HTTP/1.1 099 OK\r\n", 0},
        {"HTTP/1.1 600 OK\r\n", 0},
        {"HTTP/1.1 2x0 OK\r\n", 0},
        {"http/1.1 200 OK\r\n", 0},
        {"ICY 200 OK\r\n", 0},
        {"HTTP/1.1\t200 OK\r\n", 0},
        {"\r\n", 0},
        {"", 0},
        {"HTTP/1.1 101 Switch\r\n", 0},
        {"HTTP/1.1 -20 OK\r\n", 0},
        {"HTTP/1.1 200OK\r\n", 0},
    };
    struct gw_http_response *response = *state;

    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        enum gw_http_cause cause;

        gw_http_response_begin(response);
        cause = gw_http_response_line(response, cases[i].line, strlen(cases[i].line));
        if ((cause == GW_HTTP_CAUSE_NONE) != (cases[i].status != 0))
            print_error("%s\n", cases[i].line);
        assert_int_equal(cause, cases[i].status ? GW_HTTP_CAUSE_NONE : GW_HTTP_CAUSE_GARBAGE);
        if (cases[i].status)
            assert_int_equal(response->status, cases[i].status);
        else
            assert_true(response->why[0] != '\0');
    }
}

static void the_length_is_told_exactly_once(void **state)
{
    static const struct {
        const char *text;
        enum gw_http_cause cause;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", GW_HTTP_CAUSE_NONE},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", GW_HTTP_CAUSE_NONE},
        {"HTTP/1.1 204 No\r\n\r\n", GW_HTTP_CAUSE_NONE},
        {"HTTP/1.1 304 No\r\n\r\n", GW_HTTP_CAUSE_NONE},
        {"HTTP/1.1 200 OK\r\n\r\n", GW_HTTP_CAUSE_GARBAGE},
        {"HTTP/1.1 500 No\r\nConnection: close\r\n\r\n", GW_HTTP_CAUSE_GARBAGE},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n", GW_HTTP_CAUSE_GARBAGE},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", GW_HTTP_CAUSE_GARBAGE},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
         GW_HTTP_CAUSE_GARBAGE},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n", GW_HTTP_CAUSE_ENCODED},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n", GW_HTTP_CAUSE_ENCODED},
        {"HTTP/1.1 200 OK\r\nContent-Length:\r\n", GW_HTTP_CAUSE_GARBAGE},
        {"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n", GW_HTTP_CAUSE_GARBAGE},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n", GW_HTTP_CAUSE_GARBAGE},
        {"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551617\r\n", GW_HTTP_CAUSE_GARBAGE},
        {"HTTP/1.1 200 OK\r\nContent-Length: 262144\r\n\r\n", GW_HTTP_CAUSE_NONE},
        {"HTTP/1.1 200 OK\r\nContent-Length: 262145\r\n", GW_HTTP_CAUSE_TOO_LARGE},
    };

    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        enum gw_http_cause cause = feed_anew(*state, cases[i].text);

        if (cause != cases[i].cause)
            print_error("%s\n", cases[i].text);
        assert_int_equal(cause, cases[i].cause);
    }
}

/* For a reader who asks for the status only; what contradicts itself is refused all the same. */
static void where_it_is_allowed_the_close_may_end_it(void **state)
{
    struct gw_http_response *response = *state;

    response->unframed = true;
    assert_int_equal(feed_anew(response, "HTTP/1.1 200 OK\r\n\r\n"), GW_HTTP_CAUSE_NONE);
    assert_true(response->closes);
    assert_int_equal(gw_http_response_body(response, "ok", 2), GW_HTTP_CAUSE_NONE);
    assert_int_equal(gw_http_response_end(response), GW_HTTP_CAUSE_NONE);
    assert_int_equal(feed_anew(response, "HTTP/1.0 500 No\r\n\r\n"), GW_HTTP_CAUSE_NONE);
    assert_int_equal(feed_anew(response, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"), GW_HTTP_CAUSE_NONE);
    assert_false(response->closes);
    assert_int_equal(
        feed_anew(response, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        GW_HTTP_CAUSE_GARBAGE);
}

static void nothing_encoded_is_taken(void **state)
{
    static const char *const encoded[] = {"gzip",           "br", "deflate",  "x-gzip", "identity, gzip",
                                          "gzip, identity", "",   "IDENTITY2"};
    char text[256];

    for (size_t i = 0; i < GW_COUNT_OF(encoded); i++) {
        snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nCONTENT-encoding: %s\r\n", encoded[i]);
        assert_int_equal(feed_anew(*state, text), GW_HTTP_CAUSE_ENCODED);
    }
    assert_int_equal(
        feed_anew(*state, "HTTP/1.1 200 OK\r\nContent-Encoding: Identity\r\nContent-Length: 0\r\n\r\n"),
        GW_HTTP_CAUSE_NONE);
}

static void malformed_header_lines_are_garbage(void **state)
{
    static const char *const bad[] = {"no colon\r\n",    ": no name\r\n", " folded: x\r\n",
                                      "\tfolded: x\r\n", "blank : x\r\n", "tab\t: x\r\n"};
    struct gw_http_response *response = *state;

    for (size_t i = 0; i < GW_COUNT_OF(bad); i++) {
        assert_int_equal(feed_anew(response, "HTTP/1.1 200 OK\r\n"), GW_HTTP_CAUSE_NONE);
        assert_int_equal(feed(response, bad[i]), GW_HTTP_CAUSE_GARBAGE);
    }
    assert_int_equal(feed_anew(response, "HTTP/1.1 200 OK\r\n"), GW_HTTP_CAUSE_NONE);
    assert_int_equal(gw_http_response_line(response, "x: a\0b\r\n", 8), GW_HTTP_CAUSE_GARBAGE);
}

static void a_named_header_that_is_too_long_counts_as_absent(void **state)
{
    struct gw_http_response *response = *state;
    char text[400];

    for (int len = GW_HTTP_NAMED_MAX - 1; len <= GW_HTTP_NAMED_MAX + 1; len++) {
        snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nDate: %0*d\r\n", len, 7);
        assert_int_equal(feed_anew(response, text), GW_HTTP_CAUSE_NONE);
        assert_int_equal(strlen(response->named[GW_HTTP_DATE]), len < GW_HTTP_NAMED_MAX ? len : 0);
    }
}

static void of_two_the_first_is_kept(void **state)
{
    struct gw_http_response *response = *state;

    assert_int_equal(
        feed(response, "HTTP/1.1 200 OK\r\nDate: one\r\nDate: two\r\nDate2: three\r\nDat: four\r\n"), 0);
    assert_string_equal(response->named[GW_HTTP_DATE], "one");
}

static void a_new_status_line_begins_anew_and_trailers_are_ignored(void **state)
{
    struct gw_http_response *response = *state;

    assert_int_equal(
        feed(response, "HTTP/1.1 103 Early\r\nDate: early\r\nConnection: close\r\nContent-Length: 9\r\n\r\n"
                       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        GW_HTTP_CAUSE_NONE);
    assert_string_equal(response->named[GW_HTTP_DATE], "");
    assert_false(response->closes);
    assert_int_equal(feed(response, "Date: late\r\nContent-Encoding: gzip\r\n\r\n"), GW_HTTP_CAUSE_NONE);
    assert_string_equal(response->named[GW_HTTP_DATE], "");
    assert_int_equal(gw_http_response_end(response), GW_HTTP_CAUSE_NONE);
}

static void interim_replies_are_counted(void **state)
{
    struct gw_http_response *response = *state;

    for (int i = 0; i < GW_HTTP_INTERIM_MAX; i++)
        assert_int_equal(feed(response, "HTTP/1.1 100 Continue\r\n\r\n"), GW_HTTP_CAUSE_NONE);
    assert_int_equal(gw_http_response_end(response), GW_HTTP_CAUSE_RESET);
    assert_int_equal(feed(response, "HTTP/1.1 102 Processing\r\n"), GW_HTTP_CAUSE_TOO_LARGE);
}

static void a_hundred_header_lines_and_not_one_more(void **state)
{
    struct gw_http_response *response = *state;

    assert_int_equal(feed(response, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"), GW_HTTP_CAUSE_NONE);
    for (int i = 1; i < GW_HTTP_HEADERS_MAX; i++)
        assert_int_equal(feed(response, "a: b\r\n"), GW_HTTP_CAUSE_NONE);
    assert_int_equal(feed(response, "\r\n"), GW_HTTP_CAUSE_NONE);
    /* Trailers count as well. */
    assert_int_equal(feed(response, "a: b\r\n"), GW_HTTP_CAUSE_TOO_LARGE);
}

static void header_bytes_are_limited_over_all_lines(void **state)
{
    struct gw_http_response *response = *state;
    static char line[1024 + 1];
    size_t fed = strlen("HTTP/1.1 200 OK\r\n");

    memset(line, 'a', sizeof(line) - 1);
    line[1] = ':';
    memcpy(line + sizeof(line) - 3, "\r\n", 2);
    assert_int_equal(feed(response, "HTTP/1.1 200 OK\r\n"), GW_HTTP_CAUSE_NONE);
    for (; fed + 1024 <= GW_HTTP_HEADER_MAX; fed += 1024)
        assert_int_equal(gw_http_response_line(response, line, 1024), GW_HTTP_CAUSE_NONE);
    /* The last line that fits to the byte, and one byte more. */
    line[GW_HTTP_HEADER_MAX - fed - 1] = '\n';
    assert_int_equal(gw_http_response_line(response, line, GW_HTTP_HEADER_MAX - fed), GW_HTTP_CAUSE_NONE);
    assert_int_equal(gw_http_response_line(response, "\n", 1), GW_HTTP_CAUSE_TOO_LARGE);
}

static void body_bytes_are_limited(void **state)
{
    static const char block[1024] = {0};
    struct gw_http_response *response = *state;

    assert_int_equal(feed(response, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                     GW_HTTP_CAUSE_NONE);
    for (int i = 0; i < GW_HTTP_BODY_MAX / 1024; i++)
        assert_int_equal(gw_http_response_body(response, block, sizeof(block)), GW_HTTP_CAUSE_NONE);
    assert_int_equal(gw_http_response_body(response, "", 0), GW_HTTP_CAUSE_NONE);
    assert_int_equal(gw_http_response_body(response, "x", 1), GW_HTTP_CAUSE_TOO_LARGE);
    assert_int_equal(response->body.len, GW_HTTP_BODY_MAX);
}

static void a_body_without_a_head_is_garbage(void **state)
{
    struct gw_http_response *response = *state;

    assert_int_equal(gw_http_response_body(response, "x", 1), GW_HTTP_CAUSE_GARBAGE);
    assert_int_equal(feed(response, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"), GW_HTTP_CAUSE_NONE);
    assert_int_equal(gw_http_response_body(response, "x", 1), GW_HTTP_CAUSE_GARBAGE);
    assert_int_equal(response->body.len, 0);
}

static void every_3xx_points_elsewhere(void **state)
{
    struct gw_http_response *response = *state;
    char text[128];

    for (int status = 200; status < 600; status++) {
        snprintf(text, sizeof(text), "HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n", status);
        assert_int_equal(feed_anew(response, text), GW_HTTP_CAUSE_NONE);
        assert_int_equal(gw_http_response_end(response),
                         status / 100 == 3 ? GW_HTTP_CAUSE_REDIRECT : GW_HTTP_CAUSE_NONE);
    }
}

static void an_end_within_the_headers_is_no_end(void **state)
{
    static const char *const cut[] = {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
                                      "HTTP/1.1 100 Continue\r\n\r\n"};
    struct gw_http_response *response = *state;

    for (size_t i = 0; i < GW_COUNT_OF(cut); i++) {
        assert_int_equal(feed_anew(response, cut[i]), GW_HTTP_CAUSE_NONE);
        assert_int_equal(gw_http_response_end(response), GW_HTTP_CAUSE_RESET);
    }
}

static void a_close_is_noticed_in_every_form(void **state)
{
    struct gw_http_response *response = *state;

    feed_anew(response, "HTTP/1.1 200 OK\r\nConnection: keep-alive, Close\r\n");
    assert_true(response->closes);
    feed_anew(response, "HTTP/1.0 200 OK\r\n");
    assert_true(response->closes);
    feed_anew(response, "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n");
    assert_false(response->closes);
}

/* Random lines out of pieces that mean something: no crash (the sanitizers look), and no limit passed. */
static void no_line_gets_past_the_limits(void **state)
{
    static const char *const piece[] = {"HTTP/1.1 ",
                                        "200",
                                        " OK",
                                        "\r\n",
                                        "\r\n",
                                        "\r\n",
                                        "Date: ",
                                        "a",
                                        ":",
                                        " ",
                                        "100",
                                        "chunked",
                                        "Transfer-Encoding: ",
                                        "\t",
                                        "Content-Length: ",
                                        "5",
                                        "x-acs-request-id: ",
                                        "\xff"};
    struct gw_http_response *response = *state;
    uint32_t seed = 1;
    char text[512];

    for (int round = 0; round < 20000; round++) {
        size_t len = 0;

        for (int i = 0; i < 12; i++) {
            seed = seed * 1664525 + 1013904223;
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s",
                                    piece[(seed >> 16) % GW_COUNT_OF(piece)]);
        }
        if (feed_anew(response, text) != GW_HTTP_CAUSE_NONE)
            assert_true(response->why[0] != '\0');
        else if (gw_http_response_end(response) == GW_HTTP_CAUSE_NONE)
            assert_in_range(response->status, 200, 599);
        assert_true(response->n_lines <= GW_HTTP_HEADERS_MAX);
    }
}

#define RESPONSE_TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RESPONSE_TEST(a_whole_response_is_whole),
        RESPONSE_TEST(the_status_line_is_read_strictly),
        RESPONSE_TEST(the_length_is_told_exactly_once),
        RESPONSE_TEST(where_it_is_allowed_the_close_may_end_it),
        RESPONSE_TEST(nothing_encoded_is_taken),
        RESPONSE_TEST(malformed_header_lines_are_garbage),
        RESPONSE_TEST(a_named_header_that_is_too_long_counts_as_absent),
        RESPONSE_TEST(of_two_the_first_is_kept),
        RESPONSE_TEST(a_new_status_line_begins_anew_and_trailers_are_ignored),
        RESPONSE_TEST(interim_replies_are_counted),
        RESPONSE_TEST(a_hundred_header_lines_and_not_one_more),
        RESPONSE_TEST(header_bytes_are_limited_over_all_lines),
        RESPONSE_TEST(body_bytes_are_limited),
        RESPONSE_TEST(a_body_without_a_head_is_garbage),
        RESPONSE_TEST(every_3xx_points_elsewhere),
        RESPONSE_TEST(an_end_within_the_headers_is_no_end),
        RESPONSE_TEST(a_close_is_noticed_in_every_form),
        RESPONSE_TEST(no_line_gets_past_the_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
