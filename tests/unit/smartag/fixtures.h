#ifndef TESTS_SMARTAG_FIXTURES_H
#define TESTS_SMARTAG_FIXTURES_H
/* Known answers, and replies in one line. */
#include "gatewave/smartag/reply.h"

struct cJSON;

/* A file of tests/fixtures/smartag, parsed; fails the test when it is not there. */
struct cJSON *fixture_read(const char *name);
/* A text member; fails the test when it is missing. */
const char *fixture_text(const struct cJSON *object, const char *name);

/* A reply with no headers but its content type. */
struct gw_reply_bytes fixture_reply(int status, const char *content_type, const char *body);

#endif
