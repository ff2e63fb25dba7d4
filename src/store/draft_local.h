#ifndef GATEWAVE_SRC_STORE_DRAFT_LOCAL_H
#define GATEWAVE_SRC_STORE_DRAFT_LOCAL_H
/*
 * What a draft is made of. A device is some sixty bytes of numbers and its own two texts; everything that
 * devices share is a word.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/store/draft.h"
#include "sql.h"
#include "words.h"

struct gw_draft_device {
    int64_t id;
    uint32_t gateway_id, serial, region, account, model, site, isp, timezone, version, ha_role; /* words */
    uint32_t siblings; /* how many devices its gateway has in the inventory, itself counted */
    bool active;
};

struct gw_draft {
    struct gw_words words;
    struct gw_draft_device *device; /* as they were read */
    uint32_t n, size;
    uint32_t held;         /* devices that were not read: their gateways are on hold */
    uint32_t *target;      /* devices in dispatch order */
    struct gw_tally kinds; /* key: model, version, isp, marks; first: the first wave that has one */
    struct gw_draft_wave wave[GW_WAVES_MOST];
    uint32_t n_waves;
    bool safe;
    char membership[33];
};

enum gw_draft_mark {
    GW_DRAFT_PAIR = 1,
    GW_DRAFT_THERE = 2, /* all of its devices are listed at the version already, or beyond it */
};

/* Units in their stable order; the devices of unit u are device[first[u]] .. device[first[u + 1] - 1]. */
struct gw_draft_units {
    uint32_t *device;
    uint32_t *first;
    uint32_t *kind;
    uint32_t n;
};

/* Reads the selected devices into the draft. */
enum gw_code gw_draft_read(struct gw_draft *draft, struct gw_store *store,
                           const struct gw_draft_request *request, struct gw_err *err);
/* Puts what was read in order and makes units of it. GW_ERR_INPUT: half a pair. Release ret in either case. */
enum gw_code gw_draft_group(const struct gw_draft *draft, struct gw_store *store,
                            const struct gw_draft_request *request, struct gw_draft_units *ret,
                            struct gw_err *err);
void gw_draft_units_release(struct gw_draft_units *units);
/* Finds each unit's kind; numbers them by their first occurrence. */
void gw_draft_classify(struct gw_draft *draft, const struct gw_draft_request *request,
                       struct gw_draft_units *units);
/* Whether units of that kind are there already; as long as the kinds have their numbers. */
bool gw_draft_is_there(const struct gw_draft *draft, uint32_t kind);
/* The kinds' first waves; from then on their numbers mean nothing, they stand by frequency. */
void gw_draft_rank(struct gw_draft *draft, const struct gw_draft_units *units, const uint8_t *wave);

/* The word as text. */
static inline const char *gw_draft_text(const struct gw_draft *draft, uint32_t word)
{
    return gw_words_text(&draft->words, word);
}

#endif
