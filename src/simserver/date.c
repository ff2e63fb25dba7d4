/* HTTP's one way to write a moment: in English and in Greenwich, whatever the machine's locale and zone are. */
#include "date.h"

#include <stdio.h>

#include "gatewave/base/when.h"

#define GW_DATE_DAY_MS UINT64_C(86400000)

void gw_date_text(uint64_t unix_ms, char ret[GW_DATE_SIZE])
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun",
                                       "Mon", "Tue", "Wed"}; /* 1970 began on a Thursday */
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[GW_WHEN_TEXT_SIZE];
    int month;

    /* 2026-01-02T03:04:05Z holds all but the names. */
    gw_when_text((int64_t)unix_ms, text);
    month = (text[5] - '0') * 10 + (text[6] - '0');
    (void)snprintf(ret, GW_DATE_SIZE, "%s, %.2s %.3s %.4s %.8s GMT", days[unix_ms / GW_DATE_DAY_MS % 7],
                   text + 8, &months[(month - 1) * 3], text, text + 11);
}
