#ifndef GATEWAVE_SRC_NET_ENDPOINT_LOCAL_H
#define GATEWAVE_SRC_NET_ENDPOINT_LOCAL_H
#include <stdbool.h>

/* "[IPv6 text]", a port and their punctuation fit; a DNS name is 253 characters at most. */
#define GW_HTTP_URL_MAX 300

/*
 * Whether url is https://host[:port], or http://host[:port] with a host that can only be this machine; sets
 * *ret_plain for the latter. No user, path, query or fragment; no host that two readers could read as two.
 */
bool gw_http_endpoint(const char *url, bool *ret_plain);

#endif
