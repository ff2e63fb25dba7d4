/* The drift for people and for programs. People read what is out of the ordinary; what goes tonight is a number. */

#include "gatewave/app/screen.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"

#include "figures.h"
#include "reconcile-local.h"

/* ---- the policies ---- */

static const char *const stance_words[GW_STANCE_COUNT] = {
    [GW_STANCE_NONE] = "",
    [GW_STANCE_CONVERGED] = "as desired",
    [GW_STANCE_DRIFTED] = "to upgrade",
    [GW_STANCE_AHEAD] = "beyond it",
    [GW_STANCE_HELD] = "held",
    [GW_STANCE_RESTING] = "resting",
    [GW_STANCE_GIVEN_UP] = "given up",
    [GW_STANCE_SPENT] = "at a site that has restarted often enough",
    [GW_STANCE_STOPPED] = "stopped",
    [GW_STANCE_BUSY] = "busy",
};

/* Why, and what a person does: first what lets it go on as it is. */
static void gw_reconcile_stopped(const struct gw_spec *spec, const struct gw_drift_policy *policy,
                                 const char *program, struct gw_buf *buf)
{
    gw_buf_add_text(buf, "  ");
    gw_screen_text(buf, policy->stopped);
    gw_buf_add_text(buf, ".\n  ");
    if (policy->way_on) {
        gw_buf_add_char(buf, '`');
        gw_screen_text(buf, program);
        gw_buf_add_char(buf, ' ');
        gw_screen_text(buf, policy->way_on);
        gw_buf_add_text(buf, "` lets it go on; ");
    }
    gw_buf_addf(buf, "%s new version, or `--again %s`, lets it begin anew\n", policy->way_on ? "a" : "A",
                spec->name);
}

static void gw_reconcile_policy_line(const struct gw_spec *spec, const struct gw_drift_policy *policy,
                                     const char *program, struct gw_buf *buf)
{
    gw_buf_addf(buf, "%s, %s %s: ", spec->name, spec->dpi ? "signatures" : "version", spec->version);
    gw_figure_of(buf, policy->gateways, "gateway", "gateways");
    for (int stance = GW_STANCE_CONVERGED; stance < GW_STANCE_COUNT; stance++) {
        if (policy->count[stance] == 0)
            continue;
        gw_buf_add_text(buf, ", ");
        gw_figure_count(buf, policy->count[stance]);
        gw_buf_addf(buf, " %s", stance_words[stance]);
    }
    gw_buf_add_char(buf, '\n');
    if (policy->gateways == 0 && policy->taken > 0) {
        gw_buf_addf(buf, "  it matches ");
        gw_figure_of(buf, policy->taken, "gateway", "gateways");
        gw_buf_add_text(buf, ", and an earlier policy has every one of them: put it first, or take it out\n");
    } else if (policy->gateways == 0) {
        gw_buf_add_text(buf, "  it matches no gateway: see `inventory list --select`\n");
    }
    if (policy->stopped)
        gw_reconcile_stopped(spec, policy, program, buf);
}

/* ---- the gateways ---- */

static const struct gw_output_column columns[] = {
    {"gateway_id", GW_OUTPUT_TEXT, false}, {"policy", GW_OUTPUT_TEXT, false},
    {"version", GW_OUTPUT_TEXT, false},    {"stance", GW_OUTPUT_TEXT, false},
    {"reason", GW_OUTPUT_TEXT, false},
};

static bool gw_reconcile_is_shown(const struct gw_drift_gateway *gateway, bool all)
{
    return all || gateway->stance != GW_STANCE_DRIFTED;
}

static void gw_reconcile_rows(const struct gw_reconcile *reconcile, struct gw_output *output, bool all)
{
    const struct gw_drift *drift = &reconcile->drift;

    for (size_t i = 0; i < drift->n; i++) {
        const struct gw_drift_gateway *gateway = &drift->gateway[i];
        const struct gw_spec *spec = &reconcile->policies->policy[gateway->policy];

        if (gw_reconcile_is_shown(gateway, all))
            gw_output_row(output, (const char *const[]){gateway->gateway_id, spec->name, spec->version,
                                                        gw_stance_name(gateway->stance), gateway->reason});
    }
    for (size_t i = 0; i < reconcile->n_notes; i++) {
        const struct gw_reconcile_note *note = &reconcile->note[i];

        gw_output_row(output,
                      (const char *const[]){note->gateway_id, "", note->version, note->what, note->reason});
    }
}

static bool gw_reconcile_has_rows(const struct gw_reconcile *reconcile, bool all)
{
    for (size_t i = 0; i < reconcile->drift.n; i++)
        if (gw_reconcile_is_shown(&reconcile->drift.gateway[i], all))
            return true;
    return reconcile->n_notes > 0;
}

void gw_reconcile_show(struct gw_reconcile *reconcile, struct gw_sink *sink, enum gw_output_format format,
                       bool all)
{
    bool people = format == GW_OUTPUT_NONE || format == GW_OUTPUT_TABLE;
    struct gw_output *output;
    struct gw_buf text;

    gw_buf_init(&text, 0);
    for (size_t i = 0; people && i < reconcile->policies->n; i++)
        gw_reconcile_policy_line(&reconcile->policies->policy[i], &reconcile->drift.policy[i],
                                 reconcile->session->program, &text);
    for (size_t i = 0; people && i < reconcile->n_gone; i++)
        gw_buf_addf(&text, "%s: not in the file any more; its rollout %s is to be ended\n",
                    reconcile->gone[i].policy, reconcile->gone[i].rollout);
    gw_sink_drain(sink, &text);
    gw_buf_release(&text);
    if (people && !gw_reconcile_has_rows(reconcile, all))
        return;
    output =
        gw_output_new(sink, people ? GW_OUTPUT_TABLE : format, GW_OUTPUT_ROWS, columns, GW_COUNT_OF(columns));
    gw_reconcile_rows(reconcile, output, all || !people);
    gw_output_end(output);
}

/* ---- what could not be done ---- */

void gw_reconcile_trouble(struct gw_reconcile *reconcile, const char *policy, const char *why)
{
    gw_buf_addf(&reconcile->trouble, "%s: could not be carried out: ", policy);
    gw_screen_text(&reconcile->trouble, why);
    gw_buf_add_char(&reconcile->trouble, '\n');
}

void gw_reconcile_show_trouble(struct gw_reconcile *reconcile, struct gw_sink *sink,
                               enum gw_output_format format)
{
    if (format == GW_OUTPUT_NONE || format == GW_OUTPUT_TABLE)
        gw_sink_drain(sink, &reconcile->trouble);
}
