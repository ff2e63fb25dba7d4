#ifndef GATEWAVE_CORE_VERSION_H
#define GATEWAVE_CORE_VERSION_H
/*
 * Versions are compared as people read them: runs of digits by value, other runs by bytes, left to right, so
 * that 2.10.0 > 2.9.1 and the signature databases' 20201117_1_0-0.0.1 order by date. Separators . _ - are
 * equal to each other; a version that is a prefix of another is the older one; 1.0 and 1.0.0 are different.
 *
 * Returns -1, 0 or 1. The order is total and transitive, fit for a sort or an index. Where the kinds differ
 * at a place, a separator is older than a digit and a digit older than any other byte: 1.0.1 < 1.0rc1.
 */
#include <stdbool.h>

int gw_version_compare(const char *a, const char *b);
/* Whether who runs that version wants no call to another: he is at it, or beyond. Of no version, "", nobody knows. */
bool gw_version_is_enough(const char *version, const char *wanted, bool downgrade);

#endif
