/*
 * A device's tags in an import: the row's, sorted, run along the ones that the device has, which are in the
 * same order.
 */
#include <stdio.h>
#include <string.h>

#include "gatewave/base/mem.h"

#include "import.h"

/* As strcmp, on text that does not end with a NUL. */
static int compare(const struct gw_value *a, const char *b, size_t b_len)
{
    int order = memcmp(a->text, b, a->len < b_len ? a->len : b_len);

    return order ? order : (a->len > b_len) - (a->len < b_len);
}

static bool check(const struct gw_tag_value *tag, char *reason)
{
    const struct gw_value *value = &tag->value;

    if (tag->name.len == 0 || tag->name.len > GW_IMPORT_FIELD_MAX || value->len > GW_IMPORT_FIELD_MAX)
        (void)snprintf(reason, GW_IMPORT_REASON_SIZE,
                       "a tag's name is empty, or it or its value is longer than %d bytes",
                       GW_IMPORT_FIELD_MAX);
    else if (memchr(tag->name.text, '\0', tag->name.len) ||
             (value->len > 0 && memchr(value->text, '\0', value->len)))
        (void)snprintf(reason, GW_IMPORT_REASON_SIZE, "a tag has a NUL in it");
    else
        return true;
    return false;
}

/*
 * The row's tags by name into import->tags. Files have few, mostly sorted or in the same order: insertion
 * is enough.
 */
static bool sort(struct gw_import *import, const struct gw_device_row *row, char *reason)
{
    if (row->n_tags > import->tags_size) {
        import->tags_size = row->n_tags;
        import->tags = gw_mem_resize(import->tags, import->tags_size, sizeof(*import->tags));
    }
    for (size_t n = 0; n < row->n_tags; n++) {
        const struct gw_tag_value *tag = &row->tag[n];
        size_t at = n;
        int order = 1;

        if (!check(tag, reason))
            return false;
        for (; at > 0; at--) {
            order = compare(&tag->name, import->tags[at - 1]->name.text, import->tags[at - 1]->name.len);
            if (order >= 0)
                break;
            import->tags[at] = import->tags[at - 1];
        }
        if (order == 0) {
            (void)snprintf(reason, GW_IMPORT_REASON_SIZE, "tag %.*s is there twice",
                           (int)(tag->name.len < 60 ? tag->name.len : 60), tag->name.text);
            return false;
        }
        import->tags[at] = tag;
    }
    return true;
}

static void add(struct gw_import *import, const struct gw_tag_value *tag)
{
    if (tag->value.len == 0)
        return;
    gw_buf_add(&import->text, tag->name.text, tag->name.len);
    gw_buf_add_char(&import->text, '\0');
    gw_buf_add(&import->text, tag->value.text, tag->value.len);
    gw_buf_add_char(&import->text, '\0');
}

bool gw_import_tags(struct gw_import *import, uint32_t number, const struct gw_device_row *row, char *reason)
{
    struct gw_fleet_device *device = &import->fleet.device[number];
    const char *old = device->tags.text, *end = old + device->tags.len;
    struct gw_piece merged;
    size_t i = 0;

    if (row->n_tags == 0)
        return true;
    if (!sort(import, row, reason))
        return false;
    gw_buf_reset(&import->text);
    while (old < end) {
        const char *value = old + strlen(old) + 1;
        const char *next = value + strlen(value) + 1;
        int order = 1;

        for (; i < row->n_tags; i++) {
            order = compare(&import->tags[i]->name, old, strlen(old));
            if (order >= 0)
                break;
            add(import, import->tags[i]);
        }
        if (i < row->n_tags && order == 0)
            add(import, import->tags[i++]);
        else
            gw_buf_add(&import->text, old, (size_t)(next - old));
        old = next;
    }
    for (; i < row->n_tags; i++)
        add(import, import->tags[i]);
    if (import->text.len > GW_IMPORT_TAGS_MAX) {
        (void)snprintf(reason, GW_IMPORT_REASON_SIZE, "the device's tags are longer than %u bytes",
                       GW_IMPORT_TAGS_MAX);
        return false;
    }
    merged = (struct gw_piece){gw_buf_text(&import->text), (uint32_t)import->text.len};
    if (!gw_piece_equal(merged, device->tags)) {
        device->tags = gw_fleet_keep(&import->fleet, merged.text, merged.len);
        device->tags_changed = true;
    }
    return true;
}
