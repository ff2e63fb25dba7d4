#ifndef GATEWAVE_BASE_RNG_H
#define GATEWAVE_BASE_RNG_H
/* A small reproducible generator for jitter and simulation (xoshiro256**); never for keys or nonces. */
#include <stdint.h>

struct gw_rng {
    uint64_t state[4];
};

void gw_rng_init(struct gw_rng *rng, uint64_t seed);
uint64_t gw_rng_next(struct gw_rng *rng);
/* Uniform in [0, n); 0 for n == 0. */
uint64_t gw_rng_below(struct gw_rng *rng, uint64_t n);
/* A stable hash of bytes (FNV-1a, mixed): the same on every machine and in every version. */
uint64_t gw_hash(const void *bytes, uint64_t len, uint64_t seed);

#endif
