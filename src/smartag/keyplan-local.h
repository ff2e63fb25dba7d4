#ifndef GATEWAVE_SRC_SMARTAG_KEYPLAN_LOCAL_H
#define GATEWAVE_SRC_SMARTAG_KEYPLAN_LOCAL_H
/* What a name may be made of. */
#include <stdbool.h>

/* True for letters, digits and the others; and for no text at all. */
bool gw_keyplan_is_name(const char *text, const char *others);

#endif
