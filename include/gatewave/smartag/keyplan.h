#ifndef GATEWAVE_SMARTAG_KEYPLAN_H
#define GATEWAVE_SMARTAG_KEYPLAN_H
/*
 * How a key comes to be, in one form for all of the vendor's modes: a base, then the roles that are assumed one after
 * the other, each with the key before it.
 *
 *   AK, StsToken, access_key      STATIC
 *   RamRoleArn, ram_role_arn      STATIC and a role
 *   ChainableRamRoleArn           the source profile's plan and a role
 *   EcsRamRole, ecs_ram_role      METADATA
 *   RamRoleArnWithRoleName        METADATA and a role
 *   OIDC                          OIDC
 *   CredentialsURI                URI
 *   External                      PROCESS
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/base/secret.h"

struct gw_credential {
    char key_id[128];
    struct gw_secret key_secret;
    struct gw_secret token; /* unset without STS */
};

void gw_credential_release(struct gw_credential *credential);

/* A role that is assumed. Texts are the heap's, NULL where nothing was said. */
struct gw_key_role {
    char *arn;     /* acs:ram::ACCOUNT:role/NAME */
    char *session; /* RoleSessionName */
    char *policy;  /* which narrows what the role may do */
    char *external_id;
    uint32_t duration_s; /* of the key's life; 0: an hour */
    char *sts_region, *sts_endpoint;
    bool sts_vpc;
};

enum gw_key_base {
    GW_KEY_BASE_NONE = 0,
    GW_KEY_BASE_STATIC,   /* a key that is written down */
    GW_KEY_BASE_OIDC,     /* AssumeRoleWithOIDC, with a token from a file that somebody else keeps fresh */
    GW_KEY_BASE_METADATA, /* the role of the ECS instance, from its metadata service: version 2, then 1 */
    GW_KEY_BASE_URI,      /* a local service that hands keys out */
    GW_KEY_BASE_PROCESS,  /* a program that prints a key */
};

#define GW_KEY_ROLES_MAX 8

struct gw_keyplan {
    char *source; /* for people: where the plan was found */
    enum gw_key_base base;
    struct gw_credential credential;       /* STATIC */
    struct gw_key_role oidc;               /* OIDC: the first role, which its token opens */
    char *oidc_provider, *oidc_token_file; /* OIDC */
    char *role_name;                       /* METADATA; NULL: whichever the instance has */
    struct gw_secret uri;                  /* URI: some hold a password of their own */
    struct gw_secret command;              /* PROCESS: likewise */
    size_t n_roles;
    struct gw_key_role role[GW_KEY_ROLES_MAX];
};

void gw_keyplan_release(struct gw_keyplan *plan);
/*
 * What can be known to be wrong before anything is asked: GW_ERR_CREDENTIALS with a sentence that begins with where and
 * holds no value of the plan. Fills in the defaults.
 */
enum gw_code gw_keyplan_check(struct gw_keyplan *plan, const char *where, struct gw_err *err);
/* True when asking again may bring another key. */
bool gw_keyplan_renews(const struct gw_keyplan *plan);
/* "profile prod of FILE: an access key, then the role acs:ram::1:role/x"; cut to size. */
void gw_keyplan_describe(const struct gw_keyplan *plan, char *ret, size_t size);

#endif
