/*
 * What lies between a client and the cloud. The fate of a request is drawn when its first byte leaves; from then on
 * parcels travel, each an event to come: a request that will arrive, a reply or a reset that will be heard. They know
 * nothing of the process that sent them, so that its death changes nothing for them.
 */
#include "network/local.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "network/outage.h"
#include "stage/fault.h"
#include "stage/stage.h"

struct sim_trip {
    struct sim_message message;
    struct sim_sender sender;
    uint32_t device; /* of an update call; SIM_NONE: nobody that the fleet knows */
    uint64_t patience_ms;
    struct sim_fate fate; /* by the script */
    sim_heard *heard;     /* NULL: nobody waits for a reply */
    void *user;
    uint32_t holders; /* who waits, and each parcel */
};

struct sim_parcel {
    struct sim_parcel *next, **at; /* among all of them */
    struct sim_event *event;
    struct sim_trip *trip;
    bool copy, late, answers; /* answers: its reply is the one that the sender sees */
    enum sim_fault fate;      /* of its reply */
    struct sim_reply reply;
};

static struct {
    const struct sim_swarm *swarm;
    struct gw_rng rng;
    bool calm;
    uint32_t n_trips;
    struct sim_parcel *parcels;
    uint32_t under_way[SIM_DEVICES_MAX]; /* update calls, by device */
    sim_network_watch *watch;
    sim_network_arrival *arrival;
    sim_network_script *script; /* NULL: all is drawn */
    void *watch_user, *arrival_user, *script_user;
} the;

static uint64_t below(uint64_t n)
{
    return the.script ? 0 : gw_rng_below(&the.rng, n);
}

/* One way of a request or a reply, when nothing is wrong. */
static uint64_t way_ms(void)
{
    return the.script ? the.swarm->delay_ms / 2 : below(the.swarm->delay_ms / 2 + 1);
}

/* fate is the script's, where there is one. */
static bool roll(const struct sim_fate *fate, uint32_t bp, enum sim_fault fault)
{
    if (the.script)
        return fate->fault == fault;
    return !the.calm && below(10000) < bp;
}

static bool chance(const struct sim_fate *fate, uint32_t bp, enum sim_fault fault)
{
    if (!roll(fate, bp, fault))
        return false;
    sim_hit(fault);
    return true;
}

/* ---- connections ---- */

void sim_network_connect(const struct sim_message *message, bool warm, struct sim_connect *ret)
{
    static const enum gw_http_cause causes[] = {GW_HTTP_CAUSE_CONNECT, GW_HTTP_CAUSE_RESOLVE,
                                                GW_HTTP_CAUSE_TLS};
    enum sim_reach reach;

    *ret = (struct sim_connect){.at_ms = sim_now_ms(), .detail = ""};
    sim_outage_count(message->region);
    if (warm)
        return;
    ret->at_ms += way_ms();
    reach = sim_outage_reach(message->region);
    if (reach == SIM_REACH_SILENT) {
        ret->at_ms = SIM_NEVER;
    } else if (reach == SIM_REACH_REFUSED) {
        ret->cause = GW_HTTP_CAUSE_CONNECT;
        ret->detail = "the region's endpoint does not take connections";
    } else if (!the.script && chance(NULL, the.swarm->refused_bp, SIM_CONNECT_REFUSED)) {
        ret->cause = causes[below(GW_COUNT_OF(causes))];
        ret->detail = "no connection came about";
    }
}

/* ---- parcels ---- */

static void trip_drop(struct sim_trip *trip)
{
    if (--trip->holders > 0)
        return;
    sim_message_release(&trip->message);
    free(trip);
    the.n_trips--;
}

static struct sim_parcel *parcel_new(struct sim_trip *trip)
{
    struct sim_parcel *parcel = gw_mem_new(1, sizeof(*parcel));

    parcel->trip = trip;
    trip->holders++;
    sim_reply_init(&parcel->reply);
    parcel->next = the.parcels;
    parcel->at = &the.parcels;
    if (parcel->next)
        parcel->next->at = &parcel->next;
    the.parcels = parcel;
    return parcel;
}

static void parcel_free(struct sim_parcel *parcel)
{
    *parcel->at = parcel->next;
    if (parcel->next)
        parcel->next->at = parcel->at;
    sim_reply_release(&parcel->reply);
    trip_drop(parcel->trip);
    free(parcel);
}

