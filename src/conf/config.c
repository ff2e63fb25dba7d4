/*
 * gatewave.yaml. The table is the whole of it: keys, ranges, defaults. What loosens the safety of a run
 * (`testing`) is taken only where the calls cannot leave this machine.
 */
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "loopback.h"
#include "notify.h"

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/conf/spec.h"
#include "gatewave/conf/webhook.h"

#define MS     (uint64_t)1
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

#define AT(field) .at = offsetof(struct gw_config, field)

static const struct gw_key cloud_keys[] = {
    {"endpoint", GW_KEY_TEXT, AT(cloud.endpoint), .max = 255, .otherwise = ""},
    {"network", GW_KEY_CHOICE, AT(cloud.vpc), .word = {"public", "vpc"}, .otherwise = "public"},
    {"signature", GW_KEY_CHOICE, AT(cloud.v1), .word = {"v3", "v1"}, .otherwise = "v3"},
    {"format", GW_KEY_CHOICE, AT(cloud.xml), .word = {"json", "xml"}, .otherwise = "json"},
    {"ca_file", GW_KEY_TEXT, AT(cloud.ca_file), .max = PATH_MAX - 1, .otherwise = ""},
    {"proxy", GW_KEY_TEXT, AT(cloud.proxy), .max = 1023, .otherwise = ""},
    {"connect_timeout", GW_KEY_DURATION, AT(cloud.connect_timeout_ms), 10 * MS, 5 * MINUTE,
     .otherwise = "5s"},
    {"call_timeout", GW_KEY_DURATION, AT(cloud.call_timeout_ms), 10 * MS, 10 * MINUTE, .otherwise = "30s"},
};

static const struct gw_key credentials_keys[] = {
    {"profile", GW_KEY_TEXT, AT(profile), .max = 255, .otherwise = ""},
    {"sts_endpoint", GW_KEY_TEXT, AT(sts_endpoint), .max = 255, .otherwise = ""},
};

/* ---- accounts ---- */

