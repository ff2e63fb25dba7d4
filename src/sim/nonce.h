#ifndef GATEWAVE_SRC_SIM_NONCE_H
#define GATEWAVE_SRC_SIM_NONCE_H
/* The nonces seen lately: in two generations, so that forgetting the old ones costs nothing. */
#include <stdbool.h>
#include <stdint.h>

#define GW_NONCE_SEEN_MAX (1u << 22) /* of one generation; past it the older one is forgotten early */

struct gw_nonce_set {
    uint64_t *slot; /* hashes; 0 is free */
    uint32_t n_slots, len;
};

struct gw_nonce_book {
    struct gw_nonce_set young, old;
    uint64_t memory_ms;
    uint64_t turned_ms; /* when young was begun */
};

/* A nonce is remembered for at least memory_ms. A signature is good for a while on either side of its time, so
 * that a copy can come up to twice that after the first. */
void gw_nonce_init(struct gw_nonce_book *book, uint64_t memory_ms);
void gw_nonce_release(struct gw_nonce_book *book);
/* False when the account's nonce was seen before. */
bool gw_nonce_take(struct gw_nonce_book *book, const char *account, const char *nonce, uint64_t now_ms);

#endif
