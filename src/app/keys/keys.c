/*
 * The keys of all accounts: one for each profile that they name, one timer for all of them. Its own work is rare, so it
 * walks the few keys that there are whenever something has changed.
 */
#include "gatewave/app/keys.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"
#include "gatewave/base/text.h"
#include "gatewave/smartag/endpoint.h"

#include "clock.h"
#include "key.h"

struct gw_keys {
    const struct gw_config *config;
    struct gw_key_ring ring;
    struct gw_timer *timer;
    struct gw_key_life *key;
    size_t n;
    size_t key_of[GW_ACCOUNTS_MAX]; /* by account of the configuration */
    bool running;                   /* the loop, for gw_keys_obtain() */
};

/* ---- life ---- */

static void gw_keys_fire(void *user);

/* Something has changed: the timer is set for what is due first. */
static void gw_keys_wind(void *user)
{
    struct gw_keys *keys = user;
    uint64_t due_ms = UINT64_MAX;

    for (size_t i = 0; i < keys->n; i++)
        if (!keys->key[i].trying && keys->key[i].due_ms < due_ms)
            due_ms = keys->key[i].due_ms;
    /* Keys that are written down need no timer. */
    if (!keys->timer && due_ms != UINT64_MAX)
        keys->timer = gw_timer_new(keys->ring.loop, gw_keys_fire, keys);
    if (due_ms != UINT64_MAX)
        gw_timer_set(keys->timer, due_ms);
    else if (keys->timer)
        gw_timer_clear(keys->timer);
    if (keys->running)
        gw_loop_stop(keys->ring.loop);
}

static void gw_keys_fire(void *user)
{
    struct gw_keys *keys = user;
    uint64_t now_ms = gw_loop_now_ms(keys->ring.loop);

    for (size_t i = 0; i < keys->n; i++)
        if (keys->key[i].due_ms <= now_ms)
            gw_key_try(&keys->key[i]);
    gw_keys_wind(keys);
}

static const char *gw_keys_text(const char *text)
{
    return text ? text : "";
}

/* What the configuration says comes before the environment; tests stay on this machine. */
static void gw_keys_site(const struct gw_config *config, struct gw_obtain_site *ret)
{
    struct gw_endpoint cloud;
    const char *endpoint = gw_keys_text(config->cloud.endpoint);
    bool loopback =
        *endpoint && gw_endpoint_read("cloud.endpoint", endpoint, &cloud, NULL) == GW_OK && cloud.loopback;

    gw_credentials_site(ret);
    ret->sts_vpc = ret->sts_vpc || config->cloud.vpc;
    if (*gw_keys_text(config->sts_endpoint))
        ret->sts_endpoint = config->sts_endpoint;
    else if (!*ret->sts_endpoint && loopback)
        ret->sts_endpoint = endpoint;
    if (loopback)
        ret->metadata_url = *gw_keys_text(config->testing.metadata) ? config->testing.metadata : endpoint;
}

/* The key of a profile; one more when no other account has it. */
static size_t gw_keys_add(struct gw_keys *keys, const char *profile, const char *account)
{
    for (size_t i = 0; i < keys->n; i++)
        if (gw_text_equal(keys->key[i].profile, profile))
            return i;
    gw_key_init(&keys->key[keys->n], &keys->ring, profile, account);
    return keys->n++;
}

/* False when no account has one; err is the first's. */
static bool gw_keys_find_all(struct gw_keys *keys, struct gw_taken *taken, const char *profile,
                             struct gw_err *err)
{
    const struct gw_config *config = keys->config;
    struct gw_err first = {0};
    size_t lost = 0;

    if (config->n_accounts == 0)
        (void)gw_keys_add(keys, profile ? profile : gw_keys_text(config->profile), "");
    for (size_t i = 0; i < config->n_accounts; i++)
        keys->key_of[i] = gw_keys_add(keys, config->account[i].profile, config->account[i].name);
    for (size_t i = 0; i < keys->n; i++) {
        struct gw_key_life *key = &keys->key[i];
        struct gw_err why = {0};

        if (gw_credentials_find(taken, key->profile, &key->chain, &why) == GW_OK)
            continue;
        gw_key_lose(key, why.text);
        if (lost++ > 0)
            continue;
        first = why;
        if (*key->account)
            (void)gw_err_prefix(&first, "account %s", key->account);
    }
    if (lost == keys->n)
        *err = first;
    return lost < keys->n;
}

