#ifndef GATEWAVE_TESTS_SIM_NIGHTS_BOOKS_H
#define GATEWAVE_TESTS_SIM_NIGHTS_BOOKS_H
/* What an image of the database says of nights. */
#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

/* A rollout, as it stands. */
struct sim_book_rollout {
    int64_t rollout;
    char name[64], policy[16], version[24], phase[16];
    bool replaced; /* a night ended it, to begin anew */
    bool waits;    /* for a person: a gate has stopped a wave, or it is paused */
    bool approve;  /* ... and wants to be approved */
    uint32_t waves;
};

/* False: there is none. The one with that number; the last one of a policy; the one with that name. */
bool sim_book_rollout(sqlite3 *image, int64_t rollout, struct sim_book_rollout *ret);
bool sim_book_last(sqlite3 *image, const char *policy, struct sim_book_rollout *ret);
bool sim_book_named(sqlite3 *image, const char *name, struct sim_book_rollout *ret);
/* All that are frozen, the oldest first; at most so many. */
uint32_t sim_book_rollouts(sqlite3 *image, int64_t *ret, uint32_t most);
/* When it was frozen. */
int64_t sim_book_created(sqlite3 *image, int64_t rollout);
/* The number of the newest; 0: there is none. */
int64_t sim_book_newest(sqlite3 *image);
/* Whose call has that nonce; 0: nobody's. */
int64_t sim_book_nonce(sqlite3 *image, const char *nonce);
/* Whether a call of the gateway has come to its end since the last night began, in a rollout other than that. */
bool sim_book_had_part(sqlite3 *image, const char *gateway_id, int64_t but);
/* Whether the gateway is held at that moment. */
bool sim_book_is_held(sqlite3 *image, const char *gateway_id, int64_t unix_ms);

/* How often a gateway failed at a version, in rollouts other than that. */
struct sim_book_failures {
    uint32_t rollouts;
    int64_t last_unix_ms; /* 0: never */
};
void sim_book_failures(sqlite3 *image, const char *gateway_id, const char *version, int64_t but,
                       struct sim_book_failures *ret);

/* What a night that is over ended with; -1: that process has begun none, or it is not over. */
int sim_book_result(sqlite3 *image, int64_t since_unix_ms);
/* When the gateway was last read by a sync, and when its part of the cloud was last listed to the end; 0: never. */
int64_t sim_book_read(sqlite3 *image, const char *gateway_id);
int64_t sim_book_listed(sqlite3 *image, const char *region);

/* A device as the inventory has it; false: it is not there. */
struct sim_book_device {
    char version[24], role[16], site[24], timezone[40], held[8];
    bool gone;
};
bool sim_book_device(sqlite3 *image, const char *gateway_id, const char *serial, struct sim_book_device *ret);

#endif
