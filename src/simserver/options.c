/* One table, that of options_table.c, makes the parser and the help text. */
#include "options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/parse.h"
#include "options_local.h"

#define GW_OPTIONS_MAX 128

void gw_options_init(struct gw_options *options)
{
    *options = (struct gw_options){
        .host = "127.0.0.1", .threads = 1, .duration_ms = UINT64_MAX, .metadata_port = GW_OPTIONS_NO_PORT};
    options->sts.keys = &options->keys;
    options->metadata.sts = &options->sts;
    gw_cloud_options_init(&options->cloud);
    options->plan.version = "2.3.0";
    options->plan.dpi_version = "20250101_1_0-0.0.1";
    options->plan.pairs_bp = 1000;
    GW_CHECK(!gw_fleet_list_set(&options->plan.regions, "cn-shanghai"));
    GW_CHECK(!gw_fleet_list_set(&options->plan.accounts, "main"));
    GW_CHECK(!gw_fleet_list_set(&options->plan.models, "sag-1000,sag-100wm"));
    GW_CHECK(!gw_fleet_list_set(&options->plan.isps, "unicom,mobile,telecom"));
    GW_CHECK(!gw_fleet_list_set(&options->versions, "2.4.0"));
    GW_CHECK(!gw_fleet_list_set(&options->dpi_versions, "20260101_1_0-0.0.1"));
}

void gw_options_release(struct gw_options *options)
{
    gw_metadata_release(&options->metadata);
    gw_sts_release(&options->sts);
    gw_keyring_release(&options->keys);
    gw_fleet_list_release(&options->plan.regions);
    gw_fleet_list_release(&options->plan.accounts);
    gw_fleet_list_release(&options->plan.models);
    gw_fleet_list_release(&options->plan.isps);
    gw_fleet_list_release(&options->plan.zones);
    gw_fleet_list_release(&options->versions);
    gw_fleet_list_release(&options->dpi_versions);
    gw_fleet_list_release(&options->beta);
    gw_fleet_list_release(&options->closed);
    free(options->brick_model);
}

static const char *gw_option_range(const char *text, struct gw_cloud_options *cloud)
{
    static const char wrong[] = "say FROM-TO in milliseconds, as in 300-900";
    const char *dash = strchr(text, '-');
    uint64_t from_ms, to_ms;
    char *from;
    bool bad;

    if (!dash)
        return wrong;
    from = gw_mem_text(text, (size_t)(dash - text));
    bad = gw_parse_u64(from, 0, 86400000, &from_ms) != NULL;
    free(from);
    if (bad || gw_parse_u64(dash + 1, 0, 86400000, &to_ms) != NULL || from_ms > to_ms)
        return wrong;
    cloud->upgrade_min_ms = from_ms;
    cloud->upgrade_max_ms = to_ms;
    return NULL;
}

static const char *gw_option_offset(const char *text, int64_t *ret_ms)
{
    bool back = *text == '-';
    uint64_t ms;
    const char *wrong = gw_parse_duration(text + back, &ms);

    if (!wrong)
        *ret_ms = back ? -(int64_t)ms : (int64_t)ms;
    return wrong;
}

static const char *gw_option_container(const char *text, bool *ret_bare)
{
    *ret_bare = strcmp(text, "bare") == 0;
    return *ret_bare || strcmp(text, "wrapped") == 0 ? NULL : "say wrapped or bare";
}

static const char *gw_option_brick_model(const char *text, struct gw_options *options)
{
    const char *colon = strrchr(text, ':'), *wrong;

    if (!colon || colon == text)
        return "say MODEL:SHARE, as in sag-1000:60%";
    wrong = gw_parse_percent(colon + 1, &options->cloud.brick_model_bp);
    if (wrong)
        return wrong;
    free(options->brick_model);
    options->brick_model = gw_mem_text(text, (size_t)(colon - text));
    options->cloud.brick_model = options->brick_model;
    return NULL;
}

/* NULL, or what is wrong with the value. */
static const char *gw_option_set(struct gw_options *options, const struct gw_option *option,
                                 const char *value)
{
    void *place = (char *)options + option->place;

    switch (option->kind) {
    case GW_OPTION_TEXT:
        *(const char **)place = value;
        return NULL;
    case GW_OPTION_COUNT:
        return gw_parse_u64(value, option->least, option->most, place);
    case GW_OPTION_SHARE:
        return gw_parse_percent(value, place);
    case GW_OPTION_RATE:
        return gw_parse_rate(value, place);
    case GW_OPTION_LIST:
        return gw_fleet_list_set(place, value);
    case GW_OPTION_FLAG:
        *(bool *)place = true;
        return NULL;
    case GW_OPTION_DURATION:
        return gw_parse_duration(value, place);
    case GW_OPTION_OFFSET:
        return gw_option_offset(value, place);
    case GW_OPTION_RANGE:
        return gw_option_range(value, &options->cloud);
    case GW_OPTION_KEY:
        return gw_keyring_add(place, value);
    case GW_OPTION_ROLE:
        return gw_sts_add_role(place, value);
    case GW_OPTION_OIDC:
        return gw_sts_add_token(place, value);
    case GW_OPTION_METADATA_ROLE:
        return gw_metadata_set_role(place, value);
    case GW_OPTION_CONTAINER:
        return gw_option_container(value, place);
    case GW_OPTION_BRICK_MODEL:
        return gw_option_brick_model(value, options);
    }
    return "cannot be set";
}

