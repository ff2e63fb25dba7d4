/* The store on a disk that refuses: for once, or from then on, at one operation or another. */
#include "disk/story.h"

#include "stage/stage.h"

struct fault {
    enum sim_disk_op op;
    int rc;
    uint64_t step; /* from one telling to the next, unless somebody has asked for all */
    bool lasts;
    uint64_t at, n;
};

static int refuse(void *user, enum sim_disk_op op, const char *file)
{
    struct fault *fault = user;

    (void)file;
    if (!sim_self() || op != fault->op)
        return SQLITE_OK;
    fault->n++;
    return fault->n == fault->at || (fault->lasts && fault->n > fault->at) ? fault->rc : SQLITE_OK;
}

static bool never(void *user)
{
    (void)user;
    return false;
}

static bool tell_with(struct story_book *book, struct fault *fault)
{
    sim_stage_begin(fault->at);
    sim_disk_on_op(refuse, fault);
    (void)sim_process_start("story", story_tell, book);
    sim_stage_play(SIM_NEVER - 1, never, NULL);
    sim_disk_on_op(NULL, NULL);
    sim_stage_end();
    return fault->n >= fault->at;
}

/* Nothing is damaged, and nothing acknowledged that a power loss right after it could take. */
static void refuse_everywhere(struct story_book *book, struct fault fault)
{
    uint64_t step = try_wish("SIM_DISK_SEEDS", 0) > 0 ? 1 : fault.step;
    bool struck = true;

    for (fault.at = 1; struck; fault.at += step) {
        struct sim_disk_loss loss;

        story_begin(book, fault.at);
        fault.n = 0;
        struck = tell_with(book, &fault);
        assert_true(struck || fault.at > 1);
        story_check(book);
        if (fault.at % 2)
            sim_disk_power_loss(&loss);
        story_tell_to_the_end(book);
    }
}

static void test_errors_are_survived(void **state)
{
    static const struct fault faults[] = {
        {SIM_DISK_WRITE, SQLITE_FULL, 17, false, 0, 0},
        {SIM_DISK_WRITE, SQLITE_FULL, 19, true, 0, 0},
        {SIM_DISK_WRITE, SQLITE_IOERR_WRITE, 23, false, 0, 0},
        {SIM_DISK_READ, SQLITE_IOERR_READ, 5, false, 0, 0},
        {SIM_DISK_OPEN, SQLITE_CANTOPEN, 1, false, 0, 0},
        {SIM_DISK_LOCK, SQLITE_IOERR_LOCK, 3, false, 0, 0},
        {SIM_DISK_SHM, SQLITE_IOERR_SHMLOCK, 7, false, 0, 0},
        {SIM_DISK_TRUNCATE, SQLITE_IOERR_TRUNCATE, 1, false, 0, 0},
        {SIM_DISK_DELETE, SQLITE_IOERR_DELETE, 1, false, 0, 0},
        {SIM_DISK_SYNC_DIRECTORY, SQLITE_IOERR_DIR_FSYNC, 1, false, 0, 0},
    };

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        refuse_everywhere(*state, faults[i]);
}

/*
 * After a failed sync nobody knows what the disk has, and the kernel takes it for written: what the next process finds
 * may be nowhere but in memory, and what it adds must not rest on that.
 */
static void test_failed_syncs_are_survived(void **state)
{
    struct fault fault = {.op = SIM_DISK_SYNC, .rc = SQLITE_IOERR_FSYNC};
    struct story_book *book = *state;
    bool struck = true;

    for (fault.at = 1; struck; fault.at++)
        for (uint64_t seed = 0; seed < 8; seed++) {
            story_begin(book, fault.at * 10000 + seed);
            fault.n = 0;
            struck = tell_with(book, &fault);
            story_tell_to_the_end(book);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_are_survived),
        cmocka_unit_test(test_failed_syncs_are_survived),
    };

    sim_disk_install();
    return cmocka_run_group_tests(tests, story_set_up, story_tear_down);
}
