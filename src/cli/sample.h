#ifndef GATEWAVE_SRC_CLI_SAMPLE_H
#define GATEWAVE_SRC_CLI_SAMPLE_H
/* The commented files of config/, compiled into the program (src/cli/embed.py). */
#include <stddef.h>

struct gw_sample {
    const char *text;
    size_t len;
};

extern const struct gw_sample gw_sample_gatewave, gw_sample_rollout, gw_sample_policies;

#endif
