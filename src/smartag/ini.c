/* A small ini reader: one pass, one section, every fault with its line and never with the line's text. */
#include "ini.h"

#include <string.h>

#include "gatewave/base/text.h"

/* A stretch of the file's bytes. */
struct span {
    const char *at;
    size_t len;
};

struct reader {
    const char *name;
    struct gw_ini_section *section;
    bool inside; /* in the section that is wanted */
    const char *why;
};

static bool fail(struct reader *reader, const char *why)
{
    reader->why = why;
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct span trimmed(struct span span)
{
    while (span.len > 0 && is_blank(span.at[0])) {
        span.at++;
        span.len--;
    }
    while (span.len > 0 && is_blank(span.at[span.len - 1]))
        span.len--;
    return span;
}

static bool span_is(struct span span, const char *text)
{
    return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

/* The value without its quotes, or without the comment behind it. */
static struct span value_of(struct span span)
{
    if (span.len >= 2 && (span.at[0] == '"' || span.at[0] == '\'') && span.at[span.len - 1] == span.at[0])
        return (struct span){span.at + 1, span.len - 2};
    for (size_t i = 1; i < span.len; i++) {
        if ((span.at[i] == '#' || span.at[i] == ';') && is_blank(span.at[i - 1]))
            return trimmed((struct span){span.at, i});
    }
    return span;
}

static bool read_section(struct reader *reader, struct span line)
{
    if (line.len < 2 || line.at[line.len - 1] != ']')
        return fail(reader, "a section needs its closing ]");
    reader->inside = span_is(trimmed((struct span){line.at + 1, line.len - 2}), reader->name);
    if (reader->inside && reader->section->found)
        return fail(reader, "the profile stands here a second time: remove one");
    if (reader->inside)
        reader->section->found = true;
    return true;
}

static bool read_pair(struct reader *reader, struct span line)
{
    static const char *const names[GW_INI_COUNT] = {
        [GW_INI_TYPE] = "type",
        [GW_INI_KEY_ID] = "access_key_id",
        [GW_INI_KEY_SECRET] = "access_key_secret",
        [GW_INI_ROLE_ARN] = "role_arn",
        [GW_INI_SESSION] = "role_session_name",
        [GW_INI_POLICY] = "policy",
        [GW_INI_ROLE_NAME] = "role_name",
    };
    const char *equals = memchr(line.at, '=', line.len);
    struct span key, value;

    if (!equals)
        return fail(reader, "must be a [section], a key = value, or a comment that begins with #");
    key = trimmed((struct span){line.at, (size_t)(equals - line.at)});
    value = value_of(trimmed((struct span){equals + 1, line.len - (size_t)(equals + 1 - line.at)}));
    for (size_t i = 0; i < GW_INI_COUNT; i++) {
        if (!span_is(key, names[i]))
            continue;
        if (reader->section->value[i].bytes)
            return fail(reader, "the key stands here a second time: remove one");
        gw_secret_set(&reader->section->value[i], value.at, value.len);
    }
    return true;
}

static bool read_line(struct reader *reader, struct span line)
{
    if (!gw_text_is_utf8(line.at, line.len))
        return fail(reader, "a NUL or bytes that are not UTF-8: write the file anew as plain text");
    line = trimmed(line);
    if (line.len == 0 || line.at[0] == '#' || line.at[0] == ';')
        return true;
    if (line.at[0] == '[')
        return read_section(reader, line);
    return reader->inside ? read_pair(reader, line) : true;
}

void gw_ini_release(struct gw_ini_section *section)
{
    for (size_t i = 0; i < GW_INI_COUNT; i++)
        gw_secret_release(&section->value[i]);
    section->found = false;
}

bool gw_ini_read(const char *bytes, size_t len, const char *name, struct gw_ini_section *ret,
                 struct gw_ini_error *ret_error)
{
    struct gw_ini_section section = {0};
    struct reader reader = {.name = name, .section = &section};
    size_t at = 0;

    for (size_t line = 1; at < len; line++) {
        const char *end = memchr(bytes + at, '\n', len - at);
        const size_t line_len = end ? (size_t)(end - bytes) - at : len - at;

        if (!read_line(&reader, (struct span){bytes + at, line_len})) {
            gw_ini_release(&section);
            *ret_error = (struct gw_ini_error){line, reader.why};
            return false;
        }
        at += line_len + 1;
    }
    *ret = section;
    return true;
}
