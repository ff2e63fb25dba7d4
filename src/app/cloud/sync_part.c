/*
 * One account in one region: its list, page by page until that is even, and then each gateway's own reads. Some of them are
 * under way at once, and each of these has one question at a time.
 */
#include <stdio.h>

#include "gatewave/app/exit.h"
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "clock.h"
#include "sync_local.h"

#define PAGE_TAG UINT32_MAX /* of a page; the other tags are the works' numbers */

/* ---- the list ---- */

static void gw_sync_told_page(struct gw_sync_part *part, const struct gw_told *told)
{
    enum gw_code code = GW_OK;

    part->paging = false;
    if (gw_text_equal(told->answer.code, "withdrawn"))
        return;
    if (told->answer.proof != GW_PROOF_ACCEPTED) {
        gw_sync_part_fail(part, &told->answer);
        return;
    }
    for (uint32_t i = 0; i < told->page->n; i++)
        gw_sync_list_row(part, &told->page->gateway[i]);
    gw_pages_turn(&part->pages, told->page->n, told->page->total);
    if (part->pages.done && !part->pages.complete) {
        part->exit_code = GW_EXIT_PARTLY;
        (void)snprintf(
            part->problem, sizeof(part->problem),
            "the list did not come out even in %d passes (%u gateways of %u): rows moved while it was "
            "read; the next sync looks again",
            GW_PAGES_PASSES, part->pages.ids.n, part->pages.total);
    } else if (part->pages.done) {
        code = gw_sync_compare(part, part->syncing->err);
    }
    if (code != GW_OK)
        gw_sync_stop(part->syncing, code);
}

/* ---- the gateways ---- */

/* What has no box, or is as it was, is put without being read. True when it is to be read. */
static bool gw_sync_look_at(struct gw_sync_part *part, uint32_t number, struct gw_gathered *ret)
{
    struct gw_syncing *syncing = part->syncing;
    struct gw_gathered gathered = {.gateway_id = part->pages.ids.name[number],
                                   .listed = &part->listed[number]};
    struct gw_sync_known known;
    enum gw_code code;

    if (gw_hardware_is_software(gathered.listed->hardware)) {
        gathered.whole = true;
        gathered.read_unix_ms = gw_clock_unix_ms();
        syncing->software++;
        gw_sync_keep(syncing, part, &gathered);
        return false;
    }
    code = gw_sync_look(syncing->sync, gathered.gateway_id, &known, syncing->err);
    if (code != GW_OK) {
        gw_sync_stop(syncing, code);
        return false;
    }
    if (known.there && known.read)
        return false;
    if (syncing->request->quick && gw_listed_is_known(gathered.listed, &known)) {
        gw_sync_keep(syncing, part, &gathered);
        return false;
    }
    *ret = gathered;
    return true;
}

/*
 * The next gateway that is to be read, into the work; false at the end of the list. What is found by a search stands at
 * that end.
 */
static bool gw_sync_begin_work(struct gw_sync_part *part, struct gw_sync_work *work)
{
    if (part->doubtful)
        return false;
    if (gw_sync_begin_search(part, work))
        return true;
    if (part->searches > 0)
        return false;
    while (part->next < part->pages.ids.n && part->syncing->code == GW_OK) {
        uint32_t number = part->next++;

        if (!gw_pages_has(&part->pages, number))
            continue;
        part->found++;
        if (gw_sync_look_at(part, number, &work->gathered)) {
            work->step = GW_SYNC_STEP_DEVICES;
            return true;
        }
    }
    return false;
}

static bool gw_sync_step_applies(const struct gw_sync_work *work)
{
    const struct gw_seen_gateway *seen = &work->gathered.seen;

    switch (work->step) {
    case GW_SYNC_STEP_HA:
        return seen->n_devices == 2;
    case GW_SYNC_STEP_POLICY:
        return seen->n_devices >= 1 && seen->device[0].serial[0];
    case GW_SYNC_STEP_MATE_POLICY:
        return seen->n_devices == 2 && seen->device[1].serial[0];
    default:
        return true;
    }
}

