#ifndef GATEWAVE_SRC_SIMSERVER_METADATA_H
#define GATEWAVE_SRC_SIMSERVER_METADATA_H
/*
 * What a machine in the cloud hears at 100.100.100.200: which role it has, and keys for that role; and beside
 * it the other place that hands out keys for the asking, a credentials URI. Pure, as the office behind it is.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/rng.h"
#include "sts.h"
#include "wire.h"

#define GW_METADATA_TOKENS_MAX 64 /* of sessions; past it the oldest is forgotten */
#define GW_METADATA_TOKEN_SIZE 40

/* Zeroed, but for sts: a machine with no role. */
struct gw_metadata {
    struct gw_sts *sts;
    char *role, *account; /* NULL: it has none */
    bool v2_only;         /* nothing is told without a session's token */
    struct {
        char text[GW_METADATA_TOKEN_SIZE];
        uint64_t expires_ms;
    } token[GW_METADATA_TOKENS_MAX];
    uint32_t n_tokens; /* that there ever were */
};

/* NAME@ACCOUNT. NULL, or what is wrong as a static phrase. */
const char *gw_metadata_set_role(struct gw_metadata *metadata, const char *text);
void gw_metadata_release(struct gw_metadata *metadata);

struct gw_metadata_reply {
    int http_status;
    const char *action; /* for the ledger: MetadataToken, MetadataRole, MetadataCredentials, CredentialsURI */
    const char *code;   /* NULL: success */
    const char *content_type;
    struct gw_sts_grant grant; /* its id is empty: none was given out */
    struct gw_buf body;
};

/* ret->body is initialised here; the caller releases it. */
void gw_metadata_answer(struct gw_metadata *metadata, const struct gw_wire *wire, uint64_t now_ms,
                        struct gw_rng *rng, struct gw_metadata_reply *ret);

#endif
