/*
 * Freezing a draft into a rollout, for up to a million devices in one transaction. Ids are the dispatch order,
 * so that rows are only ever appended here and later writes walk the table from front to back. Everything a
 * target needs is copied: the inventory may change under a running rollout.
 */
#include "gatewave/base/check.h"
#include "gatewave/store/draft.h"
#include "gatewave/store/night.h"
#include "gatewave/store/rollout.h"
#include "sql.h"

static const char insert_rollout[] = "INSERT INTO rollouts (name, version, type, verify, phase, reason, "
                                     "selection, spec, created_by, created_unix_ms) "
                                     "VALUES (?1, ?2, ?3, ?4, 'waiting', 'not started yet', ?5, ?6, ?7, ?8)";

static const char insert_wave[] = "INSERT INTO waves (rollout, number, name, phase, first, targets)"
                                  " VALUES (?1, ?2, ?3, 'pending', ?4, ?5)";

static const char insert_target[] = "INSERT INTO targets (id, rollout, wave, device) VALUES (?1, ?2, ?3, ?4)";

static const char insert_fact[] =
    "INSERT INTO facts (target, device, gateway_id, serial, ha_role, region, account, model, site, isp,"
    " timezone, version_listed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/* Number 0 is the rollout's own, and has no model; the models follow in order of their names. */
static const char insert_charts[] = "INSERT INTO charts (rollout, number, model) SELECT ?1, 0, '' UNION ALL"
                                    " SELECT ?1, row_number() OVER (ORDER BY model), model"
                                    " FROM (SELECT DISTINCT model FROM facts WHERE target >= ?2)";

static const char insert_policy[] =
    "INSERT INTO policy_rollouts (rollout, policy, night) VALUES (?1, ?2, ?3)";
static const char insert_rollback[] = "INSERT INTO rollbacks (rollout, of, reason) VALUES (?1, ?2, ?3)";

static const char seal_rollout[] =
    "UPDATE rollouts SET first_target = ?2, targets = ?3, membership = ?4 WHERE id = ?1";

static enum gw_code add_rollout(struct gw_store *store, const struct gw_rollout_new *new_, int64_t *ret_id,
                                struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, insert_rollout, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_text(stmt, 1, new_->name);
    gw_sql_bind_text(stmt, 2, new_->version);
    gw_sql_bind_text(stmt, 3, new_->dpi ? "Dpi" : "Device");
    gw_sql_bind_int(stmt, 4, new_->verify);
    gw_sql_bind_text(stmt, 5, new_->selection);
    gw_sql_bind_text(stmt, 6, new_->spec);
    gw_sql_bind_text(stmt, 7, new_->created_by);
    gw_sql_bind_int(stmt, 8, new_->now_unix_ms);
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    if (code == GW_OK)
        *ret_id = sqlite3_last_insert_rowid(store->db);
    return code;
}

static enum gw_code add_waves(struct gw_store *store, const struct gw_rollout_new *new_,
                              const struct gw_draft *draft, int64_t rollout, struct gw_err *err)
{
    struct gw_draft_wave wave[GW_WAVES_MOST];
    uint32_t n = gw_draft_waves(draft, wave), first = 0;
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, insert_wave, &stmt, err);

    if (code != GW_OK)
        return code;
    for (uint32_t w = 0; w < n && code == GW_OK; w++) {
        gw_sql_bind_int(stmt, 1, rollout);
        gw_sql_bind_int(stmt, 2, w + 1);
        gw_sql_bind_text(stmt, 3, new_->n_waves ? new_->wave_name[w] : gw_cut_safe_name(w, n));
        gw_sql_bind_int(stmt, 4, first);
        gw_sql_bind_int(stmt, 5, wave[w].targets);
        code = gw_sql_run(store, stmt, NULL, err);
        first += wave[w].targets;
    }
    sqlite3_finalize(stmt);
    return code;
}

struct freezer {
    struct gw_store *store;
    struct gw_err *err;
    int64_t rollout, first; /* first: the id of target 0 */
    sqlite3_stmt *target, *fact;
    enum gw_code code;
};

static bool freeze_target(void *user, const struct gw_draft_target *target)
{
    const char *const texts[] = {target->gateway_id, target->serial, target->ha_role, target->region,
                                 target->account,    target->model,  target->site,    target->isp,
                                 target->timezone,   target->version};
    struct freezer *f = user;

    gw_sql_bind_int(f->target, 1, f->first + target->number);
    gw_sql_bind_int(f->target, 2, f->rollout);
    gw_sql_bind_int(f->target, 3, target->wave + 1);
    gw_sql_bind_int(f->target, 4, target->device);
    gw_sql_bind_int(f->fact, 1, f->first + target->number);
    gw_sql_bind_int(f->fact, 2, target->device);
    for (int i = 0; i < (int)GW_COUNT_OF(texts); i++)
        gw_sql_bind_text(f->fact, 3 + i, texts[i]);
    f->code = gw_sql_run(f->store, f->target, NULL, f->err);
    if (f->code == GW_OK)
        f->code = gw_sql_run(f->store, f->fact, NULL, f->err);
    return f->code == GW_OK;
}

static enum gw_code add_targets(struct gw_store *store, const struct gw_draft *draft, int64_t rollout,
                                int64_t first, struct gw_err *err)
{
    struct freezer f = {.store = store, .err = err, .rollout = rollout, .first = first};

    f.code = gw_sql_prepare(store, insert_target, &f.target, err);
    if (f.code == GW_OK)
        f.code = gw_sql_prepare(store, insert_fact, &f.fact, err);
    if (f.code == GW_OK)
        gw_draft_targets_each(draft, freeze_target, &f);
    sqlite3_finalize(f.target);
    sqlite3_finalize(f.fact);
    return f.code;
}

