#ifndef GATEWAVE_SRC_APP_TELL_EVIDENCE_H
#define GATEWAVE_SRC_APP_TELL_EVIDENCE_H
/* What a verdict rests on, in words: the sentence that is stored with it and that people read ever after. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/core/record.h"

#define GW_SHARE_TEXT_SIZE 16

/*
 * One sentence, without a period, for a VERDICT record: from its verdict, chart, succeeded and of. model_name is that of the
 * chart that tripped, "" for the rollout's. Hard limits are named by their key in the rollout's file. Cut to size (GW_REASON_MAX
 * holds it all but for absurd names), never within a character; names are as they were given, not escaped.
 */
void gw_evidence_text(const struct gw_record *verdict, const char *wave_name, const char *model_name,
                      bool next_wave_exists, char *ret, size_t size);
/* Which part of a whole, rounded: "21 %", "0.4 %" below one percent, "under 0.1 %", "over 99 %"; "0 %" of nothing. */
void gw_share_text(uint64_t part, uint64_t whole, char ret[GW_SHARE_TEXT_SIZE]);

#endif
