/*
 * Rollback: what a rollout has changed goes back to what it was. Each version before gets a rollout of its own, in one
 * wave: these devices have run that version, and whoever rolls back is in a hurry; the gate judges all the same.
 *
 * It works on whole gateways, as selections do. A gateway goes back when it is certain to what: its devices had one and
 * the same version before, and nothing else has changed them since. Devices that succeeded go back, and those of which
 * nobody can prove that they did not change (unresolved, stuck): the read before each call finds out which of them are
 * there already, and those are skipped. Whether the vendor takes an older version is not documented; it says so device
 * by device, with VersionTooOld, and the gate stops what is refused throughout.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/app/control.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/core/version.h"
#include "gatewave/store/inventory.h"
#include "gatewave/store/night.h"

#include "again.h"
#include "clock.h"
#include "plan/changed.h"
#include "rollout/begin.h"
#include "rollout/freeze.h"

#define EXCEPTED_MOST   100 /* that a selection names one by one */
#define STAYS_SAID_MOST 10

struct gw_back {
    struct gw_session *session;
    const struct gw_rollback_request *request;
    struct gw_rollout_row old;
    struct gw_spec *spec; /* of the old one */
    struct gw_changed changed;
    struct gw_output *output;
    struct gw_rollout_row first; /* of those that were frozen */
    uint32_t frozen;
    uint32_t held; /* devices that those leave out: on hold */
};

/* ---- the selection ---- */

static void gw_back_select(const struct gw_back *back, const char *version, struct gw_buf *ret)
{
    const char *name = back->old.name;

    gw_buf_addf(ret, "before.%s = ", name);
    gw_again_quote(ret, version);
    gw_buf_addf(ret, " and (outcome.%s in (succeeded, relapsed, unresolved) or code.%s = stuck)", name, name);
}

/* Who is held by the selection and must stay. */
struct gw_back_exceptions {
    struct gw_back *back;
    struct gw_buf ids;
    uint32_t n;
};

static void gw_back_except(struct gw_back_exceptions *exceptions, const char *id)
{
    if (exceptions->n++)
        gw_buf_add_text(&exceptions->ids, ", ");
    gw_again_quote(&exceptions->ids, id);
}

static bool gw_back_device(void *user, const struct gw_device *device)
{
    struct gw_back_exceptions *exceptions = user;
    const struct gw_back *back = exceptions->back;
    const char *id = device->column[GW_COLUMN_GATEWAY_ID];
    const char *version = device->column[back->old.dpi ? GW_COLUMN_DPI_VERSION : GW_COLUMN_VERSION];
    struct gw_changed_gateway *gateway = gw_changed_find(&back->changed, id);

    /* Not one that was changed: the inventory has given the device to another gateway. */
    if (!gateway) {
        gw_back_except(exceptions, id);
        return true;
    }
    gateway->listed = true;
    if (version[0] && !gw_text_equal(version, gateway->before) && !gw_text_equal(version, back->old.version))
        gw_changed_stay(gateway, "the inventory has it at %s", version);
    return true;
}

/* Asks the inventory about all that the selection holds; adds to it whom it must not hold. */
static enum gw_code gw_back_ask_inventory(struct gw_back *back, const char *version, struct gw_buf *select,
                                          struct gw_err *err)
{
    struct gw_back_exceptions exceptions = {.back = back};
    struct gw_select *parsed = gw_mem_new(1, sizeof(*parsed));
    enum gw_code code = gw_session_select(back->session, gw_buf_text(select), parsed, err);

    gw_buf_init(&exceptions.ids, 0);
    for (size_t i = 0; i < back->changed.n; i++)
        back->changed.gateway[i].listed = false;
    if (code == GW_OK)
        code = gw_devices_each(back->session->store, parsed, gw_back_device, &exceptions, err);
    for (size_t i = 0; i < back->changed.n && code == GW_OK; i++) {
        struct gw_changed_gateway *gateway = &back->changed.gateway[i];

        bool its_own = gw_text_equal(gateway->before, version);

        if (!gateway->listed && its_own)
            gw_changed_stay(gateway, "the inventory has it no more");
        /* Of a pair, one may have been read, and the other be selected by what the inventory had said of it. */
        else if (gateway->listed && (gateway->stays || !its_own))
            gw_back_except(&exceptions, gateway->id);
    }
    if (code == GW_OK && exceptions.n > EXCEPTED_MOST)
        code = gw_err_set(
            err, GW_ERR_INPUT,
            "%u of the gateways that ran %s before cannot go back, more than a selection can name; "
            "write rollout files with `downgrade: true` for the others",
            exceptions.n, version);
    if (exceptions.n > 0)
        gw_buf_addf(select, " and not gateway_id in (%s)", gw_buf_text(&exceptions.ids));
    gw_buf_release(&exceptions.ids);
    free(parsed);
    return code;
}

