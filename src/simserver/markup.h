#ifndef GATEWAVE_SRC_SIMSERVER_MARKUP_H
#define GATEWAVE_SRC_SIMSERVER_MARKUP_H
/*
 * One description of a reply, written as JSON or as XML. Lists come in the vendor's two styles: wrapped,
 * {"Xs":{"X":[...]}} or <Xs><X/><X/></Xs>, and bare, {"Xs":[...]} or <Xs/><Xs/>.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/json.h"

#define GW_MARKUP_DEPTH_MAX 8

struct gw_markup {
    struct gw_buf *buf;
    struct gw_json json;
    bool xml, bare;
    struct {
        const char *name; /* of the object, or of the list */
        const char *item; /* NULL: an object */
    } level[GW_MARKUP_DEPTH_MAX];
    unsigned depth;
};

/* Opens the reply; root names it in XML. Every open has its close, and the last one ends the reply. */
void gw_markup_init(struct gw_markup *markup, struct gw_buf *buf, bool xml, bool bare, const char *root);
void gw_markup_close(struct gw_markup *markup);
/* An object in the one that is open. */
void gw_markup_open(struct gw_markup *markup, const char *name);
/* A list of objects called item. */
void gw_markup_list(struct gw_markup *markup, const char *name, const char *item);
/* An object in the list that is open. */
void gw_markup_item(struct gw_markup *markup);
/* A NULL text is left out. */
void gw_markup_text(struct gw_markup *markup, const char *name, const char *text);
void gw_markup_int(struct gw_markup *markup, const char *name, int64_t number);

#endif
