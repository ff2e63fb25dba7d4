/* Certificates by OpenSSL, in memory and within a millisecond each; only the authority goes to a file, for libcurl. */
#include "cert.h"

#include <stdio.h>
#include <stdlib.h>

#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

struct authority {
    EVP_PKEY *key;
    X509 *cert;
    char file[64];
    long serial;
};

static void add_extension(X509 *cert, X509 *issuer, int what, const char *value)
{
    X509_EXTENSION *extension;
    X509V3_CTX context;

    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, what, value);
    GW_CHECK(extension);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
}

static X509 *cert_begin(EVP_PKEY *key, const char *common_name, long serial, int from_day, int to_day)
{
    X509 *cert = X509_new();

    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
    X509_time_adj_ex(X509_getm_notBefore(cert), from_day, 0, NULL);
    X509_time_adj_ex(X509_getm_notAfter(cert), to_day, 0, NULL);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                               (const unsigned char *)common_name, -1, -1, 0);
    X509_set_pubkey(cert, key);
    return cert;
}

struct authority *authority_new(const char *name)
{
    struct authority *authority = gw_mem_new(1, sizeof(*authority));
    FILE *file;
    int fd;

    authority->key = EVP_EC_gen("P-256");
    authority->cert = cert_begin(authority->key, name, 1, -30, 30);
    X509_set_issuer_name(authority->cert, X509_get_subject_name(authority->cert));
    add_extension(authority->cert, authority->cert, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(authority->cert, authority->cert, NID_key_usage, "critical,keyCertSign");
    GW_CHECK(X509_sign(authority->cert, authority->key, EVP_sha256()) > 0);
    authority->serial = 1;
    snprintf(authority->file, sizeof(authority->file), "/tmp/gatewave-test-ca-XXXXXX");
    fd = mkstemp(authority->file);
    GW_CHECK(fd >= 0);
    file = fdopen(fd, "w");
    GW_CHECK(file && PEM_write_X509(file, authority->cert) == 1 && fclose(file) == 0);
    return authority;
}

void authority_free(struct authority *authority)
{
    unlink(authority->file);
    X509_free(authority->cert);
    EVP_PKEY_free(authority->key);
    free(authority);
}

const char *authority_file(const struct authority *authority)
{
    return authority->file;
}

SSL_CTX *authority_server(struct authority *authority, const struct cert *spec)
{
    bool valid_now = spec->from_day == 0 && spec->to_day == 0;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = cert_begin(key, "gatewave test server", ++authority->serial, valid_now ? -2 : spec->from_day,
                            valid_now ? 2 : spec->to_day);
    X509 *issuer = spec->self_signed ? cert : authority->cert;
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

    X509_set_issuer_name(cert, X509_get_subject_name(issuer));
    add_extension(cert, issuer, NID_subject_alt_name, spec->name);
    add_extension(cert, issuer, NID_ext_key_usage, spec->purpose ? spec->purpose : "serverAuth");
    GW_CHECK(X509_sign(cert, spec->self_signed ? key : authority->key, EVP_sha256()) > 0);
    GW_CHECK(SSL_CTX_use_certificate(tls, cert) == 1 && SSL_CTX_use_PrivateKey(tls, key) == 1);
    X509_free(cert);
    EVP_PKEY_free(key);
    return tls;
}
