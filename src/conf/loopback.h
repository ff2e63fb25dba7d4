#ifndef GATEWAVE_SRC_CONF_LOOPBACK_H
#define GATEWAVE_SRC_CONF_LOOPBACK_H
#include <stdbool.h>

/* Of a host, host:port or URL: whether it cannot leave this machine. Whatever looks unusual is not loopback. */
bool gw_is_loopback(const char *endpoint);

#endif
