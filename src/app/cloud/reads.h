#ifndef GATEWAVE_SRC_APP_CLOUD_READS_H
#define GATEWAVE_SRC_APP_CLOUD_READS_H
/*
 * Reads outside of a rollout: questions to the cloud, by lane (an account in a region). The caller is pulled: whenever a
 * lane may ask once more it is asked what, and every question that it hands over is told of exactly once. What may pass is
 * tried again here, a throttle makes its lane wait, and what no question of a lane can get past ends the lane.
 *
 * No window of a lane's rate holds more arrivals than the rate says, whatever the network does: a question counts from its
 * leaving until one window after its answer. A first window without a question covers what an earlier process has asked.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/app/keys.h"
#include "gatewave/conf/spec.h"
#include "gatewave/net/loop.h"
#include "gatewave/smartag/endpoint.h"
#include "gatewave/smartag/facts.h"
#include "gatewave/smartag/reply.h"

#define GW_READS_LANE_MOST \
    16 /* questions of one lane under way, those that wait to be tried again included */
#define GW_READS_MOST      256 /* of all lanes, on the wire */
#define GW_READS_TRIES     5  /* of one question; throttles and refused keys are not counted among them ... */
#define GW_READS_THROTTLES 60 /* ... but they have numbers, too */
#define GW_READS_REFUSALS  3  /* each of another key: a fourth would be refused as well */

struct gw_reads_lane {
    const char *account, *region; /* the caller's */
    struct gw_endpoint endpoint;
};

struct gw_ask {
    enum gw_action action; /* one of the reads, or SET_AUTO_UPGRADE, which may be said twice without harm */
    enum gw_version_type version_type;
    uint32_t page;                      /* LIST_GATEWAYS, of GW_READS_PAGE */
    char gateway_id[GW_GATEWAY_ID_MAX]; /* LIST_GATEWAYS: of it alone; "": of all */
    char serial[GW_SERIAL_MAX];
    struct gw_seen_auto_upgrade set; /* SET_AUTO_UPGRADE: to what */
    uint32_t tag;                    /* the caller's */
};

#define GW_READS_PAGE 50

/* What came of it. Which facts there are follows from the action; they hold when the answer is accepted. */
struct gw_told {
    struct gw_answer answer;
    int64_t asked_unix_ms; /* when the try that was answered left */
    const struct gw_seen_page *page;
    const struct gw_seen_gateway *gateway;
    const struct gw_seen_ha *ha;
    const struct gw_seen_versions *versions;
    const struct gw_seen_auto_upgrade *auto_upgrade;
};

struct gw_reads_caller {
    /* The lane's next question; false while there is none. */
    bool (*next)(void *user, uint32_t lane, struct gw_ask *ret);
    /* Valid during the call. */
    void (*told)(void *user, uint32_t lane, const struct gw_ask *ask, const struct gw_told *told);
    void *user;
};

struct gw_reads;

/*
 * lanes and keys must outlive it. patient: with the first window that is left free; a single question of a person needs
 * none.
 */
struct gw_reads *gw_reads_new(struct gw_loop *loop, const struct gw_config *config,
                              const struct gw_reads_lane *lanes, uint32_t n_lanes, struct gw_keys *keys,
                              const struct gw_reads_caller *caller, bool patient, struct gw_err *err);
void gw_reads_free(struct gw_reads *reads);
/* Runs the loop until no lane has a question any more, and every one was told of. */
void gw_reads_run(struct gw_reads *reads);
/* No question leaves any more: those on the wire are waited for, all others are told of as withdrawn. */
void gw_reads_drain(struct gw_reads *reads);
/* What ended the lane; NULL while it goes on. */
const struct gw_answer *gw_reads_ended(const struct gw_reads *reads, uint32_t lane);

/* What an answer means and asks for, for people: "Forbidden: ...". */
void gw_reads_sentence(const struct gw_answer *answer, char *ret, size_t size);

#endif
