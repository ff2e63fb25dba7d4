/*
 * A whole response as libcurl hands it over, line by line and then its body: what is believed tells its length once and
 * keeps to the limits; the headers that the program reads (Date, pauses, request id) end in numbers within theirs.
 */
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"

#include "cloud/skew.h"
#include "cloud/transport.h"
#include "fuzz.h"
#include "heard.h"
#include "replies.h"

/* Year 9999 has no more. */
#define DATE_MAX_MS INT64_C(253402300800000)

static void check_date(const char *date)
{
    char text[GW_WHEN_TEXT_SIZE];
    int64_t unix_ms, again_ms, skew_ms;

    if (!gw_when_parse_http(date, &unix_ms))
        return;
    GW_CHECK(unix_ms < DATE_MAX_MS && unix_ms % 1000 == 0);
    gw_when_text(unix_ms, text);
    GW_CHECK(gw_when_parse(text, &again_ms) && again_ms == unix_ms);
    skew_ms = gw_skew_ms(1000, 2000, unix_ms);
    GW_CHECK(skew_ms == 0 ? unix_ms >= 1000 && unix_ms <= 2000 : (skew_ms < 0) == (unix_ms < 1000));
}

static void check_believed(const struct gw_http_response *response, enum gw_http_cause cause)
{
    struct gw_http_result result = fuzz_heard(response, cause);
    struct gw_reply_bytes reply = gw_transport_reply(&result);
    struct gw_answer answer;

    GW_CHECK(response->status >= 200 && response->status <= 599);
    GW_CHECK((cause == GW_HTTP_CAUSE_REDIRECT) == (response->status >= 300 && response->status <= 399));
    GW_CHECK(response->chunked != response->sized || response->status == 204 || response->status == 304);
    GW_CHECK(response->n_lines <= GW_HTTP_HEADERS_MAX && response->header_bytes <= GW_HTTP_HEADER_MAX);
    check_date(result.date);
    for (enum gw_format format = GW_FORMAT_JSON; format <= GW_FORMAT_XML; format++) {
        gw_reply_judge_call(&reply, format, &answer);
        fuzz_check_answer(&reply, &answer);
        GW_CHECK(cause == GW_HTTP_CAUSE_NONE || answer.class_ == GW_CLASS_UNTRUSTED);
    }
}

static void check_refused(const struct gw_http_response *response, enum gw_http_cause cause)
{
    struct gw_http_result result = fuzz_heard(response, cause);
    struct gw_answer answer;

    fuzz_check_said(response->why);
    gw_transport_judge(&result, &answer);
    GW_CHECK(answer.proof == GW_PROOF_IN_DOUBT && answer.code[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gw_http_response response;
    enum gw_http_cause cause;

    gw_http_response_init(&response);
    gw_http_response_begin(&response);
    cause = fuzz_hear(&response, (const char *)data, size);
    if (cause == GW_HTTP_CAUSE_NONE || cause == GW_HTTP_CAUSE_REDIRECT)
        check_believed(&response, cause);
    else
        check_refused(&response, cause);
    gw_http_response_release(&response);
    return 0;
}
