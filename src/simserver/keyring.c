/* Whose keys the cloud knows, and the security tokens that it gave out for them. */
#include "keyring.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"

const char *gw_keyring_add(struct gw_keyring *ring, const char *text)
{
    const char *at = strrchr(text, '@'), *colon = strchr(text, ':'), *second;
    struct gw_key *key;

    if (!at || !colon || colon > at || colon == text || at[1] == '\0')
        return "say ID:SECRET[:TOKEN]@ACCOUNT";
    if (ring->n == GW_KEYRING_MAX)
        return "there are more keys than 1024";
    second = memchr(colon + 1, ':', (size_t)(at - colon - 1));
    key = &ring->key[ring->n++];
    key->id = gw_mem_text(text, (size_t)(colon - text));
    key->account = gw_mem_dup(at + 1);
    gw_secret_set(&key->secret, colon + 1, (size_t)((second ? second : at) - colon - 1));
    if (second)
        gw_secret_set(&key->token, second + 1, (size_t)(at - second - 1));
    return NULL;
}

/* Where another key goes: behind the others, or where the one stands that ends first, of those with that id
 * unless it is NULL. NULL when none of them ends. */
static struct gw_key *gw_keyring_room(struct gw_keyring *ring, const char *id)
{
    struct gw_key *first = NULL;

    if (ring->n < GW_KEYRING_MAX)
        return &ring->key[ring->n++];
    for (size_t i = 0; i < ring->n; i++) {
        struct gw_key *key = &ring->key[i];

        if ((!id || strcmp(key->id, id) == 0) && key->expires_ms &&
            (!first || key->expires_ms < first->expires_ms))
            first = key;
    }
    return first;
}

bool gw_keyring_issue(struct gw_keyring *ring, const char *id, const char *token, uint64_t expires_ms)
{
    struct gw_key *like = NULL, *key;

    for (size_t i = 0; i < ring->n && !like; i++) {
        if (strcmp(ring->key[i].id, id) == 0)
            like = &ring->key[i];
    }
    key = like ? gw_keyring_room(ring, like->id) : NULL;
    if (!key)
        return false;
    if (!key->id) {
        key->id = gw_mem_dup(like->id);
        key->account = gw_mem_dup(like->account);
        gw_secret_set(&key->secret, like->secret.bytes, like->secret.len);
    }
    gw_secret_release(&key->token);
    gw_secret_set(&key->token, token, strlen(token));
    key->expires_ms = expires_ms;
    return true;
}

static void gw_key_release(struct gw_key *key)
{
    free(key->id);
    free(key->account);
    gw_secret_release(&key->secret);
    gw_secret_release(&key->token);
}

bool gw_keyring_lend(struct gw_keyring *ring, const struct gw_key_loan *loan)
{
    struct gw_key *key = gw_keyring_room(ring, NULL);

    if (!key || (key->id && key->expires_ms + GW_KEYRING_LATE_MS > loan->now_ms))
        return false;
    gw_key_release(key);
    *key = (struct gw_key){
        .id = gw_mem_dup(loan->id), .account = gw_mem_dup(loan->account), .expires_ms = loan->expires_ms};
    gw_secret_set(&key->secret, loan->secret, strlen(loan->secret));
    gw_secret_set(&key->token, loan->token, strlen(loan->token));
    return true;
}

void gw_keyring_release(struct gw_keyring *ring)
{
    for (size_t i = 0; i < ring->n; i++)
        gw_key_release(&ring->key[i]);
    *ring = (struct gw_keyring){0};
}
