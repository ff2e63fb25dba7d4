/* gatewave init: a commented configuration, a commented rollout and an empty database. Overwrites nothing. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/app/config.h"
#include "gatewave/base/check.h"

#include "invocation.h"
#include "sample.h"

#define GW_ROLLOUT_FILE  "rollout.yaml"
#define GW_POLICIES_FILE "policies.yaml"

static const struct gw_option gw_init_options[] = {
    {.name = "policies", .help = "writes policies.yaml, for `gatewave reconcile`, and nothing else"},
};

/*
 * A file that was there before is not touched, which *ret_there tells of; one that could not be completed is taken away
 * again.
 */
static enum gw_code gw_init_write(const char *file, const struct gw_sample *sample, mode_t mode,
                                  bool *ret_there, struct gw_err *err)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode), failed = 0;
    struct gw_sink sink = {.fd = fd};

    *ret_there = fd < 0 && errno == EEXIST;
    if (*ret_there)
        return GW_OK;
    if (fd < 0)
        return gw_err_set(err, GW_ERR_STORE, "%s cannot be created: %s", file, strerror(errno));
    if (!gw_sink_write(&sink, sample->text, sample->len))
        failed = sink.error;
    else if (fsync(fd) != 0)
        failed = errno;
    if (close(fd) != 0 && !failed)
        failed = errno;
    if (!failed)
        return GW_OK;
    (void)unlink(file);
    return gw_err_set(err, GW_ERR_STORE, "%s cannot be written: %s", file, strerror(failed));
}

/* The name of a file in the folder where the configuration is. */
static void gw_init_beside(const char *config, const char *name, struct gw_buf *ret)
{
    const char *slash = strrchr(config, '/');

    if (slash)
        gw_buf_add(ret, config, (size_t)(slash - config) + 1);
    gw_buf_add_text(ret, name);
}

static enum gw_code gw_init_policies(struct gw_session *session, const char *config, struct gw_err *err)
{
    struct gw_buf file;
    bool there;
    enum gw_code code;

    gw_buf_init(&file, 0);
    gw_init_beside(config, GW_POLICIES_FILE, &file);
    code = gw_init_write(gw_buf_text(&file), &gw_sample_policies, 0644, &there, err);
    if (code == GW_OK && there)
        code = gw_err_set(err, GW_ERR_INPUT, "%s is there already and stays as it is", gw_buf_text(&file));
    if (code == GW_OK) {
        gw_session_say(session, "%s has examples of policies: make them yours", gw_buf_text(&file));
        gw_session_next(session, "reconcile %s --dry-run", gw_buf_text(&file));
    }
    gw_buf_release(&file);
    return code;
}

static enum gw_code gw_init_rollout(struct gw_session *session, const char *config, struct gw_err *err)
{
    struct gw_buf file;
    bool there;
    enum gw_code code;

    gw_buf_init(&file, 0);
    gw_init_beside(config, GW_ROLLOUT_FILE, &file);
    code = gw_init_write(gw_buf_text(&file), &gw_sample_rollout, 0644, &there, err);
    if (code == GW_OK && there)
        gw_session_say(session, "%s is there already and stays as it is", gw_buf_text(&file));
    else if (code == GW_OK)
        gw_session_say(session, "%s is an example of a rollout: make it yours", gw_buf_text(&file));
    gw_buf_release(&file);
    return code;
}

static enum gw_code gw_init_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    const char *file = gw_invocation_value(inv, "config");
    const char *database = gw_invocation_value(inv, "db");
    struct gw_session *session = inv->session;
    enum gw_code code;
    bool there;

    (void)ret_exit;
    if (!file)
        file = GW_CONFIG_FILE_NAME;
    if (gw_invocation_has(inv, "policies"))
        return gw_init_policies(session, file, err);
    code = gw_init_write(file, &gw_sample_gatewave, 0600, &there, err);
    if (code == GW_OK && there)
        code = gw_err_set(err, GW_ERR_INPUT,
                          "%s is there already and stays as it is: edit it, or name another --config", file);
    if (code == GW_OK)
        code = gw_session_configure(session, file, database, err);
    if (code == GW_OK)
        code = gw_session_open(session, GW_STORE_CREATE, err);
    if (code)
        return code;
    gw_session_say(session, "%s is the configuration, %s the database", file, gw_store_file(session->store));
    if (database)
        gw_session_say(
            session, "the configuration does not name that database: say --db each time, or write it there");
    code = gw_init_rollout(session, file, err);
    if (code == GW_OK)
        gw_session_next(session, "inventory import FILE");
    return code;
}

const struct gw_command gw_command_init = {
    .name = "init",
    .arguments = "",
    .summary = "writes a commented gatewave.yaml and rollout.yaml and creates the database",
    .text = "  gatewave init\n"
            "  gatewave --config night.yaml init\n"
            "  gatewave init --policies\n\n"
            "Writes ./gatewave.yaml (or the file that --config names) with every setting explained, creates "
            "the database\n"
            "that it names, and beside it writes rollout.yaml, an example with every key explained. With "
            "--policies it\n"
            "writes an example of policies.yaml instead. Nothing is overwritten when it is there already.\n",
    .options = gw_init_options,
    .n_options = GW_COUNT_OF(gw_init_options),
    .run = gw_init_run,
};
