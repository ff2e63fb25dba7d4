#ifndef GATEWAVE_SRC_SIMSERVER_STS_H
#define GATEWAVE_SRC_SIMSERVER_STS_H
/*
 * The office that gives out keys for a while: to those who assume a role, to those with a token of somebody
 * who vouches for them, and, by the metadata server, to the machine itself. What it gives out goes to the
 * keyring, and ends by the cloud's clock. Pure: no socket, no clock; whoever has threads holds the keyring
 * alone while it is asked.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/rng.h"
#include "gatewave/base/secret.h"
#include "keyring.h"

#define GW_STS_API_VERSION "2015-04-01"

#define GW_STS_ROLES_MAX  32
#define GW_STS_TOKENS_MAX 16

/* A role, and whose the keys are that are given out for it. */
struct gw_sts_role {
    char *arn;
    char *external_id; /* NULL: none is asked for */
    char *account;
    char *trusts; /* the only account whose keys may assume it; NULL: any */
};

/* A text that an identity provider is said to have signed, and whose the keys are that it brings. */
struct gw_sts_token {
    struct gw_secret text;
    char *account;
};

/* Zeroed, but for keys: knows nobody, and gives keys for as long as was asked for. */
struct gw_sts {
    struct gw_keyring *keys;
    struct gw_sts_role role[GW_STS_ROLES_MAX];
    size_t n_roles;
    struct gw_sts_token token[GW_STS_TOKENS_MAX];
    size_t n_tokens;
    uint64_t life_ms;                   /* of each key; 0: as long as was asked for */
    uint64_t garbage;                   /* so many answers to come are garbage */
    uint64_t down_from_ms, down_for_ms; /* 503 from then on, for so long; by the cloud's clock */
};

/* ARN[,EXTERNAL_ID]@ACCOUNT[:TRUSTED]. NULL, or what is wrong as a static phrase. */
const char *gw_sts_add_role(struct gw_sts *sts, const char *text);
/* TOKEN@ACCOUNT. NULL, or what is wrong as a static phrase. */
const char *gw_sts_add_token(struct gw_sts *sts, const char *text);
void gw_sts_release(struct gw_sts *sts);
/* NULL when there is no such role. */
const struct gw_sts_role *gw_sts_role(const struct gw_sts *sts, const char *arn);

enum gw_sts_weather {
    GW_STS_FAIR = 1,
    GW_STS_DOWN,
    GW_STS_GARBAGE
};
/* How the office is when somebody comes; takes one of the answers that are to be garbage. */
enum gw_sts_weather gw_sts_visit(struct gw_sts *sts, uint64_t now_ms);
/* Something that is no answer; nth tells which. */
const char *gw_sts_garbage(uint64_t nth);

/* A key that was given out. */
struct gw_sts_grant {
    char id[40], secret[48], token[80];
    uint64_t expires_ms;
};
/* A new key of that account, good for life_ms unless the office has its own idea. False when the keyring is
 * full of good ones. */
bool gw_sts_issue(struct gw_sts *sts, const char *account, uint64_t life_ms, uint64_t now_ms,
                  struct gw_rng *rng, struct gw_sts_grant *ret);

#endif
