/* Inventory files: what the bytes are, and which reader takes them. */
#include "gatewave/conf/table.h"

#include <string.h>

#include "rows.h"

#include "gatewave/base/text.h"

/* Well-formed UTF-8 without NUL from the start, a word at a time over what is plain ASCII. */
static size_t gw_table_clean_prefix(const char *bytes, size_t len)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    size_t at = 0;

    while (at < len) {
        size_t chunk = len - at < 64 ? len - at : 64, n;
        uint64_t word;

        if (len - at >= sizeof(word)) {
            memcpy(&word, bytes + at, sizeof(word));
            /* No byte has its high bit, and none is zero (only a zero byte borrows into its high bit). */
            if (((word | (word - ones)) & highs) == 0) {
                at += sizeof(word);
                continue;
            }
        }
        /* A sequence that the chunk cuts is seen whole when it is the first of the next one. */
        n = gw_text_utf8_prefix(bytes + at, chunk);
        if (n == 0)
            break;
        at += n;
    }
    return at;
}

/* UTF-16 says so with a byte order mark, or by every second byte being zero at the start of ASCII text. */
static const char *gw_table_utf16(const char *bytes, size_t len)
{
    bool little = len >= 4, big = len >= 4;

    if (len >= 2 && memcmp(bytes, "\xff\xfe", 2) == 0)
        return "little";
    if (len >= 2 && memcmp(bytes, "\xfe\xff", 2) == 0)
        return "big";
    for (size_t i = 0; i + 1 < len && i < 8; i += 2) {
        little = little && bytes[i] != '\0' && bytes[i + 1] == '\0';
        big = big && bytes[i] == '\0' && bytes[i + 1] != '\0';
    }
    return little ? "little" : big ? "big" : NULL;
}

enum gw_table_format gw_table_guess(const char *bytes, size_t len)
{
    size_t at = len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    while (at < len && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\r' || bytes[at] == '\n'))
        at++;
    return at < len && bytes[at] == '{' ? GW_TABLE_JSONL : GW_TABLE_CSV;
}

size_t gw_table_read(const char *bytes, size_t len, const char *file, enum gw_table_format format,
                     bool (*row)(void *user, const struct gw_row *row, char reason[160]), void *user,
                     uint64_t *ret_rows, struct gw_buf *report)
{
    struct gw_rows rows = {.take = row, .user = user};
    const char *order = gw_table_utf16(bytes, len);

    gw_report_init(&rows.report, file, bytes, len, GW_TABLE_PROBLEMS_MAX, false, report);
    for (size_t i = 0; i < GW_COLUMN_TAG; i++)
        rows.row.field[i].text = "";
    if (order) {
        gw_report_at(&rows.report, 0, "UTF-16 text (%s-endian); save the file as UTF-8", order);
    } else {
        rows.clean = gw_table_clean_prefix(bytes, len) == len;
        if (format == GW_TABLE_JSONL)
            gw_jsonl_read(&rows);
        else
            gw_csv_read(&rows);
    }
    gw_report_close(&rows.report);
    *ret_rows = rows.n;
    return rows.report.n;
}
