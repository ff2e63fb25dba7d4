/* A disk whose flush takes 10 ms more: loaded before libc, it makes fsync and fdatasync sleep first. */
#include <dlfcn.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int flush_late(const char *name, int fd)
{
    const struct timespec late = {.tv_nsec = 10 * 1000 * 1000};
    void *found = dlsym(RTLD_NEXT, name);
    int (*flush)(int);

    /* Copied, because ISO C has no cast from an object's address to a function's. */
    memcpy(&flush, &found, sizeof(flush));
    (void)nanosleep(&late, NULL);
    return flush(fd);
}

int fsync(int fd)
{
    return flush_late("fsync", fd);
}

int fdatasync(int fd)
{
    return flush_late("fdatasync", fd);
}
