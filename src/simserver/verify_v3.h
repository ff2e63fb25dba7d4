#ifndef GATEWAVE_SRC_SIMSERVER_VERIFY_V3_H
#define GATEWAVE_SRC_SIMSERVER_VERIFY_V3_H
/* The newer signature, in the Authorization header. */
#include <stdint.h>

#include "claim.h"
#include "keyring.h"
#include "wire.h"

void gw_verify_v3(const struct gw_keyring *ring, const struct gw_wire *wire, const struct gw_params *params,
                  uint64_t now_ms, struct gw_claim *claim);

#endif
