/* Verdicts and the orders that answered them, merged by time. A rollout has a few of each. */
#include "judged.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/mem.h"

struct gw_judgement {
    uint32_t wave;
    enum gw_verdict verdict; /* NONE: an order */
    enum gw_order_kind kind;
    int64_t at_unix_ms;
    char *by;
};

/* ---- loading ---- */

/* Makes room for one more at this place. */
static struct gw_judgement *gw_judged_insert(struct gw_judged *judged, size_t at)
{
    judged->word = gw_mem_resize(judged->word, judged->n + 1, sizeof(*judged->word));
    memmove(&judged->word[at + 1], &judged->word[at], (judged->n - at) * sizeof(*judged->word));
    judged->n++;
    return &judged->word[at];
}

static bool gw_judged_verdict(void *user, const struct gw_verdict_row *row)
{
    struct gw_judged *judged = user;

    *gw_judged_insert(judged, judged->n) =
        (struct gw_judgement){.wave = row->wave, .verdict = row->verdict, .at_unix_ms = row->at_unix_ms};
    return true;
}

/* An order is about the verdict before it. */
static bool gw_judged_order(void *user, const struct gw_order_row *row)
{
    struct gw_judged *judged = user;
    size_t at = judged->n;

    if (!row->accepted || (!row->forgives && row->kind != GW_ORDER_APPROVE))
        return true;
    while (at > 0 && judged->word[at - 1].at_unix_ms > row->answered_unix_ms)
        at--;
    if (at == 0)
        return true;
    *gw_judged_insert(judged, at) = (struct gw_judgement){
        .kind = row->kind, .at_unix_ms = row->answered_unix_ms, .by = gw_mem_dup(row->by)};
    judged->word[at].wave = judged->word[at - 1].wave;
    return true;
}

enum gw_code gw_judged_load(struct gw_store *store, int64_t rollout, struct gw_judged *ret,
                            struct gw_err *err)
{
    struct gw_judged judged = {0};
    enum gw_code code = gw_verdicts_each(store, rollout, gw_judged_verdict, &judged, err);

    if (code == GW_OK)
        code = gw_orders_each(store, rollout, false, gw_judged_order, &judged, err);
    if (code)
        gw_judged_release(&judged);
    else
        *ret = judged;
    return code;
}

void gw_judged_release(struct gw_judged *judged)
{
    for (size_t i = 0; i < judged->n; i++)
        free(judged->word[i].by);
    free(judged->word);
    *judged = (struct gw_judged){0};
}

/* ---- telling ---- */

int64_t gw_judged_unix_ms(const struct gw_judged *judged)
{
    for (size_t i = judged->n; i > 0; i--)
        if (judged->word[i - 1].verdict != GW_VERDICT_NONE)
            return judged->word[i - 1].at_unix_ms;
    return 0;
}

void gw_judged_tell(const struct gw_judged *judged, uint32_t wave, struct gw_buf *buf)
{
    const char *link = "";

    for (size_t i = 0; i < judged->n; i++) {
        const struct gw_judgement *word = &judged->word[i];

        if (word->wave != wave)
            continue;
        gw_buf_add_text(buf, link);
        link = ", ";
        if (word->verdict != GW_VERDICT_NONE) {
            gw_buf_add_text(buf, gw_verdict_name(word->verdict));
            continue;
        }
        gw_buf_add_text(buf, word->kind == GW_ORDER_APPROVE ? "approved by " : "forgiven by ");
        gw_screen_text(buf, word->by);
    }
}
