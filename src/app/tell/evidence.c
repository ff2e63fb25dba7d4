/*
 * Verdicts in words. A chart runs over the whole rollout, so a sentence about one says how far it had come; a wave's end is
 * judged by the wave alone. What must stay true: every number comes from the record, for the sentence is kept as evidence.
 */
#include "evidence.h"

#include <inttypes.h>
#include <stdio.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/text.h"

void gw_share_text(uint64_t part, uint64_t whole, char ret[GW_SHARE_TEXT_SIZE])
{
    uint64_t permille = whole ? (part * 1000 + whole / 2) / whole : 0;

    /* Some are never told as none, nor most as all. */
    if (part == 0 || part == whole)
        (void)snprintf(ret, GW_SHARE_TEXT_SIZE, "%d %%", part ? 100 : 0);
    else if (permille == 0)
        (void)snprintf(ret, GW_SHARE_TEXT_SIZE, "under 0.1 %%");
    else if (permille < 10)
        (void)snprintf(ret, GW_SHARE_TEXT_SIZE, "0.%" PRIu64 " %%", permille);
    else if (permille >= 995)
        (void)snprintf(ret, GW_SHARE_TEXT_SIZE, "over 99 %%");
    else
        (void)snprintf(ret, GW_SHARE_TEXT_SIZE, "%" PRIu64 " %%", (permille + 5) / 10);
}

/* What tripped, and what that means. */
static const char *gw_evidence_trip(enum gw_trip trip)
{
    switch (trip) {
    case GW_TRIP_CHART:
        return ": that is a bad version's share rather than the normal one";
    case GW_TRIP_FAILED:
        return ": more than max_failed lets pass";
    case GW_TRIP_SHARE:
        return ": a larger share than max_failed_share lets pass";
    case GW_TRIP_NONE:
        break;
    }
    return "";
}

static void gw_evidence_failed(struct gw_buf *buf, uint32_t failed, uint32_t of, const char *of_what,
                               const char *wave_name, const char *model_name)
{
    char share[GW_SHARE_TEXT_SIZE];

    gw_share_text(failed, of, share);
    gw_buf_addf(buf, "%" PRIu32 " of %" PRIu32 " devices", failed, of);
    if (model_name[0])
        gw_buf_addf(buf, " of model %s", model_name);
    gw_buf_addf(buf, " %s up to wave %s failed (%s)", of_what, wave_name, share);
}

static void gw_evidence_abort(struct gw_buf *buf, const struct gw_record *verdict, const char *wave_name,
                              const char *model_name)
{
    const struct gw_chart *chart = &verdict->chart;

    gw_evidence_failed(buf, chart->failed, chart->judged, "judged", wave_name, model_name);
    gw_buf_add_text(buf, gw_evidence_trip(chart->trip));
}

/* Only what took the call speaks of the version. */
static void gw_evidence_doubt(struct gw_buf *buf, const struct gw_record *verdict, const char *wave_name,
                              const char *model_name)
{
    const struct gw_chart *chart = &verdict->chart;

    gw_evidence_failed(buf, chart->failed - chart->refused, chart->judged - chart->refused, "upgraded",
                       wave_name, model_name);
    gw_buf_add_text(buf, ", which a version no worse than usual hardly does");
}

/* How many of the wave got there: the first half of what is said at a wave's end. */
static void gw_evidence_wave(struct gw_buf *buf, const struct gw_record *verdict, const char *wave_name)
{
    uint32_t missing = verdict->of - verdict->succeeded;

    if (verdict->of == 0)
        gw_buf_addf(buf, "no device of wave %s has an outcome to go by", wave_name);
    else if (verdict->succeeded == 0)
        gw_buf_addf(buf, "none of %" PRIu32 " in wave %s is at the version", verdict->of, wave_name);
    else if (missing == 0 && verdict->of == 1)
        gw_buf_addf(buf, "the only device of wave %s is at the version", wave_name);
    else if (missing == 0)
        gw_buf_addf(buf, "all %" PRIu32 " of wave %s are at the version", verdict->of, wave_name);
    else
        gw_buf_addf(
            buf, "%" PRIu32 " of %" PRIu32 " in wave %s %s at the version, %" PRIu32 " did not get there",
            verdict->succeeded, verdict->of, wave_name, verdict->succeeded == 1 ? "is" : "are", missing);
}

void gw_evidence_text(const struct gw_record *verdict, const char *wave_name, const char *model_name,
                      bool next_wave_exists, char *ret, size_t size)
{
    struct gw_buf buf;
    const char *text;
    size_t len;

    gw_buf_init(&buf, 0);
    if (verdict->unverified)
        gw_buf_add_text(&buf, "verification is off, and an accepted call is no evidence; ");
    switch (verdict->verdict) {
    case GW_VERDICT_ABORT:
        gw_evidence_abort(&buf, verdict, wave_name, model_name);
        break;
    case GW_VERDICT_HOLD:
        if (verdict->doubted) {
            gw_evidence_doubt(&buf, verdict, wave_name, model_name);
            break;
        }
        gw_evidence_wave(&buf, verdict, wave_name);
        gw_buf_add_text(&buf, next_wave_exists ? ": too little to go on without a person"
                                               : ": too little to call it done without a person");
        break;
    case GW_VERDICT_PROMOTE:
        gw_evidence_wave(&buf, verdict, wave_name);
        if (verdict->succeeded < verdict->of && next_wave_exists)
            gw_buf_add_text(&buf, ": enough for the next wave");
        break;
    case GW_VERDICT_NONE:
        break;
    }
    text = gw_buf_text(&buf);
    len = buf.len < size ? buf.len : size - 1;
    (void)gw_text_copy_n(ret, size, text, len == buf.len ? len : gw_text_utf8_prefix(text, len));
    gw_buf_release(&buf);
}
