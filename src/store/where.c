/*
 * The selection tree becomes an SQL expression, node by node. Column names come from a table here, values
 * only ever travel as parameters. The tree was checked by its parser: a node that does not fit is a
 * programmer's error.
 */
#include "where.h"

#include "gatewave/base/check.h"
#include "sql.h"

/* A tag is looked up by its name. */
static const char *const inventory_sql[GW_COLUMN_TAG] = {
    [GW_COLUMN_GATEWAY_ID] = "g.gateway_id",
    [GW_COLUMN_REGION] = "g.region",
    [GW_COLUMN_SERIAL] = "d.serial",
    [GW_COLUMN_HA_ROLE] = "d.ha_role",
    [GW_COLUMN_VERSION] = "d.version",
    [GW_COLUMN_DPI_VERSION] = "d.dpi_version",
    [GW_COLUMN_MODEL] = "g.model",
    [GW_COLUMN_NAME] = "g.name",
    [GW_COLUMN_SITE] = "g.site",
    [GW_COLUMN_TIMEZONE] = "g.timezone",
    [GW_COLUMN_ACCOUNT] = "g.account",
    [GW_COLUMN_ISP] = "g.isp",
};

/* What was frozen goes before what the inventory says today. */
static const char *const target_sql[GW_COLUMN_TAG] = {
    [GW_COLUMN_GATEWAY_ID] = "f.gateway_id",
    [GW_COLUMN_REGION] = "f.region",
    [GW_COLUMN_SERIAL] = "coalesce(t.serial, f.serial)",
    [GW_COLUMN_HA_ROLE] = "f.ha_role",
    [GW_COLUMN_VERSION] = "iif(r.type = 'Device', f.version_listed, coalesce(d.version, ''))",
    [GW_COLUMN_DPI_VERSION] = "iif(r.type = 'Dpi', f.version_listed, coalesce(d.dpi_version, ''))",
    [GW_COLUMN_MODEL] = "f.model",
    [GW_COLUMN_NAME] = "coalesce(g.name, '')",
    [GW_COLUMN_SITE] = "f.site",
    [GW_COLUMN_TIMEZONE] = "f.timezone",
    [GW_COLUMN_ACCOUNT] = "f.account",
    [GW_COLUMN_ISP] = "f.isp",
};

/* The past stands in a subquery with targets t, their facts f and relapses b of its own. Who was not read ran what was listed. */
static const char *const past_sql[] = {
    [GW_COLUMN_OUTCOME] = "iif(b.target IS NULL, t.state, 'relapsed')",
    [GW_COLUMN_CODE] = "coalesce(t.code, '')",
    [GW_COLUMN_BEFORE] = "coalesce(t.version_before, f.version_listed)",
};

static const char *const operator_sql[] = {
    [GW_OP_EQ] = "=",  [GW_OP_NE] = "<>", [GW_OP_LT] = "<",
    [GW_OP_LE] = "<=", [GW_OP_GT] = ">",  [GW_OP_GE] = ">=",
};

static void add_word(struct gw_where *where, const struct gw_select *select, uint16_t offset)
{
    GW_CHECK(where->n_words < GW_WHERE_WORDS_MAX);
    GW_CHECK(offset < select->text_len);
    gw_buf_addf(&where->sql, "?%d", where->first + where->n_words);
    where->word[where->n_words++] = select->text + offset;
}

static void add_column(struct gw_where *where, const struct gw_select *select,
                       const struct gw_select_node *node)
{
    if (node->column == GW_COLUMN_TAG) {
        gw_buf_add_text(&where->sql, "coalesce((SELECT value FROM tags WHERE device = d.id AND name = ");
        add_word(where, select, node->text);
        gw_buf_add_text(&where->sql, "), '')");
        return;
    }
    GW_CHECK(node->column > GW_COLUMN_NONE && node->column < GW_COUNT_OF(past_sql));
    gw_buf_add_text(&where->sql,
                    gw_column_is_past(node->column) ? past_sql[node->column] : where->column[node->column]);
}

/* column op word, where the word stands at the given offset of the selection's text. */
static void add_comparison(struct gw_where *where, const struct gw_select *select,
                           const struct gw_select_node *node, enum gw_select_op op, uint16_t value)
{
    bool version = node->column == GW_COLUMN_VERSION || node->column == GW_COLUMN_DPI_VERSION;

    GW_CHECK(op >= GW_OP_EQ && op <= GW_OP_GLOB);
    if (op == GW_OP_GLOB) {
        gw_buf_add_text(&where->sql, "gw_glob(");
        add_word(where, select, value);
        gw_buf_add_text(&where->sql, ", ");
        add_column(where, select, node);
        gw_buf_add_text(&where->sql, ")");
    } else if (version) {
        gw_buf_add_text(&where->sql, "gw_version_compare(");
        add_column(where, select, node);
        gw_buf_add_text(&where->sql, ", ");
        add_word(where, select, value);
        gw_buf_addf(&where->sql, ") %s 0", operator_sql[op]);
    } else {
        add_column(where, select, node);
        gw_buf_addf(&where->sql, " %s ", operator_sql[op]);
        add_word(where, select, value);
    }
}

static void add_in(struct gw_where *where, const struct gw_select *select, const struct gw_select_node *node)
{
    const char *before = "";

    for (uint16_t at = node->left; at != 0; at = select->node[at].right) {
        GW_CHECK(at < select->n_nodes && select->node[at].kind == GW_SELECT_VALUE);
        gw_buf_add_text(&where->sql, before);
        add_comparison(where, select, node, GW_OP_EQ, select->node[at].text);
        before = " OR ";
    }
}

