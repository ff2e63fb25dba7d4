/* The one place of the shell that asks what time it is. */
#include "clock.h"

#include <time.h>

int64_t gw_clock_unix_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
