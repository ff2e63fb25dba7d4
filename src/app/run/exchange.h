#ifndef GATEWAVE_SRC_APP_RUN_EXCHANGE_H
#define GATEWAVE_SRC_APP_RUN_EXCHANGE_H
/*
 * Calls and reads, from the core's words to signed bytes and back: the one file that knows the vendor's floor and the
 * network's. Every exchange that begins ends in exactly one ANSWER or READ_DONE event.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/app/keys.h"
#include "gatewave/base/err.h"
#include "gatewave/conf/spec.h"
#include "gatewave/core/rollout.h"
#include "gatewave/net/loop.h"

#include "rollout/batch.h"
#include "rollout/roster.h"

struct gw_exchanges;

typedef void gw_exchange_emit(void *user, const struct gw_event *ev);

/* calls and reads are how many of each may travel at once. The roster and the keys must outlive it. */
struct gw_exchanges *gw_exchanges_new(struct gw_loop *loop, const struct gw_config *config,
                                      struct gw_keys *keys, struct gw_roster *roster, const char *version,
                                      bool dpi, uint32_t calls, uint32_t reads, gw_exchange_emit *emit,
                                      void *user, struct gw_err *err);
/* Ends what is under way; the events of that are emitted before it returns. */
void gw_exchanges_free(struct gw_exchanges *exchanges);
/* True while one more call may begin. */
bool gw_exchange_has_room(const struct gw_exchanges *exchanges);
/*
 * While it is on, a call that has begun and has no connection yet does not leave: it ends as never sent, withdrawn. So a
 * stop holds for what is on its way, too.
 */
void gw_exchange_withhold(struct gw_exchanges *exchanges, bool withhold);
void gw_exchange_call(struct gw_exchanges *exchanges, const struct gw_send *send);
void gw_exchange_read(struct gw_exchanges *exchanges, const struct gw_effect *effect);
/*
 * The wall clock was set: what is signed by it now may be valid at another time than its fence says. It is doubted until
 * the reply to something that was asked since agrees with it, and no call should leave meanwhile.
 */
void gw_exchange_doubt_clock(struct gw_exchanges *exchanges);
bool gw_exchange_doubts_clock(const struct gw_exchanges *exchanges);
/* How far the cloud's clock is ahead of ours, by the last Date header; 0 while none was seen. */
int64_t gw_exchange_skew_ms(const struct gw_exchanges *exchanges);

#endif
