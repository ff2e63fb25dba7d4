/* The code book against a list of its own, written down from the vendor's pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/smartag/code.h"

#define R GW_PROOF_REFUSED
#define D GW_PROOF_IN_DOUBT
#define N GW_PROOF_NEVER_SENT
#define O GW_PROOF_NONE

struct want {
    const char *code;
    enum gw_proof proof;
    enum gw_class class_;
};

/* The call's own codes and its siblings'. */
static const struct want product[] = {
    {"SmartAccessGatewayNotOnline", R, GW_CLASS_OFFLINE},
    {"GetSmartAccessGatewayStateError", R, GW_CLASS_TRANSIENT},
    {"GetSmartAccessGatewayVersionError", R, GW_CLASS_TRANSIENT},
    {"VersionTooOld", R, GW_CLASS_READ_BACK},
    {"InvalidId.SMARTAG", R, GW_CLASS_NOT_FOUND},
    {"NotBoundCCN", R, GW_CLASS_PERMANENT},
    {"Forbidden", R, GW_CLASS_IDENTITY},
    {"PermissionError", R, GW_CLASS_IDENTITY},
    {"SmartAccessGatewayInArrears", R, GW_CLASS_PERMANENT},
    {"SmartAccessGatewayNotActivated", R, GW_CLASS_PERMANENT},
    {"InternalError", D, GW_CLASS_TRANSIENT},
    {"MissingParameter", R, GW_CLASS_PLAN},
    {"InvalidParameter", R, GW_CLASS_PLAN},
    {"SmartAccessGatewayOffline", R, GW_CLASS_OFFLINE},
    {"ConfigUnsynchronized", R, GW_CLASS_PERMANENT},
    {"FeatureNotSupport", R, GW_CLASS_PERMANENT},
    {"FeatureNotSupportForActiveSmartAG", R, GW_CLASS_PERMANENT},
    {"FeatureNotSupportForStandBySmartAG", R, GW_CLASS_PERMANENT},
    {"SAG.InstanceNoFound", R, GW_CLASS_NOT_FOUND},
    {"InstanceNotExit", R, GW_CLASS_NOT_FOUND},
    {"InvalidSmartAGId.NotFound", R, GW_CLASS_NOT_FOUND},
    {"Sag.DeviceNotExist", R, GW_CLASS_NOT_FOUND},
    {"SAG.InvalidSerialNumber", R, GW_CLASS_NOT_FOUND},
    {"SAG.InstanceIdEmpty", R, GW_CLASS_PLAN},
    {"InvalidRegionID", R, GW_CLASS_PLAN},
    {"SAG.SoftwareNotSupport", R, GW_CLASS_PERMANENT},
    {"SmartAccessGatewayNotBind", R, GW_CLASS_PERMANENT},
    {"IncorrectStatus", R, GW_CLASS_BUSY},
    {"VersionNotExist", R, GW_CLASS_PLAN},
    {"SmartAccessGatewayNotExist", R, GW_CLASS_NOT_FOUND},
    {"InnerServiceFailed", D, GW_CLASS_TRANSIENT},
    {"ResourceInOperating", R, GW_CLASS_BUSY},
    {"ResourceConfiguring", R, GW_CLASS_BUSY},
    {"ConfigSynchronizing", R, GW_CLASS_BUSY},
    {"Forbidden.InstanceNotFound", R, GW_CLASS_NOT_FOUND},
    {"ActionUnauthorized", R, GW_CLASS_IDENTITY},
};

