/* What libcurl and OpenSSL say of a handshake, as causes: whose fault it was, and that nothing was sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "gatewave/base/text.h"

#include "http-local.h"

static void check(CURLcode code, const char *error, enum gw_http_cause cause)
{
    struct gw_http http = {.proxy = ""};
    struct gw_http_slot slot = {.http = &http, .easy = curl_easy_init()};
    struct gw_http_result result;

    assert_true(gw_text_copy(slot.error, sizeof(slot.error), error));
    gw_http_judge(&slot, code, &result);
    assert_string_equal(gw_http_cause_name(result.cause), gw_http_cause_name(cause));
    assert_int_equal(result.end, GW_HTTP_NEVER_SENT);
    assert_string_equal(result.detail, error);
    curl_easy_cleanup(slot.easy);
}

static void check_openssl(int lib, int reason, enum gw_http_cause cause)
{
    char error[256];

    ERR_error_string_n(ERR_PACK(lib, 0, reason), error, sizeof(error));
    check(CURLE_SSL_CONNECT_ERROR, error, cause);
}

static void check_chain(int error, enum gw_http_cause cause)
{
    char said[256];

    (void)snprintf(said, sizeof(said), "SSL certificate problem: %s", X509_verify_cert_error_string(error));
    check(CURLE_PEER_FAILED_VERIFICATION, said, cause);
}

static void a_certificate_that_is_no_good_is_the_peers(void **state)
{
    (void)state;
    check_openssl(ERR_LIB_ASN1, ERR_R_NESTED_ASN1_ERROR, GW_HTTP_CAUSE_CERTIFICATE);
    check_openssl(ERR_LIB_RSA, ERR_R_PASSED_INVALID_ARGUMENT, GW_HTTP_CAUSE_CERTIFICATE);
    check_openssl(ERR_LIB_SSL, ERR_R_INTERNAL_ERROR, GW_HTTP_CAUSE_TLS);
    check_chain(X509_V_ERR_CERT_HAS_EXPIRED, GW_HTTP_CAUSE_CERTIFICATE);
}

static void a_handshake_that_our_memory_did_not_last_for_is_not(void **state)
{
    static const int lib[] = {ERR_LIB_ASN1, ERR_LIB_X509, ERR_LIB_EVP, ERR_LIB_RSA, ERR_LIB_BN, ERR_LIB_SSL};

    (void)state;
    for (size_t i = 0; i < sizeof(lib) / sizeof(lib[0]); i++)
        check_openssl(lib[i], ERR_R_MALLOC_FAILURE, GW_HTTP_CAUSE_LOCAL);
    check_chain(X509_V_ERR_OUT_OF_MEM, GW_HTTP_CAUSE_LOCAL);
}

static void a_name_is_no_excuse(void **state)
{
    (void)state;
    check(CURLE_PEER_FAILED_VERIFICATION,
          "SSL: certificate subject name ': out of memory' does not match target host name '127.0.0.1'",
          GW_HTTP_CAUSE_CERTIFICATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_that_is_no_good_is_the_peers),
        cmocka_unit_test(a_handshake_that_our_memory_did_not_last_for_is_not),
        cmocka_unit_test(a_name_is_no_excuse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
