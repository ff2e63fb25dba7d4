/* What was given, by name. */
#include "invocation.h"

#include <stdlib.h>

#include "gatewave/base/text.h"

bool gw_invocation_informs(const struct gw_invocation *inv)
{
    for (size_t i = 0; i < inv->n_given; i++)
        if (!inv->given[i].option->value && (gw_text_equal(inv->given[i].option->name, "help") ||
                                             gw_text_equal(inv->given[i].option->name, "version")))
            return true;
    return false;
}

void gw_invocation_release(struct gw_invocation *inv)
{
    free(inv->given);
    free(inv->word);
    *inv = (struct gw_invocation){0};
}

bool gw_invocation_has(const struct gw_invocation *inv, const char *name)
{
    for (size_t i = 0; i < inv->n_given; i++)
        if (gw_text_equal(inv->given[i].option->name, name))
            return true;
    return false;
}

const char *gw_invocation_value(const struct gw_invocation *inv, const char *name)
{
    const char *value = NULL;

    for (size_t i = 0; i < inv->n_given; i++)
        if (gw_text_equal(inv->given[i].option->name, name))
            value = inv->given[i].value;
    return value;
}
