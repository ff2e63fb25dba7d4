/*
 * Preloaded under strace, which counts a system call in each thread by itself and strikes whoever counts to the number
 * first: always the loop's thread, which is the older one. Here each new thread begins with TORTURE_AHEAD_BY calls of
 * TORTURE_AHEAD that do nothing, so that numbers behind those are its own.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct start {
    void *(*main)(void *);
    void *user;
};

/* Of these a call with -1 and zeros has no effect. */
static const struct {
    const char *name;
    long number;
} calls[] = {
    {"close", SYS_close}, {"fcntl", SYS_fcntl},     {"fdatasync", SYS_fdatasync}, {"fsync", SYS_fsync},
    {"mmap", SYS_mmap},   {"pread64", SYS_pread64}, {"pwrite64", SYS_pwrite64},   {"write", SYS_write},
};

static void get_ahead(const char *name, long by)
{
    size_t i = 0;

    while (i < sizeof(calls) / sizeof(calls[0]) && strcmp(calls[i].name, name) != 0)
        i++;
    if (i == sizeof(calls) / sizeof(calls[0]))
        abort();
    for (long n = 0; n < by; n++)
        (void)syscall(calls[i].number, -1, 0, 0, 0);
}

static void *begin(void *user)
{
    struct start start = *(struct start *)user;
    const char *name = getenv("TORTURE_AHEAD"), *by = getenv("TORTURE_AHEAD_BY");

    free(user);
    if (name && by)
        get_ahead(name, strtol(by, NULL, 10));
    return start.main(start.user);
}

/* In the place of the C library's. */
__attribute__((visibility("default"))) int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                                                          void *(*main)(void *), void *user)
{
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    struct start *start = malloc(sizeof(*start));

    if (!start)
        abort();
    *start = (struct start){main, user};
    *(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
    return create(thread, attr, begin, start);
}
