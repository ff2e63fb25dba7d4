/* X.509 with GnuTLS, for loopback only: P-256 keys, made anew at each start, never written to disk. */
#include "certificate.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/secret.h"

#define GW_CERTIFICATE_FILE_MAX (256u * 1024)
#define GW_CERTIFICATE_LIFE_S   (7 * 24 * 3600)
#define GW_CERTIFICATE_EARLY_S  3600 /* for clients whose clock is a little behind */

/* One subject: its key and certificate while they are made. */
struct gw_subject {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t crt;
};

static enum gw_code gw_certificate_slurp(const char *path, char **ret, struct gw_err *err)
{
    FILE *file = fopen(path, "re");
    char *text;
    size_t len;

    if (!file)
        return gw_err_set(err, GW_ERR_INPUT, "%s: %s", path, strerror(errno));
    text = gw_mem_new(GW_CERTIFICATE_FILE_MAX + 1, 1);
    len = fread(text, 1, GW_CERTIFICATE_FILE_MAX, file);
    (void)fclose(file);
    if (len == 0 || len == GW_CERTIFICATE_FILE_MAX) {
        free(text);
        return gw_err_set(err, GW_ERR_INPUT, "%s: not a PEM file", path);
    }
    *ret = text;
    return GW_OK;
}

enum gw_code gw_certificate_read(struct gw_certificate *certificate, const char *chain_path,
                                 const char *key_path, struct gw_err *err)
{
    enum gw_code code = gw_certificate_slurp(chain_path, &certificate->chain, err);

    return code == GW_OK ? gw_certificate_slurp(key_path, &certificate->key, err) : code;
}

static int gw_subject_begin(struct gw_subject *subject, const char *name)
{
    unsigned char serial[16];
    time_t now = time(NULL);
    int rc = gnutls_x509_privkey_init(&subject->key);

    if (rc == 0)
        rc = gnutls_x509_crt_init(&subject->crt);
    if (rc == 0)
        rc = gnutls_x509_privkey_generate(subject->key, GNUTLS_PK_ECDSA,
                                          GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    if (rc == 0)
        rc = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));
    if (rc != 0)
        return rc;
    serial[0] = (unsigned char)((serial[0] & 0x7f) | 1); /* positive, and of full length */
    rc = gnutls_x509_crt_set_version(subject->crt, 3);
    if (rc == 0)
        rc = gnutls_x509_crt_set_serial(subject->crt, serial, sizeof(serial));
    if (rc == 0)
        rc = gnutls_x509_crt_set_activation_time(subject->crt, now - GW_CERTIFICATE_EARLY_S);
    if (rc == 0)
        rc = gnutls_x509_crt_set_expiration_time(subject->crt, now + GW_CERTIFICATE_LIFE_S);
    if (rc == 0)
        rc = gnutls_x509_crt_set_dn_by_oid(subject->crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                           (unsigned)strlen(name));
    if (rc == 0)
        rc = gnutls_x509_crt_set_key(subject->crt, subject->key);
    return rc;
}

static void gw_subject_end(struct gw_subject *subject)
{
    gnutls_x509_crt_deinit(subject->crt);
    gnutls_x509_privkey_deinit(subject->key);
}

static int gw_subject_key_id(gnutls_x509_crt_t from, gnutls_x509_crt_t to, bool authority)
{
    unsigned char id[64];
    size_t size = sizeof(id);
    int rc = gnutls_x509_crt_get_key_id(from, 0, id, &size);

    if (rc != 0)
        return rc;
    return authority ? gnutls_x509_crt_set_authority_key_id(to, id, size)
                     : gnutls_x509_crt_set_subject_key_id(to, id, size);
}

