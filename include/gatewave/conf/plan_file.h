#ifndef GATEWAVE_CONF_PLAN_FILE_H
#define GATEWAVE_CONF_PLAN_FILE_H
/*
 * Saved plans: JSON lines that gatewave writes and reads. The first line says what is to be rolled out, each next one
 * is a device, in the order in which they are called; the last one has a checksum over all before it, so that a file
 * that was cut or edited is known.
 *
 *   {"gatewave_plan":1,"rollout":"os-2.4.0","version":"2.4.0","planned_at":"...","source":"os-2.4.0.yaml",
 *    "membership":"0123...","devices":5120,"spec":"rollout: os-2.4.0\n..."}
 *   {"gateway_id":"sag-1","serial":"s1","wave":1,"model":"sag-1000","version":"2.3.0"}
 *   {"end":"89ab..."}
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/conf/table.h"

/* What a plan file begins with, and no rollout file. */
#define GW_PLAN_FILE_MARK "{\"gatewave_plan\":1,"

/* Texts are the caller's when it is written, and malloc'ed when it was read. */
struct gw_plan_head {
    char *rollout, *version;
    char *source;     /* the rollout file's whole path; "" for none */
    char *membership; /* of the draft */
    char *spec;       /* canonical YAML */
    uint32_t targets;
    int64_t planned_unix_ms;
};

struct gw_plan_line {
    struct gw_slice whole;                              /* without the newline */
    struct gw_slice gateway_id, serial, model, version; /* as JSON has them, without the quotes */
    uint32_t wave;                                      /* from 1 */
};

/* ---- writing: to be written one behind the other, sum beginning at 0 ---- */

void gw_plan_file_head(struct gw_buf *ret, const struct gw_plan_head *head, uint64_t *sum);
void gw_plan_file_target(struct gw_buf *ret, const char *gateway_id, const char *serial, uint32_t wave,
                         const char *model, const char *version, uint64_t *sum);
void gw_plan_file_end(struct gw_buf *ret, uint64_t sum);

/* ---- reading ---- */

/* Reads the line of a device; false when it is none. Slices are in the text. */
bool gw_plan_line_scan(const char *text, size_t len, struct gw_plan_line *ret);

void gw_plan_head_release(struct gw_plan_head *head);
/*
 * Reads the len bytes of a whole plan file: its head, and one each() for every device, whose text stays with the bytes.
 * GW_ERR_INPUT when they are no plan, or were cut or changed; each() may have been called then.
 */
enum gw_code gw_plan_file_read(const char *bytes, size_t len, const char *file,
                               void (*each)(void *user, const struct gw_plan_line *line), void *user,
                               struct gw_plan_head *ret, struct gw_err *err);

#endif
