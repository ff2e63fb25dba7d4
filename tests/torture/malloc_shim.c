/*
 * Preloaded, a heap that says no: the allocation of number TORTURE_MALLOC_AT, counted over all threads, and with
 * TORTURE_MALLOC_STAYS every one behind it. A program that exits writes how many there were to TORTURE_MALLOC_COUNT; one that dies of it says in whose code.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

/* The C library's own, which it keeps for those that stand in their place. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_ulong count;
static unsigned long fails_at;
static bool stays;

static unsigned long number_of(const char *name)
{
    const char *text = getenv(name);

    return text ? strtoul(text, NULL, 10) : 0;
}

/* Says whose code took NULL for memory; it faults again when this is over, and dies of it. */
static void tell_fault(int number, siginfo_t *info, void *context)
{
    const ucontext_t *at = context;
    void *code = (void *)(uintptr_t)at->uc_mcontext.gregs[REG_RIP];
    Dl_info found = {.dli_fname = "nowhere"};

    (void)number;
    (void)info;
    (void)dladdr(code, &found);
    (void)dprintf(STDERR_FILENO, "fault in %s\n", found.dli_fname);
}

__attribute__((constructor)) static void begin(void)
{
    struct sigaction action = {.sa_sigaction = tell_fault, .sa_flags = SA_SIGINFO | (int)SA_RESETHAND};

    (void)sigaction(SIGSEGV, &action, NULL);
    fails_at = number_of("TORTURE_MALLOC_AT");
    stays = number_of("TORTURE_MALLOC_STAYS") != 0;
    atomic_store(&count, 0);
}

__attribute__((destructor)) static void end(void)
{
    const char *name = getenv("TORTURE_MALLOC_COUNT");
    int fd = name ? open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

    if (fd < 0)
        return;
    (void)dprintf(fd, "%lu\n", atomic_load(&count));
    (void)close(fd);
}

static bool fails(void)
{
    unsigned long number = atomic_fetch_add(&count, 1) + 1;

    if (fails_at == 0 || number < fails_at || (number > fails_at && !stays))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
    return fails() ? NULL : __libc_realloc(p, size);
}

void *reallocarray(void *p, size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(p, bytes);
}

void *memalign(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
    void *p = memalign(alignment, size);

    if (!p)
        return ENOMEM;
    *ret = p;
    return 0;
}
