/* One table makes the parser and the help text: an option is a name, what it takes, where that goes, and a
 * line. */
#include "options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/parse.h"

enum gw_option_kind {
    GW_OPTION_TEXT = 1,
    GW_OPTION_COUNT, /* a whole number, from least to most */
    GW_OPTION_SHARE,
    GW_OPTION_RATE,
    GW_OPTION_LIST,
    GW_OPTION_FLAG,
    GW_OPTION_DURATION,
    GW_OPTION_OFFSET, /* a duration, perhaps negative */
    GW_OPTION_RANGE,  /* 300-900, milliseconds */
    GW_OPTION_KEY,
    GW_OPTION_CONTAINER,
    GW_OPTION_BRICK_MODEL, /* sag-1000:60% */
};

struct gw_option {
    const char *name, *takes;
    enum gw_option_kind kind;
    size_t place;
    uint64_t least, most;
    const char *help;
};

#define AT(field) offsetof(struct gw_options, field)

static const struct gw_option table[] = {
    {"generate", "N", GW_OPTION_COUNT, AT(generate), 1, 999999, "make up N gateways: sag-000001 and on"},
    {"pairs", "SHARE", GW_OPTION_SHARE, AT(plan.pairs_bp), 0, 0, "gateways with two devices (10%)"},
    {"regions", "LIST", GW_OPTION_LIST, AT(plan.regions), 0, 0, "regions, dealt out in turn (cn-shanghai)"},
    {"accounts", "LIST", GW_OPTION_LIST, AT(plan.accounts), 0, 0, "accounts, dealt out in turn (main)"},
    {"models", "LIST", GW_OPTION_LIST, AT(plan.models), 0, 0,
     "models, dealt out in turn (sag-1000,sag-100wm)"},
    {"isps", "LIST", GW_OPTION_LIST, AT(plan.isps), 0, 0,
     "carriers, dealt out in turn (unicom,mobile,telecom)"},
    {"sites", "N", GW_OPTION_COUNT, AT(plan.sites), 1, 99999,
     "sites, dealt out in turn (four gateways in each)"},
    {"zones", "LIST", GW_OPTION_LIST, AT(plan.zones), 0, 0,
     "time zones, dealt out in turn (each region's own)"},
    {"version-old", "V", GW_OPTION_TEXT, AT(plan.version), 0, 0, "what devices run at the start (2.3.0)"},
    {"dpi-version-old", "V", GW_OPTION_TEXT, AT(plan.dpi_version), 0, 0,
     "their signature database's version"},
    {"write-inventory", "FILE", GW_OPTION_TEXT, AT(inventory_path), 0, 0,
     "write the CSV for `gatewave inventory import`"},
    {"fleet", "FILE", GW_OPTION_TEXT, AT(fleet_path), 0, 0, "read such a CSV instead of making a fleet up"},
    {"versions", "LIST", GW_OPTION_LIST, AT(versions), 0, 0, "versions that are offered (2.4.0)"},
    {"dpi-versions", "LIST", GW_OPTION_LIST, AT(dpi_versions), 0, 0, "signature databases that are offered"},
    {"host", "ADDRESS", GW_OPTION_TEXT, AT(host), 0, 0, "127.0.0.1, localhost or ::1 (127.0.0.1)"},
    {"port", "P", GW_OPTION_COUNT, AT(port), 0, 65535, "0: any that is free (0)"},
    {"tls-cert", "FILE", GW_OPTION_TEXT, AT(cert_path), 0, 0, "certificate chain, PEM"},
    {"tls-key", "FILE", GW_OPTION_TEXT, AT(key_path), 0, 0, "its key, PEM"},
    {"tls-self", "FILE", GW_OPTION_TEXT, AT(ca_path), 0, 0,
     "make a certificate, and write its authority to FILE"},
    {"tls-host", "NAME", GW_OPTION_TEXT, AT(tls_host), 0, 0, "with tls-self: a certificate for NAME alone"},
    {"plain", NULL, GW_OPTION_FLAG, AT(plain), 0, 0, "http without TLS"},
    {"key", "ID:SECRET[:TOKEN]@ACCOUNT", GW_OPTION_KEY, AT(keys), 0, 0,
     "may be repeated (testid:testsecret@main)"},
    {"expire-token", NULL, GW_OPTION_FLAG, AT(keys.tokens_expired), 0, 0, "every security token has expired"},
    {"token-life", "TIME", GW_OPTION_DURATION, AT(token_life_ms), 0, 0,
     "... or does so long after the start"},
    {"validity", "TIME", GW_OPTION_DURATION, AT(cloud.validity_ms), 0, 0,
     "of a signature, on either side of its time (15m)"},
    {"clock-offset", "TIME", GW_OPTION_OFFSET, AT(clock_offset_ms), 0, 0,
     "the cloud's clock is off: 20m or -20m"},
    {"container", "STYLE", GW_OPTION_CONTAINER, AT(bare), 0, 0, "wrapped or bare lists (wrapped)"},
    {"ledger", "FILE", GW_OPTION_TEXT, AT(ledger_path), 0, 0,
     "a line of JSON for every request that arrives"},
    {"truth", "FILE", GW_OPTION_TEXT, AT(truth_path), 0, 0, "at the end, a line of JSON for every device"},
    {"seed", "N", GW_OPTION_COUNT, AT(cloud.seed), 0, UINT64_MAX, "what all chance is drawn from (0)"},
    {"update-rate", "RATE", GW_OPTION_RATE, AT(cloud.update_rate), 0, 0,
     "update calls per account and region (unlimited)"},
    {"read-rate", "RATE", GW_OPTION_RATE, AT(cloud.read_rate), 0, 0,
     "reads per account and region (unlimited)"},
    {"upgrade-ms", "FROM-TO", GW_OPTION_RANGE, AT(cloud.upgrade_min_ms), 0, 0,
     "how long an upgrade takes (300-900)"},
    {"begin", "TIME", GW_OPTION_DURATION, AT(cloud.begin_ms), 0, 0,
     "after an accepted call the device goes on, up to so long"},
    {"offline", "SHARE", GW_OPTION_SHARE, AT(cloud.offline_bp), 0, 0,
     "devices offline at the start, half of them for good"},
    {"brick", "SHARE", GW_OPTION_SHARE, AT(cloud.brick_bp), 0, 0, "devices that never come back"},
    {"brick-model", "MODEL:SHARE", GW_OPTION_BRICK_MODEL, 0, 0, 0, "of this model so many do instead"},
    {"stay", "SHARE", GW_OPTION_SHARE, AT(cloud.stay_bp), 0, 0, "devices that come back at the old version"},
    {"slow", "SHARE", GW_OPTION_SHARE, AT(cloud.slow_bp), 0, 0, "devices that take ten times as long"},
    {"older", "SHARE", GW_OPTION_SHARE, AT(cloud.older_bp), 0, 0,
     "devices that come back older than they were"},
    {"older-version", "V", GW_OPTION_TEXT, AT(cloud.older_version), 0, 0, "... at this version (1.0.0)"},
    {"relapse", "SHARE", GW_OPTION_SHARE, AT(cloud.relapse_bp), 0, 0,
     "devices that are well at first; half go dark, half fall back"},
    {"relapse-after", "TIME", GW_OPTION_DURATION, AT(cloud.relapse_after_ms), 0, 0,
     "... so long after they came back (2s)"},
    {"switch", "SHARE", GW_OPTION_SHARE, AT(cloud.switch_bp), 0, 0,
     "pairs that swap roles when the active one upgrades"},
    {"takeover", "SHARE", GW_OPTION_SHARE, AT(cloud.takeover_bp), 0, 0,
     "pairs that swap roles when the standby comes back"},
    {"flip", "SHARE", GW_OPTION_SHARE, AT(cloud.flip_bp), 0, 0, "pairs that swap roles by themselves, once"},
    {"flip-after", "TIME", GW_OPTION_DURATION, AT(cloud.flip_after_ms), 0, 0,
     "... about so long after the start (2s)"},
    {"flap", "SHARE", GW_OPTION_SHARE, AT(cloud.flap_bp), 0, 0,
     "devices that are out of reach again and again"},
    {"flap-every", "TIME", GW_OPTION_DURATION, AT(cloud.flap_every_ms), 0, 0, "... so often (3s)"},
    {"flap-for", "TIME", GW_OPTION_DURATION, AT(cloud.flap_for_ms), 0, 0, "... for so long (1s)"},
    {"foreign", "SHARE", GW_OPTION_SHARE, AT(cloud.foreign_bp), 0, 0, "devices that somebody else upgrades"},
    {"foreign-after", "TIME", GW_OPTION_DURATION, AT(cloud.foreign_after_ms), 0, 0,
     "... about so long after the start (2s)"},
    {"refuse", "SHARE", GW_OPTION_SHARE, AT(cloud.refuse_bp), 0, 0,
     "gateways that refuse for a lasting reason"},
    {"flaky", "SHARE", GW_OPTION_SHARE, AT(cloud.flaky_bp), 0, 0, "update calls that meet a passing error"},
    {"internal", "SHARE", GW_OPTION_SHARE, AT(cloud.internal_bp), 0, 0,
     "update calls that meet InternalError, half with effect"},
    {"lost-reply", "SHARE", GW_OPTION_SHARE, AT(cloud.lost_reply_bp), 0, 0,
     "update calls that take effect and get no reply"},
    {"lost-request", "SHARE", GW_OPTION_SHARE, AT(cloud.lost_request_bp), 0, 0,
     "update calls that are dropped unread"},
    {"read-error", "SHARE", GW_OPTION_SHARE, AT(cloud.read_error_bp), 0, 0,
     "reads that meet a passing error"},
    {"stale", "SHARE", GW_OPTION_SHARE, AT(cloud.stale_bp), 0, 0, "reads that tell the past"},
    {"stale-by", "TIME", GW_OPTION_DURATION, AT(cloud.stale_ms), 0, 0, "... of up to so long ago (2s)"},
    {"faults", "FILE", GW_OPTION_TEXT, AT(faults_path), 0, 0,
     "lines of gateway_id[,serial] FAULT, see below"},
    {"threads", "N", GW_OPTION_COUNT, AT(threads), 1, 16, "that serve connections (1)"},
    {"duration", "TIME", GW_OPTION_DURATION, AT(duration_ms), 0, 0, "stop by itself after that long"},
    {"help", NULL, GW_OPTION_FLAG, AT(help), 0, 0, "this text"},
};

