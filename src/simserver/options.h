#ifndef GATEWAVE_SRC_SIMSERVER_OPTIONS_H
#define GATEWAVE_SRC_SIMSERVER_OPTIONS_H
/* The command line of gatewave-sim. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "fleet.h"
#include "gatewave/base/err.h"
#include "gatewave/sim/cloud.h"
#include "keyring.h"
#include "metadata.h"
#include "sts.h"

#define GW_OPTIONS_NO_PORT UINT64_MAX

struct gw_options {
    struct gw_cloud_options cloud;
    struct gw_fleet_plan plan;
    struct gw_keyring keys;
    struct gw_sts sts; /* down_from_ms counts from the start */
    struct gw_metadata metadata;
    uint64_t metadata_port;                      /* GW_OPTIONS_NO_PORT: there is no metadata server */
    struct gw_fleet_list versions, dpi_versions; /* offered ... */
    struct gw_fleet_list beta;                   /* ... of which these are betas */
    struct gw_fleet_list closed;                 /* regions */
    const char *fleet_path, *inventory_path, *faults_path, *ledger_path, *truth_path;
    char *brick_model; /* its text; the cloud's options point to it */
    const char *host, *cert_path, *key_path, *ca_path, *tls_host;
    bool plain, bare, help;
    uint64_t port, threads, generate;
    int64_t clock_offset_ms;
    uint64_t token_life_ms; /* of every security token, from the start; 0: for ever */
    uint64_t duration_ms;   /* UINT64_MAX: until a signal */
};

void gw_options_init(struct gw_options *options);
void gw_options_release(struct gw_options *options);
/* Text points into argv. */
enum gw_code gw_options_read(struct gw_options *options, int argc, char **argv, struct gw_err *err);
void gw_options_help(FILE *out);

#endif
