/* The smaller reads turned into facts. A word that nobody knows is no error here: it is not known what it says. */
#include "gatewave/smartag/facts.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "gatewave/base/check.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"

#include "answer.h"

#define GW_SEEN_TIME_MAX UINT64_C(253402300799999) /* the end of year 9999 */

static const char *const mode_names[] = {
    [GW_HA_UNKNOWN] = "",
    [GW_HA_NONE] = "none",
    [GW_HA_WARM] = "warm",
    [GW_HA_COLD] = "cold",
};

const char *gw_ha_mode_name(enum gw_ha_mode mode)
{
    return mode_names[mode];
}

void gw_reply_read_ha(const struct gw_reply_bytes *reply, enum gw_format format, struct gw_seen_ha *ret,
                      struct gw_answer *ret_answer)
{
    static const char *const words[] = {
        [GW_HA_UNKNOWN] = "",
        [GW_HA_NONE] = "no_backup",
        [GW_HA_WARM] = "warm_backup",
        [GW_HA_COLD] = "cold_backup",
    };
    struct gw_tree tree;
    char word[16];

    memset(ret, 0, sizeof(*ret));
    if (!gw_answer_read(reply, format, &tree, ret_answer))
        return;
    gw_tree_text(tree.root, "DeviceLevelBackupType", word, sizeof(word));
    for (int mode = GW_HA_NONE; mode <= GW_HA_COLD; mode++)
        if (gw_text_equal_nocase(word, words[mode]))
            ret->mode = (enum gw_ha_mode)mode;
    gw_tree_text(tree.root, "MainDeviceId", ret->active, sizeof(ret->active));
    gw_tree_text(tree.root, "BackupDeviceId", ret->standby, sizeof(ret->standby));
    gw_tree_release(&tree);
}

static void read_version(const struct cJSON *item, struct gw_seen_version *ret)
{
    char text[24];
    uint64_t created_unix_ms;

    gw_tree_text(item, "VersionCode", ret->code, sizeof(ret->code));
    gw_tree_text(item, "VersionName", ret->name, sizeof(ret->name));
    gw_tree_text(item, "Type", text, sizeof(text));
    ret->beta = gw_text_equal_nocase(text, "beta");
    ret->release = gw_text_equal_nocase(text, "release");
    if (gw_tree_text(item, "CreateTime", text, sizeof(text)) &&
        !gw_parse_u64(text, 0, GW_SEEN_TIME_MAX, &created_unix_ms))
        ret->created_unix_ms = (int64_t)created_unix_ms;
}

static bool read_versions(const struct cJSON *root, struct gw_seen_versions *ret)
{
    struct gw_tree_items items;
    const struct cJSON *item;

    if (!gw_tree_items(root, "SmartAGVersions", "SmartAGVersion", &items))
        return false;
    while ((item = gw_tree_next(&items))) {
        struct gw_seen_version *version = &ret->version[ret->n];

        if (!cJSON_IsObject(item) || ret->n == GW_SEEN_VERSIONS_MAX)
            return false;
        read_version(item, version);
        if (version->code[0] == '\0')
            return false;
        ret->n++;
    }
    return true;
}

static int compare_versions(const void *a, const void *b)
{
    const struct gw_seen_version *x = a, *y = b;

    if (x->created_unix_ms != y->created_unix_ms)
        return x->created_unix_ms > y->created_unix_ms ? -1 : 1;
    return strcmp(x->code, y->code);
}

void gw_reply_read_versions(const struct gw_reply_bytes *reply, enum gw_format format,
                            struct gw_seen_versions *ret, struct gw_answer *ret_answer)
{
    struct gw_tree tree;

    memset(ret, 0, sizeof(*ret));
    if (!gw_answer_read(reply, format, &tree, ret_answer))
        return;
    if (!read_versions(tree.root, ret))
        gw_answer_doubt(ret_answer, GW_CLASS_UNKNOWN, "bad_reply", "a list that is not one of versions");
    qsort(ret->version, ret->n, sizeof(*ret->version), compare_versions);
    gw_tree_release(&tree);
}

void gw_reply_read_auto_upgrade(const struct gw_reply_bytes *reply, enum gw_format format,
                                struct gw_seen_auto_upgrade *ret, struct gw_answer *ret_answer)
{
    static const char *const types[] = {"manual", "scheduled", "boot"};
    struct gw_tree tree;
    char type[16];

    memset(ret, 0, sizeof(*ret));
    if (!gw_answer_read(reply, format, &tree, ret_answer))
        return;
    gw_tree_text(tree.root, "UpgradeType", type, sizeof(type));
    for (size_t i = 0; i < GW_COUNT_OF(types); i++)
        if (gw_text_equal_nocase(type, types[i]))
            gw_text_copy(ret->type, sizeof(ret->type), types[i]);
    gw_tree_text(tree.root, "CronExpression", ret->cron, sizeof(ret->cron));
    gw_tree_text(tree.root, "TimeZone", ret->zone, sizeof(ret->zone));
    gw_tree_u32(tree.root, "Duration", &ret->duration_min);
    gw_tree_u32(tree.root, "Jitter", &ret->jitter_min);
    gw_tree_release(&tree);
}
