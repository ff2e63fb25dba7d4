/*
 * The fleet's memory: growing arrays, texts in blocks of a mebibyte, and two open-addressing tables. For a
 * million devices a lookup is one cache miss or two; nothing is ever removed.
 */
#include "fleet.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"

#define BLOCK_SIZE (1u << 20)
#define FIRST_SIZE 1024u /* of arrays and tables; a power of two */

const enum gw_column gw_gateway_column[GW_GATEWAY_TEXTS] = {
    GW_COLUMN_GATEWAY_ID, GW_COLUMN_REGION, GW_COLUMN_ACCOUNT,  GW_COLUMN_MODEL,
    GW_COLUMN_NAME,       GW_COLUMN_SITE,   GW_COLUMN_TIMEZONE, GW_COLUMN_ISP,
};
const enum gw_column gw_device_column[GW_DEVICE_TEXTS] = {
    GW_COLUMN_SERIAL,
    GW_COLUMN_HA_ROLE,
    GW_COLUMN_VERSION,
    GW_COLUMN_DPI_VERSION,
};

struct block {
    struct block *before;
    char bytes[];
};

void gw_fleet_init(struct gw_fleet *fleet)
{
    *fleet = (struct gw_fleet){.block_used = BLOCK_SIZE};
}

void gw_fleet_release(struct gw_fleet *fleet)
{
    struct block *block = fleet->block;

    while (block) {
        struct block *before = block->before;

        free(block);
        block = before;
    }
    free(fleet->gateway);
    free(fleet->device);
    free(fleet->by_gateway_id.slot);
    free(fleet->by_serial.slot);
    gw_fleet_init(fleet);
}

struct gw_piece gw_fleet_keep(struct gw_fleet *fleet, const char *bytes, size_t len)
{
    struct block *block = fleet->block;
    char *place;

    GW_CHECK(len <= BLOCK_SIZE);
    if (len > BLOCK_SIZE - fleet->block_used) {
        block = gw_mem_new(1, sizeof(*block) + BLOCK_SIZE);
        block->before = fleet->block;
        fleet->block = block;
        fleet->block_used = 0;
    }
    if (len == 0)
        return (struct gw_piece){.text = ""};
    place = block->bytes + fleet->block_used;
    memcpy(place, bytes, len);
    fleet->block_used += len;
    return (struct gw_piece){place, (uint32_t)len};
}

const char *gw_piece_text(struct gw_piece piece, unsigned i)
{
    const char *text = piece.text;

    while (i-- > 0)
        text += strlen(text) + 1;
    GW_CHECK(text < piece.text + piece.len);
    return text;
}

bool gw_piece_equal(struct gw_piece a, struct gw_piece b)
{
    return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* FNV-1a by way of base, a run of folded bytes at a time. */
static uint32_t fold_hash(const char *text, size_t len)
{
    char run[64];
    size_t n = 0;
    uint64_t hash = 0;

    for (size_t i = 0; i < len; i++) {
        if (is_blank(text[i]))
            continue;
        if (n == sizeof(run)) {
            hash = gw_hash(run, n, hash);
            n = 0;
        }
        run[n++] = fold(text[i]);
    }
    return (uint32_t)gw_hash(run, n, hash);
}

static bool fold_equal(const char *a, size_t a_len, const char *b)
{
    size_t i = 0;

    for (;;) {
        while (i < a_len && is_blank(a[i]))
            i++;
        while (is_blank(*b))
            b++;
        if (i == a_len || !*b)
            return i == a_len && !*b;
        if (fold(a[i]) != fold(*b))
            return false;
        i++;
        b++;
    }
}

/* The text that an item is found by is the first of its piece. */
static const char *key_of(const struct gw_fleet *fleet, const struct gw_index *index, uint32_t item)
{
    return index == &fleet->by_serial ? fleet->device[item].text.text : fleet->gateway[item].text.text;
}

static uint32_t index_find(const struct gw_fleet *fleet, const struct gw_index *index, const char *key,
                           size_t len)
{
    uint32_t hash = fold_hash(key, len);

    if (!index->slot)
        return GW_FLEET_NONE;
    for (uint32_t at = hash & index->mask; index->slot[at].item; at = (at + 1) & index->mask) {
        uint32_t item = index->slot[at].item - 1;

        if (index->slot[at].hash == hash && fold_equal(key, len, key_of(fleet, index, item)))
            return item;
    }
    return GW_FLEET_NONE;
}

static void index_put(struct gw_index *index, struct gw_index_slot slot)
{
    uint32_t at = slot.hash & index->mask;

    while (index->slot[at].item)
        at = (at + 1) & index->mask;
    index->slot[at] = slot;
}

/* At most half full. */
static void index_add(struct gw_index *index, const char *key, uint32_t item)
{
    struct gw_index_slot *old = index->slot;

    if (!old || index->n > index->mask / 2) {
        uint32_t old_size = old ? index->mask + 1 : 0;
        uint32_t size = old ? old_size * 2 : FIRST_SIZE;

        index->slot = gw_mem_new(size, sizeof(*index->slot));
        index->mask = size - 1;
        for (uint32_t i = 0; i < old_size; i++)
            if (old[i].item)
                index_put(index, old[i]);
        free(old);
    }
    index_put(index, (struct gw_index_slot){fold_hash(key, strlen(key)), item + 1});
    index->n++;
}

uint32_t gw_fleet_find_gateway(const struct gw_fleet *fleet, const char *gateway_id, size_t len)
{
    return index_find(fleet, &fleet->by_gateway_id, gateway_id, len);
}

uint32_t gw_fleet_find_device(const struct gw_fleet *fleet, const char *serial, size_t len)
{
    return index_find(fleet, &fleet->by_serial, serial, len);
}

uint32_t gw_fleet_add_gateway(struct gw_fleet *fleet, struct gw_piece text)
{
    uint32_t number = fleet->n_gateways++;

    GW_CHECK(number < GW_FLEET_NONE / 4);
    if (number == fleet->gateways_size) {
        fleet->gateways_size = number ? number * 2 : FIRST_SIZE;
        fleet->gateway = gw_mem_resize(fleet->gateway, fleet->gateways_size, sizeof(*fleet->gateway));
    }
    fleet->gateway[number] = (struct gw_fleet_gateway){.text = text};
    index_add(&fleet->by_gateway_id, text.text, number);
    return number;
}

uint32_t gw_fleet_add_device(struct gw_fleet *fleet, uint32_t gateway, struct gw_piece text)
{
    struct gw_fleet_gateway *owner = &fleet->gateway[gateway];
    uint32_t number = fleet->n_devices++;

    GW_CHECK(number < GW_FLEET_NONE / 4 && owner->n_devices < GW_COUNT_OF(owner->device));
    if (number == fleet->devices_size) {
        fleet->devices_size = number ? number * 2 : FIRST_SIZE;
        fleet->device = gw_mem_resize(fleet->device, fleet->devices_size, sizeof(*fleet->device));
    }
    fleet->device[number] = (struct gw_fleet_device){.text = text, .tags = {.text = ""}, .gateway = gateway};
    owner->device[owner->n_devices++] = number;
    if (text.text[0] != '\0')
        gw_fleet_index_serial(fleet, number);
    return number;
}

void gw_fleet_index_serial(struct gw_fleet *fleet, uint32_t device)
{
    index_add(&fleet->by_serial, fleet->device[device].text.text, device);
}
