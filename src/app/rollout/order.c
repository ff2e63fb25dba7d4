/*
 * Reading an order's words. What is wrong is said here once, in the words that the command prints; a run that meets
 * such an order all the same (its own limits are lower, the command was a newer program) has it refused.
 */
#include "order.h"

#include <stdlib.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/obs/log.h"
#include "gatewave/store/control.h"
#include "gatewave/store/rollout.h"

static enum gw_code gw_order_parse_rate(const char *text, struct gw_rate limit, struct gw_rate *ret,
                                        struct gw_err *err)
{
    const char *wrong;
    struct gw_rate rate;
    char limit_text[32];

    wrong = gw_parse_rate(text, &rate);
    if (wrong)
        return gw_err_set(err, GW_ERR_INPUT, "rate %s: %s", text, wrong);
    gw_rate_text(limit, limit_text, sizeof(limit_text));
    if (gw_rate_per_1000s(rate) > gw_rate_per_1000s(limit))
        return gw_err_set(err, GW_ERR_INPUT,
                          "rate %s is faster than limits.rate of the configuration, %s; lower it, or raise "
                          "the limit and start the run anew",
                          text, limit_text);
    *ret = rate;
    return GW_OK;
}

struct gw_order_wave {
    const char *name;
    uint32_t number; /* from 0 */
    struct gw_buf known;
};

static bool gw_order_wave_row(void *user, const struct gw_wave_row *row)
{
    struct gw_order_wave *wave = user;

    if (gw_text_equal(row->name, wave->name))
        wave->number = row->number - 1;
    gw_buf_addf(&wave->known, "%s%s", wave->known.len ? ", " : "", row->name);
    return true;
}

static enum gw_code gw_order_parse_wave(struct gw_store *store, int64_t rollout, const char *name,
                                        uint32_t *ret, struct gw_err *err)
{
    struct gw_order_wave wave = {.name = name, .number = GW_NO_WAVE};
    enum gw_code code;

    gw_buf_init(&wave.known, GW_ERR_TEXT_MAX / 2);
    code = gw_waves_each(store, rollout, gw_order_wave_row, &wave, err);
    if (code == GW_OK && wave.number == GW_NO_WAVE)
        code = gw_err_set(err, GW_ERR_INPUT, "there is no wave %s: the waves are %s", name,
                          gw_buf_text(&wave.known));
    if (code == GW_OK)
        *ret = wave.number;
    gw_buf_release(&wave.known);
    return code;
}

enum gw_code gw_order_parse(struct gw_store *store, int64_t rollout, struct gw_rate limit,
                            enum gw_order_kind kind, const char *argument, struct gw_order *ret,
                            struct gw_err *err)
{
    struct gw_order order = {.kind = kind, .wave = GW_NO_WAVE};
    enum gw_code code = GW_OK;

    if (kind == GW_ORDER_APPROVE && argument[0])
        code = gw_order_parse_wave(store, rollout, argument, &order.wave, err);
    else if (kind == GW_ORDER_PACE)
        code = gw_order_parse_rate(argument, limit, &order.rate, err);
    if (code == GW_OK)
        *ret = order;
    return code;
}

/* ---- those that wait ---- */

/* A row's words, kept until the rows are read: reading them asks the same connection. */
struct gw_order_words {
    int64_t id;
    enum gw_order_kind kind;
    char *argument;
};

struct gw_order_reading {
    int64_t above;
    struct gw_order_words *words;
    size_t n;
};

static bool gw_order_row(void *user, const struct gw_order_row *row)
{
    struct gw_order_reading *reading = user;

    if (row->id <= reading->above)
        return true;
    reading->words = gw_mem_resize(reading->words, reading->n + 1, sizeof(*reading->words));
    reading->words[reading->n++] =
        (struct gw_order_words){.id = row->id, .kind = row->kind, .argument = gw_mem_dup(row->argument)};
    return true;
}

/* Whom it leaves out was settled when it was given. */
static enum gw_code gw_order_read_without(struct gw_store *store, int64_t id, struct gw_order *order,
                                          struct gw_err *err)
{
    uint32_t *without = NULL;
    enum gw_code code = gw_order_targets(store, id, &without, &order->n_without, err);

    order->without = without;
    return code;
}

enum gw_code gw_order_list_read(struct gw_store *store, int64_t rollout, struct gw_rate limit, int64_t above,
                                struct gw_order_list *ret, struct gw_err *err)
{
    struct gw_order_reading reading = {.above = above};
    struct gw_order_list list = {0};
    enum gw_code code = gw_orders_each(store, rollout, true, gw_order_row, &reading, err);

    if (code == GW_OK && reading.n > 0)
        list.order = gw_mem_new(reading.n, sizeof(*list.order));
    for (size_t i = 0; i < reading.n && code == GW_OK; i++) {
        const struct gw_order_words *words = &reading.words[i];

        code = gw_order_parse(store, rollout, limit, words->kind, words->argument, &list.order[i], err);
        if (code == GW_ERR_INPUT) {
            gw_log(GW_LOG_WARN, "an order cannot be carried out as it is written", "order",
                   gw_order_name(words->kind), "argument", words->argument, "reason", err->text,
                   (char *)NULL);
            list.order[i] = (struct gw_order){.kind = GW_ORDER_NONE, .wave = GW_NO_WAVE};
            code = GW_OK;
        }
        list.order[i].id = words->id;
        list.n = i + 1;
        if (code == GW_OK && words->kind == GW_ORDER_RESUME)
            code = gw_order_read_without(store, words->id, &list.order[i], err);
    }
    for (size_t i = 0; i < reading.n; i++)
        free(reading.words[i].argument);
    free(reading.words);
    if (code == GW_OK)
        *ret = list;
    else
        gw_order_list_release(&list);
    return code;
}

void gw_order_list_release(struct gw_order_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free((void *)(uintptr_t)list->order[i].without);
    free(list->order);
    *list = (struct gw_order_list){0};
}
