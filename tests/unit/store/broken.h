#ifndef GATEWAVE_TESTS_UNIT_STORE_BROKEN_H
#define GATEWAVE_TESTS_UNIT_STORE_BROKEN_H
/*
 * A disk that fails once: SQLite's own file system with a counter in front of it. Syncs are left out, for what a power
 * cut does is tested elsewhere (tests/sim).
 */
#include <stdint.h>

/* From now on SQLite's files are reached through it. */
void broken_install(void);
/* The n-th operation from now on, from 1, fails, and none after it; 0: none does. */
void broken_at(uint32_t n);
/* Operations since then, the one that failed included. */
uint32_t broken_count(void);

#endif
