/* The columns of an inventory by name: one table for the file's header, the selection language and the
 * messages. */
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/core/select.h"

static const char *const column_names[] = {
    [GW_COLUMN_GATEWAY_ID] = "gateway_id",
    [GW_COLUMN_REGION] = "region",
    [GW_COLUMN_SERIAL] = "serial",
    [GW_COLUMN_HA_ROLE] = "ha_role",
    [GW_COLUMN_VERSION] = "version",
    [GW_COLUMN_DPI_VERSION] = "dpi_version",
    [GW_COLUMN_MODEL] = "model",
    [GW_COLUMN_NAME] = "name",
    [GW_COLUMN_SITE] = "site",
    [GW_COLUMN_TIMEZONE] = "timezone",
    [GW_COLUMN_ACCOUNT] = "account",
    [GW_COLUMN_ISP] = "isp",
    [GW_COLUMN_TAG] = "tag",
    [GW_COLUMN_OUTCOME] = "outcome",
    [GW_COLUMN_CODE] = "code",
    [GW_COLUMN_BEFORE] = "before",
};

const char *gw_column_name(enum gw_column column)
{
    GW_CHECK(column > GW_COLUMN_NONE && column <= GW_COLUMN_BEFORE);
    return column_names[column];
}

enum gw_column gw_column_find(const char *name, size_t len)
{
    for (enum gw_column column = GW_COLUMN_NONE + 1; column < GW_COLUMN_TAG; column++)
        if (strlen(column_names[column]) == len && memcmp(column_names[column], name, len) == 0)
            return column;
    return GW_COLUMN_NONE;
}

static bool gw_is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool gw_tag_name_char(char c)
{
    return gw_is_alnum(c) || c == '_' || c == '-' || c == '.';
}
