#ifndef GATEWAVE_OBS_SERVICE_H
#define GATEWAVE_OBS_SERVICE_H
/*
 * The service manager that has started us, if one did: systemd's notification socket. Without NOTIFY_SOCKET in the
 * environment none of this does anything, and nothing here fails: a manager that does not listen is its own business.
 */
#include <stdint.h>

/* The start is over: what was asked for is being done. */
void gw_service_ready(void);
/* One line about how it goes, as `systemctl status` shows it. */
void gw_service_status(const char *text);
/* Draining: nothing new is begun. */
void gw_service_stopping(void);
/* How long we may be silent before we count as hung; 0: nobody watches this process. */
uint64_t gw_service_watchdog_ms(void);
/* We are not hung. */
void gw_service_alive(void);

#endif
