/* Finding a code's row: itself, then its prefixes at the dots, then the families that the vendor names by
 * pattern. */
#include "gatewave/smartag/code.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

/*
 * A code is looked for under the name of its family when no row fits. Throttling counts wherever it stands.
 */
struct family {
    const char *pattern;
    const char *code;
};

static const struct family throttling = {"*Throttling*", "Throttling"};

static const struct family families[] = {
    {"*SecurityToken*", "InvalidSecurityToken"},
    {"Missing*", "MissingParameter"},
    {"Invalid*", "InvalidParameter"},
    {"FeatureNotSupport*", "FeatureNotSupport"},
    {"*InArrears", "SmartAccessGatewayInArrears"},
    {"*NotActivated", "SmartAccessGatewayNotActivated"},
};

struct key {
    const char *code;
    size_t len;
};

static int compare(const void *key_, const void *row_)
{
    const struct key *key = key_;
    const struct gw_code_entry *row = row_;
    const int order = strncmp(key->code, row->code, key->len);

    return order ? order : -(row->code[key->len] != '\0');
}

static const struct gw_code_entry *find_exact(const char *code, size_t len)
{
    const struct key key = {code, len};
    unsigned n;
    const struct gw_code_entry *book = gw_code_book(&n);

    return bsearch(&key, book, n, sizeof(*book), compare);
}

const struct gw_code_entry *gw_code_find(const char *code)
{
    size_t len = strlen(code);
    const struct gw_code_entry *row = find_exact(code, len);

    if (!row && gw_text_glob(throttling.pattern, code))
        row = find_exact(throttling.code, strlen(throttling.code));
    while (!row && len > 0) {
        if (code[--len] == '.')
            row = find_exact(code, len);
    }
    for (size_t i = 0; !row && i < GW_COUNT_OF(families); i++) {
        if (gw_text_glob(families[i].pattern, code))
            row = find_exact(families[i].code, strlen(families[i].code));
    }
    return row;
}

bool gw_code_blames_key(const char *code)
{
    return gw_text_starts(code, "InvalidSecurityToken") || gw_text_starts(code, "InvalidAccessKeyId");
}
