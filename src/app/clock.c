/* The one place of the shell that asks what time it is. */
#include "clock.h"

#include <time.h>

int64_t gw_clock_unix_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t gw_clock_skew_ms(int64_t asked_unix_ms, int64_t heard_unix_ms, int64_t server_unix_ms)
{
    if (server_unix_ms < asked_unix_ms)
        return server_unix_ms - asked_unix_ms;
    return server_unix_ms > heard_unix_ms ? server_unix_ms - heard_unix_ms : 0;
}