static enum gw_code add_charts(struct gw_store *store, int64_t rollout, int64_t first, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, insert_charts, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    gw_sql_bind_int(stmt, 2, first);
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    return code;
}

/* Two nights at once would roll out the same twice, and what stops the one's would not stop the other's. */
static enum gw_code check_policy(struct gw_store *store, const struct gw_rollout_new *new_,
                                 struct gw_err *err)
{
    struct gw_policy_rollout last;
    enum gw_code code = gw_policy_rollout_last(store, new_->policy, &last, err);

    if (code == GW_ERR_NOT_FOUND && new_->policy_last == 0)
        return GW_OK;
    if (code != GW_OK && code != GW_ERR_NOT_FOUND)
        return code;
    if (code == GW_OK && last.row.id == new_->policy_last)
        return GW_OK;
    return gw_err_set(
        err, GW_ERR_BUSY,
        "another night has begun a rollout of policy %s since this one looked; wait for it, then "
        "reconcile again",
        new_->policy);
}

static enum gw_code add_policy(struct gw_store *store, const struct gw_rollout_new *new_, int64_t rollout,
                               struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, insert_policy, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    gw_sql_bind_text(stmt, 2, new_->policy);
    gw_sql_bind_int(stmt, 3, new_->night);
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    return code;
}

static enum gw_code add_rollback(struct gw_store *store, const struct gw_rollout_new *new_, int64_t rollout,
                                 struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, insert_rollback, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    gw_sql_bind_int(stmt, 2, new_->takes_back);
    gw_sql_bind_text(stmt, 3, new_->reason ? new_->reason : "");
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    return code;
}

/* Writes what makes it a whole; from then on the row is frozen. */
static enum gw_code seal(struct gw_store *store, const struct gw_draft *draft, int64_t rollout, int64_t first,
                         struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, seal_rollout, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    gw_sql_bind_int(stmt, 2, first);
    gw_sql_bind_int(stmt, 3, gw_draft_targets(draft));
    gw_sql_bind_text(stmt, 4, gw_draft_membership(draft));
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    return code;
}

static enum gw_code freeze(struct gw_store *store, const struct gw_rollout_new *new_,
                           const struct gw_draft *draft, struct gw_err *err)
{
    int64_t rollout, first = 0;
    enum gw_code code = add_rollout(store, new_, &rollout, err);

    if (code == GW_OK)
        code = gw_sql_number(store, "SELECT coalesce(max(id), 0) + 1 FROM targets", &first, err);
    if (code == GW_OK)
        code = add_waves(store, new_, draft, rollout, err);
    if (code == GW_OK)
        code = add_targets(store, draft, rollout, first, err);
    if (code == GW_OK)
        code = add_charts(store, rollout, first, err);
    if (code == GW_OK && new_->policy)
        code = add_policy(store, new_, rollout, err);
    if (code == GW_OK && new_->takes_back)
        code = add_rollback(store, new_, rollout, err);
    return code == GW_OK ? seal(store, draft, rollout, first, err) : code;
}

static enum gw_code check_name(struct gw_store *store, const char *name, struct gw_err *err)
{
    struct gw_rollout_row taken;
    enum gw_code code = gw_rollout_find(store, name, &taken, err);

    if (code == GW_OK)
        return gw_err_set(err, GW_ERR_INPUT, "rollout %s: the name is taken; name the new one differently",
                          name);
    return code == GW_ERR_NOT_FOUND ? GW_OK : code;
}

/* Within a transaction: what is drafted is what is frozen. */
static enum gw_code draft_and_freeze(struct gw_store *store, const struct gw_rollout_new *new_,
                                     uint32_t *ret_held, struct gw_err *err)
{
    const struct gw_draft_request request = {.name = new_->name,
                                             .dpi = new_->dpi,
                                             .version = new_->version,
                                             .downgrade = new_->downgrade,
                                             .select = new_->select,
                                             .selection = new_->selection,
                                             .only = new_->only,
                                             .now_unix_ms = new_->now_unix_ms,
                                             .size = new_->size,
                                             .n_sizes = new_->n_waves};
    struct gw_draft *draft;
    uint32_t wave;
    enum gw_code code = new_->policy ? check_policy(store, new_, err) : GW_OK;

    if (code == GW_OK)
        code = check_name(store, new_->name, err);
    if (code == GW_OK)
        code = gw_draft_new(store, &request, &draft, &wave, err);
    if (code != GW_OK)
        return code;
    code = freeze(store, new_, draft, err);
    *ret_held = gw_draft_held(draft);
    gw_draft_free(draft);
    return code;
}

enum gw_code gw_rollout_create(struct gw_store *store, const struct gw_rollout_new *new_,
                               struct gw_rollout_row *ret, struct gw_err *err)
{
    enum gw_code code = gw_sql_begin(store, err);
    uint32_t held = 0;

    if (code != GW_OK)
        return code;
    code = draft_and_freeze(store, new_, &held, err);
    if (code == GW_OK)
        code = gw_sql_commit(store, err);
    if (code != GW_OK) {
        gw_sql_rollback(store);
        return code;
    }
    code = gw_rollout_find(store, new_->name, ret, err);
    if (code == GW_OK)
        ret->held = held;
    return code;
}
