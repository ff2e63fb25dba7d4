/* What a Date header says of two clocks. */
#include "skew.h"

int64_t gw_skew_ms(int64_t asked_unix_ms, int64_t heard_unix_ms, int64_t server_unix_ms)
{
    if (server_unix_ms < asked_unix_ms)
        return server_unix_ms - asked_unix_ms;
    return server_unix_ms > heard_unix_ms ? server_unix_ms - heard_unix_ms : 0;
}
