/*
 * Culprits in words and as selections. A value comes from an inventory and may hold anything: it is quoted for the selection
 * language first, then for the shell, so that what is copied from the screen means what it says.
 */
#include "culprit.h"

#include <inttypes.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/core/select.h"

static const struct {
    const char *attribute, *are; /* how failures are said to have a value of it */
} gw_culprit_words[] = {
    {"model", "are model"},      {"version_before", "ran version"}, {"site", "are in site"},
    {"region", "are in region"}, {"isp", "are with ISP"},
};

/* "11 of 13 failures are model sag-100wm". */
static void gw_culprit_with(const struct gw_culprit *culprit, const char *attribute, const char *value,
                            uint64_t with, struct gw_buf *buf)
{
    const char *are = "have an attribute";

    for (size_t i = 0; i < GW_COUNT_OF(gw_culprit_words); i++)
        if (gw_text_equal(gw_culprit_words[i].attribute, attribute))
            are = gw_culprit_words[i].are;
    gw_buf_addf(buf, "%" PRIu64 " of %" PRIu64 " failures %s ", with, culprit->failed, are);
    gw_screen_text(buf, value[0] ? value : "(unknown)");
}

void gw_culprit_tell(const struct gw_culprit *culprit, struct gw_buf *buf)
{
    uint64_t others = culprit->judged - culprit->judged_with;

    gw_culprit_with(culprit, culprit->attribute, culprit->value, culprit->failed_with, buf);
    gw_buf_addf(buf, ": %" PRIu64 " of %" PRIu64 " of these failed", culprit->failed_with,
                culprit->judged_with);
    if (others > 0)
        gw_buf_addf(buf, ", %" PRIu64 " of %" PRIu64 " of the others", culprit->failed - culprit->failed_with,
                    others);
    if (!culprit->also_attribute)
        return;
    gw_buf_add_text(buf, "; what fits as well: ");
    gw_culprit_with(culprit, culprit->also_attribute, culprit->also_value, culprit->also_failed_with, buf);
}

/* Adds text between two quotes; what ends it inside is replaced. */
static void gw_culprit_quote(struct gw_buf *buf, const char *text, char quote, const char *inside)
{
    gw_buf_add_char(buf, quote);
    for (const char *p = text; *p; p++)
        if (*p == quote)
            gw_buf_add_text(buf, inside);
        else
            gw_buf_add_char(buf, *p);
    gw_buf_add_char(buf, quote);
}

static bool gw_culprit_is_bare(const char *value)
{
    size_t len = 0;

    while (gw_tag_name_char(value[len]))
        len++;
    return len > 0 && value[len] == '\0';
}

void gw_culprit_select(const struct gw_culprit *culprit, const char *rollout, struct gw_buf *buf)
{
    struct gw_buf select;

    gw_buf_init(&select, 0);
    if (gw_text_equal(culprit->attribute, "version_before"))
        gw_buf_addf(&select, "before.%s = ", rollout);
    else
        gw_buf_addf(&select, "%s = ", culprit->attribute);
    if (gw_culprit_is_bare(culprit->value))
        gw_buf_add_text(&select, culprit->value);
    else
        gw_culprit_quote(&select, culprit->value, '"', "\"\"");
    gw_culprit_quote(buf, gw_buf_text(&select), '\'', "'\\''");
    gw_buf_release(&select);
}
