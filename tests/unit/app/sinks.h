#ifndef GATEWAVE_TESTS_UNIT_APP_SINKS_H
#define GATEWAVE_TESTS_UNIT_APP_SINKS_H
/* A sink that writes into memory, and what has been written to it so far. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

static inline int sink_open(void)
{
    int fd = memfd_create("sink", MFD_CLOEXEC);

    GW_CHECK(fd >= 0);
    return fd;
}

/* Everything written since the last take; free it. */
static inline char *sink_take(int fd)
{
    off_t end = lseek(fd, 0, SEEK_CUR);
    char *text = gw_mem_new((size_t)end + 1, 1);

    GW_CHECK(pread(fd, text, (size_t)end, 0) == end);
    GW_CHECK(ftruncate(fd, 0) == 0);
    GW_CHECK(lseek(fd, 0, SEEK_SET) == 0);
    return text;
}

#endif
