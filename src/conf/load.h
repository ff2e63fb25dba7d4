#ifndef GATEWAVE_SRC_CONF_LOAD_H
#define GATEWAVE_SRC_CONF_LOAD_H
/* A YAML file on disk to a struct by its table, with one summary line in err and the whole report in
 * *problems. */
#include "keys.h"

#include "gatewave/base/err.h"

/*
 * What must hold between the values of a mapping that was read; mapping is NULL when the text says nothing.
 */
typedef void gw_spec_check(struct gw_report *report, const struct gw_yaml *mapping, void *target);

/* The bytes of a file, at most a little more than GW_YAML_SIZE_MAX, to an empty buffer. */
enum gw_code gw_load_bytes(const char *file, struct gw_buf *ret, struct gw_err *err);
/* target holds the defaults and stays the caller's, also after a failure. */
enum gw_code gw_load_text(const char *text, size_t len, const char *file, const struct gw_key_map *map,
                          gw_spec_check *check, void *target, struct gw_buf *problems, struct gw_err *err);
enum gw_code gw_load_file(const char *file, const struct gw_key_map *map, gw_spec_check *check, void *target,
                          struct gw_buf *problems, struct gw_err *err);

#endif
