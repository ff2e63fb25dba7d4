#ifndef GATEWAVE_TESTS_FUZZ_TABLE_H
#define GATEWAVE_TESTS_FUZZ_TABLE_H
/* Inventory files in either form: what must hold of every row that is handed on. */
#include <stddef.h>
#include <stdint.h>

#include "gatewave/conf/table.h"

/*
 * Reads the bytes as a file; each row is within the limits that table.h names, and comes back as it was when it is
 * written as CSV and read again. What is refused has its place.
 */
void fuzz_table(const uint8_t *data, size_t size, enum gw_table_format format);

#endif