/* The vendor's common gateway. */
static const struct want gateway[] = {
    {"Throttling", R, GW_CLASS_THROTTLED},
    {"Throttling.User", R, GW_CLASS_THROTTLED},
    {"Throttling.Api", R, GW_CLASS_THROTTLED},
    {"Rejected.Throttling", R, GW_CLASS_THROTTLED},
    {"ServiceUnavailable", D, GW_CLASS_TRANSIENT},
    {"InternalServerError", D, GW_CLASS_TRANSIENT},
    {"UnknownError", D, GW_CLASS_TRANSIENT},
    {"SignatureNonceUsed", D, GW_CLASS_TRANSIENT},
    {"InvalidTimeStamp.Expired", R, GW_CLASS_CLOCK},
    {"IllegalTimestamp", R, GW_CLASS_CLOCK},
    {"InvalidTimeStamp.Format", R, GW_CLASS_PLAN},
    {"InvalidSecurityToken.Expired", R, GW_CLASS_CREDENTIAL},
    {"InvalidSecurityToken.Malformed", R, GW_CLASS_CREDENTIAL},
    {"InvalidSecurityToken.MismatchWithAccessKey", R, GW_CLASS_CREDENTIAL},
    {"MissingSecurityToken", R, GW_CLASS_CREDENTIAL},
    {"SignatureDoesNotMatch", R, GW_CLASS_CREDENTIAL},
    {"IncompleteSignature", R, GW_CLASS_CREDENTIAL},
    {"InvalidSignatureMethod", R, GW_CLASS_CREDENTIAL},
    {"InvalidAccessKeyId.NotFound", R, GW_CLASS_CREDENTIAL},
    {"InvalidAccessKeyId.Inactive", R, GW_CLASS_CREDENTIAL},
    {"Forbidden.AccessKeyDisabled", R, GW_CLASS_CREDENTIAL},
    {"Forbidden.RAM", R, GW_CLASS_IDENTITY},
    {"NoPermission", R, GW_CLASS_IDENTITY},
    {"NoPermisson", R, GW_CLASS_IDENTITY},
    {"Forbidden.RiskControl", R, GW_CLASS_RISK},
    {"Forbidden.UserVerification", R, GW_CLASS_RISK},
    {"InsufficientBalance", R, GW_CLASS_RISK},
    {"InvalidParameter.Format", R, GW_CLASS_PLAN},
    {"InvalidParameter.Accept", R, GW_CLASS_PLAN},
    {"UnsupportedParameter", R, GW_CLASS_PLAN},
    {"UnsupportedHTTPMethod", R, GW_CLASS_PLAN},
    {"ContentLengthDoesNotMatch", R, GW_CLASS_PLAN},
    {"ContentMD5NotMatched", R, GW_CLASS_PLAN},
    {"InvalidAction", R, GW_CLASS_PLAN},
    {"InvalidAction.NotFound", R, GW_CLASS_PLAN},
    {"InvalidApi.NotFound", R, GW_CLASS_PLAN},
    {"InvalidProduct.NotFound", R, GW_CLASS_PLAN},
    {"NoSuchVersion", R, GW_CLASS_PLAN},
    {"InvalidRegion.NotFound", R, GW_CLASS_PLAN},
    {"InvalidProtocol.NeedSsl", R, GW_CLASS_PLAN},
    {"IdempotentParameterMismatch", R, GW_CLASS_PERMANENT},
};

static const struct want own[] = {
    {"timeout", D, GW_CLASS_TRANSIENT},
    {"reset", D, GW_CLASS_TRANSIENT},
    {"stall", D, GW_CLASS_TRANSIENT},
    {"resend", D, GW_CLASS_TRANSIENT},
    {"canceled", D, GW_CLASS_TRANSIENT},
    {"garbage", D, GW_CLASS_UNKNOWN},
    {"truncated", D, GW_CLASS_UNKNOWN},
    {"bad_reply", D, GW_CLASS_UNKNOWN},
    {"too_large", D, GW_CLASS_UNKNOWN},
    {"encoded", D, GW_CLASS_UNKNOWN},
    {"foreign_page", D, GW_CLASS_UNTRUSTED},
    {"redirect", D, GW_CLASS_UNTRUSTED},
    {"resolve", N, GW_CLASS_ENDPOINT},
    {"clock", O, GW_CLASS_CLOCK},
    {"connect", N, GW_CLASS_ENDPOINT},
    {"tls", N, GW_CLASS_ENDPOINT},
    {"proxy", N, GW_CLASS_ENDPOINT},
    {"local", N, GW_CLASS_ENDPOINT},
    {"certificate", N, GW_CLASS_UNTRUSTED},
    {"interrupted", D, GW_CLASS_TRANSIENT},
    {"withdrawn", N, GW_CLASS_NONE},
    {"signing", N, GW_CLASS_CREDENTIAL},
    {"unreadable", O, GW_CLASS_NONE},
    {"stuck", O, GW_CLASS_NONE},
    {"unproven", O, GW_CLASS_NONE},
    {"offline", O, GW_CLASS_NONE},
    {"not_found", O, GW_CLASS_NONE},
    {"mate", O, GW_CLASS_NONE},
    {"ambiguous", O, GW_CLASS_NONE},
    {"unsuitable", O, GW_CLASS_NONE},
    {"attempts", O, GW_CLASS_NONE},
    {"no_effect", O, GW_CLASS_NONE},
    {"no_key", N, GW_CLASS_RENEWING},
    {"foreign_version", O, GW_CLASS_NONE},
    {"newer", O, GW_CLASS_NONE},
    {"accepted_only", O, GW_CLASS_NONE},
    {"at_version", O, GW_CLASS_NONE},
};

static void check(const struct want *wants, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct gw_code_entry *row = gw_code_find(wants[i].code);

        if (!row || strcmp(row->code, wants[i].code) != 0)
            fail_msg("no row %s", wants[i].code);
        if (row->proof != wants[i].proof || row->class_ != wants[i].class_)
            fail_msg("%s: proof %d class %d", row->code, row->proof, row->class_);
    }
}

