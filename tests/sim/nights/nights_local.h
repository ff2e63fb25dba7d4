#ifndef GATEWAVE_TESTS_SIM_NIGHTS_NIGHTS_LOCAL_H
#define GATEWAVE_TESTS_SIM_NIGHTS_NIGHTS_LOCAL_H
/*
 * What the director's parts share.
 *
 *   play.c    the calendar: nights, days, the calm nights at the end, the last one
 *   night.c   one night: who is started, and what follows from how he ended
 *   day.c     what people do by day, and a little at night
 */
#include "life/local.h"
#include "nights/books.h"
#include "nights/nights.h"
#include "nights/watch.h"

#define SIM_HOUR_MS UINT64_C(3600000)
#define SIM_DAY_MS  (24 * SIM_HOUR_MS)

struct sim_nights_life {
    struct sim_life life; /* must be the first */
    const struct sim_nights *nights;
    struct sim_watch *watch;
    char policies[128];
    uint32_t night;               /* from 0 */
    uint32_t starts;              /* of this night */
    bool open;                    /* the timer would start it again */
    bool again[SIM_POLICIES_MAX]; /* people let it begin anew, in the next night */
    bool last;                    /* the night that must call nobody */
    bool idle;                    /* people do nothing any more but answer what waits for them */
};

static inline struct sim_nights_life *sim_nights_life(struct sim_life *life)
{
    return (struct sim_nights_life *)life;
}

/* night.c */
extern const struct sim_life_kind sim_nights_kind;
/* A night from its timer to its end. */
void sim_night_play(struct sim_nights_life *life);

/* day.c */
void sim_day_begin(struct sim_nights_life *life);
/* Orders while a night goes on. */
void sim_day_orders(struct sim_nights_life *life);
/* A command of people's has ended by itself. */
void sim_day_heard(struct sim_nights_life *life, const struct sim_command *command);

#endif
