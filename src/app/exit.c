/* Errors and refusals as exit codes, and which of two says more; what else a command ends with, it says itself. */
#include "gatewave/app/exit.h"

#include "gatewave/base/check.h"

int gw_exit_code(enum gw_code code)
{
    switch (code) {
    case GW_OK:
        return GW_EXIT_OK;
    case GW_ERR_USAGE:
        return GW_EXIT_USAGE;
    case GW_ERR_INPUT:
    case GW_ERR_NOT_FOUND:
    case GW_ERR_NETWORK: /* the set-up of the network side: an unreadable CA file, a proxy that is no URL */
        return GW_EXIT_INPUT;
    case GW_ERR_STORE:
        return GW_EXIT_STORE;
    case GW_ERR_BUSY:
    case GW_ERR_LEASE:
        return GW_EXIT_BUSY;
    case GW_ERR_CREDENTIALS:
        return GW_EXIT_KEYS;
    case GW_ERR_INTERNAL:
        break;
    }
    return GW_EXIT_BROKEN;
}

int gw_exit_of_class(enum gw_class class_)
{
    switch (class_) {
    case GW_CLASS_CREDENTIAL:
    case GW_CLASS_CLOCK:
    case GW_CLASS_RISK:
    case GW_CLASS_IDENTITY:
        return GW_EXIT_KEYS;
    case GW_CLASS_ENDPOINT:
    case GW_CLASS_UNTRUSTED:
        return GW_EXIT_WAITS;
    case GW_CLASS_PLAN:
    case GW_CLASS_PERMANENT:
    case GW_CLASS_NOT_FOUND:
        return GW_EXIT_INPUT;
    default:
        return GW_EXIT_PARTLY;
    }
}

int gw_exit_graver(int a, int b)
{
    static const int order[] = {GW_EXIT_BROKEN, GW_EXIT_STORE,  GW_EXIT_KEYS,  GW_EXIT_STOPPED,
                                GW_EXIT_WAITS,  GW_EXIT_USAGE,  GW_EXIT_INPUT, GW_EXIT_BUSY,
                                GW_EXIT_WINDOW, GW_EXIT_PARTLY, GW_EXIT_OK};

    if (a > GW_EXIT_SIGNAL || b > GW_EXIT_SIGNAL)
        return a > b ? a : b;
    for (size_t i = 0; i < GW_COUNT_OF(order); i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return a;
}
