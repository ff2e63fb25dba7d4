/* What of this machine a night depends on, and where its figures and notices go. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gatewave/base/mem.h"
#include "gatewave/conf/window.h"

#include "doctor.h"
#include "notify/hook.h"

/* Beside the connections: the database, its log and its lock, the loop's own, the standard streams. */
#define OTHER_FILES 64
/* So many unknown zones are named. */
#define ZONES_NAMED 3

static void gw_doctor_zones(struct gw_doctor *doctor)
{
    struct gw_buf unknown;
    uint32_t n = 0;

    if (!gw_zone_is_known("Asia/Shanghai")) {
        gw_doctor_add(doctor, GW_FINDING_CONFIGURATION, "time zones",
                      "install the tz database: apt install tzdata",
                      "this system does not know Asia/Shanghai: it has no tz database");
        return;
    }
    gw_buf_init(&unknown, 0);
    for (uint32_t i = 0; i < doctor->zone.n; i++)
        if (!gw_zone_is_known(doctor->zone.name[i]) && n++ < ZONES_NAMED)
            gw_buf_addf(&unknown, "%s%s", n > 1 ? ", " : "", doctor->zone.name[i]);
    if (n > 0)
        gw_doctor_add(
            doctor, GW_FINDING_WARN, "time zones",
            "correct the inventory's timezone column: with `zone: gateway` such gateways are deferred",
            "%" PRIu32 " of the inventory's %" PRIu32 " zones are not known: %s%s", n, doctor->zone.n,
            gw_buf_text(&unknown), n > ZONES_NAMED ? ", ..." : "");
    else
        gw_doctor_add(doctor, GW_FINDING_OK, "time zones", "", "all %" PRIu32 " of the inventory are known",
                      doctor->zone.n);
    gw_buf_release(&unknown);
}

static void gw_doctor_limits(struct gw_doctor *doctor)
{
    uint64_t needed = (uint64_t)doctor->session->config.limits.connections + OTHER_FILES;
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        gw_doctor_add(doctor, GW_FINDING_WARN, "limits", "look at `ulimit -Hn`",
                      "the limit of open files: %s", strerror(errno));
    else if (files.rlim_max < needed)
        gw_doctor_add(doctor, GW_FINDING_CONFIGURATION, "limits",
                      "raise it (LimitNOFILE= of the unit, ulimit -Hn), or lower limits.connections",
                      "%" PRIu64 " files may be open, and limits.connections needs %" PRIu64,
                      (uint64_t)files.rlim_max, needed);
    else
        gw_doctor_add(doctor, GW_FINDING_OK, "limits", "",
                      "%" PRIu64 " files may be open, %" PRIu64 " are needed", (uint64_t)files.rlim_max,
                      needed);
}

void gw_doctor_machine(struct gw_doctor *doctor)
{
    gw_doctor_zones(doctor);
    gw_doctor_limits(doctor);
}

static void gw_doctor_metrics(struct gw_doctor *doctor, const char *file)
{
    const char *slash = strrchr(file, '/');
    char *folder = slash ? gw_mem_text(file, (size_t)(slash - file) + 1) : gw_mem_dup(".");

    if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0)
        gw_doctor_add(doctor, GW_FINDING_CONFIGURATION, "metrics",
                      "make the folder, and let this user write there (ReadWritePaths= of the unit)",
                      "%s: %s", folder, strerror(errno));
    else
        gw_doctor_add(doctor, GW_FINDING_OK, "metrics", "", "%s", file);
    free(folder);
}

static void gw_doctor_hook(struct gw_doctor *doctor, const struct gw_notify_spec *spec)
{
    struct gw_err err = {0};
    struct gw_hook hook;
    struct gw_buf check;

    gw_buf_init(&check, 0);
    gw_buf_addf(&check, "notify %s", spec->name);
    if (gw_hook_find(spec, &hook, &err)) {
        gw_doctor_add(doctor, GW_FINDING_CONFIGURATION, gw_buf_text(&check),
                      "give the webhook an address in the place that its url names", "%s", err.text);
    } else {
        gw_doctor_add(doctor, GW_FINDING_OK, gw_buf_text(&check), "",
                      "goes to %s (nothing was sent: `gatewave notify test %s` does)", hook.address.host,
                      spec->name);
        gw_hook_release(&hook);
    }
    gw_buf_release(&check);
}

void gw_doctor_reports(struct gw_doctor *doctor)
{
    const struct gw_config *config = &doctor->session->config;

    if (config->metrics.textfile[0])
        gw_doctor_metrics(doctor, config->metrics.textfile);
    for (size_t i = 0; i < config->n_notify; i++)
        gw_doctor_hook(doctor, &config->notify[i]);
}
