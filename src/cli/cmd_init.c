/* gatewave init: a commented configuration and an empty database. Overwrites nothing. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/app/config.h"

#include "command.h"
#include "sample.h"

/* A file that was there before is not touched; one that could not be completed is taken away again. */
static enum gw_code gw_init_write(const char *file, struct gw_err *err)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), failed = 0;
    struct gw_sink sink = {.fd = fd};

    if (fd < 0 && errno == EEXIST)
        return gw_err_set(err, GW_ERR_INPUT,
                          "%s is there already and stays as it is: edit it, or name another --config", file);
    if (fd < 0)
        return gw_err_set(err, GW_ERR_STORE, "%s cannot be created: %s", file, strerror(errno));
    if (!gw_sink_write(&sink, gw_sample_config, gw_sample_config_len))
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

static enum gw_code gw_init_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    const char *file = gw_invocation_value(inv, "config");
    const char *database = gw_invocation_value(inv, "db");
    struct gw_session *session = inv->session;
    enum gw_code code;

    (void)ret_exit;
    if (!file)
        file = GW_CONFIG_FILE_NAME;
    code = gw_init_write(file, err);
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
    gw_session_next(session, "inventory import FILE");
    return GW_OK;
}

const struct gw_command gw_command_init = {
    .name = "init",
    .arguments = "",
    .summary = "writes a commented gatewave.yaml and creates the database",
    .text = "  gatewave init\n"
            "  gatewave --config night.yaml init\n\n"
            "Writes ./gatewave.yaml (or the file that --config names) with every setting explained, and "
            "creates the\n"
            "database that it names. Neither is overwritten when it is there already.\n",
    .run = gw_init_run,
};