struct gw_back_holds {
    struct gw_back *back;
    const char *version;
};

static bool gw_back_hold(void *user, const struct gw_hold_row *row)
{
    const struct gw_back_holds *holds = user;
    struct gw_changed_gateway *gateway = gw_changed_find(&holds->back->changed, row->gateway_id);

    if (gateway && gw_text_equal(gateway->before, holds->version))
        gw_changed_stay(gateway, "on hold");
    return true;
}

/*
 * Whom a person has put on hold. The freeze leaves them out of what the selection holds, so that it need not except them,
 * however many they are.
 */
static enum gw_code gw_back_ask_holds(struct gw_back *back, const char *version, struct gw_err *err)
{
    struct gw_back_holds holds = {.back = back, .version = version};

    return gw_holds_each(back->session->store, gw_clock_unix_ms(), gw_back_hold, &holds, err);
}

/* ---- one version ---- */

/* The old spec in one wave of its own, without the waves, the soaks and the approvals of the way there. */
static enum gw_code gw_back_derive(const struct gw_back *back, const char *version, struct gw_spec *ret,
                                   struct gw_err *err)
{
    struct gw_session *session = back->session;
    struct gw_buf text;
    enum gw_code code;

    gw_buf_init(&text, 0);
    gw_spec_write(back->spec, &text);
    gw_buf_add_text(&text, "waves:\n  - {name: all, size: rest}\n");
    code = gw_spec_parse(gw_buf_text(&text), text.len, back->old.name, ret, &session->problems, err);
    gw_buf_release(&text);
    if (code != GW_OK)
        return code;
    gw_again_set(&ret->version, version);
    /* What a rollback had taken back goes forward again. */
    ret->downgrade = gw_version_compare(version, back->old.version) < 0;
    return GW_OK;
}

/* A version may hold what a name may not. */
static void gw_back_stem(const struct gw_back *back, const char *version, struct gw_buf *ret)
{
    gw_buf_addf(ret, "%s.back-to-", back->old.name);
    for (const char *p = version; *p; p++)
        gw_buf_add_char(ret, gw_tag_name_char(*p) ? *p : '-');
}

static enum gw_code gw_back_freeze(struct gw_back *back, const struct gw_spec *spec, struct gw_err *err)
{
    const char *reason = back->request->reason;
    const struct gw_freeze_from from = {.takes_back = back->old.id, .reason = reason};
    struct gw_rollout_row row;
    struct gw_buf note;
    enum gw_code code;

    gw_buf_init(&note, 0);
    gw_buf_addf(&note, "takes back what %s changed%s%s", back->old.name, reason ? ": " : "",
                reason ? reason : "");
    code = gw_freeze(back->session->store, spec, gw_buf_text(&note), &from, &row, err);
    gw_buf_release(&note);
    if (code != GW_OK)
        return code;
    back->held += row.held;
    if (!back->output)
        back->output = gw_again_output(back->session);
    gw_again_row(back->output, &back->old, &row);
    if (back->frozen++ == 0)
        back->first = row;
    return GW_OK;
}

/* By what the rollouts say some can go back to this version; the inventory may know better. */
static enum gw_code gw_back_version(struct gw_back *back, const char *version, struct gw_err *err)
{
    struct gw_spec *spec = gw_mem_new(1, sizeof(*spec));
    struct gw_buf select, stem;
    enum gw_code code = gw_back_derive(back, version, spec, err);

