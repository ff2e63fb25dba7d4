#ifndef GATEWAVE_BASE_HOST_H
#define GATEWAVE_BASE_HOST_H
/*
 * Which hosts are this machine. Plain HTTP is for those, and so are a test's short fences, so that all floors must agree
 * on it.
 */
#include <stdbool.h>

/*
 * Of a host alone, without a port, an IPv6 address with or without its brackets: whether it is localhost, 127.x.x.x or ::1.
 * By its spelling: nothing is looked up, so that a name cannot be given another address later, and what looks unusual is
 * not.
 */
bool gw_host_is_loopback(const char *host);

#endif
