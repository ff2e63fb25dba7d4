/*
 * Configurations, by way of a file in memory. What is accepted lies within the limits that its keys state; what loosens
 * the safety of a run is accepted only where no call leaves this machine.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/conf/spec.h"
#include "gatewave/smartag/endpoint.h"

#include "fuzz.h"

#define MINUTE_MS UINT64_C(60000)

static void check_config(const struct gw_config *config)
{
    struct gw_endpoint endpoint;
    struct gw_err err;

    GW_CHECK(config->database[0] == '/');
    GW_CHECK(config->cloud.connect_timeout_ms >= 10);
    GW_CHECK(config->cloud.connect_timeout_ms <= config->cloud.call_timeout_ms);
    GW_CHECK(config->cloud.call_timeout_ms <= 10 * MINUTE_MS);
    GW_CHECK(config->limits.rate.calls > 0 && config->limits.read_rate.calls > 0);
    GW_CHECK(config->limits.in_flight >= 1 && config->limits.in_flight <= 4096);
    GW_CHECK(config->limits.connections >= 1 && config->limits.connections <= 4096);
    if (config->testing.fence_ms == 17 * MINUTE_MS && config->testing.agree_ms == MINUTE_MS &&
        config->testing.pre_read && !*config->testing.metadata)
        return;
    /* Where the vendor's floor finds its endpoint at all, it agrees that this is loopback. */
    GW_CHECK(gw_endpoint_resolve("cn-shanghai", config->cloud.endpoint, config->cloud.vpc, &endpoint, &err) !=
                 GW_OK ||
             endpoint.loopback);
}

/* A file with these bytes; its path is ret. */
static int put_file(const void *data, size_t size, char ret[32])
{
    int fd = memfd_create("f", MFD_CLOEXEC);

    GW_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    (void)snprintf(ret, 32, "/proc/self/fd/%d", fd);
    return fd;
}

/* The report calls the file by its path; the places are checked as those of a file called f. */
static void check_problems(struct gw_buf *problems, const char *path, const void *data, size_t size)
{
    struct gw_buf named;

    gw_buf_init(&named, 0);
    for (const char *line = gw_buf_text(problems), *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        GW_CHECK(end != NULL);
        if (gw_text_starts(line, path)) {
            gw_buf_add_char(&named, 'f');
            line += strlen(path);
        }
        gw_buf_add(&named, line, (size_t)(end + 1 - line));
    }
    fuzz_check_report(&named, data, size);
    gw_buf_release(&named);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gw_config config;
    struct gw_buf problems;
    struct gw_err err = {0};
    char path[32];
    int fd = put_file(data, size, path);

    gw_buf_init(&problems, 0);
    if (gw_config_read(path, &config, &problems, &err) == GW_OK) {
        GW_CHECK(problems.len == 0);
        check_config(&config);
        gw_config_release(&config);
    } else {
        fuzz_check_said(err.text);
        check_problems(&problems, path, data, size);
    }
    gw_buf_release(&problems);
    (void)close(fd);
    return 0;
}
