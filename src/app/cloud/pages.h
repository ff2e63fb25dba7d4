#ifndef GATEWAVE_SRC_APP_CLOUD_PAGES_H
#define GATEWAVE_SRC_APP_CLOUD_PAGES_H
/*
 * Looking through a list that comes in pages and is no snapshot: rows come and go, and move between pages, while it is read.
 * A pass is even when it met as many gateways as the list says that there are, and none twice: then nothing slipped through.
 * After an uneven pass there is another one; passes that together have met as many as there are, while that number stayed
 * the same, are as good. Pure.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/names.h"

#define GW_PAGES_PASSES 3
#define GW_PAGES_MOST   20000 /* of one pass */

struct gw_pages {
    uint32_t size;              /* rows of a page */
    uint32_t pass;              /* from 1 */
    uint32_t page;              /* to be asked for next, from 1 */
    uint32_t total, met, fresh; /* met in this pass; of them, on this page first */
    bool repeated, moved;       /* in this pass: a row came twice; the total has changed */
    bool ever_moved;            /* ... in any of them, or between them */
    bool done;
    bool complete; /* nothing slipped through */
    bool even;     /* the last pass alone says so */
    struct gw_names ids;
    uint32_t *met_in; /* by number: the last pass that met it */
    uint32_t room;
};

void gw_pages_init(struct gw_pages *pages, uint32_t size);
void gw_pages_release(struct gw_pages *pages);
/* A row of the page that was asked for; its number, which the same id has in every pass. */
uint32_t gw_pages_meet(struct gw_pages *pages, const char *gateway_id);
/* The page is through: it had so many rows, and the list is said to have so many. Then done, or the next page is set. */
void gw_pages_turn(struct gw_pages *pages, uint32_t rows, uint32_t total);
/* Whether it is there: met by the last pass, if that was even; else by any. */
bool gw_pages_has(const struct gw_pages *pages, uint32_t number);

#endif
