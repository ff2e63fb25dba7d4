/* Records into sentences: what stopped the run with what the vendor's code asks for, verdicts, answers to orders. */
#include "sentence.h"

#include <stdio.h>

#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/smartag/code.h"

#include "evidence.h"
#include "rollout/ordered.h"

/* The core's sentence, then what the vendor's code means and asks for. */
static void gw_sentence_code(struct gw_record *record, int64_t skew_ms)
{
    const struct gw_code_entry *entry = gw_code_find(record->answer.code);
    char sentence[GW_REASON_MAX], skew[80] = "";

    if (record->answer.class_ == GW_CLASS_CLOCK)
        (void)snprintf(skew, sizeof(skew), " (the cloud's clock is %+lld s from ours)",
                       (long long)(skew_ms / 1000));
    if (entry)
        (void)snprintf(sentence, sizeof(sentence), "%s: %s%s: %s; %s", record->reason, record->answer.code,
                       skew, entry->meaning, entry->advice);
    else
        (void)snprintf(sentence, sizeof(sentence), "%s: %s%s: %s", record->reason, record->answer.code, skew,
                       record->answer.message);
    (void)gw_text_copy(record->reason, sizeof(record->reason), sentence);
}

/* What a verdict has stopped rests on what the verdict rests on. */
static void gw_sentence_phase(struct gw_sentences *sentences, struct gw_record *record,
                              const struct gw_rollout *rollout, int64_t skew_ms)
{
    enum gw_stop stop = gw_rollout_stopped(rollout);
    char sentence[GW_REASON_MAX], when[GW_WHEN_TEXT_SIZE];

    if (record->answer.code[0]) {
        gw_sentence_code(record, skew_ms);
    } else if (record->phase == GW_PHASE_WAITING &&
               (stop == GW_STOP_GATE || stop == GW_STOP_HOLD || stop == GW_STOP_APPROVAL)) {
        (void)snprintf(sentence, sizeof(sentence), "%s: %s", record->reason, sentences->evidence);
        (void)gw_text_copy(record->reason, sizeof(record->reason), sentence);
    } else if (record->phase == GW_PHASE_WAITING && stop == GW_STOP_WINDOW &&
               gw_rollout_opens_unix_ms(rollout) > 0) {
        gw_when_text(gw_rollout_opens_unix_ms(rollout), when);
        (void)snprintf(sentence, sizeof(sentence), "%s, at %s", record->reason, when);
        (void)gw_text_copy(record->reason, sizeof(record->reason), sentence);
    }
    /* Why it stopped is still to be told when it ended all the same. */
    if (record->phase != GW_PHASE_FINISHED)
        (void)gw_text_copy(sentences->stopped, sizeof(sentences->stopped), record->reason);
}

static void gw_sentence_verdict(struct gw_sentences *sentences, struct gw_record *record)
{
    const char *model = record->model == GW_NO_MODEL ? "" : sentences->model->name[record->model];

    gw_evidence_text(record, sentences->wave->name[record->wave], model,
                     record->wave + 1 < sentences->wave->n, record->reason, sizeof(record->reason));
    (void)gw_text_copy(sentences->evidence, sizeof(sentences->evidence), record->reason);
}

void gw_sentence_fill(struct gw_sentences *sentences, struct gw_record *record,
                      const struct gw_rollout *rollout, int64_t skew_ms)
{
    switch (record->kind) {
    case GW_RECORD_PHASE:
        gw_sentence_phase(sentences, record, rollout, skew_ms);
        break;
    case GW_RECORD_VERDICT:
        gw_sentence_verdict(sentences, record);
        break;
    case GW_RECORD_ORDER:
        gw_ordered_text(&record->said, sentences->wave, record->reason, sizeof(record->reason));
        break;
    default:
        break;
    }
}
