#ifndef GATEWAVE_SRC_APP_NOTIFY_HOOK_H
#define GATEWAVE_SRC_APP_NOTIFY_HOOK_H
/* A webhook that can be called: its address found where the configuration says it stands. */
#include "gatewave/base/err.h"
#include "gatewave/base/secret.h"
#include "gatewave/conf/spec.h"
#include "gatewave/conf/webhook.h"

struct gw_hook {
    char name[64];
    enum gw_notify_form form;
    uint32_t events;
    struct gw_webhook address;
    struct gw_secret url;
};

/*
 * GW_ERR_INPUT names the webhook and the place, and holds no byte of the address. A file is read as key files are
 * (keys/key_file.h), as systemd's where it is in $CREDENTIALS_DIRECTORY; its first line counts. A variable of the
 * environment is left as it is.
 */
enum gw_code gw_hook_find(const struct gw_notify_spec *spec, struct gw_hook *ret, struct gw_err *err);
void gw_hook_release(struct gw_hook *hook);

#endif
