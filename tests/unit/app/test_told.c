/*
 * Status, history, report and explain of a rollout in waves, with gates, orders and culprits, over a database that was written
 * as a run writes it: a canary of two, then the rest, of which four failed and all of them are one model.
 */
#include <string.h>

#include "gatewave/app/status.h"
#include "gatewave/store/control.h"
#include "sinks.h"
#include "view.h"

static void begin(struct view *view)
{
    static const struct gw_cut_size size[] = {{.count = 2}, {.rest = true}};
    static const char *const name[] = {"canary", "rest"};
    const struct view_plan plan = {.inventory = "gateway_id,region,serial,model,isp\n"
                                                "sag-1,cn-shanghai,s-1,sag-1000,cmcc\n"
                                                "sag-2,cn-shanghai,s-2,sag-1000,cmcc\n"
                                                "sag-3,cn-shanghai,s-3,sag-1000,cmcc\n"
                                                "sag-4,cn-shanghai,s-4,sag-100wm,cmcc\n"
                                                "sag-5,cn-shanghai,s-5,sag-100wm,cmcc\n"
                                                "sag-6,cn-shanghai,s-6,sag-100wm,cmcc\n"
                                                "sag-7,cn-shanghai,s-7,sag-1000,cmcc\n"
                                                "sag-8,cn-shanghai,s-8,sag-1000,cmcc\n"
                                                "sag-9,cn-shanghai,s-9,sag-1000,cmcc\n",
                                   .spec = "rollout: os-2.4.0\n"
                                           "version: 2.4.0\n"
                                           "select: all\n"
                                           "waves:\n"
                                           "  - {name: canary, size: 2, soak: 10m, approve: true}\n"
                                           "  - {name: rest, size: rest}\n",
                                   .size = size,
                                   .wave_name = name,
                                   .n_waves = 2};

    view_freeze(view, &plan);
    view_phase(view, GW_PHASE_RUNNING, "");
}