struct gw_keys *gw_keys_new(struct gw_loop *loop, const struct gw_config *config, struct gw_taken *taken,
                            const char *profile, struct gw_err *err)
{
    uint64_t seed = (uint64_t)gw_clock_unix_ms() ^ ((uint64_t)getpid() << 32);
    struct gw_keys *keys;

    if (profile && config->n_accounts > 0) {
        gw_err_set(err, GW_ERR_USAGE,
                   "--profile is for one account, and the configuration has several: say it there");
        return NULL;
    }
    keys = gw_mem_new(1, sizeof(*keys));
    keys->config = config;
    keys->key = gw_mem_new(config->n_accounts ? config->n_accounts : 1, sizeof(*keys->key));
    keys->ring = (struct gw_key_ring){
        .loop = loop,
        .scheme = config->cloud.v1 ? GW_SCHEME_V1 : GW_SCHEME_V3,
        .format = config->cloud.xml ? GW_FORMAT_XML : GW_FORMAT_JSON,
        .changed = gw_keys_wind,
        .user = keys,
    };
    gw_keys_site(config, &keys->ring.site);
    gw_rng_init(&keys->ring.jitter, seed);
    if (!gw_keys_find_all(keys, taken, profile, err)) {
        gw_keys_free(keys);
        return NULL;
    }
    keys->ring.errands = gw_errands_new(loop, config, (uint32_t)keys->n);
    return keys;
}

void gw_keys_free(struct gw_keys *keys)
{
    if (!keys)
        return;
    gw_errands_free(keys->ring.errands);
    gw_timer_free(keys->timer);
    for (size_t i = 0; i < keys->n; i++)
        gw_key_release(&keys->key[i]);
    free(keys->key);
    free(keys);
}

/* ---- asking ---- */

/* NULL for an account that the configuration does not have. */
static struct gw_key_life *gw_keys_of(const struct gw_keys *keys, const char *account)
{
    const struct gw_config *config = keys->config;

    if (config->n_accounts == 0)
        return &keys->key[0];
    for (size_t i = 0; i < config->n_accounts; i++)
        if (gw_text_equal(config->account[i].name, account))
            return &keys->key[keys->key_of[i]];
    return NULL;
}

void gw_keys_begin(struct gw_keys *keys, const char *account)
{
    struct gw_key_life *key = gw_keys_of(keys, account);

    if (key && !key->signer && key->failures == 0)
        gw_key_try(key);
}

static enum gw_code gw_keys_obtain_one(struct gw_keys *keys, struct gw_key_life *key, const char *account,
                                       struct gw_err *err)
{
    /* It turns for one key; the others that are under way come along. */
    while (!gw_key_is_good(key) && !gw_key_is_hopeless(key)) {
        if (!key->trying && key->failures == 0) {
            gw_key_try(key);
            continue;
        }
        keys->running = true;
        gw_loop_run(keys->ring.loop);
        keys->running = false;
    }
    if (gw_key_is_good(key))
        return GW_OK;
    gw_err_set(err, GW_ERR_CREDENTIALS, "%s", key->trouble);
    return *key->account ? gw_err_prefix(err, "account %s", account) : err->code;
}

enum gw_code gw_keys_obtain(struct gw_keys *keys, const char *account, struct gw_err *err)
{
    struct gw_key_life *key = account ? gw_keys_of(keys, account) : NULL;
    enum gw_code code = GW_OK;

    if (account && !key)
        return gw_err_set(err, GW_ERR_INPUT, "account %s: the configuration's `accounts` does not have it",
                          account);
    if (key)
        return gw_keys_obtain_one(keys, key, account, err);
    /* All of them begin before one is waited for. */
    for (size_t i = 0; i < keys->n; i++)
        gw_keys_begin(keys, keys->key[i].account);
    for (size_t i = 0; i < keys->n && code == GW_OK; i++)
        code = gw_keys_obtain_one(keys, &keys->key[i], keys->key[i].account, err);
    return code;
}

struct gw_signer *gw_keys_signer(struct gw_keys *keys, const char *account, uint32_t *ret_generation)
{
    struct gw_key_life *key = gw_keys_of(keys, account);

    if (!key || !gw_key_is_good(key))
        return NULL;
    *ret_generation = key->generation;
    return key->signer;
}

bool gw_keys_refused(struct gw_keys *keys, const char *account, uint32_t generation)
{
    struct gw_key_life *key = gw_keys_of(keys, account);

    return key && gw_key_refused(key, generation);
}

const char *gw_keys_trouble(const struct gw_keys *keys, const char *account)
{
    const struct gw_key_life *key = gw_keys_of(keys, account);

    return key ? key->trouble : "";
}

bool gw_keys_describe(const struct gw_keys *keys, const char *account, struct gw_keys_note *ret)
{
    const struct gw_key_life *key = gw_keys_of(keys, account);
    const struct gw_keyplan *plan;

    if (!key || key->chain.n == 0)
        return false;
    plan = &key->chain.plan[key->plan];
    *ret = (struct gw_keys_note){
        .temporary = gw_keyplan_renews(plan) || plan->credential.token.len > 0,
        .expires_unix_ms = key->expires_unix_ms,
        .generation = key->generation,
    };
    gw_keyplan_describe(plan, ret->source, sizeof(ret->source));
    (void)gw_text_copy(ret->key_id, sizeof(ret->key_id), key->key_id);
    return true;
}