static void test_every_documented_code(void **state)
{
    (void)state;
    check(product, sizeof(product) / sizeof(product[0]));
    check(gateway, sizeof(gateway) / sizeof(gateway[0]));
    check(own, sizeof(own) / sizeof(own[0]));
}

static void test_order_and_texts(void **state)
{
    unsigned n;
    const struct gw_code_entry *book = gw_code_book(&n);

    (void)state;
    assert_in_range(n, 100, 150);
    for (unsigned i = 0; i < n; i++) {
        const struct gw_code_entry *row = &book[i];

        if (i > 0)
            assert_true(strcmp(book[i - 1].code, row->code) < 0);
        assert_in_range(strlen(row->code), 1, GW_CODE_MAX - 1);
        assert_in_range(strlen(row->meaning), 8, 100);
        assert_in_range(strlen(row->advice), 8, 120);
        assert_int_not_equal(row->meaning[strlen(row->meaning) - 1], '.');
        assert_int_not_equal(row->advice[strlen(row->advice) - 1], '.');
        /* only our own words may prove anything but a refusal or a doubt */
        if (row->code[0] < 'a')
            assert_true(row->proof == GW_PROOF_REFUSED || row->proof == GW_PROOF_IN_DOUBT);
        else
            assert_int_not_equal(row->proof, GW_PROOF_REFUSED);
        assert_int_not_equal(row->proof, GW_PROOF_ACCEPTED);
    }
}

static void test_rows_resolve_to_themselves(void **state)
{
    unsigned n;
    const struct gw_code_entry *book = gw_code_book(&n);

    (void)state;
    for (unsigned i = 0; i < n; i++)
        assert_ptr_equal(gw_code_find(book[i].code), &book[i]);
}

static void assert_resolves(const char *code, const char *row_code)
{
    const struct gw_code_entry *row = gw_code_find(code);

    if (!row)
        fail_msg("%s resolves to nothing", code);
    assert_string_equal(row->code, row_code);
}

static void test_resolution(void **state)
{
    (void)state;
    /* the longest known prefix at a dot */
    assert_resolves("Forbidden.RAM.Policy.Deny", "Forbidden.RAM");
    assert_resolves("Forbidden.NobodyKnows", "Forbidden");
    assert_resolves("InvalidParameter.VersionCode", "InvalidParameter");
    assert_resolves("ServiceUnavailable.Region", "ServiceUnavailable");
    assert_resolves("InvalidAccessKeyId.Sealed", "InvalidAccessKeyId");
    /* a throttle wherever the word stands, also behind a known prefix */
    assert_resolves("Throttling.NobodyKnows", "Throttling");
    assert_resolves("Forbidden.Throttling", "Throttling");
    assert_resolves("ServiceUnavailable.ApiThrottling.X", "Throttling");
    assert_resolves("Throttling.User.Sub", "Throttling");
    /* families that the vendor names by pattern */
    assert_resolves("MissingSmartAGId", "MissingParameter");
    assert_resolves("MissingSmartAGId.Sub", "MissingParameter");
    assert_resolves("InvalidVersionCode", "InvalidParameter");
    assert_resolves("InvalidVersionCode.Malformed", "InvalidParameter");
    assert_resolves("FeatureNotSupportForDpi", "FeatureNotSupport");
    assert_resolves("SagInArrears", "SmartAccessGatewayInArrears");
    assert_resolves("SagNotActivated", "SmartAccessGatewayNotActivated");
    assert_resolves("MissingSecurityTokenHeader", "InvalidSecurityToken");
    assert_resolves("InvalidSecurityToken.NobodyKnows", "InvalidSecurityToken");
}

static void test_unknown(void **state)
{
    static const char *const unknown[] = {
        "",
        ".",
        "..",
        "NobodyKnows",
        "forbidden",
        "ForbiddenX",
        "Forbidde",
        "VersionTooOld2",
        "SAG",
        "SAG.NobodyKnows",
        "500",
        "INTERNALERROR",
        "throttling",
        " Forbidden",
        "NotInvalidId",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        assert_null(gw_code_find(unknown[i]));
}

/* Another key may help against these, and against nothing else. */
static void test_what_a_newer_key_may_mend(void **state)
{
    (void)state;
    assert_true(gw_code_blames_key("InvalidSecurityToken.Expired"));
    assert_true(gw_code_blames_key("InvalidAccessKeyId.NotFound"));
    assert_false(gw_code_blames_key("SignatureDoesNotMatch"));
    assert_false(gw_code_blames_key(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_documented_code),
        cmocka_unit_test(test_order_and_texts),
        cmocka_unit_test(test_rows_resolve_to_themselves),
        cmocka_unit_test(test_resolution),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_what_a_newer_key_may_mend),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
