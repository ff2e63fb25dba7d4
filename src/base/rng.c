/* xoshiro256** seeded by splitmix64, and a stable hash: reproducible, fast, and no secret is ever drawn from
 * it. */
#include "gatewave/base/rng.h"

static uint64_t gw_rng_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t gw_rng_rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

void gw_rng_init(struct gw_rng *rng, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15u;
        rng->state[i] = gw_rng_mix(seed);
    }
}

uint64_t gw_rng_next(struct gw_rng *rng)
{
    uint64_t *s = rng->state;
    uint64_t result = gw_rng_rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = gw_rng_rotate(s[3], 45);
    return result;
}

uint64_t gw_rng_below(struct gw_rng *rng, uint64_t n)
{
    uint64_t draw, limit;

    if (n == 0)
        return 0;
    /* Draws past the last whole multiple of n would favour small results. */
    limit = UINT64_MAX - UINT64_MAX % n;
    do {
        draw = gw_rng_next(rng);
    } while (draw >= limit);
    return draw % n;
}

uint64_t gw_hash(const void *bytes, uint64_t len, uint64_t seed)
{
    const unsigned char *p = bytes;
    uint64_t h = 0xcbf29ce484222325u ^ gw_rng_mix(seed);

    for (uint64_t i = 0; i < len; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return gw_rng_mix(h);
}
