#ifndef GATEWAVE_SRC_SMARTAG_OBTAINED_H
#define GATEWAVE_SRC_SMARTAG_OBTAINED_H
/* Reading a key out of what somebody answered: strict, and bounded by what a key can be. */
#include "gatewave/smartag/obtain.h"

/* NULL, or a clause that says what is wrong with the answer; ret is written on success only. */
typedef const char *gw_obtained_read(const char *bytes, size_t len, struct gw_obtained *ret);

/* STS: {"Credentials":{...}}. */
const char *gw_obtained_sts(const char *bytes, size_t len, struct gw_obtained *ret);
/* The metadata service and a credentials URI: {"Code":"Success",...}; a Code is not needed of the second. */
const char *gw_obtained_service(const char *bytes, size_t len, struct gw_obtained *ret);
/* A program: {"mode":"AK",...} or StsToken. */
const char *gw_obtained_process(const char *bytes, size_t len, struct gw_obtained *ret);
/* The Code of a refusal, checked to be one: "" when there is none. */
void gw_obtained_code(const char *bytes, size_t len, char *ret, size_t size);

void gw_obtained_release(struct gw_obtained *key);

#endif
