/*
 * CSV cells that a spreadsheet would run: written so that none does, and made what they were once the reader has taken
 * their quotes away. One undoes the other, so they stand together.
 */
#include "gatewave/conf/table.h"

#include <string.h>

#include "rows.h"

/* What a spreadsheet takes for the start of a formula. */
static bool gw_csv_is_formula(char first)
{
    return first != '\0' && strchr("=+@\t\r-", first);
}

void gw_csv_cell(struct gw_buf *buf, const char *text, bool first)
{
    size_t n = strspn(text, "'");
    bool formula = gw_csv_is_formula(text[n]);
    bool quoted = text[strcspn(text, ",\"\r\n")] != '\0';

    if (!first)
        (void)gw_buf_add_char(buf, ',');
    if (quoted)
        (void)gw_buf_add_char(buf, '"');
    if (formula)
        (void)gw_buf_add_char(buf, '\'');
    while (*text) {
        n = strcspn(text, "\"");
        (void)gw_buf_add(buf, text, n);
        text += n;
        if (*text == '"') {
            (void)gw_buf_add_text(buf, "\"\"");
            text++;
        }
    }
    if (quoted)
        (void)gw_buf_add_char(buf, '"');
}

void gw_csv_strip(struct gw_cell *cell)
{
    size_t n = 0;

    while (n < cell->value.len && cell->value.text[n] == '\'')
        n++;
    if (n == 0 || n == cell->value.len || !gw_csv_is_formula(cell->value.text[n]))
        return;
    cell->value.text++;
    cell->value.len--;
    cell->first += cell->exact;
}