void gw_options_init(struct gw_options *options)
{
    *options = (struct gw_options){.host = "127.0.0.1", .threads = 1, .duration_ms = UINT64_MAX};
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
    gw_keyring_release(&options->keys);
    gw_fleet_list_release(&options->plan.regions);
    gw_fleet_list_release(&options->plan.accounts);
    gw_fleet_list_release(&options->plan.models);
    gw_fleet_list_release(&options->plan.isps);
    gw_fleet_list_release(&options->plan.zones);
    gw_fleet_list_release(&options->versions);
    gw_fleet_list_release(&options->dpi_versions);
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
    if (options->tls_host && !self)
        return gw_err_set(err, GW_ERR_USAGE, "--tls-host goes with --tls-self");
    return GW_OK;
}

enum gw_code gw_options_read(struct gw_options *options, int argc, char **argv, struct gw_err *err)
{
    struct option known[GW_COUNT_OF(table) + 1] = {0};
    int index, rc;

    for (size_t i = 0; i < GW_COUNT_OF(table); i++)
        known[i] = (struct option){.name = table[i].name,
                                   .has_arg = table[i].takes ? required_argument : no_argument};
    /* getopt's own complaints are as good as ours would be. */
    optind = 1;
    while ((rc = getopt_long(argc, argv, "", known, &index)) == 0) {
        const char *wrong = gw_option_set(options, &table[index], optarg);

        if (wrong)
            return gw_err_set(err, GW_ERR_USAGE, "--%s: %s", table[index].name, wrong);
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
    for (size_t i = 0; i < GW_COUNT_OF(table); i++) {
        char name[64];

        (void)snprintf(name, sizeof(name), "--%s %s", table[i].name, table[i].takes ? table[i].takes : "");
        (void)fprintf(out, "  %-32s %s\n", name, table[i].help);
    }
    (void)fputs(
        "\nFaults of single devices: offline, brick, stay, slow, older, relapse, flap, foreign, "
        "foreign:VERSION, switch, takeover,\n"
        "flip, refuse:CODE, internal, internal_before, internal_after, lost_reply, lost_request; with @N "
        "behind one from refuse\n"
        "on, for the first N update calls only. SHAREs are percentages, RATEs are 50/s or 90/m, TIMEs are "
        "250ms, 30s, 20m or 2h.\n\n"
        "Prints one line, `listening on URL`, and serves until SIGTERM, SIGINT or --duration.\n",
        out);
}
