#ifndef GATEWAVE_TESTS_FUZZ_H
#define GATEWAVE_TESTS_FUZZ_H
/*
 * What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput, which is all of its interface; it
 * links the production libraries and says with GW_CHECK what must hold of whatever they made of the bytes. Under
 * libFuzzer (tests/fuzz/run) the bytes are new ones, in tests/run those of tests/fuzz/corpus (replay.c).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes as decisions, one after the other: zeros when there are no more. */
struct fuzz_bytes {
    const uint8_t *at;
    size_t left;
};

uint8_t fuzz_byte(struct fuzz_bytes *bytes);
/* The bytes up to a NUL, which is taken and left out, or to the end. */
struct fuzz_bytes fuzz_text(struct fuzz_bytes *bytes);

/* The text is UTF-8 without NUL, and of at most that many bytes. */
void fuzz_check_text(const char *text, size_t len, size_t max);
/* A line for a person: not empty, nothing in it that a terminal would act on. */
void fuzz_check_said(const char *text);
/*
 * A report of problems in a file called "f" that has these bytes: every line is "f:LINE:COLUMN: REASON" with a place in
 * the file, or a quotation, indented, of a line of it; the last may say how many more there are.
 */
void fuzz_check_report(const struct gw_buf *report, const void *bytes, size_t len);

#endif
