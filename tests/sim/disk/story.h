#ifndef GATEWAVE_TESTS_SIM_DISK_STORY_H
#define GATEWAVE_TESTS_SIM_DISK_STORY_H
/*
 * A short story of the store that production uses: a database is made, an inventory imported, a rollout frozen and run,
 * with one batch of records after the other. A process that comes after a crash goes on where the story stands.
 */
#include "disk/try.h"

#include "gatewave/base/err.h"

#define STORY_DEVICES 6
#define STORY_BATCHES 8

/* What has been acknowledged, by everybody who ever told the story on this disk. */
struct story_book {
    char directory[40], file[64], lock[80];
    bool created, imported, frozen;
    uint32_t batches;
    enum gw_code code; /* how the last telling ended */
    struct gw_err err;
};

/* For a group of tests: *state is the book. */
int story_set_up(void **state);
int story_tear_down(void **state);

/* On an empty disk. */
void story_begin(struct story_book *book, uint64_t seed);
/* One process's part: the body for try_story; user is the book. */
void story_tell(void *user);
/* All that was acknowledged is there, as the next process finds it and as it surely is, and the database is sound. */
void story_check(const struct story_book *book);
/* Without a crash: it comes to its end, and what it acknowledges outlives the power, whatever went before. */
struct try_told story_tell_to_the_end(struct story_book *book);

#endif
