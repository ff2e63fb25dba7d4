/*
 * A plan in a file. It is written beside its place and then put there, so that whoever finds a plan file finds a whole
 * one; without leave to replace, the place is taken only if it is free at that moment.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gatewave/base/mem.h"
#include "gatewave/conf/plan_file.h"

#include "plan-local.h"

#define CHUNK_SIZE ((size_t)1 << 16)

struct gw_plan_saver {
    struct gw_sink sink;
    struct gw_buf chunk;
    uint64_t sum;
};

static bool gw_plan_save_target(void *user, const struct gw_draft_target *target)
{
    struct gw_plan_saver *saver = user;

    gw_plan_file_target(&saver->chunk, target->gateway_id, target->serial, target->wave + 1, target->model,
                        target->version, &saver->sum);
    return saver->chunk.len < CHUNK_SIZE || gw_sink_drain(&saver->sink, &saver->chunk);
}

/* Returns the errno of what failed; 0: nothing. */
static int gw_plan_write(const struct gw_plan *plan, int fd)
{
    struct gw_plan_saver saver = {.sink = {.fd = fd}};
    char *source = plan->file ? realpath(plan->file, NULL) : NULL;
    struct gw_plan_head head = {.rollout = plan->spec->name,
                                .version = plan->spec->version,
                                .source = source ? source : (char[]){""},
                                .targets = plan->targets,
                                .planned_unix_ms = plan->now_unix_ms};
    struct gw_buf spec;
    int failed = 0;

    gw_buf_init(&saver.chunk, 0);
    gw_buf_init(&spec, 0);
    gw_spec_write(plan->spec, &spec);
    head.spec = gw_mem_dup(gw_buf_text(&spec));
    head.membership = gw_mem_dup(gw_draft_membership(plan->draft));
    gw_plan_file_head(&saver.chunk, &head, &saver.sum);
    gw_draft_targets_each(plan->draft, gw_plan_save_target, &saver);
    gw_plan_file_end(&saver.chunk, saver.sum);
    if (!gw_sink_drain(&saver.sink, &saver.chunk))
        failed = saver.sink.error;
    else if (fsync(fd) != 0)
        failed = errno;
    free(head.spec);
    free(head.membership);
    free(source);
    gw_buf_release(&spec);
    gw_buf_release(&saver.chunk);
    return failed;
}

/* The name is durable when its folder is. */
static int gw_plan_sync_folder(const char *file)
{
    const char *slash = strrchr(file, '/');
    char *folder = slash ? gw_mem_text(file, (size_t)(slash - file) + 1) : gw_mem_dup(".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), failed = 0;

    free(folder);
    if (fd < 0)
        return errno;
    if (fsync(fd) != 0)
        failed = errno;
    (void)close(fd);
    return failed;
}

static int gw_plan_put(const char *written, const char *file, bool replace)
{
    if (replace)
        return rename(written, file) == 0 ? gw_plan_sync_folder(file) : errno;
    if (link(written, file) != 0)
        return errno;
    return unlink(written) == 0 ? gw_plan_sync_folder(file) : errno;
}

enum gw_code gw_plan_save(const struct gw_plan *plan, const char *file, bool replace, struct gw_err *err)
{
    struct gw_buf name;
    int fd, failed;

    gw_buf_init(&name, 0);
    gw_buf_addf(&name, "%s.XXXXXX", file);
    fd = mkostemp(name.data, O_CLOEXEC);
    if (fd < 0) {
        failed = errno;
    } else {
        failed = gw_plan_write(plan, fd);
        if (close(fd) != 0 && !failed)
            failed = errno;
        if (!failed)
            failed = gw_plan_put(name.data, file, replace);
        (void)unlink(name.data);
    }
    gw_buf_release(&name);
    if (failed == EEXIST)
        return gw_err_set(err, GW_ERR_INPUT, "%s is there already and stays as it is: --force replaces it",
                          file);
    if (failed)
        return gw_err_set(err, GW_ERR_STORE, "%s cannot be written: %s", file, strerror(failed));
    return GW_OK;
}