static void reply_comes(void *user)
{
    struct sim_parcel *parcel = user;
    struct sim_trip *trip = parcel->trip;
    sim_heard *heard = trip->heard;

    if (heard && sim_outage_reach(trip->message.region) != SIM_REACH_SILENT) {
        trip->heard = NULL;
        heard(trip->user, &parcel->reply);
        /* What it held went with it. */
        sim_reply_init(&parcel->reply);
        trip_drop(trip);
    }
    parcel_free(parcel);
}

/* The sender's connection breaks, sooner rather than later; or it is silent for as long as he waits. */
static void break_off(struct sim_trip *trip, enum gw_http_cause cause)
{
    struct sim_parcel *parcel;

    if (cause == GW_HTTP_CAUSE_RESET && (the.script ? trip->fate.silent : below(2) > 0))
        return;
    parcel = parcel_new(trip);
    parcel->reply.cause = cause;
    parcel->event = sim_at(sim_now_ms() + below(below(trip->patience_ms) + 1), reply_comes, parcel);
}

static void count_update(const struct sim_trip *trip, int by)
{
    if (trip->device != SIM_NONE)
        the.under_way[trip->device] += (uint32_t)by;
}

static void note_fate(const struct sim_trip *trip, enum sim_fault fault)
{
    sim_note("%.8s of %u: %s", trip->message.nonce, trip->sender.pid, sim_fault_name(fault));
}

/* ---- the way back ---- */

static void send_back(struct sim_parcel *parcel)
{
    uint64_t delay_ms = way_ms();

    if (parcel->fate == SIM_REPLY_LATE)
        delay_ms += parcel->trip->fate.late_ms + 1 + below(2 * parcel->trip->patience_ms);
    else if (parcel->fate == SIM_REPLY_CUT && parcel->reply.status)
        sim_reply_cut(&parcel->reply, &the.rng);
    else if (parcel->fate == SIM_REPLY_GARBLED && parcel->reply.status)
        sim_reply_garble(&parcel->reply, &the.rng);
    else if (parcel->fate == SIM_REPLY_FOREIGN)
        sim_reply_foreign(&parcel->reply, &the.rng);
    parcel->event = sim_at(sim_now_ms() + delay_ms, reply_comes, parcel);
}

static void request_arrives(void *user)
{
    struct sim_parcel *parcel = user;
    struct sim_trip *trip = parcel->trip;
    const struct sim_line *line;

    count_update(trip, -1);
    if (parcel->late)
        sim_hit(trip->heard ? SIM_REPLY_LOST : SIM_REQUEST_LATE);
    line = sim_cloud_take(&trip->message, &trip->sender, parcel->copy, &parcel->reply);
    if (the.arrival)
        the.arrival(the.arrival_user, line);
    if (parcel->answers && parcel->fate != SIM_REPLY_LOST) {
        send_back(parcel);
        return;
    }
    if (parcel->answers)
        break_off(trip, GW_HTTP_CAUSE_RESET);
    parcel_free(parcel);
}

/* ---- the way there ---- */

static struct sim_parcel *send_out(struct sim_trip *trip, uint64_t after_ms, bool answers)
{
    struct sim_parcel *parcel = parcel_new(trip);

    parcel->answers = answers;
    parcel->event = sim_at(sim_now_ms() + after_ms, request_arrives, parcel);
    count_update(trip, 1);
    return parcel;
}

/*
 * The connection, an idle one, dies under the request, perhaps after it was read. A transport sends what may be sent
 * again a second time by itself, as libcurl does; that is why an update call says that it may not.
 */
static void die_under(struct sim_trip *trip)
{
    uint64_t delay_ms = below(the.swarm->delay_ms + 1);

    if (below(2))
        (void)send_out(trip, delay_ms / 2, false);
    if (trip->message.once)
        break_off(trip, GW_HTTP_CAUSE_RESEND);
    else
        (void)send_out(trip, delay_ms + 1, true);
}

static enum sim_fault draw_reply(const struct sim_trip *trip)
{
    const struct {
        uint32_t bp;
        enum sim_fault fault;
    } fate[] = {
        {the.swarm->reply_lost_bp, SIM_REPLY_LOST},       {the.swarm->reply_late_bp, SIM_REPLY_LATE},
        {the.swarm->reply_cut_bp, SIM_REPLY_CUT},         {the.swarm->reply_garbled_bp, SIM_REPLY_GARBLED},
        {the.swarm->reply_foreign_bp, SIM_REPLY_FOREIGN},
    };

    for (size_t i = 0; i < GW_COUNT_OF(fate); i++)
        if (chance(&trip->fate, fate[i].bp, fate[i].fault))
            return fate[i].fault;
    return SIM_NO_FAULT;
}

