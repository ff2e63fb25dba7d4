#ifndef GATEWAVE_SMARTAG_CODE_H
#define GATEWAVE_SMARTAG_CODE_H
/*
 * The code book: one row for every Code that the vendor documents for this product or its gateway, and for our own
 * words (small letters) for transport ends and outcomes. A code without a row of its own is resolved by its longest
 * known prefix that ends at a dot, then by the families that the vendor names by pattern (Missing{Name}, Invalid...,
 * FeatureNotSupport..., ...InArrears, ...NotActivated, ...SecurityToken...); one that contains Throttling is a
 * throttle before all of that.
 */
#include <stdbool.h>

#include "gatewave/core/answer.h"

struct gw_code_entry {
    const char *code;
    enum gw_proof proof;  /* of an upgrade call; vendor's: REFUSED or IN_DOUBT, outcome words: NONE */
    enum gw_class class_; /* what it asks for */
    const char *meaning;  /* one clause, no full stop */
    const char *advice;   /* what a person does about it, imperative */
};

/* NULL for a code that nobody has seen yet: in doubt for a call. */
const struct gw_code_entry *gw_code_find(const char *code);
/* True for a refusal that another key may mend: a token that has ended, a key that is not known. */
bool gw_code_blames_key(const char *code);
/* Every row, for documentation and tests; *ret_n rows. */
const struct gw_code_entry *gw_code_book(unsigned *ret_n);

#endif
