/*
 * gatewave-sim: the model of the cloud behind a socket. Builds the fleet, says where it listens, waits for
 * the end, and writes down the truth.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gatewave/sim/cloud.h"
#include "options.h"
#include "server.h"

static enum gw_code gw_main_versions(const struct gw_options *options, struct gw_cloud *cloud,
                                     struct gw_err *err)
{
    for (uint32_t i = 0; i < options->versions.n; i++)
        gw_cloud_add_version(cloud, options->versions.word[i], false);
    for (uint32_t i = 0; i < options->dpi_versions.n; i++)
        gw_cloud_add_version(cloud, options->dpi_versions.word[i], true);
    for (uint32_t i = 0; i < options->beta.n; i++) {
        if (!gw_cloud_set_beta(cloud, options->beta.word[i]))
            return gw_err_set(err, GW_ERR_USAGE, "--beta: %s is not offered", options->beta.word[i]);
    }
    return GW_OK;
}

static enum gw_code gw_main_fleet(const struct gw_options *options, struct gw_cloud *cloud,
                                  struct gw_err *err)
{
    FILE *out = NULL;
    enum gw_code code;
    bool bad;

    if (options->fleet_path)
        return gw_fleet_read(options->fleet_path, "main", cloud, err);
    if (options->inventory_path) {
        out = fopen(options->inventory_path, "we");
        if (!out)
            return gw_err_set(err, GW_ERR_STORE, "%s: %s", options->inventory_path, strerror(errno));
    }
    code = gw_fleet_generate(&options->plan, cloud, out, err);
    bad = out && ferror(out);
    bad = (out && fclose(out) != 0) || bad;
    if (code == GW_OK && bad)
        code = gw_err_set(err, GW_ERR_STORE, "%s: could not be written whole", options->inventory_path);
    return code;
}

static enum gw_code gw_main_certificate(const struct gw_options *options, struct gw_certificate *certificate,
                                        struct gw_err *err)
{
    if (options->plain)
        return GW_OK;
    return options->ca_path ? gw_certificate_make(certificate, options->ca_path, options->tls_host, err)
                            : gw_certificate_read(certificate, options->cert_path, options->key_path, err);
}

/*
 * Until a signal, or the duration is over. The signals are blocked in every thread, so this is who gets them.
 */
static void gw_main_wait(const sigset_t *signals, uint64_t duration_ms)
{
    struct timespec rest = {.tv_sec = (time_t)(duration_ms / 1000),
                            .tv_nsec = (long)(duration_ms % 1000) * 1000000};
    int rc;

    do {
        rc = duration_ms == UINT64_MAX ? sigwaitinfo(signals, NULL) : sigtimedwait(signals, NULL, &rest);
    } while (rc < 0 && errno == EINTR);
}

static enum gw_code gw_main_serve(const struct gw_options *options, const struct gw_server_config *config,
                                  const sigset_t *signals, struct gw_err *err)
{
    bool v6 = strcmp(options->host, "::1") == 0;
    struct gw_server *server;
    enum gw_code code = gw_server_start(config, &server, err);

    if (code != GW_OK)
        return code;
    (void)printf("listening on %s://%s%s%s:%u\n", options->plain ? "http" : "https", v6 ? "[" : "",
                 options->host, v6 ? "]" : "", gw_server_port(server));
    if (config->metadata)
        (void)printf("metadata on http://127.0.0.1:%u\n", gw_server_metadata_port(server));
    (void)fflush(stdout);
    gw_main_wait(signals, options->duration_ms);
    gw_server_stop(server);
    if (options->truth_path)
        return gw_fleet_write_truth(options->truth_path, config->cloud, gw_clock_cloud_ms(config->clock),
                                    err);
    return GW_OK;
}

static enum gw_code gw_main_run(struct gw_options *options, const sigset_t *signals, struct gw_err *err)
{
    struct gw_certificate certificate = {0};
    struct gw_ledger ledger;
    struct gw_clock clock;
    struct gw_server_config config = {
        .keys = &options->keys,
        .sts = &options->sts,
        .metadata = options->metadata_port == GW_OPTIONS_NO_PORT ? NULL : &options->metadata,
        .metadata_port = (uint16_t)options->metadata_port,
        .clock = &clock,
        .ledger = &ledger,
        .certificate = options->plain ? NULL : &certificate,
        .host = options->host,
        .port = (uint16_t)options->port,
        .threads = (unsigned)options->threads,
        .bare = options->bare,
        .seed = options->cloud.seed};
    enum gw_code code = gw_ledger_open(&ledger, options->ledger_path, err);

    gw_clock_init(&clock, options->clock_offset_ms);
    options->cloud.start_ms = gw_clock_cloud_ms(&clock);
    options->sts.down_from_ms += options->cloud.start_ms;
    for (size_t i = 0; options->token_life_ms && i < options->keys.n; i++)
        options->keys.key[i].expires_ms = options->cloud.start_ms + options->token_life_ms;
    config.cloud = gw_cloud_new(&options->cloud);
    for (uint32_t i = 0; i < options->closed.n; i++)
        gw_cloud_close_region(config.cloud, options->closed.word[i]);
    if (code == GW_OK)
        code = gw_main_versions(options, config.cloud, err);
    if (code == GW_OK)
        code = gw_main_fleet(options, config.cloud, err);
    if (code == GW_OK && options->faults_path)
        code = gw_fleet_read_faults(options->faults_path, config.cloud, err);
    if (code == GW_OK)
        code = gw_main_certificate(options, &certificate, err);
    if (code == GW_OK)
        code = gw_main_serve(options, &config, signals, err);
    gw_cloud_free(config.cloud);
    gw_certificate_release(&certificate);
    gw_ledger_close(&ledger);
    return code;
}

int main(int argc, char **argv)
{
    struct gw_options options;
    struct gw_err err;
    enum gw_code code;
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    gw_options_init(&options);
    code = gw_options_read(&options, argc, argv, &err);
    if (code == GW_OK && options.help)
        gw_options_help(stdout);
    else if (code == GW_OK)
        code = gw_main_run(&options, &signals, &err);
    gw_options_release(&options);
    if (code != GW_OK)
        (void)fprintf(stderr, "gatewave-sim: %s\n", err.text);
    return code == GW_OK ? EXIT_SUCCESS : code == GW_ERR_USAGE ? 2 : EXIT_FAILURE;
}
