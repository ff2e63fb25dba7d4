/*
 * What the system is asked to watch, read back from the system: libcurl's wishes are net changes there, an idle
 * connection stays watched, and a socket that libcurl closes without a word is not confused with its successor.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "http-local.h"

#define NOT_WATCHED (-1)

static struct gw_loop *loop;
static struct gw_http *http;
static struct gw_http_lane *lane;
static struct gw_http_slot *slot;
static int listener;
static struct curl_sockaddr address;

static int set_up(void **state)
{
    const struct gw_http_config config = {.ca_file = "",
                                          .proxy = "",
                                          .connect_timeout_ms = 1000,
                                          .call_timeout_ms = 1000,
                                          .stall_ms = 1000,
                                          .slots = 2};
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(any);

    (void)state;
    loop = gw_loop_new();
    http = gw_http_new(loop, &config, NULL);
    lane = &http->lanes[0];
    slot = &lane->slots[0];
    listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&any, sizeof(any)), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&any, &len), 0);
    address = (struct curl_sockaddr){.family = AF_INET, .socktype = SOCK_STREAM, .addrlen = sizeof(any)};
    memcpy(&address.addr, &any, sizeof(any));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(listener);
    gw_http_free(http);
    gw_loop_free(loop);
    return 0;
}

/* One turn of the loop, then the events that epoll has for fd. */
static int watched(int fd)
{
    char path[64], line[256];
    int events = NOT_WATCHED;
    FILE *file;

    uv_run(gw_loop_uv(loop), UV_RUN_NOWAIT);
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", uv_backend_fd(gw_loop_uv(loop)));
    file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        unsigned found;
        int tfd;

        if (sscanf(line, "tfd: %d events: %x", &tfd, &found) == 2 && tfd == fd)
            events = (int)(found & (EPOLLIN | EPOLLOUT));
    }
    fclose(file);
    return events;
}

static void want(int fd, int what)
{
    assert_int_equal(gw_http_socket_wanted(slot->easy, fd, what, lane, NULL), 0);
}

/* A connection over which the slot's request is about to leave. */
static int connected(void)
{
    int fd = gw_http_socket_open(slot, CURLSOCKTYPE_IPCXN, &address);
    struct sockaddr_in local;
    socklen_t len = sizeof(local);

    assert_int_equal(connect(fd, (struct sockaddr *)&address.addr, address.addrlen), 0);
    want(fd, CURL_POLL_OUT);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&local, &len), 0);
    gw_http_socket_connected(slot, ntohs(local.sin_port));
    assert_ptr_not_equal(slot->socket, NULL);
    return fd;
}

static void wishes_reach_the_system_as_they_change(void **state)
{
    int fd = gw_http_socket_open(slot, CURLSOCKTYPE_IPCXN, &address);

    (void)state;
    /* Connected, or epoll would have a hangup to report, and libuv would stop watching. */
    assert_int_equal(connect(fd, (struct sockaddr *)&address.addr, address.addrlen), 0);
    assert_int_equal(watched(fd), NOT_WATCHED);
    want(fd, CURL_POLL_IN);
    assert_int_equal(watched(fd), EPOLLIN);
    want(fd, CURL_POLL_INOUT);
    want(fd, CURL_POLL_IN);
    assert_int_equal(watched(fd), EPOLLIN);
    want(fd, CURL_POLL_REMOVE);
    assert_int_equal(watched(fd), NOT_WATCHED);
    assert_int_equal(gw_http_socket_close(http, fd), 0);
}

static void an_idle_connection_stays_watched_for_what_it_says(void **state)
{
    int fd = connected();

    (void)state;
    want(fd, CURL_POLL_IN);
    assert_int_equal(watched(fd), EPOLLIN);
    want(fd, CURL_POLL_REMOVE);
    gw_http_socket_leave(slot);
    assert_int_equal(watched(fd), EPOLLIN);
    want(fd, CURL_POLL_IN);
    assert_ptr_not_equal(slot->socket, NULL);
    assert_int_equal(watched(fd), EPOLLIN);
    assert_false(slot->socket_closed);
    assert_int_equal(gw_http_socket_close(http, fd), 0);
    assert_true(slot->socket_closed);
    assert_ptr_equal(slot->socket, NULL);
    assert_int_equal(watched(fd), NOT_WATCHED);
}

