/* Words to systemd, by its own library: each is one datagram, and the environment is left as it is. */
#include "gatewave/obs/service.h"

#include <systemd/sd-daemon.h>

#include "gatewave/base/text.h"

/* systemd shows no more of a line, and a datagram need not be larger. */
#define STATUS_MAX 512

void gw_service_ready(void)
{
    (void)sd_notify(0, "READY=1");
}

void gw_service_status(const char *text)
{
    char line[STATUS_MAX];
    size_t len = 0;

    /* What is behind the end of a line would be another word to systemd. */
    while (text[len] && text[len] != '\n')
        len++;
    (void)gw_text_copy_n(line, sizeof(line), text, len);
    (void)sd_notifyf(0, "STATUS=%s", line);
}

void gw_service_stopping(void)
{
    (void)sd_notify(0, "STOPPING=1");
}

uint64_t gw_service_watchdog_ms(void)
{
    uint64_t us;

    return sd_watchdog_enabled(0, &us) > 0 ? us / 1000 : 0;
}

void gw_service_alive(void)
{
    (void)sd_notify(0, "WATCHDOG=1");
}
