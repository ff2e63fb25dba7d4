#ifndef GATEWAVE_SRC_CLI_SAMPLE_H
#define GATEWAVE_SRC_CLI_SAMPLE_H
/* config/gatewave.yaml, compiled into the program (src/cli/embed.py). */
#include <stddef.h>

extern const char gw_sample_config[];
extern const size_t gw_sample_config_len;

#endif
