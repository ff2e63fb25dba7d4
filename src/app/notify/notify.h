#ifndef GATEWAVE_SRC_APP_NOTIFY_NOTIFY_H
#define GATEWAVE_SRC_APP_NOTIFY_NOTIFY_H
/*
 * Notices on their way to webhooks, sent from the loop that a rollout runs on and never in its way: a queue with an end,
 * one message at a time to a receiver that answers, a few tries, and at the end of a run a few seconds' patience. What somebody must
 * hear of goes before the mere word that a rollout has started, and past one that hangs or is to be said again; else they keep
 * their order.
 */
#include "gatewave/conf/spec.h"
#include "gatewave/net/loop.h"

#include "notice.h"

/* So many messages wait at most; of more the oldest one is dropped. */
#define GW_NOTIFY_QUEUE 64
#define GW_NOTIFY_TRIES 4
/* After the first, second, third try. */
#define GW_NOTIFY_PAUSE_MS(tries) ((uint64_t)1000 << (2 * ((tries)-1)))
/* So long an urgent message waits for the answer to another one, and so many are at a receiver at once. */
#define GW_NOTIFY_COURTESY_MS 1000u
#define GW_NOTIFY_AT_ONCE     2u
/* How long a run that has ended stays for what is still on its way: one try's time for what is urgent. */
#define GW_NOTIFY_PATIENCE_MS        3000u
#define GW_NOTIFY_URGENT_PATIENCE_MS 10000u

struct gw_notify;

/*
 * NULL when the configuration has no webhook that can be called, which is all that most runs see of this. One whose
 * address cannot be found is told of and left out.
 */
struct gw_notify *gw_notify_new(struct gw_loop *loop, const struct gw_config *config, bool quiet);
/* Puts a message into the queue for each receiver that wants to hear of it; notify may be NULL. */
void gw_notify_send(struct gw_notify *notify, const struct gw_notice_facts *facts);
/* When the loop has stopped: runs it until all is delivered or given up, or patience is at its end. */
void gw_notify_finish(struct gw_notify *notify);
/* What is still on its way is given up; a line on stderr tells of what was not delivered. */
void gw_notify_free(struct gw_notify *notify);
/* n notices, where no loop runs: sent with that patience. */
void gw_notify_once(const struct gw_config *config, const struct gw_notice_facts *facts, size_t n,
                    bool quiet);

#endif
