/*
 * The life of a key. The old one is used until it ends or is refused, whatever becomes of its renewal; a renewal that
 * fails is tried again with growing, jittered pauses, for ever: who waits for it decides for how long.
 */
#include "key.h"

#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/text.h"
#include "gatewave/obs/log.h"

#include "clock.h"

#define AHEAD_MS          300000 /* renewed so long before its end, or when a fifth of its life is left */
#define AHEAD_SHARE       5
#define PAUSE_FIRST_MS    1000
#define PAUSE_MOST_MS     60000
#define FAILURES_AT_FIRST 3 /* after so many a program that has no key yet gives up */
/* So many keys in a row that were refused as soon as they came, and the next one would be, too. */
#define REFUSALS_MOST 3
#define LIVED_MS      1000

void gw_key_init(struct gw_key_life *key, struct gw_key_ring *ring, const char *profile, const char *account)
{
    *key = (struct gw_key_life){.ring = ring, .profile = profile, .account = account, .due_ms = UINT64_MAX};
}

void gw_key_release(struct gw_key_life *key)
{
    gw_signer_free(key->signer);
    gw_key_chain_release(&key->chain);
    key->signer = NULL;
}

void gw_key_lose(struct gw_key_life *key, const char *why)
{
    key->failures = 1;
    key->lasting = true;
    (void)gw_text_copy(key->trouble, sizeof(key->trouble), why);
}

static void gw_key_shorten(const char *id, char ret[16])
{
    size_t len = strlen(id);

    if (len < 12)
        (void)gw_text_copy_n(ret, 16, id, len / 3);
    else
        (void)gw_text_copy_n(ret, 16, id, 4);
    (void)gw_text_copy(ret + strlen(ret), 16 - strlen(ret), "...");
    if (len >= 12)
        (void)gw_text_copy(ret + strlen(ret), 16 - strlen(ret), id + len - 4);
}

/* ---- what came of it ---- */

static void gw_key_schedule(struct gw_key_life *key, int64_t expires_unix_ms)
{
    int64_t now_unix_ms = gw_clock_unix_ms(), life_ms = expires_unix_ms - now_unix_ms;
    int64_t ahead_ms = life_ms / AHEAD_SHARE < AHEAD_MS ? life_ms / AHEAD_SHARE : AHEAD_MS;

    key->expires_unix_ms = expires_unix_ms;
    key->renew_unix_ms = 0;
    key->due_ms = UINT64_MAX;
    if (expires_unix_ms == 0)
        return;
    key->renew_unix_ms = expires_unix_ms - ahead_ms;
    key->due_ms = gw_loop_now_ms(key->ring->loop) + (uint64_t)(life_ms > ahead_ms ? life_ms - ahead_ms : 0);
}

static void gw_key_failed(struct gw_key_life *key, const char *why, bool lasting)
{
    uint64_t pause_ms = PAUSE_FIRST_MS;
    const char *source = key->chain.plan[key->plan].source;
    struct gw_buf text;

    for (uint32_t i = 0; i < key->failures && pause_ms < PAUSE_MOST_MS; i++)
        pause_ms *= 2;
    if (pause_ms > PAUSE_MOST_MS)
        pause_ms = PAUSE_MOST_MS;
    pause_ms = pause_ms / 2 + gw_rng_below(&key->ring->jitter, pause_ms / 2 + 1);
    key->due_ms = gw_loop_now_ms(key->ring->loop) + pause_ms;
    key->failures++;
    key->lasting = lasting;
    gw_buf_init(&text, sizeof(key->trouble) - 1);
    if (key->chain.unasked)
        gw_buf_addf(&text, "%s; %s", GW_NO_CREDENTIALS, why);
    else
        gw_buf_addf(&text, "%s: %s", source, why);
    (void)gw_text_copy(key->trouble, sizeof(key->trouble), gw_buf_text(&text));
    gw_buf_release(&text);
    gw_log(GW_LOG_WARN, "no key", "account", key->account, "why", key->trouble, (char *)NULL);
}

