#ifndef GATEWAVE_BASE_CHECK_H
#define GATEWAVE_BASE_CHECK_H
/*
 * Programmer's errors. GW_CHECK is compiled into every build: a broken invariant stops the program where it
 * broke, and the program survives that, because it survives a crash at any instant.
 */
#include <stddef.h>

#define GW_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define GW_CHECK(condition) ((condition) ? (void)0 : gw_check_failed(#condition, __FILE__, __LINE__))

/* A place that no invariant lets the program reach; what says which one. */
#define GW_NEVER(what) gw_check_failed(what, __FILE__, __LINE__)

/* Prints the condition and its place on stderr and aborts. */
_Noreturn void gw_check_failed(const char *condition, const char *file, int line);

#endif
