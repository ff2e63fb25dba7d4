#ifndef GATEWAVE_SRC_SMARTAG_SIGNER_H
#define GATEWAVE_SRC_SMARTAG_SIGNER_H
/* What a key needs once, so that a call needs little: templates for every action, and the key's digest state. */
#include "gatewave/base/when.h"
#include "gatewave/smartag/request.h"

#include "canon.h"
#include "digest.h"

struct gw_signer {
    enum gw_scheme scheme;
    enum gw_format format;
    char *key_id;
    struct gw_mac mac;
    struct gw_sha256 sha;                       /* V3 only */
    struct gw_query query[GW_ACTION_COUNT];     /* V3: of the request line; V1: the form */
    struct gw_headers headers[GW_ACTION_COUNT]; /* V3 only */
    int64_t date_unix_s;                        /* the second that date tells */
    char date[GW_WHEN_TEXT_SIZE];               /* "" at first */
    char *scratch;                              /* canonical text: it may hold the token, so it is wiped */
    size_t scratch_size;
};

/* True for text that can stand in a header: visible ASCII, so no blank, no line end, no NUL; and not empty. */
bool gw_signer_is_visible(const char *text, size_t len);

#endif
