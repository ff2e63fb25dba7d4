/*
 * The list: a page of the gateways of an account and region, or of those asked for by id; both in the order of
 * the inventory, but for rows that move between pages. Filters that the vendor has and the model does not are
 * refused by name: ignoring one would answer another question. A page costs a walk over the whole fleet.
 */
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"
#include "model.h"

#define GW_SIM_PAGE_SIZE_DEFAULT 10

static const char *const filters_refused[] = {"Name",
                                              "SerialNumber",
                                              "InstanceType",
                                              "BusinessState",
                                              "SoftwareVersion",
                                              "VersionComparator",
                                              "ResourceGroupId",
                                              "AssociatedCcnId",
                                              "AssociatedCcnName",
                                              "AclIds",
                                              "UnboundAclIds",
                                              "CanAssociateQos"};

/* A whole number from 1 to max, or what it is when it was not sent. */
static bool gw_sim_page_param(const struct gw_sim_ask *ask, const char *name, uint32_t max, uint32_t unsent,
                              uint32_t *ret_number, struct gw_cloud_response *ret)
{
    const char *text = gw_sim_param(ask, name);
    uint64_t number = unsent;

    if (text && gw_parse_u64(text, 1, max, &number) != NULL) {
        gw_sim_refuse(ret, "InvalidParameter", "The specified parameter %s is invalid.", name);
        return false;
    }
    *ret_number = (uint32_t)number;
    return true;
}

struct gw_sim_filter {
    bool by_id;
    uint32_t n;
    uint32_t gateway[GW_CLOUD_PAIRS_MAX]; /* ascending, each once */
    const char *status, *model;           /* NULL: any */
};

static void gw_sim_filter_add(struct gw_sim_filter *filter, uint32_t gateway)
{
    uint32_t at = filter->n;

    while (at > 0 && filter->gateway[at - 1] > gateway)
        at--;
    if (at > 0 && filter->gateway[at - 1] == gateway)
        return;
    memmove(&filter->gateway[at + 1], &filter->gateway[at], (filter->n - at) * sizeof(*filter->gateway));
    filter->gateway[at] = gateway;
    filter->n++;
}

static bool gw_sim_filter_read(const struct gw_sim_ask *ask, struct gw_sim_filter *filter,
                               struct gw_cloud_response *ret)
{
    for (size_t i = 0; i < GW_COUNT_OF(filters_refused); i++) {
        if (gw_sim_param(ask, filters_refused[i])) {
            gw_sim_refuse(ret, "UnsupportedParameter", "The parameter %s is not supported here.",
                          filters_refused[i]);
            return false;
        }
    }
    filter->status = gw_sim_param(ask, "Status");
    filter->model = gw_sim_param(ask, "HardwareType");
    for (size_t i = 0; i < ask->request->n_params; i++) {
        const char *name = ask->request->param[i][0];
        uint32_t found;

        if (strcmp(name, "SmartAGId") != 0 && !gw_text_starts(name, "SmartAGIds."))
            continue;
        filter->by_id = true;
        found = gw_table_find(&ask->cloud->ids, ask->request->param[i][1]);
        if (found != GW_TABLE_NONE)
            gw_sim_filter_add(filter, found);
    }
    return true;
}

static bool gw_sim_filter_passes(const struct gw_sim_ask *ask, const struct gw_sim_filter *filter,
                                 uint32_t index)
{
    const struct gw_sim_gateway *gateway = &ask->cloud->gateway[index];

    /* Equal words are one pointer; an account or region that the model has no word for is NULL and equals
     * none. */
    if (gateway->account != ask->account || gateway->region != ask->region ||
        !gw_sim_here(ask->cloud, gateway, ask->now_ms))
        return false;
    return !filter->model || gw_text_equal_nocase(filter->model, gateway->model);
}

/*
 * Where a page begins, two rows may have changed places: the last one of the page before, and one of this page
 * that is not its last. So the first of them comes twice to who reads on, and the other one not at all until
 * the pages are read again. At one moment all pages agree. Which row of the page it is, or UINT64_MAX: none.
 */
