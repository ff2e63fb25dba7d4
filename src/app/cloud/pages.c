/* Passes over a list that moves while it is read. */
#include "pages.h"

#include <stdlib.h>

#include "gatewave/base/mem.h"

static void gw_pages_begin(struct gw_pages *pages)
{
    pages->pass++;
    pages->page = 1;
    pages->met = 0;
    pages->repeated = pages->moved = false;
}

void gw_pages_init(struct gw_pages *pages, uint32_t size)
{
    *pages = (struct gw_pages){.size = size};
    gw_pages_begin(pages);
}

void gw_pages_release(struct gw_pages *pages)
{
    gw_names_release(&pages->ids);
    free(pages->met_in);
    *pages = (struct gw_pages){0};
}

uint32_t gw_pages_meet(struct gw_pages *pages, const char *gateway_id)
{
    uint32_t number = gw_names_add(&pages->ids, gateway_id);

    if (number >= pages->room) {
        uint32_t room = pages->room ? 2 * pages->room : 256;

        pages->met_in = gw_mem_resize(pages->met_in, room, sizeof(*pages->met_in));
        for (uint32_t i = pages->room; i < room; i++)
            pages->met_in[i] = 0;
        pages->room = room;
    }
    if (pages->met_in[number] == pages->pass) {
        pages->repeated = true;
    } else {
        pages->met++;
        pages->fresh++;
    }
    pages->met_in[number] = pages->pass;
    return number;
}

void gw_pages_turn(struct gw_pages *pages, uint32_t rows, uint32_t total)
{
    /* A page that has nothing of its own is the same one again, and so would all be that follow it. */
    bool last = rows == 0 || pages->fresh == 0 || (uint64_t)pages->page * pages->size >= total ||
                pages->page == GW_PAGES_MOST;

    pages->moved |= pages->page > 1 && total != pages->total;
    pages->ever_moved |= (pages->page > 1 || pages->pass > 1) && total != pages->total;
    pages->total = total;
    pages->fresh = 0;
    if (!last) {
        pages->page++;
        return;
    }
    pages->even = !pages->repeated && !pages->moved && pages->met == total;
    pages->complete = pages->even || (!pages->ever_moved && pages->ids.n == total);
    pages->done = pages->complete || pages->pass == GW_PAGES_PASSES;
    if (!pages->done)
        gw_pages_begin(pages);
}

bool gw_pages_has(const struct gw_pages *pages, uint32_t number)
{
    return !pages->even || pages->met_in[number] == pages->pass;
}
