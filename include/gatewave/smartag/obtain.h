#ifndef GATEWAVE_SMARTAG_OBTAIN_H
#define GATEWAVE_SMARTAG_OBTAIN_H
/*
 * Carrying a plan out, step by step and without I/O: gw_obtain_next() says what is needed (an exchange, a file, a
 * program's output), gw_obtain_handle() takes what came of it, until gw_obtain_state() says how it ended. No text that
 * it makes for people holds a secret. Of all that STS can do, AssumeRole and AssumeRoleWithOIDC are the only requests
 * it can make.
 */
#include "gatewave/smartag/keyplan.h"

/* What holds for every role and every plan. Texts outlive the obtaining; "" for what was not said. */
struct gw_obtain_site {
    const char *sts_endpoint; /* for roles without one; "": sts[-vpc].REGION.aliyuncs.com, sts.aliyuncs.com */
    const char *sts_region;   /* for roles without one */
    bool sts_vpc;
    const char *metadata_url; /* "": http://100.100.100.200 */
    bool metadata_v2_only;
};

enum gw_obtain_kind {
    GW_OBTAIN_NONE = 0,
    GW_OBTAIN_HTTP,
    GW_OBTAIN_FILE,
    GW_OBTAIN_PROCESS,
};

enum gw_obtain_method {
    GW_OBTAIN_POST = 0,
    GW_OBTAIN_GET,
    GW_OBTAIN_PUT,
};

#define GW_OBTAIN_HEADERS_MAX 6
#define GW_OBTAIN_BYTES_MAX   (64 * 1024) /* of a reply, a file, an output */
#define GW_OBTAIN_PROCESS_MS  60000

/* Valid until the next gw_obtain_handle(). It may hold secrets: it is for the one that it is addressed to. */
struct gw_obtain_need {
    enum gw_obtain_kind kind;
    /* HTTP */
    enum gw_obtain_method method;
    bool metadata;      /* of the metadata service: within a second, or nobody is there */
    const char *url;    /* scheme://host[:port] */
    const char *target; /* from its / */
    const char *header[GW_OBTAIN_HEADERS_MAX]; /* "Name: value" */
    size_t n_headers;
    const char *body;
    size_t body_len;
    /* FILE */
    const char *file;
    /* PROCESS: ended by NULL */
    const char *const *argv;
};

/* What came of it. */
struct gw_obtain_fact {
    const char *why;   /* NULL: it came; else a clause for people: "connection refused" */
    int status;        /* of the reply; what the program ended with */
    const char *bytes; /* body, file, output */
    size_t len;
    int64_t now_unix_ms; /* when it came */
};

enum gw_obtain_state {
    GW_OBTAIN_UNDER_WAY = 0,
    GW_OBTAIN_DONE,
    GW_OBTAIN_ABSENT,  /* failed: the metadata service has no role, or not the version that is asked for */
    GW_OBTAIN_SILENT,  /* failed: there is no metadata service, or it did not answer this time */
    GW_OBTAIN_PASSING, /* failed, and may succeed when it is tried again */
    GW_OBTAIN_LASTING, /* failed until somebody does something */
};

struct gw_obtained {
    struct gw_credential credential;
    int64_t expires_unix_ms; /* 0: it did not say, or never */
};

struct gw_obtain;

/* plan outlives it. */
struct gw_obtain *gw_obtain_new(const struct gw_keyplan *plan, const struct gw_obtain_site *site);
void gw_obtain_free(struct gw_obtain *obtain);
/* The next step; false while one is under way, and at the end. nonce is 32 hex digits that were never used before. */
bool gw_obtain_next(struct gw_obtain *obtain, int64_t now_unix_ms, const char *nonce,
                    struct gw_obtain_need *ret);
/* What came of the step that gw_obtain_next() told last. */
void gw_obtain_handle(struct gw_obtain *obtain, const struct gw_obtain_fact *fact);
enum gw_obtain_state gw_obtain_state(const struct gw_obtain *obtain);
/* Moves the key out; DONE only, once. */
void gw_obtain_take(struct gw_obtain *obtain, struct gw_obtained *ret);
/* One sentence without a full stop; "" unless it failed. */
const char *gw_obtain_failure(const struct gw_obtain *obtain);

#endif
