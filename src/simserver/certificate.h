#ifndef GATEWAVE_SRC_SIMSERVER_CERTIFICATE_H
#define GATEWAVE_SRC_SIMSERVER_CERTIFICATE_H
/* The server's TLS identity: from files, or made at the start. */
#include <stddef.h>

#include "gatewave/base/err.h"

/* NUL-terminated PEM, on the heap. */
struct gw_certificate {
    char *chain, *key;
};

enum gw_code gw_certificate_read(struct gw_certificate *certificate, const char *chain_path,
                                 const char *key_path, struct gw_err *err);
/*
 * Makes a certificate authority and a certificate for localhost, 127.0.0.1 and ::1 (or for `host` alone, when
 * that is not NULL), good for a week, and writes the authority's PEM to ca_path. The authority's key is
 * forgotten.
 */
enum gw_code gw_certificate_make(struct gw_certificate *certificate, const char *ca_path, const char *host,
                                 struct gw_err *err);
void gw_certificate_release(struct gw_certificate *certificate);

#endif
