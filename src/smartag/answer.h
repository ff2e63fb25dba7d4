#ifndef GATEWAVE_SRC_SMARTAG_ANSWER_H
#define GATEWAVE_SRC_SMARTAG_ANSWER_H
/* What calls and reads have in common: reply bytes in; an answer out, and the tree when it is a success. */
#include "gatewave/smartag/reply.h"

#include "tree.h"

/*
 * True when the answer is ACCEPTED: then ret_tree is the caller's to release. Else ret_answer says what it
 * is, and ret_tree is untouched.
 */
bool gw_answer_read(const struct gw_reply_bytes *reply, enum gw_format format, struct gw_tree *ret_tree,
                    struct gw_answer *ret_answer);
/* Turns an answer into one that is no answer to what was asked; request id, status and pause stay. */
void gw_answer_doubt(struct gw_answer *answer, enum gw_class class_, const char *code, const char *message);

#endif