static void gw_key_came(struct gw_key_life *key, struct gw_obtain *obtain)
{
    struct gw_obtained got;
    struct gw_signer *signer;
    struct gw_err err = {0};

    gw_obtain_take(obtain, &got);
    signer = gw_signer_new(key->ring->scheme, key->ring->format, got.credential.key_id,
                           &got.credential.key_secret, &got.credential.token, &err);
    if (!signer) {
        gw_key_failed(key, err.text, true);
    } else {
        gw_signer_free(key->signer);
        key->signer = signer;
        key->generation++;
        key->settled = true;
        key->came_ms = gw_loop_now_ms(key->ring->loop);
        key->failures = 0;
        key->trouble[0] = '\0';
        gw_key_shorten(got.credential.key_id, key->key_id);
        gw_key_schedule(key, got.expires_unix_ms);
        gw_log(GW_LOG_INFO, "key obtained", "account", key->account, "source",
               key->chain.plan[key->plan].source, "key", key->key_id, (char *)NULL);
    }
    gw_credential_release(&got.credential);
}

/* Who did not answer once may the next time; until one has succeeded, that begins with the first again. */
static void gw_key_tried(void *user, struct gw_obtain *obtain)
{
    struct gw_key_life *key = user;
    enum gw_obtain_state state = gw_obtain_state(obtain);
    bool nobody = state == GW_OBTAIN_ABSENT || state == GW_OBTAIN_SILENT;

    key->trying = false;
    if (state == GW_OBTAIN_DONE) {
        gw_key_came(key, obtain);
    } else if (nobody && !key->settled && key->plan + 1 < key->chain.n) {
        key->plan++;
        gw_key_try(key);
        return;
    } else {
        gw_key_failed(key, gw_obtain_failure(obtain),
                      state != GW_OBTAIN_PASSING && state != GW_OBTAIN_SILENT);
        key->plan = key->settled ? key->plan : 0;
    }
    key->ring->changed(key->ring->user);
}

void gw_key_try(struct gw_key_life *key)
{
    if (key->trying)
        return;
    key->trying = true;
    key->due_ms = UINT64_MAX;
    gw_errand_run(key->ring->errands, &key->chain.plan[key->plan], &key->ring->site, gw_key_tried, key);
}

/* ---- asking ---- */

/* Now, from the loop. */
static void gw_key_hurry(struct gw_key_life *key)
{
    if (key->trying || (key->failures > 0 && key->due_ms != UINT64_MAX))
        return;
    key->due_ms = 0;
    key->ring->changed(key->ring->user);
}

bool gw_key_is_good(struct gw_key_life *key)
{
    int64_t now_unix_ms;

    if (!key->signer || key->refused == key->generation)
        return false;
    if (key->expires_unix_ms == 0)
        return true;
    /* The loop's clock may have stood still while the machine slept. */
    now_unix_ms = gw_clock_unix_ms();
    if (now_unix_ms >= key->renew_unix_ms)
        gw_key_hurry(key);
    return now_unix_ms < key->expires_unix_ms;
}

bool gw_key_refused(struct gw_key_life *key, uint32_t generation)
{
    bool lived = gw_loop_now_ms(key->ring->loop) >= key->came_ms + LIVED_MS;

    if (generation != key->generation || key->refused == generation)
        return true;
    key->refusals = lived ? 0 : key->refusals + 1;
    if (!gw_keyplan_renews(&key->chain.plan[key->plan]) || key->refusals >= REFUSALS_MOST)
        return false;
    key->refused = generation;
    gw_key_hurry(key);
    return true;
}

bool gw_key_is_hopeless(const struct gw_key_life *key)
{
    return !key->trying && key->failures > 0 && (key->lasting || key->failures >= FAILURES_AT_FIRST);
}
