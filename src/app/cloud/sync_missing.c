/*
 * What the inventory has in a part and its list has not. A list that comes up short by a few is what a fleet does; one that
 * comes up short by many is more often a policy that was narrowed, another account or a cloud that is unwell, and then
 * nothing of it is taken over until a person says that it is true. Of the few, each is asked for once more by its own id:
 * it may have stood where two pages met.
 */
#include <stdio.h>

#include "gatewave/app/exit.h"
#include "gatewave/base/text.h"

#include "sync_local.h"

/* So many may go unasked for: more than that, and more than a share of what was there, a person has to have meant. */
#define FEW   5
#define SHARE 10 /* one in ten */

bool gw_sync_is_doubtful(uint64_t there, uint64_t missing)
{
    return (missing > FEW && missing > there / SHARE) || (missing == there && there > 1);
}

struct gw_sync_compare {
    struct gw_sync_part *part;
    uint64_t there;
};

static bool gw_sync_compare_one(void *user, const char *gateway_id)
{
    struct gw_sync_compare *compare = user;
    struct gw_sync_part *part = compare->part;
    uint32_t number = gw_names_find(&part->pages.ids, gateway_id);

    compare->there++;
    if (number == GW_NO_NAME || !gw_pages_has(&part->pages, number))
        (void)gw_names_add(&part->missing, gateway_id);
    return true;
}

static void gw_sync_doubt(struct gw_sync_part *part, uint64_t there)
{
    const char *account = part->account;

    part->exit_code = GW_EXIT_WAITS;
    (void)snprintf(
        part->problem, sizeof(part->problem),
        "%u of the %llu gateways that the inventory has are not in the cloud's list any more; that is more "
        "than goes by itself, and nothing was taken over. Is it the right account, and may its key "
        "see them all? If they are gone indeed: inventory sync --region %s%s%s --accept-gone",
        part->missing.n, (unsigned long long)there, part->region, account[0] ? " --account " : "", account);
    part->doubtful = true;
}

enum gw_code gw_sync_compare(struct gw_sync_part *part, struct gw_err *err)
{
    struct gw_sync_compare compare = {.part = part};
    enum gw_code code = gw_sync_there_each(part->syncing->sync, part->account, part->region,
                                           gw_sync_compare_one, &compare, err);

    if (code == GW_OK && !part->syncing->request->accept_gone &&
        gw_sync_is_doubtful(compare.there, part->missing.n))
        gw_sync_doubt(part, compare.there);
    return code;
}

bool gw_sync_begin_search(struct gw_sync_part *part, struct gw_sync_work *work)
{
    if (part->sought == part->missing.n)
        return false;
    work->gathered = (struct gw_gathered){.gateway_id = part->missing.name[part->sought++]};
    work->step = GW_SYNC_STEP_SEARCH;
    part->searches++;
    return true;
}

void gw_sync_told_search(struct gw_sync_part *part, struct gw_sync_work *work, const struct gw_told *told)
{
    const char *gateway_id = work->gathered.gateway_id;
    char sentence[GW_SYNC_PROBLEM_SIZE / 2];

    part->searches--;
    work->step = GW_SYNC_STEP_NONE;
    if (told->answer.proof == GW_PROOF_ACCEPTED) {
        for (uint32_t i = 0; i < told->page->n; i++)
            if (gw_text_equal(told->page->gateway[i].gateway_id, gateway_id))
                gw_sync_list_row(part, &told->page->gateway[i]);
    } else if (told->answer.class_ != GW_CLASS_NOT_FOUND && !part->problem[0]) {
        gw_reads_sentence(&told->answer, sentence, sizeof(sentence));
        part->exit_code = GW_EXIT_PARTLY;
        (void)snprintf(part->problem, sizeof(part->problem),
                       "whether gateway %s is still there could not be learned: %s", gateway_id, sentence);
    }
}
