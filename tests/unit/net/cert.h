#ifndef GATEWAVE_TESTS_NET_CERT_H
#define GATEWAVE_TESTS_NET_CERT_H
/* Certificates made while the test runs: an authority, and servers with whatever is wrong with them. */
#include <stdbool.h>

#include <openssl/ssl.h>

struct authority;

/* Days are counted from now. */
struct cert {
    const char *name;     /* subjectAltName, like "IP:127.0.0.1" or "DNS:localhost" */
    const char *purpose;  /* extendedKeyUsage; NULL: serverAuth */
    int from_day, to_day; /* both 0: valid now */
    bool self_signed;
};

struct authority *authority_new(const char *name);
void authority_free(struct authority *authority);
/* PEM, in a file that authority_free removes. */
const char *authority_file(const struct authority *authority);
/* A server's TLS with a certificate by this authority; the caller owns it (server_new takes it). */
SSL_CTX *authority_server(struct authority *authority, const struct cert *cert);

#endif