static const char *gw_region_take(void *field, const char *text)
{
    struct gw_region_list *list = field;

    if (list->n == GW_REGIONS_MAX)
        return "has more regions than the vendor";
    for (const char *p = text; *p; p++)
        if (!(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9') && *p != '-')
            return "must be regions as the vendor names them, as in [cn-shanghai, eu-central-1]";
    for (size_t i = 0; i < list->n; i++)
        if (gw_text_equal(list->name[i], text))
            return "names a region twice";
    if (*text == '\0' || !gw_text_copy(list->name[list->n], GW_REGION_MAX, text))
        return "must be regions as the vendor names them, as in [cn-shanghai, eu-central-1]";
    list->n++;
    return NULL;
}

static void gw_region_clear(void *field)
{
    *(struct gw_region_list *)field = (struct gw_region_list){0};
}

static const struct gw_key_form region_form = {
    .take = gw_region_take, .clear = gw_region_clear, .example = "[cn-shanghai, eu-central-1]"};

#define IN_ACCOUNT(field) .at = offsetof(struct gw_account_spec, field)

static const struct gw_key account_keys[] = {
    {"name", GW_KEY_TEXT, IN_ACCOUNT(name), 1, 63, .needed = true},
    {"profile", GW_KEY_TEXT, IN_ACCOUNT(profile), .max = 255, .otherwise = ""},
    {"regions", GW_KEY_LIST, IN_ACCOUNT(region), .min = 1, .form = &region_form},
};

static const struct gw_key_map account_map = GW_KEY_MAP("accounts.", account_keys);
static const struct gw_key_array account_array = {.n_at = offsetof(struct gw_config, n_accounts),
                                                  .size = sizeof(struct gw_account_spec)};

static void gw_config_check_accounts(struct gw_report *report, const struct gw_yaml *mapping,
                                     const struct gw_config *config)
{
    const struct gw_yaml *list = gw_keys_find(mapping, "accounts");

    for (size_t i = 1; i < config->n_accounts; i++)
        for (size_t k = 0; k < i; k++)
            if (config->account[i].name && config->account[k].name &&
                gw_text_equal(config->account[i].name, config->account[k].name))
                gw_report_at(report, list->offset, "accounts.name: %s stands there twice",
                             config->account[i].name);
}

/* ---- the tables ---- */

static const struct gw_key limits_keys[] = {
    {"rate", GW_KEY_RATE, AT(limits.rate), .otherwise = "2/s"},
    {"read_rate", GW_KEY_RATE, AT(limits.read_rate), .otherwise = "5/s"},
    {"in_flight", GW_KEY_COUNT, AT(limits.in_flight), 1, 4096, .otherwise = "64"},
    {"connections", GW_KEY_COUNT, AT(limits.connections), 1, 4096, .otherwise = "64"},
};

static const struct gw_key testing_keys[] = {
    {"fence", GW_KEY_DURATION, AT(testing.fence_ms), 10 * MS, 24 * HOUR, .otherwise = "17m"},
    {"agree", GW_KEY_DURATION, AT(testing.agree_ms), 10 * MS, 24 * HOUR, .otherwise = "60s"},
    {"pre_read", GW_KEY_CHOICE, AT(testing.pre_read), .word = {"false", "true"}, .otherwise = "true"},
    {"metadata", GW_KEY_TEXT, AT(testing.metadata), .max = 255, .otherwise = ""},
};

static const struct gw_key metrics_keys[] = {
    {"textfile", GW_KEY_TEXT, AT(metrics.textfile), .max = PATH_MAX - 1, .otherwise = ""},
};

static const struct gw_key_map metrics_map = GW_KEY_MAP("metrics.", metrics_keys);
static const struct gw_key_map cloud_map = GW_KEY_MAP("cloud.", cloud_keys);
static const struct gw_key_map credentials_map = GW_KEY_MAP("credentials.", credentials_keys);
static const struct gw_key_map limits_map = GW_KEY_MAP("limits.", limits_keys);
static const struct gw_key_map testing_map = GW_KEY_MAP("testing.", testing_keys);

static const struct gw_key config_keys[] = {
    {"database", GW_KEY_TEXT, AT(database), 1, PATH_MAX - 1, .otherwise = "fleet.db"},
    {"cloud", GW_KEY_MAPPING, .map = &cloud_map},
    {"credentials", GW_KEY_MAPPING, .map = &credentials_map},
    {"accounts", GW_KEY_MAPPINGS, AT(account), 1, GW_ACCOUNTS_MAX, .map = &account_map,
     .array = &account_array},
    {"limits", GW_KEY_MAPPING, .map = &limits_map},
    {"metrics", GW_KEY_MAPPING, .map = &metrics_map},
    {"notify", GW_KEY_MAPPINGS, AT(notify), 1, GW_NOTIFY_MAX, .map = &gw_notify_map,
     .array = &gw_notify_array},
    {"testing", GW_KEY_MAPPING, .map = &testing_map},
};

static const struct gw_key_map config_map = GW_KEY_MAP("", config_keys);

void gw_config_init(struct gw_config *config)
{
    *config = (struct gw_config){.file = gw_mem_dup("")};
    gw_keys_init(&config_map, config);
}

void gw_config_release(struct gw_config *config)
{
    for (size_t i = 0; i < config->n_notify; i++)
        gw_secret_release(&config->notify[i].url);
    gw_keys_release(&config_map, config);
    free(config->file);
    *config = (struct gw_config){0};
}

static void gw_config_check_testing(struct gw_report *report, const struct gw_yaml *mapping,
                                    const struct gw_config *config)
{
    const struct gw_yaml *testing = gw_keys_find(mapping, "testing");
    const struct {
        const char *name;
        bool changed;
    } keys[] = {
        {"fence", config->testing.fence_ms != 17 * MINUTE},
        {"agree", config->testing.agree_ms != 60 * SECOND},
        {"pre_read", !config->testing.pre_read},
        {"metadata", *config->testing.metadata != '\0'},
    };

    if (gw_is_loopback(config->cloud.endpoint))
        return;
    for (size_t i = 0; i < GW_COUNT_OF(keys); i++)
        if (keys[i].changed)
            gw_report_at(report, gw_keys_find(testing, keys[i].name)->offset,
                         "testing.%s: only its default is safe for real devices; another value needs a "
                         "cloud.endpoint on loopback",
                         keys[i].name);
}

static void gw_config_check(struct gw_report *report, const struct gw_yaml *mapping, void *target)
{
    const struct gw_config *config = target;

    gw_config_check_testing(report, mapping, config);
    gw_config_check_accounts(report, mapping, config);
    gw_notify_check(report, mapping, config);
    if (config->cloud.connect_timeout_ms > config->cloud.call_timeout_ms)
        gw_keys_clash(report, gw_keys_find(mapping, "cloud"), "connect_timeout", "call_timeout",
                      "cloud.call_timeout is the time of a whole call: it must not be shorter than "
                      "cloud.connect_timeout");
}

/* Paths in a file are relative to that file, wherever the program is started. Free it. */
static char *gw_config_beside(const char *file, const char *path)
{
    char *copy = gw_mem_dup(file), *directory = dirname(copy), *whole = realpath(directory, NULL);
    struct gw_buf joined;

    gw_buf_init(&joined, 0);
    if (*path != '/')
        (void)gw_buf_addf(&joined, "%s/", whole ? whole : directory);
    (void)gw_buf_add_text(&joined, path);
    free(whole);
    free(copy);
    return joined.data;
}

static void gw_config_resolve(const char *file, char **path)
{
    char *resolved;

    if (**path == '\0')
        return;
    resolved = gw_config_beside(file, *path);
    free(*path);
    *path = resolved;
}

static void gw_config_resolve_url(const char *file, struct gw_secret *url)
{
    struct gw_buf whole;
    const char *path;
    char *resolved;

    if (gw_webhook_find(url->bytes, &path) != GW_WEBHOOK_FILE)
        return;
    resolved = gw_config_beside(file, path);
    gw_buf_init(&whole, 0);
    (void)gw_buf_addf(&whole, "file:%s", resolved);
    gw_secret_set(url, gw_buf_text(&whole), whole.len);
    gw_buf_release(&whole);
    free(resolved);
}

enum gw_code gw_config_read(const char *file, struct gw_config *ret, struct gw_buf *problems,
                            struct gw_err *err)
{
    struct gw_config config;
    enum gw_code code;

    gw_config_init(&config);
    code = gw_load_file(file, &config_map, gw_config_check, &config, problems, err);
    if (code) {
        gw_config_release(&config);
        return code;
    }
    free(config.file);
    config.file = gw_mem_dup(file);
    gw_config_resolve(file, &config.database);
    gw_config_resolve(file, &config.cloud.ca_file);
    gw_config_resolve(file, &config.metrics.textfile);
    for (size_t i = 0; i < config.n_notify; i++)
        gw_config_resolve_url(file, &config.notify[i].url);
    *ret = config;
    return GW_OK;
}
