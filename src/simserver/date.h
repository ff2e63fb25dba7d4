#ifndef GATEWAVE_SRC_SIMSERVER_DATE_H
#define GATEWAVE_SRC_SIMSERVER_DATE_H
/* The Date of a reply. */
#include <stdint.h>

#define GW_DATE_SIZE 40
/* As HTTP wants it: Sun, 06 Nov 1994 08:49:37 GMT. */
void gw_date_text(uint64_t unix_ms, char ret[GW_DATE_SIZE]);

#endif
