#ifndef GATEWAVE_SRC_SMARTAG_PROFILE_LOCAL_H
#define GATEWAVE_SRC_SMARTAG_PROFILE_LOCAL_H
/* What the readers of the two credential files share. */
#include "gatewave/smartag/keyplan.h"

#define GW_PROFILE_SHOWN_MAX 80

/* A name from the file, fit to be shown. */
void gw_profile_show(char ret[GW_PROFILE_SHOWN_MAX], const char *name);
/* Bytes of the mark that some editors put before the text. */
size_t gw_profile_bom_len(const char *bytes, size_t len);
/* False when key_id is too long to be one. Texts may be NULL: then the plan says nothing of them. */
bool gw_profile_set_static(struct gw_keyplan *plan, const char *key_id, const char *secret,
                           const char *token);
/* A copy on the heap; NULL for a text that says nothing. */
char *gw_profile_text(const char *text);

#endif
