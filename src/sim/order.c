/*
 * The vendor's versions in order: 2.10.0 is newer than 2.9.1, and the dates of application-signature
 * databases (20201117_1_0-0.0.1) come out right too, because only the runs of digits count.
 */
#include <string.h>

#include "model.h"

/* The next run of digits without its leading zeros; *p moves behind it. */
static const char *gw_sim_run(const char **p, size_t *ret_len)
{
    const char *s = *p + strcspn(*p, "0123456789");
    const char *from = s + strspn(s, "0");

    *ret_len = strspn(from, "0123456789");
    *p = from + *ret_len;
    return from;
}

int gw_sim_version_order(const char *a, const char *b)
{
    while (*a || *b) {
        size_t a_len, b_len;
        const char *x = gw_sim_run(&a, &a_len), *y = gw_sim_run(&b, &b_len);
        int order = a_len != b_len ? (a_len < b_len ? -1 : 1) : memcmp(x, y, a_len);

        if (order != 0)
            return order;
    }
    return 0;
}
