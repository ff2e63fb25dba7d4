/*
 * Replies turned into facts. A text that does not fit its member is left empty and never cut: a cut version
 * could be equal to another. What a reply does not say is unknown, and unknown is told apart from "no".
 */
#include "gatewave/smartag/reply.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "answer.h"

#define BLANKS " \t\r\n"

void gw_reply_judge_call(const struct gw_reply_bytes *reply, enum gw_format format, struct gw_answer *ret)
{
    struct gw_tree tree;

    if (gw_answer_read(reply, format, &tree, ret))
        gw_tree_release(&tree);
}

bool gw_status_is_online(const char *status)
{
    return gw_text_equal_nocase(status, "Active");
}

bool gw_hardware_is_software(const char *hardware)
{
    return gw_text_equal_nocase(hardware, "sag-software") || gw_text_equal_nocase(hardware, "software");
}

/*
 * Blanks around a version are not its own. What has no digit (`unknown`, a dash, `upgrading`) is a word in a version's
 * place: it would compare as newer than any, and a device that nobody knows would pass for one that needs no call.
 */
static void read_version(const struct cJSON *item, const char *name, char ret[GW_VERSION_MAX])
{
    size_t first, len;

    gw_tree_text(item, name, ret, GW_VERSION_MAX);
    first = strspn(ret, BLANKS);
    len = strlen(ret + first);
    while (len > 0 && strchr(BLANKS, ret[first + len - 1]))
        len--;
    memmove(ret, ret + first, len);
    ret[len] = '\0';
    if (!strpbrk(ret, "0123456789"))
        ret[0] = '\0';
}

/* What the list and the attribute call have in common; the kind has another name in each. */
static void read_gateway(const struct cJSON *item, struct gw_seen_gateway *ret)
{
    gw_tree_text(item, "SmartAGId", ret->gateway_id, sizeof(ret->gateway_id));
    gw_tree_text(item, "Name", ret->name, sizeof(ret->name));
    gw_tree_text(item, "Status", ret->status, sizeof(ret->status));
    read_version(item, "SoftwareVersion", ret->version);
    read_version(item, "BackupSoftwareVersion", ret->backup_version);
    gw_tree_text(item, "SerialNumber", ret->serials, sizeof(ret->serials));
    if (!gw_tree_text(item, "HardwareVersion", ret->hardware, sizeof(ret->hardware)))
        gw_tree_text(item, "InstanceType", ret->hardware, sizeof(ret->hardware));
}

static void read_device(const struct cJSON *item, struct gw_seen_device *ret)
{
    char state[16], role[16];

    gw_tree_text(item, "SerialNumber", ret->serial, sizeof(ret->serial));
    read_version(item, "SoftwareVersion", ret->version);
    read_version(item, "DpiSignatureDbVersion", ret->dpi_version);
    gw_tree_text(item, "HcState", state, sizeof(state));
    gw_tree_text(item, "HaState", role, sizeof(role));
    ret->online = gw_text_equal_nocase(state, "online");
    ret->online_known = ret->online || gw_text_equal_nocase(state, "offline");
    ret->standby = gw_text_equal_nocase(role, "Standby");
    ret->role_known = ret->standby || gw_text_equal_nocase(role, "Active");
}

static bool read_items(const struct cJSON *root, struct gw_seen_page *ret)
{
    struct gw_tree_items items;
    const struct cJSON *item;

    if (!gw_tree_items(root, "SmartAccessGateways", "SmartAccessGateway", &items))
        return false;
    while ((item = gw_tree_next(&items))) {
        struct gw_seen_gateway *gateway = &ret->gateway[ret->n];

        if (!cJSON_IsObject(item) || ret->n == GW_COUNT_OF(ret->gateway))
            return false;
        read_gateway(item, gateway);
        if (gateway->gateway_id[0] == '\0')
            return false;
        ret->n++;
    }
    return true;
}

static bool read_devices(const struct cJSON *root, struct gw_seen_gateway *ret)
{
    struct gw_tree_items items;
    const struct cJSON *item;

    if (!gw_tree_items(root, "Devices", "Device", &items))
        return false;
    while ((item = gw_tree_next(&items))) {
        if (!cJSON_IsObject(item) || ret->n_devices == GW_SEEN_DEVICES_MAX)
            return false;
        read_device(item, &ret->device[ret->n_devices++]);
    }
    return true;
}

/* Without a total nobody could tell the last page from a cut one; the other two numbers only repeat the
 * request. */
void gw_reply_read_page(const struct gw_reply_bytes *reply, enum gw_format format, struct gw_seen_page *ret,
                        struct gw_answer *ret_answer)
{
    struct gw_tree tree;

    memset(ret, 0, sizeof(*ret));
    if (!gw_answer_read(reply, format, &tree, ret_answer))
        return;
    gw_tree_u32(tree.root, "PageNumber", &ret->page);
    gw_tree_u32(tree.root, "PageSize", &ret->page_size);
    if (!gw_tree_u32(tree.root, "TotalCount", &ret->total))
        gw_answer_doubt(ret_answer, GW_CLASS_UNKNOWN, "bad_reply", "a list without a TotalCount");
    else if (!read_items(tree.root, ret))
        gw_answer_doubt(ret_answer, GW_CLASS_UNKNOWN, "bad_reply", "a list that is not one of gateways");
    gw_tree_release(&tree);
}

void gw_reply_read_gateway(const struct gw_reply_bytes *reply, enum gw_format format,
                           struct gw_seen_gateway *ret, struct gw_answer *ret_answer)
{
    struct gw_tree tree;

    memset(ret, 0, sizeof(*ret));
    if (!gw_answer_read(reply, format, &tree, ret_answer))
        return;
    read_gateway(tree.root, ret);
    if (!read_devices(tree.root, ret))
        gw_answer_doubt(ret_answer, GW_CLASS_UNKNOWN, "bad_reply", "a list that is not one of devices");
    gw_tree_release(&tree);
}
