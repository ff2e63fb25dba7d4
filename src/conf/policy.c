/* POLICIES.yaml: a list of what are rollouts but for their names, and the manners of the nights. */
#include "gatewave/conf/policy.h"

#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "spec-local.h"

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#define SECOND UINT64_C(1000)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)

#define AT(field) .at = offsetof(struct gw_policies, field)

static const struct gw_key manners_keys[] = {
    {"rest", GW_KEY_DURATION, AT(manners.rest_ms), 0, 90 * DAY, .otherwise = "20h"},
    {"give_up", GW_KEY_COUNT, AT(manners.give_up), 1, 1000, .otherwise = "3"},
    {"site_restarts", GW_KEY_COUNT, AT(manners.site_restarts), 0, 100000, .otherwise = "12"},
    {"late", GW_KEY_DURATION, AT(manners.late_ms), SECOND, 90 * DAY, .otherwise = "14d"},
};

static const struct gw_key_map manners_map = GW_KEY_MAP("manners.", manners_keys);

static const struct gw_key_array policy_array = {
    .n_at = offsetof(struct gw_policies, n), .size = sizeof(struct gw_spec), .begin = gw_spec_begin};

static const struct gw_key file_keys[] = {
    {"policies", GW_KEY_MAPPINGS, AT(policy), 1, GW_POLICIES_MAX, .map = &gw_policy_map,
     .array = &policy_array, .needed = true},
    {"manners", GW_KEY_MAPPING, .map = &manners_map},
};

static const struct gw_key_map file_map = GW_KEY_MAP("", file_keys);

/* Said by both, and of the same devices or with the same name. */
static void gw_policies_check_pair(struct gw_report *report, const struct gw_yaml *item,
                                   const struct gw_spec *policy, const struct gw_spec *earlier)
{
    const struct gw_yaml *name = gw_keys_find(item, "name"), *select = gw_keys_find(item, "select");

    if (name && !name->refused && gw_text_equal(policy->name, earlier->name))
        gw_report_at(report, name->offset, "policies.name: two policies are called %s", policy->name);
    else if (select && !select->refused && policy->dpi == earlier->dpi &&
             gw_text_equal(policy->select, earlier->select))
        gw_report_at(report, select->offset,
                     "policies.select: says the same as policy %s, which comes first and takes them all",
                     earlier->name);
}

/* A rollout's name may be as long; a policy's leaves room. */
static void gw_policies_check_name(struct gw_report *report, const struct gw_yaml *item,
                                   const struct gw_spec *policy)
{
    const struct gw_yaml *name = gw_keys_find(item, "name");

    if (name && !name->refused && strlen(policy->name) > GW_POLICY_NAME_MAX)
        gw_report_at(report, name->offset,
                     "policies.name: must be from 1 to %d bytes: a date follows it in the names of rollouts",
                     GW_POLICY_NAME_MAX);
}

static void gw_policies_check(struct gw_report *report, const struct gw_yaml *mapping, void *target)
{
    struct gw_policies *policies = target;
    const struct gw_yaml *list = gw_keys_find(mapping, "policies");
    const struct gw_yaml *item = list && list->kind == GW_YAML_LIST ? list->first : NULL;

    if (!mapping) {
        gw_report_at(report, 0, "empty: it says at least policies: [{name: ..., select: ..., version: ...}]");
        return;
    }
    for (size_t i = 0; i < policies->n && item; i++, item = item->next) {
        if (item->kind != GW_YAML_MAPPING)
            continue;
        gw_spec_check_values(report, item, &policies->policy[i]);
        gw_policies_check_name(report, item, &policies->policy[i]);
        for (size_t k = 0; k < i; k++)
            gw_policies_check_pair(report, item, &policies->policy[i], &policies->policy[k]);
    }
}

void gw_policies_free(struct gw_policies *policies)
{
    if (!policies)
        return;
    gw_keys_release(&file_map, policies);
    free(policies->file);
    free(policies);
}

enum gw_code gw_policies_read(const char *file, struct gw_policies **ret, struct gw_buf *problems,
                              struct gw_err *err)
{
    struct gw_policies *policies = gw_mem_new(1, sizeof(*policies));
    enum gw_code code;

    gw_keys_init(&file_map, policies);
    policies->file = gw_mem_dup(file);
    code = gw_load_file(file, &file_map, gw_policies_check, policies, problems, err);
    if (code == GW_OK)
        *ret = policies;
    else
        gw_policies_free(policies);
    return code;
}
