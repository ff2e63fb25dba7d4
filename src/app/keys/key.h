#ifndef GATEWAVE_SRC_APP_KEYS_KEY_H
#define GATEWAVE_SRC_APP_KEYS_KEY_H
/*
 * One key and its life: obtained, used, renewed ahead of its end, replaced. When to try again is told as a moment; who
 * owns the keys has the timer.
 */
#include "gatewave/app/keys.h"
#include "gatewave/base/rng.h"

#include "credentials.h"
#include "errand.h"

/* What all keys of a program have in common. */
struct gw_key_ring {
    struct gw_loop *loop;
    struct gw_errands *errands;
    struct gw_obtain_site site;
    enum gw_scheme scheme;
    enum gw_format format;
    struct gw_rng jitter;
    void (*changed)(void *user); /* an errand of one of them is over; from the loop, or from gw_key_try() */
    void *user;
};

struct gw_key_life {
    struct gw_key_ring *ring;
    const char *profile; /* that it was looked for under; "" : none */
    const char *account; /* the first that has it, for people; "" : the only one */
    struct gw_key_chain chain;
    size_t plan;  /* in the chain: that is tried, or that once succeeded */
    bool settled; /* it has succeeded: the others are not tried any more */
    bool trying;
    struct gw_signer *signer; /* NULL: never obtained */
    uint32_t generation;
    char key_id[16];
    int64_t renew_unix_ms, expires_unix_ms; /* 0: never */
    uint64_t due_ms;                        /* when to try next; UINT64_MAX: not by itself */
    uint32_t failures;                      /* in a row */
    uint32_t refused;                       /* the generation that the cloud refused; 0: none */
    uint64_t came_ms;                       /* when this generation did */
    uint32_t refusals;                      /* in a row, of keys that had just come */
    bool lasting;                           /* the last failure will be the same the next time */
    char trouble[GW_ERR_TEXT_MAX];
};

void gw_key_init(struct gw_key_life *key, struct gw_key_ring *ring, const char *profile, const char *account);
void gw_key_release(struct gw_key_life *key);
/* There is nothing to obtain it from, and will not be. */
void gw_key_lose(struct gw_key_life *key, const char *why);
/* Tries to obtain it now; nothing when that is under way. */
void gw_key_try(struct gw_key_life *key);
/* True when it has a key that is valid as far as we know. Moves due_ms when its time has come unnoticed. */
bool gw_key_is_good(struct gw_key_life *key);
bool gw_key_refused(struct gw_key_life *key, uint32_t generation);
/* True when the last tries have failed, and waiting will not bring a key soon. */
bool gw_key_is_hopeless(const struct gw_key_life *key);

#endif