static uint64_t gw_sim_list_moved(const struct gw_sim_ask *ask, uint32_t page, uint32_t page_size)
{
    uint32_t moment = (uint32_t)(ask->now_ms * 1021 + page);

    if (page < 2 || page_size < 2 ||
        !gw_sim_chance(ask->cloud, GW_SALT_SHUFFLE, ask->region, moment, ask->cloud->options.shuffle_bp))
        return UINT64_MAX;
    return (uint64_t)(page - 1) * page_size +
           gw_sim_draw(ask->cloud, GW_SALT_SHUFFLE_ROW, ask->region, moment, page_size - 1);
}

/* A page while it is filled. Rows are counted from 0 over all pages. */
struct gw_sim_page {
    uint64_t first, moved,
        moved_next;                  /* its first row; those that changed places, of this page and the next */
    uint32_t row[GW_CLOUD_PAGE_MAX]; /* gateways */
    uint32_t before, after;          /* those that would stand in the other places */
};

static void gw_sim_page_begin(const struct gw_sim_ask *ask, const struct gw_sim_filter *filter,
                              const struct gw_cloud_response *ret, struct gw_sim_page *page)
{
    *page = (struct gw_sim_page){.first = (uint64_t)(ret->page - 1) * ret->page_size,
                                 .moved = UINT64_MAX,
                                 .moved_next = UINT64_MAX,
                                 .before = GW_SIM_NONE,
                                 .after = GW_SIM_NONE};
    if (filter->by_id || !ask->region)
        return;
    page->moved = gw_sim_list_moved(ask, ret->page, ret->page_size);
    if (ret->page < UINT32_MAX)
        page->moved_next = gw_sim_list_moved(ask, ret->page + 1, ret->page_size);
}

/* The next row of the list, wherever it stands. */
static void gw_sim_page_take(struct gw_sim_page *page, uint32_t gateway, struct gw_cloud_response *ret)
{
    if (page->first > 0 && ret->total == page->first - 1)
        page->before = gateway;
    else if (ret->total == page->moved_next)
        page->after = gateway;
    if (ret->total >= page->first && ret->n < ret->page_size)
        page->row[ret->n++] = gateway;
    ret->total++;
}

static void gw_sim_page_end(const struct gw_sim_ask *ask, struct gw_sim_page *page,
                            struct gw_cloud_response *ret)
{
    if (page->moved < ret->total)
        page->row[page->moved - page->first] = page->before;
    if (page->after != GW_SIM_NONE)
        page->row[ret->n - 1] = page->after;
    for (uint32_t i = 0; i < ret->n; i++)
        gw_sim_see(ask->cloud, page->row[i], GW_SIM_READ_LIST, ask->now_ms, &ret->gateway[i]);
}

void gw_sim_list(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    struct gw_sim_filter filter = {0};
    uint32_t n = ask->cloud->ids.len;
    struct gw_sim_page page;

    if (gw_sim_misses(ret, gw_sim_param(ask, "RegionId"), "RegionId") ||
        !gw_sim_page_param(ask, "PageNumber", UINT32_MAX, 1, &ret->page, ret) ||
        !gw_sim_page_param(ask, "PageSize", GW_CLOUD_PAGE_MAX, GW_SIM_PAGE_SIZE_DEFAULT, &ret->page_size,
                           ret) ||
        !gw_sim_filter_read(ask, &filter, ret))
        return;
    gw_sim_page_begin(ask, &filter, ret, &page);
    if (filter.by_id)
        n = filter.n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t index = filter.by_id ? filter.gateway[i] : i;
        struct gw_cloud_seen_gateway seen;

        if (!gw_sim_filter_passes(ask, &filter, index))
            continue;
        if (filter.status) {
            gw_sim_see(ask->cloud, index, GW_SIM_READ_LIST, ask->now_ms, &seen);
            if (!gw_text_equal_nocase(filter.status, seen.status))
                continue;
        }
        gw_sim_page_take(&page, index, ret);
    }
    gw_sim_page_end(ask, &page, ret);
    ret->answer = GW_CLOUD_ANSWER_LIST;
}
