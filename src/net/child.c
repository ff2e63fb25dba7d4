/*
 * A child process over libuv. Its end has two parts that come in any order: the process ends, and its output does. The
 * second may never come where it left somebody behind who holds the pipe open: what it had to say itself is in the pipe
 * when it ends, and more is not waited for.
 *
 * The memory belongs to the handles: each of the three is closed once, and the last one to be closed gives it back.
 */
#include "gatewave/net/child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <uv.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/secret.h"

#include "loop-local.h"

#define BLOCK    4096
#define GRACE_MS 500 /* for what a program that has ended left in the pipe */

struct gw_child {
    uv_process_t process;
    uv_pipe_t out;
    uv_timer_t timer;
    uint32_t open; /* handles that are not closed yet */
    gw_child_done *done;
    void *user;
    const char *why;
    bool exited, ended, told;
    int64_t status;
    int signal;
    char block[BLOCK];
    char *text; /* the output: of one size from the start, so that no copy of it is left anywhere */
    size_t len, max;
};

static void closed(uv_handle_t *handle)
{
    struct gw_child *child = handle->data;

    if (--child->open > 0)
        return;
    gw_secret_wipe(child->text, child->max + 1);
    gw_secret_wipe(child->block, sizeof(child->block));
    free(child->text);
    free(child);
}

/* The leader, too, unless it has ended: then somebody whom it left behind may still be there. */
static void kill_group(struct gw_child *child)
{
    (void)uv_kill(-child->process.pid, SIGKILL);
}

/* libuv waits for a process by its handle; of one whose handle is closed first nobody would ever hear. */
static void reap(struct gw_child *child)
{
    if (uv_kill(child->process.pid, SIGKILL) != 0)
        return;
    while (waitpid(child->process.pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* Both parts of the end are there, or are not waited for any longer. */
static void tell(struct gw_child *child)
{
    struct gw_child_result result = {
        .why = child->why, .status = (int)child->status, .out = child->text, .out_len = child->len};

    if (child->told)
        return;
    child->told = true;
    if (!result.why && child->signal != 0)
        result.why = "was ended by a signal";
    child->done(child->user, &result);
}

static void tell_when_over(struct gw_child *child)
{
    if (child->exited && child->ended)
        tell(child);
}

static void give_up(struct gw_child *child, const char *why)
{
    child->why = why;
    kill_group(child);
    tell(child);
}

static void timed_out(uv_timer_t *timer)
{
    struct gw_child *child = timer->data;

    give_up(child, child->exited ? NULL : "took too long");
}

static void process_ended(uv_process_t *process, int64_t status, int signal)
{
    struct gw_child *child = process->data;

    child->exited = true;
    child->status = status;
    child->signal = signal;
    tell_when_over(child);
    if (!child->told && uv_timer_get_due_in(&child->timer) > GRACE_MS)
        uv_timer_start(&child->timer, timed_out, GRACE_MS, 0);
}

static void give_block(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct gw_child *child = handle->data;

    (void)suggested;
    *ret = uv_buf_init(child->block, sizeof(child->block));
}

static void heard(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct gw_child *child = stream->data;

    if (n < 0) {
        child->ended = true;
        uv_read_stop(stream);
        tell_when_over(child);
    } else if ((size_t)n > child->max - child->len) {
        uv_read_stop(stream);
        give_up(child, "printed too much");
    } else {
        memcpy(child->text + child->len, buf->base, (size_t)n);
        child->len += (size_t)n;
    }
}

static int spawn(struct gw_child *child, uv_loop_t *uv, const struct gw_child_request *request)
{
    uv_stdio_container_t stdio[] = {
        {.flags = UV_IGNORE},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&child->out},
        {.flags = UV_IGNORE},
    };
    uv_process_options_t options = {
        .exit_cb = process_ended,
        .file = request->argv[0],
        .args = (char **)(uintptr_t)request->argv, /* read only, whatever the type says */
        .env = (char **)(uintptr_t)request->env,
        .flags = UV_PROCESS_DETACHED,
        .stdio = stdio,
        .stdio_count = 3,
    };

    return uv_spawn(uv, &child->process, &options);
}

struct gw_child *gw_child_start(struct gw_loop *loop, const struct gw_child_request *request,
                                gw_child_done *done, void *user, struct gw_err *err)
{
    struct gw_child *child = gw_mem_new(1, sizeof(*child));
    uv_loop_t *uv = gw_loop_uv(loop);
    int code;

    child->done = done;
    child->user = user;
    child->max = request->out_max;
    child->text = gw_mem_new(child->max + 1, 1);
    uv_pipe_init(uv, &child->out, 0);
    uv_timer_init(uv, &child->timer);
    code = spawn(child, uv, request);
    child->out.data = child->timer.data = child->process.data = child;
    child->open = 3;
    if (code != 0) {
        gw_err_set(err, GW_ERR_CREDENTIALS, "cannot be started: %s", uv_strerror(code));
        child->exited = child->ended = true;
        gw_child_free(child);
        return NULL;
    }
    uv_update_time(uv);
    uv_timer_start(&child->timer, timed_out, request->timeout_ms, 0);
    uv_read_start((uv_stream_t *)&child->out, give_block, heard);
    return child;
}

void gw_child_free(struct gw_child *child)
{
    if (!child)
        return;
    child->told = true;
    if (!child->exited || !child->ended)
        kill_group(child);
    if (!child->exited)
        reap(child);
    uv_close((uv_handle_t *)&child->process, closed);
    uv_close((uv_handle_t *)&child->out, closed);
    uv_close((uv_handle_t *)&child->timer, closed);
}