/* A middlebox sends it again: at once, and then either of the two may be first and either reply is seen; or later. */
static void send_copy(struct sim_trip *trip, struct sim_parcel *first)
{
    bool at_once = below(2);
    uint64_t after_ms = at_once ? way_ms() : trip->fate.late_ms + 1 + below(the.swarm->late_ms);
    struct sim_parcel *copy = send_out(trip, after_ms, false);

    note_fate(trip, SIM_REQUEST_TWICE);
    copy->copy = true;
    if (at_once && below(2)) {
        copy->answers = true;
        copy->fate = first->fate;
        first->answers = false;
    }
}

static void draw_fate(struct sim_trip *trip, bool warm)
{
    enum sim_reach reach = sim_outage_reach(trip->message.region);
    struct sim_parcel *first;
    enum sim_fault reply;

    if (reach != SIM_REACHED) {
        note_fate(trip, SIM_REGION_OUT);
        if (reach == SIM_REACH_REFUSED)
            break_off(trip, GW_HTTP_CAUSE_RESET);
    } else if (chance(&trip->fate, the.swarm->lost_bp, SIM_REQUEST_LOST)) {
        note_fate(trip, SIM_REQUEST_LOST);
        if (warm && below(2))
            die_under(trip);
        else
            break_off(trip, GW_HTTP_CAUSE_RESET);
    } else if (roll(&trip->fate, the.swarm->late_bp, SIM_REQUEST_LATE)) {
        note_fate(trip, SIM_REQUEST_LATE);
        send_out(trip, trip->fate.late_ms + 1 + below(the.swarm->late_ms), false)->late = true;
        break_off(trip, GW_HTTP_CAUSE_RESET);
    } else {
        reply = draw_reply(trip);
        if (reply)
            note_fate(trip, reply);
        if (reply == SIM_REPLY_FOREIGN && below(2)) {
            /* Whoever answers in the cloud's place has not asked it. */
            first = parcel_new(trip);
            first->fate = reply;
            send_back(first);
            return;
        }
        first = send_out(trip, way_ms(), true);
        first->fate = reply;
        if (chance(&trip->fate, the.swarm->twice_bp, SIM_REQUEST_TWICE))
            send_copy(trip, first);
    }
}

struct sim_trip *sim_network_send(struct sim_message *message, bool warm, uint64_t patience_ms,
                                  sim_heard *heard, void *user)
{
    struct sim_process *process = sim_self();
    struct sim_trip *trip;

    GW_CHECK(process && !sim_process_is_dead(process));
    if (the.watch)
        the.watch(the.watch_user, process, message->nonce, message->action == SIM_UPDATE);
    if (sim_process_is_dead(process))
        return NULL;
    trip = gw_mem_new(1, sizeof(*trip));
    *trip = (struct sim_trip){
        .message = *message,
        .sender = {.pid = sim_process_pid(process), .sent_ms = sim_now_ms()},
        .device = sim_message_device(message, the.swarm),
        .patience_ms = patience_ms,
        .heard = heard,
        .user = user,
        .holders = 1,
    };
    memset(message, 0, sizeof(*message));
    the.n_trips++;
    if (the.script)
        the.script(the.script_user, &trip->message, &trip->fate);
    draw_fate(trip, warm);
    return trip;
}

void sim_network_let_go(struct sim_trip *trip)
{
    GW_CHECK(trip->heard);
    trip->heard = NULL;
    trip_drop(trip);
}

/* ---- the world's ---- */

void sim_network_begin(const struct sim_swarm *swarm)
{
    memset(&the, 0, sizeof(the));
    the.swarm = swarm;
    gw_rng_init(&the.rng, gw_hash("network", 7, swarm->seed));
    sim_outage_begin(swarm, &the.rng);
    sim_cloud_begin(swarm);
}

void sim_network_end(void)
{
    while (the.parcels) {
        sim_cancel(the.parcels->event);
        parcel_free(the.parcels);
    }
    GW_CHECK(the.n_trips == 0);
    sim_cloud_end();
}

void sim_network_calm(void)
{
    the.calm = true;
    sim_outage_end();
    sim_cloud_calm();
}

void sim_network_on_leave(sim_network_watch *watch, void *user)
{
    the.watch = watch;
    the.watch_user = user;
}

void sim_network_on_arrival(sim_network_arrival *arrival, void *user)
{
    the.arrival = arrival;
    the.arrival_user = user;
}

void sim_network_on_script(sim_network_script *script, void *user)
{
    the.script = script;
    the.script_user = user;
}

bool sim_network_has_update_under_way(uint32_t device)
{
    return the.under_way[device] > 0;
}
