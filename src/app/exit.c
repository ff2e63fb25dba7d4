/* Errors as exit codes; what else a command ends with, it says itself. */
#include "gatewave/app/exit.h"

int gw_exit_code(enum gw_code code)
{
    switch (code) {
    case GW_OK:
        return 0;
    case GW_ERR_USAGE:
        return 2;
    case GW_ERR_INPUT:
    case GW_ERR_NOT_FOUND:
    case GW_ERR_NETWORK: /* the set-up of the network side: an unreadable CA file, a proxy that is no URL */
        return 3;
    case GW_ERR_STORE:
        return 4;
    case GW_ERR_BUSY:
    case GW_ERR_LEASE:
        return 5;
    case GW_ERR_CREDENTIALS:
        return 7;
    case GW_ERR_INTERNAL:
        break;
    }
    return 70;
}
