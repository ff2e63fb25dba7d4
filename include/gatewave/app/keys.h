#ifndef GATEWAVE_APP_KEYS_H
#define GATEWAVE_APP_KEYS_H
/*
 * The keys of all accounts, obtained on the loop and kept fresh there: once for everybody who signs with them, ahead of
 * their end, and with the old ones in use for as long as they are valid. Accounts with the same profile share one key.
 * Whoever signs asks for the signer each time and keeps none: it is freed when a newer key comes, which is only ever
 * from the loop, never inside one of the calls below.
 *
 * A call or read that the cloud refuses because of its key is gw_keys_refused(): when that says true it costs nothing
 * and is tried again; while gw_keys_signer() says NULL there is nothing to sign with, and asking again is free.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/base/secret.h"
#include "gatewave/conf/spec.h"
#include "gatewave/net/loop.h"
#include "gatewave/smartag/request.h"

struct gw_keys;

/*
 * What the environment had of secrets: taken out of it by whoever looks first, and kept for who looks again, because one
 * command may have several jobs. Zeroed to begin with.
 */
struct gw_taken {
    struct gw_secret key_secret, token;
};

void gw_taken_release(struct gw_taken *taken);

/*
 * Finds out where each account's key comes from (files and environment are read here, nothing is asked over a network).
 * profile is the command line's, NULL when it was not said; it is refused where the configuration has accounts, which
 * have profiles of their own. An account that has none fails when its key is to be obtained, and leaves the others alone;
 * NULL and GW_ERR_CREDENTIALS, naming the first, when all are like that. The configuration must outlive the keys.
 */
struct gw_keys *gw_keys_new(struct gw_loop *loop, const struct gw_config *config, struct gw_taken *taken,
                            const char *profile, struct gw_err *err);
/* Ends what is under way. Before the loop is freed. */
void gw_keys_free(struct gw_keys *keys);

/* Begins to obtain the account's key, unless it has one or did not get one: so that several come at the same time. */
void gw_keys_begin(struct gw_keys *keys, const char *account);
/*
 * Runs the loop until the account has a key (at once when it has one). NULL: every account of the configuration. Not to
 * be called from inside the loop. GW_ERR_CREDENTIALS when there is none to be had, GW_ERR_INPUT for an account that the
 * configuration does not have; both name it and the remedy. Without `accounts` in the configuration every name is the
 * one account.
 */
enum gw_code gw_keys_obtain(struct gw_keys *keys, const char *account, struct gw_err *err);

/*
 * What signs for the account now, and the generation of its key; NULL while it has none that is valid. Never waits. The
 * account is one of gw_keys_obtain().
 */
struct gw_signer *gw_keys_signer(struct gw_keys *keys, const char *account, uint32_t *ret_generation);
/*
 * The cloud said that the token of this generation has expired or that its key is unknown. True when there is a newer
 * key or one is being obtained, once for each generation; false when it can only be the same again.
 */
bool gw_keys_refused(struct gw_keys *keys, const char *account, uint32_t generation);
/* Why there is no key, or no newer one, for people; "" when all is well. Valid until the loop runs on. */
const char *gw_keys_trouble(const struct gw_keys *keys, const char *account);

/* What may be told of a key: where it comes from and how long it lives, never what it is. */
struct gw_keys_note {
    char source[400];        /* "profile prod of FILE: assumes the role acs:ram::1:role/x" */
    char key_id[16];         /* shortened: "LTAI...x9Qm"; "" while there is none */
    bool temporary;          /* it has an end, or is renewed when the cloud refuses it */
    int64_t expires_unix_ms; /* 0: not known, or never */
    uint32_t generation;     /* 0: never obtained */
};

/* False for an account that the configuration does not have, or for which it was not found where a key comes from. */
bool gw_keys_describe(const struct gw_keys *keys, const char *account, struct gw_keys_note *ret);

#endif
