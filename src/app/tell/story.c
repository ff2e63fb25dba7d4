/*
 * Merges the attempts and events of one target by time. A target has a few of each, so all are held in
 * memory; an attempt gives two moments, the signing and the answer.
 */
#include "story.h"

#include <inttypes.h>
#include <stdlib.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/when.h"
#include "gatewave/store/rollout.h"

static struct gw_moment *gw_story_add(struct gw_story *story, int64_t at_unix_ms, uint32_t attempt,
                                      const char *kind)
{
    struct gw_moment *moment;

    story->moment = gw_mem_resize(story->moment, story->n + 1, sizeof(*story->moment));
    moment = &story->moment[story->n];
    *moment = (struct gw_moment){.at_unix_ms = at_unix_ms,
                                 .sort_unix_ms = at_unix_ms,
                                 .order = story->n,
                                 .attempt = attempt,
                                 .kind = gw_mem_dup(kind)};
    story->n++;
    return moment;
}

static void gw_story_fill(struct gw_moment *moment, const char *proof, const char *code,
                          const char *request_id, const char *text)
{
    moment->proof = gw_mem_dup(proof);
    moment->code = gw_mem_dup(code);
    moment->request_id = gw_mem_dup(request_id);
    moment->text = gw_mem_dup(text);
}

/*
 * What is signed carries whole seconds, everything else milliseconds. The signing was in that second, before its own
 * answer and after the answer to the attempt before.
 */
static int64_t gw_story_signed(const struct gw_story *story, const struct gw_attempt_row *row)
{
    int64_t at = row->signed_unix_ms + 999;

    if (row->proof != GW_PROOF_NONE && row->answered_unix_ms < at)
        at = row->answered_unix_ms;
    return at > story->answered_unix_ms ? at : story->answered_unix_ms;
}

static bool gw_story_attempt(void *user, const struct gw_attempt_row *row)
{
    struct gw_story *story = user;
    char fence[GW_WHEN_TEXT_SIZE];
    struct gw_moment *moment;
    struct gw_buf text;

    gw_buf_init(&text, 0);
    gw_when_text(row->fence_unix_ms, fence);
    gw_buf_addf(&text, "no copy of this call can take effect after %s", fence);
    moment = gw_story_add(story, row->signed_unix_ms, row->number, "signed");
    moment->sort_unix_ms = gw_story_signed(story, row);
    gw_story_fill(moment, "", "", "", gw_buf_text(&text));
    gw_buf_reset(&text);
    if (row->proof != GW_PROOF_NONE) {
        if (row->http_status)
            gw_buf_addf(&text, "HTTP %" PRId32, row->http_status);
        if (row->message[0])
            gw_buf_addf(&text, "%s%s", text.len ? ": " : "", row->message);
        moment = gw_story_add(story, row->answered_unix_ms, row->number, "answered");
        gw_story_fill(moment, gw_proof_name(row->proof), row->code, row->request_id, gw_buf_text(&text));
        story->answered_unix_ms = row->answered_unix_ms;
    }
    gw_buf_release(&text);
    return true;
}

static bool gw_story_event(void *user, const struct gw_event_row *row)
{
    gw_story_fill(gw_story_add(user, row->at_unix_ms, 0, row->kind), "", "", "", row->text);
    return true;
}

static int gw_story_compare(const void *a, const void *b)
{
    const struct gw_moment *x = a, *y = b;

    if (x->sort_unix_ms != y->sort_unix_ms)
        return x->sort_unix_ms < y->sort_unix_ms ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

enum gw_code gw_story_load(struct gw_session *session, int64_t rollout, uint32_t target, struct gw_story *ret,
                           struct gw_err *err)
{
    struct gw_story story = {0};
    enum gw_code code = gw_attempts_each(session->store, rollout, target, gw_story_attempt, &story, err);

    if (code == GW_OK)
        code = gw_events_each(session->store, rollout, target, gw_story_event, &story, err);
    if (code) {
        gw_story_release(&story);
        return code;
    }
    if (story.n > 1)
        qsort(story.moment, story.n, sizeof(*story.moment), gw_story_compare);
    *ret = story;
    return GW_OK;
}

void gw_story_release(struct gw_story *story)
{
    for (size_t i = 0; i < story->n; i++) {
        free(story->moment[i].kind);
        free(story->moment[i].proof);
        free(story->moment[i].code);
        free(story->moment[i].request_id);
        free(story->moment[i].text);
    }
    free(story->moment);
    *story = (struct gw_story){0};
}
