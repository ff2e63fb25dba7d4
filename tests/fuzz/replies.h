#ifndef GATEWAVE_TESTS_FUZZ_REPLIES_H
#define GATEWAVE_TESTS_FUZZ_REPLIES_H
/* The vendor's replies in either format: what must hold of whatever is read of them. */
#include "gatewave/core/answer.h"
#include "gatewave/smartag/reply.h"

/* The answer's own laws: what is proven is said by a word, and foreign text fits and is text. */
void fuzz_check_answer(const struct gw_reply_bytes *reply, const struct gw_answer *answer);
/*
 * Reads the body of a success and of a refusal as the reply to a call, to the list call and to the one for a gateway;
 * one that is cut is no success.
 */
void fuzz_reply(const uint8_t *data, size_t size, enum gw_format format);

#endif
