#ifndef GATEWAVE_SRC_STORE_WHERE_H
#define GATEWAVE_SRC_STORE_WHERE_H
/* A selection as a condition in SQL; every word of the user's is a parameter. */
#include <sqlite3.h>

#include "gatewave/base/buf.h"
#include "gatewave/core/select.h"

/* A word or two for each node. */
#define GW_WHERE_WORDS_MAX (2 * GW_SELECT_NODES_MAX)

struct gw_where {
    struct gw_buf sql;         /* an expression in parentheses */
    const char *const *column; /* what each is in SQL, by enum gw_column */
    int first;                 /* number of its first parameter */
    int n_words;
    const char *word[GW_WHERE_WORDS_MAX]; /* point into the selection */
};

/*
 * Over devices d and gateways g. first: the lowest parameter number that the rest of the statement does not use. The
 * selection must outlive it.
 */
void gw_where_init(struct gw_where *where, const struct gw_select *select, int first);
/*
 * Over targets t of rollouts r with their facts f, and with what the inventory has of them today, devices d and gateways
 * g, or else NULL.
 */
void gw_where_init_targets(struct gw_where *where, const struct gw_select *select, int first);
void gw_where_bind(const struct gw_where *where, sqlite3_stmt *stmt);
void gw_where_release(struct gw_where *where);

#endif