/* One of the smaller reads has told nothing. answer: what it told instead; NULL: it need not even be tried. */
static void gw_sync_lacks(struct gw_sync_part *part, struct gw_sync_work *work,
                          const struct gw_answer *answer)
{
    struct gw_gathered *gathered = &work->gathered;
    bool ha = work->step == GW_SYNC_STEP_HA;

    gathered->partly = true;
    *(ha ? &part->no_roles : &part->no_policies) += 1;
    if (answer && !part->lacking[0] && answer->proof == GW_PROOF_ACCEPTED)
        (void)gw_text_copy(part->lacking, sizeof(part->lacking), "the reply has none that is known");
    else if (answer && !part->lacking[0])
        gw_reads_sentence(answer, part->lacking, sizeof(part->lacking));
    gw_sync_lack(part->syncing, gathered->gateway_id,
                 ha ? "" : gathered->seen.device[work->step - GW_SYNC_STEP_POLICY].serial,
                 ha ? "ha_role" : "auto_upgrade");
}

/* On to what is to be read next; at the end it is put. */
static void gw_sync_step_on(struct gw_sync_part *part, struct gw_sync_work *work)
{
    for (work->step++; work->step != GW_SYNC_STEP_DONE; work->step++) {
        if (!gw_sync_step_applies(work))
            continue;
        if (work->step == GW_SYNC_STEP_HA ? !part->no_ha : !part->no_policy)
            return;
        gw_sync_lacks(part, work, NULL);
    }
    gw_sync_keep(part->syncing, part, &work->gathered);
    work->step = GW_SYNC_STEP_NONE;
}

/* Devices that cannot be told apart, or that the list contradicts, are not taken for all that there is. */
static const char *gw_sync_contradiction(const struct gw_gathered *gathered,
                                         const struct gw_seen_gateway *seen)
{
    if (seen->gateway_id[0] && !gw_text_equal(seen->gateway_id, gathered->gateway_id))
        return "the reply is about another gateway";
    if (seen->n_devices > GW_SYNC_DEVICES_MAX)
        return "it has more than two devices";
    if (seen->n_devices == 0 && gathered->listed->serials[0])
        return "the list names devices that its own read does not have";
    if (seen->n_devices == 2 && (!seen->device[0].serial[0] || !seen->device[1].serial[0] ||
                                 gw_text_equal(seen->device[0].serial, seen->device[1].serial)))
        return "the devices of the pair cannot be told apart";
    return NULL;
}

/* It is there, and that is all that is known of it. */
static void gw_sync_give_up(struct gw_sync_part *part, struct gw_sync_work *work,
                            const struct gw_answer *answer, const char *why)
{
    char sentence[GW_SYNC_PROBLEM_SIZE / 2];

    part->unread++;
    if (!part->problem[0]) {
        if (why)
            (void)gw_text_copy(sentence, sizeof(sentence), why);
        else
            gw_reads_sentence(answer, sentence, sizeof(sentence));
        part->exit_code = why ? GW_EXIT_PARTLY : gw_exit_of_class(answer->class_);
        (void)snprintf(part->problem, sizeof(part->problem), "gateway %s could not be read: %s",
                       work->gathered.gateway_id, sentence);
    }
    gw_sync_lack(part->syncing, work->gathered.gateway_id, "", "devices");
    gw_sync_keep(part->syncing, part, &work->gathered);
    work->step = GW_SYNC_STEP_NONE;
}

static void gw_sync_told_devices(struct gw_sync_part *part, struct gw_sync_work *work,
                                 const struct gw_told *told)
{
    const char *why;

    if (told->answer.class_ == GW_CLASS_NOT_FOUND) {
        work->step = GW_SYNC_STEP_NONE; /* it has left since it was listed */
        return;
    }
    why = told->answer.proof == GW_PROOF_ACCEPTED ? gw_sync_contradiction(&work->gathered, told->gateway)
                                                  : NULL;
    if (told->answer.proof != GW_PROOF_ACCEPTED || why) {
        gw_sync_give_up(part, work, &told->answer, why);
        return;
    }
    work->gathered.whole = true;
    work->gathered.read_unix_ms = told->asked_unix_ms;
    work->gathered.seen = *told->gateway;
    gw_sync_step_on(part, work);
}