    if (code != GW_OK) {
        free(spec);
        return code;
    }
    gw_buf_init(&select, 0);
    gw_buf_init(&stem, 0);
    gw_back_select(back, version, &select);
    gw_back_stem(back, version, &stem);
    code = gw_back_ask_inventory(back, version, &select, err);
    if (code == GW_OK)
        code = gw_back_ask_holds(back, version, err);
    if (code == GW_OK)
        code = gw_again_name(back->session, gw_buf_text(&stem), false, spec, err);
    gw_again_set(&spec->select, gw_buf_text(&select));
    if (code == GW_OK && gw_changed_count(&back->changed, version) > 0)
        code = gw_back_freeze(back, spec, err);
    gw_buf_release(&stem);
    gw_buf_release(&select);
    gw_spec_release(spec);
    free(spec);
    return code;
}

static enum gw_code gw_back_versions(struct gw_back *back, struct gw_err *err)
{
    char version[GW_VERSION_MAX] = "";
    const char *next;
    enum gw_code code = GW_OK;

    while (code == GW_OK && (next = gw_changed_next_version(&back->changed, version)) != NULL) {
        (void)gw_text_copy(version, sizeof(version), next);
        code = gw_back_version(back, version, err);
        if (code != GW_OK)
            (void)gw_err_prefix(err, "back to %s", version);
    }
    return code;
}

/* ---- the whole ---- */

static void gw_back_say_stays(const struct gw_back *back)
{
    size_t stays = 0, said = 0;

    for (size_t i = 0; i < back->changed.n; i++)
        stays += back->changed.gateway[i].stays != NULL;
    if (stays == 0)
        return;
    gw_session_say(back->session, "%zu of the %zu gateways that %s changed stay as they are:", stays,
                   back->changed.n, back->old.name);
    for (size_t i = 0; i < back->changed.n && said < STAYS_SAID_MOST; i++) {
        const struct gw_changed_gateway *gateway = &back->changed.gateway[i];

        if (gateway->stays) {
            gw_session_say(back->session, "  %s: %s", gateway->id, gateway->stays);
            said++;
        }
    }
    if (stays > said)
        gw_session_say(back->session, "  and %zu more", stays - said);
}

/* What a night began, the next one would begin again; it does not, and who wants it to must know how. */
static enum gw_code gw_back_say_policy(const struct gw_back *back, struct gw_err *err)
{
    char policy[GW_ROLLOUT_NAME_MAX];
    enum gw_code code = gw_policy_of_rollout(back->session->store, back->old.id, policy, err);

    if (code == GW_OK && policy[0])
        gw_session_say(back->session,
                       "nights leave policy %s alone from now on: a new version in its file, or `reconcile "
                       "--again %s`, lets it begin anew",
                       policy, policy);
    return code;
}

static enum gw_code gw_back_all(struct gw_back *back, struct gw_err *err)
{
    const char *name = back->old.name;
    enum gw_code code = gw_changed_load(&back->changed, back->session->store, &back->old, err);

    if (code == GW_OK && back->changed.n == 0)
        code = gw_err_set(err, GW_ERR_INPUT,
                          "rollout %s has changed no device: there is nothing to take back", name);
    if (code != GW_OK)
        return code;
    if (back->request->at_once)
        back->spec->window.given = false;
    code = gw_back_versions(back, err);
    gw_output_end(back->output);
    gw_begin_tell_held(back->held);
    gw_back_say_stays(back);
    if (code == GW_OK && back->frozen == 0)
        code = gw_err_set(err, GW_ERR_INPUT, "no gateway that rollout %s changed can go back", name);
    if (code != GW_OK)
        return code;
    if (back->spec->window.given)
        gw_session_say(back->session, "the window of %s holds on the way back too; --now goes without it",
                       name);
    code = gw_back_say_policy(back, err);
    if (code != GW_OK)
        return code;
    gw_session_next(back->session, "run %s", back->first.name);
    return GW_OK;
}

enum gw_code gw_rollback(struct gw_session *session, const struct gw_rollback_request *request,
                         struct gw_err *err)
{
    struct gw_back back = {.session = session, .request = request, .spec = gw_mem_new(1, sizeof(*back.spec))};
    enum gw_code code = gw_again_open(session, err);

    if (code == GW_OK)
        code = gw_again_load(session, request->name, &back.old, back.spec, err);
    if (code == GW_OK) {
        gw_spec_keep_waves(back.spec, 0);
        code = gw_back_all(&back, err);
        gw_spec_release(back.spec);
    }
    gw_changed_release(&back.changed);
    free(back.spec);
    return code;
}
