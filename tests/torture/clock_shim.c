/*
 * Preloaded, a wall clock that can be set while the program runs: TORTURE_CLOCK names a file that begins with an int64_t
 * of milliseconds, which every reading of the wall clock is off by. The monotonic clock is left alone.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *off_ms;
static int (*read_clock)(clockid_t, struct timespec *);

__attribute__((constructor)) static void open_clock(void)
{
    const char *name = getenv("TORTURE_CLOCK");
    void *found = dlsym(RTLD_NEXT, "clock_gettime");
    int fd = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    void *map = fd >= 0 ? mmap(NULL, sizeof(*off_ms), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

    if (!found || map == MAP_FAILED)
        abort();
    (void)close(fd);
    memcpy(&read_clock, &found, sizeof(read_clock));
    off_ms = map;
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
    int code, is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    int64_t nsec;

    /* Others' constructors may ask before ours ran. */
    if (!off_ms)
        open_clock();
    code = read_clock(clock, ret);
    if (code != 0 || !is_wall)
        return code;
    nsec = ret->tv_nsec + *off_ms % 1000 * 1000000;
    ret->tv_sec += *off_ms / 1000 + (nsec < 0 ? -1 : nsec >= 1000000000);
    ret->tv_nsec = nsec < 0 ? nsec + 1000000000 : nsec >= 1000000000 ? nsec - 1000000000 : nsec;
    return 0;
}

time_t time(time_t *ret)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (ret)
        *ret = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
    struct timespec now;
    int code = clock_gettime(CLOCK_REALTIME, &now);

    (void)zone;
    *ret = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return code;
}