static int gw_subject_make_authority(struct gw_subject *ca)
{
    int rc = gw_subject_begin(ca, "gatewave-sim authority");

    if (rc == 0)
        rc = gnutls_x509_crt_set_basic_constraints(ca->crt, 1, 0);
    if (rc == 0)
        rc = gnutls_x509_crt_set_key_usage(ca->crt, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
    if (rc == 0)
        rc = gw_subject_key_id(ca->crt, ca->crt, false);
    return rc == 0 ? gnutls_x509_crt_sign2(ca->crt, ca->crt, ca->key, GNUTLS_DIG_SHA256, 0) : rc;
}

static int gw_subject_add_names(gnutls_x509_crt_t crt, const char *host)
{
    static const unsigned char v4[4] = {127, 0, 0, 1}, v6[16] = {[15] = 1};
    int rc;

    if (host)
        return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, host, (unsigned)strlen(host),
                                                    GNUTLS_FSAN_SET);
    rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, "localhost",
                                              (unsigned)strlen("localhost"), GNUTLS_FSAN_SET);
    if (rc == 0)
        rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, v4, sizeof(v4),
                                                  GNUTLS_FSAN_APPEND);
    if (rc == 0)
        rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, v6, sizeof(v6),
                                                  GNUTLS_FSAN_APPEND);
    return rc;
}

static int gw_subject_make_server(struct gw_subject *server, const struct gw_subject *ca, const char *host)
{
    int rc = gw_subject_begin(server, host ? host : "localhost");

    if (rc == 0)
        rc = gw_subject_add_names(server->crt, host);
    if (rc == 0)
        rc = gnutls_x509_crt_set_basic_constraints(server->crt, 0, -1);
    if (rc == 0)
        rc = gnutls_x509_crt_set_key_usage(server->crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
    if (rc == 0)
        rc = gnutls_x509_crt_set_key_purpose_oid(server->crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
    if (rc == 0)
        rc = gw_subject_key_id(server->crt, server->crt, false);
    if (rc == 0)
        rc = gw_subject_key_id(ca->crt, server->crt, true);
    return rc == 0 ? gnutls_x509_crt_sign2(server->crt, ca->crt, ca->key, GNUTLS_DIG_SHA256, 0) : rc;
}

static int gw_subject_export(const struct gw_subject *server, struct gw_certificate *ret)
{
    gnutls_datum_t chain = {0}, key = {0};
    int rc = gnutls_x509_crt_export2(server->crt, GNUTLS_X509_FMT_PEM, &chain);

    if (rc == 0)
        rc = gnutls_x509_privkey_export2_pkcs8(server->key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                               &key);
    if (rc == 0) {
        ret->chain = gw_mem_text((const char *)chain.data, chain.size);
        ret->key = gw_mem_text((const char *)key.data, key.size);
        gw_secret_wipe(key.data, key.size);
    }
    gnutls_free(chain.data);
    gnutls_free(key.data);
    return rc;
}

static enum gw_code gw_certificate_write_authority(const struct gw_subject *ca, const char *path,
                                                   struct gw_err *err)
{
    gnutls_datum_t pem = {0};
    FILE *file;
    bool bad;

    if (gnutls_x509_crt_export2(ca->crt, GNUTLS_X509_FMT_PEM, &pem) != 0)
        return gw_err_set(err, GW_ERR_INTERNAL, "the authority's certificate cannot be written as PEM");
    file = fopen(path, "we");
    bad = !file || fwrite(pem.data, 1, pem.size, file) != pem.size;
    bad = (file && fclose(file) != 0) || bad;
    gnutls_free(pem.data);
    return bad ? gw_err_set(err, GW_ERR_STORE, "%s: %s", path, strerror(errno)) : GW_OK;
}

enum gw_code gw_certificate_make(struct gw_certificate *certificate, const char *ca_path, const char *host,
                                 struct gw_err *err)
{
    struct gw_subject ca = {0}, server = {0};
    int rc = gw_subject_make_authority(&ca);
    enum gw_code code;

    if (rc == 0)
        rc = gw_subject_make_server(&server, &ca, host);
    if (rc == 0)
        rc = gw_subject_export(&server, certificate);
    code = rc == 0 ? gw_certificate_write_authority(&ca, ca_path, err)
                   : gw_err_set(err, GW_ERR_INTERNAL, "making a certificate: %s", gnutls_strerror(rc));
    gw_subject_end(&server);
    gw_subject_end(&ca);
    return code;
}

void gw_certificate_release(struct gw_certificate *certificate)
{
    if (certificate->key)
        gw_secret_wipe(certificate->key, strlen(certificate->key));
    free(certificate->key);
    free(certificate->chain);
    *certificate = (struct gw_certificate){0};
}
