/*
 * How processes end, below SQLite: from that moment on their handles do nothing, what they held is free, and what their
 * stacks still do while they unwind reaches nobody.
 */
#include "disk/try.h"

#include <string.h>

#include "stage/stage.h"

#define SLOT 3 /* one of the eight locks */

static int set_up(void **state)
{
    (void)state;
    sim_disk_format(1);
    sim_disk_on_op(NULL, NULL);
    sim_stage_begin(1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sim_stage_end();
    return 0;
}

static bool never(void *user)
{
    (void)user;
    return false;
}

static void play(void (*body)(void *user), void *user)
{
    (void)sim_process_start("process", body, user);
    sim_stage_play(SIM_NEVER - 1, never, NULL);
}

static volatile char *map(sqlite3_file *file, int region, int extend)
{
    void volatile *at = NULL;

    assert_int_equal(file->pMethods->xShmMap(file, region, 32768, extend, &at), SQLITE_OK);
    return at;
}

static int lock_slot(sqlite3_file *file, int flags)
{
    return file->pMethods->xShmLock(file, SLOT, 1, flags);
}

/* ---- shared memory ---- */

static void test_shared_memory_is_shared_and_ends_with_its_last_user(void **state)
{
    sqlite3_file *a = try_file("/f", TRY_MAIN), *b = try_file("/f", TRY_MAIN), *c = try_file("/g", TRY_MAIN);

    (void)state;
    assert_null(map(a, 0, 0));
    map(a, 1, 1)[5] = 'x';
    assert_int_equal(map(b, 1, 0)[5], 'x');
    assert_null(map(b, 2, 0));
    assert_int_equal(map(b, 0, 0)[5], 0);
    assert_int_equal(map(c, 1, 1)[5], 0);
    assert_int_equal(a->pMethods->xShmUnmap(a, 0), SQLITE_OK);
    assert_int_equal(map(a, 1, 0)[5], 'x');
    assert_int_equal(a->pMethods->xShmUnmap(a, 0), SQLITE_OK);
    assert_int_equal(b->pMethods->xShmUnmap(b, 1), SQLITE_OK);
    assert_int_equal(map(a, 1, 1)[5], 0);
    try_close(a);
    try_close(b);
    try_close(c);
}

static void test_slots_are_shared_or_exclusive(void **state)
{
    sqlite3_file *a = try_file("/f", TRY_MAIN), *b = try_file("/f", TRY_MAIN), *c = try_file("/g", TRY_MAIN);

    (void)state;
    map(a, 0, 1);
    map(b, 0, 1);
    map(c, 0, 1);
    assert_int_equal(lock_slot(a, SQLITE_SHM_LOCK | SQLITE_SHM_SHARED), SQLITE_OK);
    assert_int_equal(lock_slot(b, SQLITE_SHM_LOCK | SQLITE_SHM_SHARED), SQLITE_OK);
    assert_int_equal(b->pMethods->xShmLock(b, 0, 8, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_BUSY);
    assert_int_equal(b->pMethods->xShmLock(b, 0, SLOT, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
    assert_int_equal(lock_slot(b, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED), SQLITE_OK);
    assert_int_equal(lock_slot(a, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED), SQLITE_OK);
    assert_int_equal(lock_slot(b, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
    assert_int_equal(lock_slot(a, SQLITE_SHM_LOCK | SQLITE_SHM_SHARED), SQLITE_BUSY);
    assert_int_equal(lock_slot(c, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
    /* Who leaves holds nothing. */
    assert_int_equal(b->pMethods->xShmUnmap(b, 0), SQLITE_OK);
    assert_int_equal(lock_slot(a, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
    try_close(a);
    try_close(b);
    try_close(c);
}

/* ---- the end ---- */

/* It ends with everything in its hands, and looks what the living one sees while its own stack is still there. */
static void die_with_locks(void *user)
{
    sqlite3_file *living = user, *mine = try_file("/f", TRY_MAIN);
    volatile char *memory = map(mine, 0, 1);

    memory[5] = 'x';
    assert_int_equal(mine->pMethods->xLock(mine, SQLITE_LOCK_SHARED), SQLITE_OK);
    assert_int_equal(mine->pMethods->xLock(mine, SQLITE_LOCK_RESERVED), SQLITE_OK);
    assert_int_equal(lock_slot(mine, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
    assert_int_equal(living->pMethods->xLock(living, SQLITE_LOCK_SHARED), SQLITE_OK);
    assert_int_equal(living->pMethods->xLock(living, SQLITE_LOCK_RESERVED), SQLITE_BUSY);
    assert_int_equal(lock_slot(living, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_BUSY);
    sim_process_kill(sim_self());
    sim_disk_process_died(sim_self());
    assert_int_equal(living->pMethods->xLock(living, SQLITE_LOCK_RESERVED), SQLITE_OK);
    assert_int_equal(lock_slot(living, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
    assert_int_equal(lock_slot(mine, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_IOERR_SHMLOCK);
    /* Its memory is there, and is its own. */
    assert_int_equal(memory[5], 'x');
    memory[5] = 'y';
    assert_int_equal(map(living, 0, 0)[5], 'x');
    map(living, 0, 0)[6] = 'z';
    assert_int_equal(memory[5], 'y');
    try_close(mine);
    assert_int_equal(map(living, 0, 0)[5], 'x');
}

static void test_what_a_dead_process_held_is_free(void **state)
{
    sqlite3_file *living = try_file("/f", TRY_MAIN);

    (void)state;
    map(living, 0, 1);
    play(die_with_locks, living);
    try_close(living);
}

/* Dead it is from the kill on, and not only when the disk hears of it. */
static void die_silently(void *user)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("sim");
    sqlite3_file *mine = try_file("/f", TRY_MAIN);
    sqlite3_file *other = user;
    int there;

    try_write(mine, 'a', 512, 0);
    sim_process_kill(sim_self());
    assert_int_equal(mine->pMethods->xWrite(mine, "b", 1, 0), SQLITE_IOERR_WRITE);
    assert_int_equal(mine->pMethods->xTruncate(mine, 0), SQLITE_IOERR_TRUNCATE);
    assert_int_equal(vfs->xDelete(vfs, "/f", 0), SQLITE_IOERR_DELETE);
    assert_int_equal(vfs->xAccess(vfs, "/f", SQLITE_ACCESS_EXISTS, &there), SQLITE_IOERR_ACCESS);
    assert_int_equal(vfs->xOpen(vfs, "/f", other, SQLITE_OPEN_READWRITE | TRY_MAIN, NULL), SQLITE_IOERR);
    assert_null(other->pMethods);
    assert_int_equal(sim_disk_sync_directory(), SQLITE_IOERR_DIR_FSYNC);
    sim_disk_process_died(sim_self());
    try_close(mine);
}

static void test_a_dead_process_does_nothing(void **state)
{
    sqlite3_file *other = try_file("/other", TRY_MAIN);
    uint64_t changes;

    (void)state;
    assert_int_equal(other->pMethods->xClose(other), SQLITE_OK);
    changes = sim_disk_changes();
    play(die_silently, other);
    sqlite3_free(other);
    assert_string_equal(try_sectors("/f"), "a");
    /* It made the file and wrote to it. */
    assert_int_equal(sim_disk_changes(), changes + 2);
}

/* ---- the hook ---- */

static int kill_at(void *user, enum sim_disk_op op, const char *file)
{
    const enum sim_disk_op *at = user;

    (void)file;
    if (op == *at && sim_self()) {
        sim_process_kill(sim_self());
        sim_disk_process_died(sim_self());
    }
    return SQLITE_OK;
}

static void open_write_and_delete(void *user)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("sim");
    sqlite3_file *file = user;

    if (vfs->xOpen(vfs, "/f", file, SQLITE_OPEN_READWRITE | TRY_MAIN, NULL) == SQLITE_OK) {
        file->pMethods->xWrite(file, "a", 1, 0);
        file->pMethods->xClose(file);
        vfs->xDelete(vfs, "/f", 1);
    }
}

/* Whoever dies before an operation has not done it. */
static void test_the_hook_comes_before_the_operation(void **state)
{
    static const struct {
        enum sim_disk_op op;
        const char *left;
    } ends[] = {
        {SIM_DISK_OPEN, "-"}, {SIM_DISK_WRITE, ""}, {SIM_DISK_DELETE, "a"}, {SIM_DISK_SYNC_DIRECTORY, "-"}};
    sqlite3_file *file = try_file("/other", TRY_MAIN);

    (void)state;
    assert_int_equal(file->pMethods->xClose(file), SQLITE_OK);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        enum sim_disk_op op = ends[i].op;

        sim_disk_format(i);
        sim_disk_on_op(kill_at, &op);
        play(open_write_and_delete, file);
        sim_disk_on_op(NULL, NULL);
        assert_string_equal(try_sectors("/f"), ends[i].left);
    }
    sqlite3_free(file);
}

static int cut_the_power(void *user, enum sim_disk_op op, const char *file)
{
    struct sim_disk_loss loss;

    (void)user;
    (void)file;
    if (op == SIM_DISK_DELETE)
        sim_disk_power_loss(&loss);
    return op == SIM_DISK_OPEN ? SQLITE_CANTOPEN : SQLITE_OK;
}

static void test_the_hook_says_what_takes_place(void **state)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("sim");
    sqlite3_file *file = try_file("/f", TRY_MAIN);

    (void)state;
    assert_int_equal(sim_disk_sync_directory(), SQLITE_OK);
    assert_int_equal(file->pMethods->xClose(file), SQLITE_OK);
    sim_disk_on_op(cut_the_power, NULL);
    assert_int_equal(vfs->xDelete(vfs, "/f", 1), SQLITE_IOERR_DELETE);
    assert_int_equal(vfs->xOpen(vfs, "/f", file, SQLITE_OPEN_READWRITE | TRY_MAIN, NULL), SQLITE_CANTOPEN);
    assert_null(file->pMethods);
    sim_disk_on_op(NULL, NULL);
    assert_true(try_is_there("/f"));
    sqlite3_free(file);
}

static void test_operations_have_names(void **state)
{
    (void)state;
    assert_string_equal(sim_disk_op_name(SIM_DISK_OPEN), "open");
    assert_string_equal(sim_disk_op_name(SIM_DISK_SYNC_DIRECTORY), "sync directory");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_shared_memory_is_shared_and_ends_with_its_last_user),
        T(test_slots_are_shared_or_exclusive),
        T(test_what_a_dead_process_held_is_free),
        T(test_a_dead_process_does_nothing),
        T(test_the_hook_comes_before_the_operation),
        T(test_the_hook_says_what_takes_place),
        T(test_operations_have_names),
    };

    sim_disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
