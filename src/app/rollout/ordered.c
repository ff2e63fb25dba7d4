/* The core answers orders in numbers; here they become the sentence that is kept with the order. */
#include "ordered.h"

#include <stdio.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

static const char *gw_ordered_devices(uint32_t n)
{
    return n == 1 ? "device" : "devices";
}

static void gw_ordered_done(const struct gw_order_answer *said, const char *wave, char *ret, size_t size)
{
    const char *watched = said->under_way == 0 ? "nothing to watch"
                          : said->still        ? "which no run watches: run it to see what becomes of them"
                                               : "watched to the end";
    char rate[32], without[48] = "";

    if (said->waiting > 0)
        (void)snprintf(without, sizeof(without), " without %u %s", said->waiting,
                       gw_ordered_devices(said->waiting));
    switch (said->word) {
    case GW_SAID_PAUSED:
        (void)snprintf(ret, size, "paused: nothing is called; %u %s under way, %s", said->under_way,
                       gw_ordered_devices(said->under_way), watched);
        break;
    case GW_SAID_GOES_ON:
        (void)snprintf(ret, size, "goes on%s", without);
        break;
    case GW_SAID_FORGIVEN:
        (void)snprintf(ret, size, "goes on%s; what failed until now is forgiven", without);
        break;
    case GW_SAID_STOPPED_SINCE:
        (void)snprintf(
            ret, size,
            "the pause is lifted%s; the gate has stopped wave %s since: resume again to forgive that",
            without, wave);
        break;
    case GW_SAID_APPROVED:
        (void)snprintf(ret, size, "approved: wave %s is next", wave);
        break;
    case GW_SAID_ABORTED:
        (void)snprintf(ret, size, "aborted: %u %s will not be called; %u under way, %s", said->waiting,
                       gw_ordered_devices(said->waiting), said->under_way, watched);
        break;
    case GW_SAID_PACED:
        gw_rate_text(said->rate, rate, sizeof(rate));
        (void)snprintf(ret, size, "calls at %s from now on", rate);
        break;
    default:
        GW_NEVER("an order that was carried out says what was done");
    }
}

void gw_ordered_text(const struct gw_order_answer *said, const struct gw_names *wave, char *ret, size_t size)
{
    const char *name = said->wave < wave->n ? wave->name[said->wave] : "";

    switch (said->word) {
    case GW_SAID_IS_PAUSED:
        (void)gw_text_copy(ret, size, "it is paused already");
        break;
    case GW_SAID_CALLS_NOTHING:
        (void)gw_text_copy(ret, size, "it calls nothing: it waits for a person already");
        break;
    case GW_SAID_WAITS:
        (void)snprintf(ret, size, "wave %s waits for an approval: approve it", name);
        break;
    case GW_SAID_GOES:
        (void)gw_text_copy(ret, size, "it is neither paused nor stopped by a gate");
        break;
    case GW_SAID_BY_GATE:
        (void)snprintf(ret, size, "wave %s was stopped by the gate: resume it, or abort", name);
        break;
    case GW_SAID_WAITS_NOT:
        if (name[0])
            (void)snprintf(ret, size, "wave %s does not wait for an approval", name);
        else
            (void)gw_text_copy(ret, size, "no wave waits for an approval");
        break;
    case GW_SAID_IS_ABORTED:
        (void)gw_text_copy(ret, size, "it is aborted: for good");
        break;
    case GW_SAID_IS_FINISHED:
        (void)gw_text_copy(ret, size, "it is finished");
        break;
    case GW_SAID_UNREADABLE:
        (void)gw_text_copy(ret, size, "it cannot be read any more");
        break;
    default:
        gw_ordered_done(said, name, ret, size);
        break;
    }
}