static enum gw_code gw_options_agree(const struct gw_options *options, struct gw_err *err)
{
    bool files = options->cert_path && options->key_path, self = options->ca_path != NULL;

    if (!options->generate == !options->fleet_path)
        return gw_err_set(err, GW_ERR_USAGE, "say either --generate N or --fleet FILE");
    if (options->inventory_path && !options->generate)
        return gw_err_set(err, GW_ERR_USAGE, "--write-inventory goes with --generate");
    if (!options->cert_path != !options->key_path)
        return gw_err_set(err, GW_ERR_USAGE, "--tls-cert and --tls-key go together");
    if (options->plain + files + self != 1)
        return gw_err_set(err, GW_ERR_USAGE,
                          "say one of --plain, --tls-self FILE, or --tls-cert and --tls-key");
    if (options->cloud.flap_for_ms >= options->cloud.flap_every_ms)
        return gw_err_set(err, GW_ERR_USAGE, "--flap-for is shorter than --flap-every");
    if (options->metadata_port == GW_OPTIONS_NO_PORT && (options->metadata.role || options->metadata.v2_only))
        return gw_err_set(err, GW_ERR_USAGE, "--metadata-role and --imdsv2-only go with --metadata-port");
    if (options->tls_host && !self)
        return gw_err_set(err, GW_ERR_USAGE, "--tls-host goes with --tls-self");
    return GW_OK;
}

enum gw_code gw_options_read(struct gw_options *options, int argc, char **argv, struct gw_err *err)
{
    struct option known[GW_OPTIONS_MAX + 1] = {0};
    int index, rc;

    for (size_t i = 0; gw_option_table[i].name; i++) {
        GW_CHECK(i < GW_OPTIONS_MAX);
        known[i] = (struct option){.name = gw_option_table[i].name,
                                   .has_arg = gw_option_table[i].takes ? required_argument : no_argument};
    }
    /* getopt's own complaints are as good as ours would be. */
    optind = 1;
    while ((rc = getopt_long(argc, argv, "", known, &index)) == 0) {
        const char *wrong = gw_option_set(options, &gw_option_table[index], optarg);

        if (wrong)
            return gw_err_set(err, GW_ERR_USAGE, "--%s: %s", gw_option_table[index].name, wrong);
    }
    if (options->help)
        return GW_OK;
    if (rc != -1)
        return gw_err_set(err, GW_ERR_USAGE, "see gatewave-sim --help");
    if (optind < argc)
        return gw_err_set(err, GW_ERR_USAGE, "%s: there are only options here; see gatewave-sim --help",
                          argv[optind]);
    if (options->keys.n == 0)
        GW_CHECK(!gw_keyring_add(&options->keys, "testid:testsecret@main"));
    options->plan.n = (uint32_t)options->generate;
    options->plan.seed = options->cloud.seed;
    return gw_options_agree(options, err);
}

void gw_options_help(FILE *out)
{
    (void)fputs("gatewave-sim: the vendor's cloud and a fleet of gateways, on loopback, for tests and "
                "demonstrations\n\n"
                "gatewave-sim (--generate N | --fleet FILE) (--plain | --tls-self FILE | --tls-cert F "
                "--tls-key F) ...\n\n",
                out);
    for (const struct gw_option *option = gw_option_table; option->name; option++) {
        char name[64];

        (void)snprintf(name, sizeof(name), "--%s %s", option->name, option->takes ? option->takes : "");
        (void)fprintf(out, "  %-32s %s\n", name, option->help);
    }
    (void)fputs(
        "\nFaults of single devices: offline, offline:TIME, brick, stay, slow, older, relapse, flap, "
        "foreign, "
        "foreign:VERSION, switch,\n"
        "takeover, flip, cold, auto, auto:TYPE, appear, appear:TIME, leave, leave:TIME, refuse:CODE, "
        "internal, "
        "internal_before,\n"
        "internal_after, lost_reply, lost_request; with @N behind one from refuse on, for the first N update "
        "calls only.\n"
        "SHAREs are percentages, RATEs are 50/s or 90/m, TIMEs are 250ms, 30s, 20m or 2h.\n\n"
        "Prints a line, `listening on URL`, with --metadata-port another, `metadata on URL`, and serves "
        "until "
        "SIGTERM, SIGINT\n"
        "or --duration. --sts-life, --sts-garbage and --sts-down hold for the metadata server, too.\n",
        out);
}
