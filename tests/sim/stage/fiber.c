/*
 * Fibers on ucontext. Production code runs on these stacks, deep parsers and SQLite included, so that they are large,
 * with a page below them that nobody may touch; memory is the kernel's until it is used. The address sanitizer is told
 * of each switch, or it would take one stack for another.
 */
#include "stage/fiber.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#ifdef __SANITIZE_ADDRESS__
#    include <sanitizer/common_interface_defs.h>
#endif

#define STACK_BYTES (1024 * 1024)
#define SPARE_MOST  16

struct sim_fiber {
    ucontext_t context;
    void (*body)(void *user);
    void *user;
    char *stack;
    bool returned;
    void *shadow; /* the sanitizer's */
};

static struct {
    ucontext_t context; /* whoever entered */
    struct sim_fiber *running;
    char *spare[SPARE_MOST];
    size_t n_spare;
    void *shadow;
    const void *stack; /* whoever entered, as the sanitizer knows it */
    size_t stack_bytes;
} the;

/* ---- the sanitizer ---- */

static void sim_fiber_before(void **shadow, const void *stack, size_t bytes)
{
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_start_switch_fiber(shadow, stack, bytes);
#else
    (void)shadow;
    (void)stack;
    (void)bytes;
#endif
}

static void sim_fiber_after(void *shadow, const void **ret_stack, size_t *ret_bytes)
{
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(shadow, ret_stack, ret_bytes);
#else
    (void)shadow;
    (void)ret_stack;
    (void)ret_bytes;
#endif
}

/* ---- stacks ---- */

static char *sim_fiber_stack(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *stack;

    if (the.n_spare > 0)
        return the.spare[--the.n_spare];
    stack = mmap(NULL, STACK_BYTES + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    GW_CHECK(stack != MAP_FAILED);
    GW_CHECK(mprotect(stack, page, PROT_NONE) == 0);
    return stack + page;
}

static void sim_fiber_unmap(char *stack)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    GW_CHECK(munmap(stack - page, STACK_BYTES + page) == 0);
}

void sim_fiber_clean(void)
{
    while (the.n_spare > 0)
        sim_fiber_unmap(the.spare[--the.n_spare]);
}

/* ---- fibers ---- */

static void sim_fiber_main(void)
{
    struct sim_fiber *fiber = the.running;

    sim_fiber_after(NULL, &the.stack, &the.stack_bytes);
    fiber->body(fiber->user);
    fiber->returned = true;
    /* Without a place to keep its shadow: it does not come back. */
    sim_fiber_before(NULL, the.stack, the.stack_bytes);
    (void)swapcontext(&fiber->context, &the.context);
    GW_CHECK(false);
}

struct sim_fiber *sim_fiber_new(void (*body)(void *user), void *user)
{
    struct sim_fiber *fiber = gw_mem_new(1, sizeof(*fiber));

    fiber->body = body;
    fiber->user = user;
    fiber->stack = sim_fiber_stack();
    GW_CHECK(getcontext(&fiber->context) == 0);
    fiber->context.uc_stack.ss_sp = fiber->stack;
    fiber->context.uc_stack.ss_size = STACK_BYTES;
    fiber->context.uc_link = NULL;
    makecontext(&fiber->context, sim_fiber_main, 0);
    return fiber;
}

void sim_fiber_free(struct sim_fiber *fiber)
{
    if (!fiber)
        return;
    GW_CHECK(fiber->returned);
    if (the.n_spare < SPARE_MOST)
        the.spare[the.n_spare++] = fiber->stack;
    else
        sim_fiber_unmap(fiber->stack);
    free(fiber);
}

void sim_fiber_enter(struct sim_fiber *fiber)
{
    GW_CHECK(!the.running && !fiber->returned);
    the.running = fiber;
    sim_fiber_before(&the.shadow, fiber->stack, STACK_BYTES);
    GW_CHECK(swapcontext(&the.context, &fiber->context) == 0);
    sim_fiber_after(the.shadow, NULL, NULL);
    the.running = NULL;
}

void sim_fiber_leave(void)
{
    struct sim_fiber *fiber = the.running;

    GW_CHECK(fiber);
    sim_fiber_before(&fiber->shadow, the.stack, the.stack_bytes);
    GW_CHECK(swapcontext(&fiber->context, &the.context) == 0);
    sim_fiber_after(fiber->shadow, &the.stack, &the.stack_bytes);
}

bool sim_fiber_has_returned(const struct sim_fiber *fiber)
{
    return fiber->returned;
}
