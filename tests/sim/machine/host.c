/* The machine: what is asked of it comes from the play's seed, so that the play can be repeated. */
#include "machine/host.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "../../src/app/clock.h"
#include "gatewave/base/rng.h"

#include "disk/disk.h"
#include "machine/program.h"
#include "stage/fault.h"
#include "stage/stage.h"

#define STALL_ONE_IN 40

static struct {
    const struct sim_swarm *swarm;
    struct gw_rng entropy, disk;
    bool calm;
} the;

void sim_host_begin(const struct sim_swarm *swarm)
{
    the.swarm = swarm;
    the.calm = false;
    gw_rng_init(&the.entropy, gw_hash("entropy", 7, swarm->seed));
    gw_rng_init(&the.disk, gw_hash("sync", 4, swarm->seed));
}

void sim_host_calm(void)
{
    the.calm = true;
}

uint64_t sim_host_sync_ms(void)
{
    if (the.swarm->stall_ms > 0 && !the.calm && gw_rng_below(&the.disk, STALL_ONE_IN) == 0) {
        sim_hit(SIM_DISK_STALL);
        return gw_rng_below(&the.disk, the.swarm->stall_ms);
    }
    return gw_rng_below(&the.disk, the.swarm->sync_ms + 1);
}

/* ---- what production code calls ---- */

int64_t gw_clock_unix_ms(void)
{
    return sim_now_unix_ms() + sim_clock_off_ms();
}

int RAND_bytes(unsigned char *bytes, int len)
{
    for (int i = 0; i < len; i++)
        bytes[i] = (unsigned char)gw_rng_next(&the.entropy);
    return 1;
}

pid_t getpid(void)
{
    return sim_self() ? (pid_t)sim_process_pid(sim_self()) : 1;
}

int gethostname(char *name, size_t size)
{
    static const char host[] = "machine";

    if (size < sizeof(host))
        return -1;
    memcpy(name, host, sizeof(host));
    return 0;
}

/* Of the store's files only a directory is synced past SQLite. */
int fsync(int fd)
{
    (void)fd;
    return sim_disk_sync_directory();
}

/* What a program says on its standard streams is heard here. */
ssize_t write(int fd, const void *bytes, size_t len)
{
    if ((fd == STDOUT_FILENO || fd == STDERR_FILENO) && sim_program_says(bytes, len))
        return (ssize_t)len;
    return syscall(SYS_write, fd, bytes, len);
}

/* Nobody sits at a terminal. */
int isatty(int fd)
{
    (void)fd;
    return 0;
}
