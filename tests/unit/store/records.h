#ifndef GATEWAVE_TESTS_UNIT_STORE_RECORDS_H
#define GATEWAVE_TESTS_UNIT_STORE_RECORDS_H
/* A rollout under way, and the records that the core would write of it. */
#include "place.h"

#define T0 INT64_C(1700000000000) /* when everything begins */

struct run {
    struct place *place;
    struct gw_rollout_row rollout;
    struct gw_lease *lease;
};

/* A fleet of four, a rollout called r over all of it, and its lease. */
struct run run_start(void **state);
void run_stop(struct run *run);
/* gw_commit of one record. */
enum gw_code run_try(struct run *run, struct gw_record record);
void run_commit(struct run *run, struct gw_record record);
/* The record is refused as not fitting, and the whole database is as it was. */
void run_refuses(struct run *run, struct gw_record record);

struct gw_record intent_of(uint32_t target, uint32_t attempt);
/* With code "Code", request id "REQ-<attempt>", message "said", one charged attempt each. */
struct gw_record answer_of(uint32_t target, uint32_t attempt, enum gw_proof proof, enum gw_state state);
struct gw_record state_of(uint32_t target, enum gw_state state, const char *code);

#endif
