/*
 * Saved plans. The bytes are read as they are, and again with the closing line that belongs to them, for no mutation
 * finds a checksum. What is taken can be written again and says the same; what was cut is not taken.
 */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/rng.h"
#include "gatewave/base/text.h"
#include "gatewave/conf/plan_file.h"
#include "gatewave/conf/spec.h"

#include "fuzz.h"

struct reading {
    const char *bytes;
    size_t len;
    uint32_t n;
    bool plain; /* every text of every device is itself in JSON: to be written again as it stands */
    uint64_t sum;
    struct gw_buf again;
};

static void check_slice(struct reading *reading, struct gw_slice slice)
{
    GW_CHECK(slice.text >= reading->bytes && slice.text + slice.len <= reading->bytes + reading->len);
    for (size_t i = 0; i < slice.len; i++)
        reading->plain &=
            (unsigned char)slice.text[i] >= ' ' && slice.text[i] != '\\' && slice.text[i] != 0x7f;
    reading->plain &= gw_text_is_utf8(slice.text, slice.len);
}

static void add_text(char *ret[4], int i, struct gw_slice slice)
{
    free(ret[i]);
    ret[i] = strndup(slice.text, slice.len);
}

static void take(void *user, const struct gw_plan_line *line)
{
    struct reading *reading = user;
    char *text[4] = {NULL, NULL, NULL, NULL};

    reading->n++;
    check_slice(reading, line->whole);
    check_slice(reading, line->gateway_id);
    check_slice(reading, line->serial);
    check_slice(reading, line->model);
    check_slice(reading, line->version);
    GW_CHECK(line->wave > 0);
    if (!reading->plain)
        return;
    add_text(text, 0, line->gateway_id);
    add_text(text, 1, line->serial);
    add_text(text, 2, line->model);
    add_text(text, 3, line->version);
    gw_plan_file_target(&reading->again, text[0], text[1], line->wave, text[2], text[3], &reading->sum);
    for (int i = 0; i < 4; i++)
        free(text[i]);
}

static void check_head(const struct gw_plan_head *head)
{
    struct gw_buf problems;
    struct gw_spec spec;
    struct gw_err err;

    GW_CHECK(head->rollout && head->version && head->source && head->membership && head->spec);
    GW_CHECK(head->targets > 0);
    gw_buf_init(&problems, 0);
    if (gw_spec_parse(head->spec, strlen(head->spec), "f", &spec, &problems, &err) == GW_OK)
        gw_spec_release(&spec);
    gw_buf_release(&problems);
}

static bool same_head(const struct gw_plan_head *a, const struct gw_plan_head *b)
{
    return gw_text_equal(a->rollout, b->rollout) && gw_text_equal(a->version, b->version) &&
           gw_text_equal(a->source, b->source) && gw_text_equal(a->membership, b->membership) &&
           gw_text_equal(a->spec, b->spec) && a->targets == b->targets;
}

static void ignore(void *user, const struct gw_plan_line *line)
{
    (void)user;
    (void)line;
}

/* Head and lines as gatewave writes them: they are taken, and say the same. */
static void check_again(struct reading *reading, const struct gw_plan_head *head)
{
    struct gw_plan_head back;
    struct gw_buf file;
    struct gw_err err;
    uint64_t sum = 0;

    gw_buf_init(&file, 0);
    gw_plan_file_head(&file, head, &sum);
    gw_buf_add(&file, reading->again.data, reading->again.len);
    sum = gw_hash(file.data, file.len - reading->again.len, 0);
    for (const char *line = file.data + (file.len - reading->again.len), *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        sum = gw_hash(line, (uint64_t)(end + 1 - line), sum);
    }
    gw_plan_file_end(&file, sum);
    GW_CHECK(gw_plan_file_read(file.data, file.len, "f", ignore, NULL, &back, &err) == GW_OK);
    GW_CHECK(same_head(head, &back));
    gw_plan_head_release(&back);
    /* Cut anywhere, it is none. */
    GW_CHECK(gw_plan_file_read(file.data, file.len - 1, "f", ignore, NULL, &back, &err) != GW_OK);
    gw_buf_release(&file);
}

static void read_plan(const char *bytes, size_t len)
{
    struct reading reading = {.bytes = bytes, .len = len, .plain = true};
    struct gw_plan_head head;
    struct gw_err err = {0};

    gw_buf_init(&reading.again, 0);
    if (gw_plan_file_read(bytes, len, "f", take, &reading, &head, &err) == GW_OK) {
        GW_CHECK(reading.n == head.targets);
        check_head(&head);
        if (reading.plain)
            check_again(&reading, &head);
        gw_plan_head_release(&head);
    } else {
        GW_CHECK(err.code == GW_ERR_INPUT);
        fuzz_check_said(err.text);
    }
    gw_buf_release(&reading.again);
}

/* The same with its last line made anew. */
static void read_signed(const char *bytes, size_t len)
{
    struct gw_buf file;
    uint64_t sum = 0;

    gw_buf_init(&file, 0);
    for (size_t at = 0; at < len;) {
        const char *newline = memchr(bytes + at, '\n', len - at);
        size_t line_len = newline ? (size_t)(newline + 1 - bytes) - at : len - at;

        if (line_len > 6 && memcmp(bytes + at, "{\"end\"", 6) == 0)
            break;
        gw_buf_add(&file, bytes + at, line_len);
        sum = gw_hash(bytes + at, line_len, sum);
        at += line_len;
    }
    gw_plan_file_end(&file, sum);
    read_plan(file.data, file.len);
    gw_buf_release(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_plan((const char *)data, size);
    read_signed((const char *)data, size);
    return 0;
}
