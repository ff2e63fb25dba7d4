#ifndef GATEWAVE_TESTS_FUZZ_BASE_H
#define GATEWAVE_TESTS_FUZZ_BASE_H
/* A small database with a bit of everything in it: an inventory, a rollout that is over, one that is under way. */
#include <stddef.h>
#include <stdint.h>

#include "gatewave/store/store.h"

/* A new directory for files that nobody else sees, in memory where the machine has such a place; free it. */
char *fuzz_base_directory(void);
/* Writes the database to a file that is not there, always the same bytes. */
void fuzz_base_write(const char *file);
/* The database, open for reading, its file already gone from its directory. */
struct gw_store *fuzz_base_store(void);

#endif
