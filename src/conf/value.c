/* One value of our YAML files: its text to the field that its key names, within its range, and what durations and
 * percentages look like as text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

#include "gatewave/base/mem.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"

void gw_key_duration_text(uint64_t ms, char ret[GW_KEY_SCALAR_SIZE])
{
    static const struct {
        uint64_t ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    struct gw_buf buf;
    size_t i = 0;

    while (ms == 0 ? units[i].ms != 1000 : ms % units[i].ms != 0)
        i++;
    gw_buf_init(&buf, GW_KEY_SCALAR_SIZE - 1);
    (void)gw_buf_addf(&buf, "%" PRIu64 "%s", ms / units[i].ms, units[i].unit);
    (void)gw_text_copy(ret, GW_KEY_SCALAR_SIZE, gw_buf_text(&buf));
    gw_buf_release(&buf);
}

void gw_key_percent_text(uint32_t share_bp, char ret[GW_KEY_SCALAR_SIZE])
{
    uint32_t part = share_bp % 100;

    if (part == 0)
        (void)snprintf(ret, GW_KEY_SCALAR_SIZE, "%" PRIu32 "%%", share_bp / 100);
    else if (part % 10 == 0)
        (void)snprintf(ret, GW_KEY_SCALAR_SIZE, "%" PRIu32 ".%" PRIu32 "%%", share_bp / 100, part / 10);
    else
        (void)snprintf(ret, GW_KEY_SCALAR_SIZE, "%" PRIu32 ".%02" PRIu32 "%%", share_bp / 100, part);
}

const char *gw_key_take(const struct gw_key *key, void *target, const char *text, struct gw_buf *reason)
{
    void *field = (char *)target + key->at;
    char low[GW_KEY_SCALAR_SIZE], high[GW_KEY_SCALAR_SIZE];
    char **owned = field;
    const char *wrong;
    uint64_t number;
    uint32_t share_bp;

    switch (key->kind) {
    case GW_KEY_TEXT:
        if (strlen(text) < key->min)
            return "must not be empty";
        if (key->max && strlen(text) > key->max) {
            (void)gw_buf_addf(reason, "is longer than %" PRIu64 " bytes", key->max);
            return gw_buf_text(reason);
        }
        free(*owned);
        *owned = gw_mem_dup(text);
        return NULL;
    case GW_KEY_DURATION:
        wrong = gw_parse_duration(text, &number);
        if (!wrong && (number < key->min || number > key->max)) {
            gw_key_duration_text(key->min, low);
            gw_key_duration_text(key->max, high);
            (void)gw_buf_addf(reason, "must be from %s to %s", low, high);
            return gw_buf_text(reason);
        }
        if (!wrong)
            memcpy(field, &number, sizeof(number));
        return wrong;
    case GW_KEY_COUNT:
        if (gw_parse_u64(text, key->min, key->max, &number)) {
            (void)gw_buf_addf(reason, "must be a whole number from %" PRIu64 " to %" PRIu64, key->min,
                              key->max);
            return gw_buf_text(reason);
        }
        memcpy(field, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
        return NULL;
    case GW_KEY_PERCENT:
        wrong = gw_parse_percent(text, &share_bp);
        if (!wrong && (share_bp < key->min || share_bp > key->max)) {
            gw_key_percent_text((uint32_t)key->min, low);
            gw_key_percent_text((uint32_t)key->max, high);
            (void)gw_buf_addf(reason, "must be from %s to %s", low, high);
            return gw_buf_text(reason);
        }
        if (!wrong)
            memcpy(field, &share_bp, sizeof(share_bp));
        return wrong;
    case GW_KEY_RATE:
        return gw_parse_rate(text, field);
    case GW_KEY_CHOICE:
        for (int i = 0; i < 2; i++) {
            if (!gw_text_equal(text, key->word[i]))
                continue;
            memcpy(field, &(bool){i == 1}, sizeof(bool));
            return NULL;
        }
        (void)gw_buf_addf(reason, "must be %s or %s", key->word[0], key->word[1]);
        return gw_buf_text(reason);
    case GW_KEY_FORM:
        return key->form->take(field, text);
    case GW_KEY_NONE:
    case GW_KEY_LIST:
    case GW_KEY_MAPPING:
    case GW_KEY_MAPPINGS:
        break;
    }
    return "cannot be set"; /* not reached: these kinds are no single values */
}