static void add_condition(struct gw_where *where, const struct gw_select *select,
                          const struct gw_select_node *node)
{
    if (node->kind == GW_SELECT_IN)
        add_in(where, select, node);
    else
        add_comparison(where, select, node, node->op,
                       gw_column_is_named(node->column) ? node->value : node->text);
}

/*
 * What came of an earlier rollout. The subquery knows nothing of the row at hand, so that SQLite runs it once
 * and keeps the gateways that it finds. They are found again by their id, because a device's row number may
 * have been given to another since.
 */
static void add_past(struct gw_where *where, const struct gw_select *select,
                     const struct gw_select_node *node)
{
    gw_buf_add_text(&where->sql, where->column[GW_COLUMN_GATEWAY_ID]);
    gw_buf_add_text(
        &where->sql,
        " IN (SELECT f.gateway_id FROM rollouts r CROSS JOIN targets t ON"
        " t.id >= r.first_target AND t.id < r.first_target + r.targets"
        " CROSS JOIN facts f ON f.target = t.id LEFT JOIN relapses b ON b.target = t.id WHERE r.name = ");
    add_word(where, select, node->text);
    gw_buf_add_text(&where->sql, " AND (");
    add_condition(where, select, node);
    gw_buf_add_text(&where->sql, "))");
}

static void add_node(struct gw_where *where, const struct gw_select *select, uint16_t at);

static bool joins(enum gw_select_kind kind)
{
    return kind == GW_SELECT_AND || kind == GW_SELECT_OR;
}

/* How many parentheses and NOTs stand around the innermost condition at most. */
static unsigned depth_of(const struct gw_select *select, uint16_t at)
{
    const struct gw_select_node *node = &select->node[at];
    unsigned left, right;

    if (node->kind == GW_SELECT_NOT)
        return depth_of(select, node->left) + 1;
    if (!joins(node->kind))
        return 0;
    left = depth_of(select, node->left) +
           (joins(select->node[node->left].kind) && select->node[node->left].kind != node->kind);
    right = depth_of(select, node->right) +
            (joins(select->node[node->right].kind) && select->node[node->right].kind != node->kind);
    return left > right ? left : right;
}

/* In parentheses where it is another conjunction than the one it stands in; every condition brings its own. */
static void add_part(struct gw_where *where, const struct gw_select *select, uint16_t at,
                     enum gw_select_kind within)
{
    bool apart = joins(select->node[at].kind) && select->node[at].kind != within;

    gw_buf_add_text(&where->sql, apart ? "(" : "");
    add_node(where, select, at);
    gw_buf_add_text(&where->sql, apart ? ")" : "");
}

/*
 * SQLite's parser remembers a hundred things at most, and whatever stands before an open parenthesis is some of them: so
 * the part that goes deeper comes first.
 */
static void add_two(struct gw_where *where, const struct gw_select *select, const struct gw_select_node *node)
{
    bool swap = depth_of(select, node->right) > depth_of(select, node->left);

    add_part(where, select, swap ? node->right : node->left, node->kind);
    gw_buf_add_text(&where->sql, node->kind == GW_SELECT_AND ? " AND " : " OR ");
    add_part(where, select, swap ? node->left : node->right, node->kind);
}

static void add_node(struct gw_where *where, const struct gw_select *select, uint16_t at)
{
    const struct gw_select_node *node = &select->node[at];

    GW_CHECK(at < select->n_nodes);
    switch (node->kind) {
    case GW_SELECT_ALL:
        gw_buf_add_text(&where->sql, "TRUE");
        return;
    case GW_SELECT_AND:
    case GW_SELECT_OR:
        add_two(where, select, node);
        return;
    case GW_SELECT_NOT:
        gw_buf_add_text(&where->sql, "NOT ");
        add_part(where, select, node->left, GW_SELECT_NOT);
        return;
    case GW_SELECT_COMPARE:
    case GW_SELECT_IN:
        gw_buf_add_char(&where->sql, '(');
        if (gw_column_is_past(node->column))
            add_past(where, select, node);
        else
            add_condition(where, select, node);
        gw_buf_add_char(&where->sql, ')');
        return;
    case GW_SELECT_HAS_TAG:
        gw_buf_add_text(&where->sql, "EXISTS (SELECT 1 FROM tags WHERE device = d.id AND name = ");
        add_word(where, select, node->text);
        gw_buf_add_char(&where->sql, ')');
        return;
    case GW_SELECT_NONE:
    case GW_SELECT_VALUE:
        break;
    }
    GW_NEVER("a selection is made of conditions");
}

static void init(struct gw_where *where, const struct gw_select *select, int first, const char *const *column)
{
    gw_buf_init(&where->sql, 0);
    where->column = column;
    where->first = first;
    where->n_words = 0;
    gw_buf_add_char(&where->sql, '(');
    add_node(where, select, select->root);
    gw_buf_add_char(&where->sql, ')');
}

void gw_where_init(struct gw_where *where, const struct gw_select *select, int first)
{
    init(where, select, first, inventory_sql);
}

void gw_where_init_targets(struct gw_where *where, const struct gw_select *select, int first)
{
    init(where, select, first, target_sql);
}

void gw_where_bind(const struct gw_where *where, sqlite3_stmt *stmt)
{
    for (int i = 0; i < where->n_words; i++)
        gw_sql_bind_text(stmt, where->first + i, where->word[i]);
}

void gw_where_release(struct gw_where *where)
{
    gw_buf_release(&where->sql);
}
