#ifndef GATEWAVE_APP_CONFIG_H
#define GATEWAVE_APP_CONFIG_H
/* Which configuration file is meant. */
#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/conf/spec.h"

#define GW_CONFIG_FILE_NAME "gatewave.yaml"

/* What of the environment decides; NULL where unset. */
struct gw_config_places {
    const char *xdg_config_home, *home;
    const char *etc; /* "/etc" */
};

/*
 * The first file that is there: ./gatewave.yaml, $XDG_CONFIG_HOME/gatewave/gatewave.yaml (without the
 * variable:
 * ~/.config), /etc/gatewave/gatewave.yaml. NULL when there is none; else free it. A relative XDG_CONFIG_HOME
 * is ignored, as its specification says.
 */
char *gw_config_find(const struct gw_config_places *places);
/*
 * file NULL: the file that gw_config_find finds, or the built-in defaults. database, unless NULL, replaces
 * the file's. On failure problems holds the reader's report.
 */
enum gw_code gw_config_load(const char *file, const char *database, const struct gw_config_places *places,
                            struct gw_config *ret, struct gw_buf *problems, struct gw_err *err);

#endif