/* One that was idle while it wanted to write is not to wake the loop for being writable. */
static void an_idle_connection_is_not_watched_for_writing(void **state)
{
    int fd = connected();

    (void)state;
    want(fd, CURL_POLL_REMOVE);
    assert_int_equal(watched(fd), EPOLLIN);
    assert_int_equal(gw_http_socket_close(http, fd), 0);
}

static void an_idle_connection_that_speaks_is_dead_to_libcurl(void **state)
{
    int fd = connected(), far = accept(listener, NULL, NULL);
    struct pollfd arrives = {.fd = fd, .events = POLLIN};
    char byte;

    (void)state;
    want(fd, CURL_POLL_REMOVE);
    assert_int_equal(watched(fd), EPOLLIN);
    assert_int_equal(send(far, "x", 1, 0), 1);
    assert_int_equal(poll(&arrives, 1, 60000), 1);
    assert_int_equal(watched(fd), NOT_WATCHED);
    /* The byte is gone with the connection: end of file is all that can be read. */
    assert_int_equal(recv(fd, &byte, 1, MSG_PEEK), 0);
    assert_int_equal(recv(far, &byte, 1, 0) > 0, 0);
    assert_int_equal(gw_http_socket_close(http, fd), 0);
    close(far);
}

/* libcurl 7.88 closes a socket that is still connecting by itself, and may open the next under the same number. */
static void a_successor_under_the_same_number_inherits_the_wish(void **state)
{
    int fd = gw_http_socket_open(slot, CURLSOCKTYPE_IPCXN, &address);

    (void)state;
    want(fd, CURL_POLL_OUT);
    assert_int_equal(watched(fd), EPOLLOUT);
    close(fd);
    assert_int_equal(gw_http_socket_open(slot, CURLSOCKTYPE_IPCXN, &address), fd);
    /* It does not block, as the loop has it already. */
    (void)!connect(fd, (struct sockaddr *)&address.addr, address.addrlen);
    assert_int_equal(watched(fd), EPOLLOUT);
    want(fd, CURL_POLL_REMOVE);
    assert_int_equal(watched(fd), NOT_WATCHED);
    assert_int_equal(gw_http_socket_close(http, fd), 0);
}

static void of_several_tried_the_connected_one_is_kept(void **state)
{
    int first = gw_http_socket_open(slot, CURLSOCKTYPE_IPCXN, &address);
    int second = connected();

    (void)state;
    want(first, CURL_POLL_OUT);
    want(first, CURL_POLL_REMOVE);
    want(second, CURL_POLL_REMOVE);
    assert_int_equal(watched(first), NOT_WATCHED);
    assert_int_equal(watched(second), EPOLLIN);
    close(first);
    assert_int_equal(gw_http_socket_close(http, second), 0);
}

/* libcurl may send the next request over a connection before anybody was told that the last one is answered. */
static void a_connection_that_is_handed_on_is_the_next_ones(void **state)
{
    struct gw_http_slot *next = &lane->slots[1];
    int fd = connected();

    (void)state;
    assert_int_equal(gw_http_socket_wanted(next->easy, fd, CURL_POLL_IN, lane, NULL), 0);
    assert_null(slot->socket);
    assert_non_null(next->socket);
    /* The last one is told. */
    gw_http_socket_leave(slot);
    assert_int_equal(gw_http_socket_close(http, fd), 0);
    assert_null(next->socket);
    assert_true(next->socket_closed);
    assert_false(slot->socket_closed);
}

#define SOCKET_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SOCKET_TEST(wishes_reach_the_system_as_they_change),
        SOCKET_TEST(an_idle_connection_stays_watched_for_what_it_says),
        SOCKET_TEST(an_idle_connection_is_not_watched_for_writing),
        SOCKET_TEST(an_idle_connection_that_speaks_is_dead_to_libcurl),
        SOCKET_TEST(a_successor_under_the_same_number_inherits_the_wish),
        SOCKET_TEST(of_several_tried_the_connected_one_is_kept),
        SOCKET_TEST(a_connection_that_is_handed_on_is_the_next_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
