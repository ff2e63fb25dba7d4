#ifndef GATEWAVE_TESTS_UNIT_APP_VIEW_H
#define GATEWAVE_TESTS_UNIT_APP_VIEW_H
/* A session on a database of its own, and what a run would have written into it. Waves count from 1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gatewave/app/session.h"
#include "gatewave/core/order.h"
#include "gatewave/store/rollout.h"

#define T0 INT64_C(1700000000000) /* 2023-11-14T22:13:20Z */

struct view {
    char root[64], database[96], csv[96];
    struct gw_session session;
    struct gw_err err;
    struct gw_rollout_row rollout;
    struct gw_lease *lease;
};

/* What becomes rollout os-2.4.0 to version 2.4.0. */
struct view_plan {
    const char *inventory, *spec;
    bool accepted_only; /* without verification */
    const struct gw_cut_size *size;
    const char *const *wave_name;
    uint32_t n_waves;
};

int view_arrive(void **state);
int view_leave(void **state);
#define VIEW(name) cmocka_unit_test_setup_teardown(name, view_arrive, view_leave)

void view_write_csv(const struct view *view, const char *text);
void view_import_text(struct view *view, const char *text);
/* Freezes it, takes the lease, and begins its first wave. */
void view_freeze(struct view *view, const struct view_plan *plan);
/* Takes what was printed and checks that it has all the texts up to NULL. */
void view_check_printed(struct view *view, const char *const *texts);
#define PRINTED(view, ...) view_check_printed(view, (const char *const[]){__VA_ARGS__, NULL})

uint32_t view_number_of(struct view *view, const char *gateway_id);
void view_commit(struct view *view, const struct gw_record *record);
void view_sign(struct view *view, const char *gateway_id, uint32_t attempt, int64_t at);
void view_answer(struct view *view, const char *gateway_id, uint32_t attempt, int64_t at, enum gw_proof proof,
                 enum gw_state state, const char *code, const char *message);
void view_seen(struct view *view, const char *gateway_id, const char *version);
void view_end(struct view *view, uint32_t target, enum gw_state state, const char *code);
void view_phase(struct view *view, enum gw_phase now, const char *reason);
void view_wave(struct view *view, uint32_t wave, enum gw_phase now, int64_t soak_until_unix_ms);
void view_judge(struct view *view, uint32_t wave, enum gw_verdict verdict, const char *evidence);
/* Of bob@noc; its id. */
int64_t view_order(struct view *view, enum gw_order_kind kind, const char *argument, const char *reason);
void view_obey(struct view *view, int64_t order, enum gw_answer_word word, const char *sentence);

#endif
