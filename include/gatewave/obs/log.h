#ifndef GATEWAVE_OBS_LOG_H
#define GATEWAVE_OBS_LOG_H
/*
 * The log: logfmt lines on stderr (time=... level=info msg="..." key=value), and nothing when it is off. Only
 * app and cli log. Every value is escaped, so foreign text cannot forge a line. A line that cannot be written at
 * once is dropped, which is never an error: the next one that can be says how many were (dropped=3).
 */
#include <stdint.h>

enum gw_log_level {
    GW_LOG_OFF = 0,
    GW_LOG_ERROR,
    GW_LOG_WARN,
    GW_LOG_INFO,
    GW_LOG_DEBUG,
};

/* Sets how much is said; off until then. Levels up to this one are written. */
void gw_log_open(enum gw_log_level level);
/*
 * Pairs of key and text value, closed by a NULL that has a pointer's size whatever NULL is:
 *     gw_log(GW_LOG_INFO, "rollout started", "rollout", name, (char *)NULL);
 */
void gw_log(enum gw_log_level level, const char *message, ...) __attribute__((sentinel));

#endif