static void gw_sync_told_of_work(struct gw_sync_part *part, struct gw_sync_work *work,
                                 const struct gw_told *told)
{
    bool accepted = told->answer.proof == GW_PROOF_ACCEPTED;
    bool forbidden = told->answer.class_ == GW_CLASS_IDENTITY;
    char *auto_upgrade;

    work->asked = false;
    /* Half of what there is to read would pass for all of it. */
    if (gw_text_equal(told->answer.code, "withdrawn")) {
        part->searches -= work->step == GW_SYNC_STEP_SEARCH;
        work->step = GW_SYNC_STEP_NONE;
        return;
    }
    switch (work->step) {
    case GW_SYNC_STEP_SEARCH:
        gw_sync_told_search(part, work, told);
        return;
    case GW_SYNC_STEP_DEVICES:
        gw_sync_told_devices(part, work, told);
        return;
    case GW_SYNC_STEP_HA:
        part->no_ha |= forbidden;
        if (accepted)
            work->gathered.ha = *told->ha;
        if (work->gathered.ha.mode == GW_HA_UNKNOWN)
            gw_sync_lacks(part, work, &told->answer);
        break;
    case GW_SYNC_STEP_POLICY:
    case GW_SYNC_STEP_MATE_POLICY:
        part->no_policy |= forbidden;
        auto_upgrade = work->gathered.auto_upgrade[work->step - GW_SYNC_STEP_POLICY];
        if (accepted)
            (void)gw_text_copy(auto_upgrade, sizeof(work->gathered.auto_upgrade[0]),
                               told->auto_upgrade->type);
        if (auto_upgrade[0] == '\0')
            gw_sync_lacks(part, work, &told->answer);
        break;
    default:
        GW_NEVER("a work without a question is told of nothing");
    }
    gw_sync_step_on(part, work);
}

void gw_sync_part_told(struct gw_sync_part *part, const struct gw_ask *ask, const struct gw_told *told)
{
    if (ask->tag == PAGE_TAG)
        gw_sync_told_page(part, told);
    else
        gw_sync_told_of_work(part, &part->work[ask->tag], told);
}

/* ---- asking ---- */

static void gw_sync_ask_page(struct gw_sync_part *part, struct gw_ask *ret)
{
    *ret = (struct gw_ask){.action = GW_ACTION_LIST_GATEWAYS, .page = part->pages.page, .tag = PAGE_TAG};
    part->paging = true;
}

static void gw_sync_ask_work(struct gw_sync_work *work, uint32_t tag, struct gw_ask *ret)
{
    const struct gw_gathered *gathered = &work->gathered;

    *ret = (struct gw_ask){.action = GW_ACTION_GATEWAY, .tag = tag};
    (void)gw_text_copy(ret->gateway_id, sizeof(ret->gateway_id), gathered->gateway_id);
    if (work->step == GW_SYNC_STEP_SEARCH) {
        ret->action = GW_ACTION_LIST_GATEWAYS;
        ret->page = 1;
    }
    if (work->step == GW_SYNC_STEP_HA)
        ret->action = GW_ACTION_GATEWAY_HA;
    if (work->step == GW_SYNC_STEP_POLICY || work->step == GW_SYNC_STEP_MATE_POLICY) {
        ret->action = GW_ACTION_AUTO_UPGRADE;
        ret->version_type = GW_VERSION_TYPE_DEVICE;
        (void)gw_text_copy(ret->serial, sizeof(ret->serial),
                           gathered->seen.device[work->step - GW_SYNC_STEP_POLICY].serial);
    }
    work->asked = true;
}

bool gw_sync_part_next(struct gw_sync_part *part, struct gw_ask *ret)
{
    struct gw_syncing *syncing = part->syncing;

    if (syncing->code != GW_OK || part->paging)
        return false;
    if (!part->pages.done) {
        if (part->problem[0])
            return false;
        gw_sync_ask_page(part, ret);
        return true;
    }
    for (uint32_t i = 0; i < GW_READS_LANE_MOST; i++) {
        struct gw_sync_work *work = &part->work[i];

        if (work->asked || (work->step == GW_SYNC_STEP_NONE && !gw_sync_begin_work(part, work)))
            continue;
        gw_sync_ask_work(work, i, ret);
        return true;
    }
    return false;
}

bool gw_sync_part_is_over(const struct gw_sync_part *part)
{
    if (part->paging || (!part->pages.done && !part->problem[0]))
        return false;
    for (uint32_t i = 0; i < GW_READS_LANE_MOST; i++)
        if (part->work[i].step != GW_SYNC_STEP_NONE)
            return false;
    return !part->pages.done || part->doubtful ||
           (part->sought == part->missing.n && part->next == part->pages.ids.n);
}
