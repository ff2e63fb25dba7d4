/*
 * The log. A line is built on the stack and leaves in one write of at most PIPE_BUF bytes, so that lines of
 * several threads never mix and a pipe that is not full takes it whole. What cannot be taken at once (a full
 * pipe, a slow terminal, a full disk) is dropped, and the next line says so: a rollout never waits for whoever
 * reads its log.
 */
#include "gatewave/obs/log.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"

#define GW_LOG_LINE_MAX   PIPE_BUF
#define GW_LOG_VALUE_MAX  1024 /* bytes of one escaped value; what is longer is cut and ends in ... */
#define GW_LOG_PIECE_SIZE 16   /* one escaped character: a UTF-8 sequence or \xNN, and NUL */

/* Closes a line that could not hold all its pairs. Room for it and for the newline is always kept. */
static const char log_cut[] = " cut=true", value_cut[] = {'.', '.', '.'};

static struct {
    _Atomic enum gw_log_level level;
    _Atomic uint64_t dropped;
} gw_log_state;

struct gw_log_line {
    char text[GW_LOG_LINE_MAX];
    size_t len;
};

static const char *const level_names[] = {
    [GW_LOG_ERROR] = "error",
    [GW_LOG_WARN] = "warn",
    [GW_LOG_INFO] = "info",
    [GW_LOG_DEBUG] = "debug",
};

void gw_log_open(enum gw_log_level level)
{
    GW_CHECK(level >= GW_LOG_OFF && level <= GW_LOG_DEBUG);
    atomic_store(&gw_log_state.level, level);
}

/* Whole or not at all. */
static bool gw_log_add(struct gw_log_line *line, const char *bytes, size_t len)
{
    if (len > sizeof(line->text) - sizeof(log_cut) - line->len)
        return false;
    memcpy(line->text + line->len, bytes, len);
    line->len += len;
    return true;
}

/* Values that need no quotes: words of what ids, versions, numbers and URLs are made of. */
static bool gw_log_is_bare(const char *text)
{
    static const char signs[] = "_-.:/+@%,*";

    if (*text == '\0')
        return false;
    for (; *text; text++) {
        char c = *text;

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr(signs, c)))
            return false;
    }
    return true;
}

/* One character of text, escaped into ret; returns how many bytes of text it was. */
static size_t gw_log_character(const char *text, size_t len, char ret[GW_LOG_PIECE_SIZE])
{
    size_t n = 1;

    switch (text[0]) {
    case '"':
    case '\\':
        (void)gw_text_copy(ret, GW_LOG_PIECE_SIZE, text[0] == '"' ? "\\\"" : "\\\\");
        return 1;
    case '\n':
        (void)gw_text_copy(ret, GW_LOG_PIECE_SIZE, "\\n");
        return 1;
    case '\t':
        (void)gw_text_copy(ret, GW_LOG_PIECE_SIZE, "\\t");
        return 1;
    default:
        break;
    }
    while (n < len && n < 4 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n++;
    if (!gw_text_is_utf8(text, n))
        n = 1;
    gw_text_escape(ret, GW_LOG_PIECE_SIZE, text, n);
    return n;
}

/*
 * "text" with quote, backslash and newline as in C and every other byte that a terminal may act on as \xNN.
 */
static size_t gw_log_quote(const char *text, char ret[GW_LOG_VALUE_MAX])
{
    size_t len = strlen(text), at = 0;

    ret[at++] = '"';
    for (size_t i = 0; i < len;) {
        char piece[GW_LOG_PIECE_SIZE];
        size_t n;

        i += gw_log_character(text + i, len - i, piece);
        n = strlen(piece);
        if (at + n + sizeof(value_cut) + sizeof("\"") > GW_LOG_VALUE_MAX) {
            memcpy(ret + at, value_cut, sizeof(value_cut));
            at += sizeof(value_cut);
            break;
        }
        memcpy(ret + at, piece, n);
        at += n;
    }
    ret[at++] = '"';
    return at;
}

static bool gw_log_pair(struct gw_log_line *line, const char *key, const char *value)
{
    char quoted[GW_LOG_VALUE_MAX];
    size_t before = line->len;
    bool ok = (line->len == 0 || gw_log_add(line, " ", 1)) && gw_log_add(line, key, strlen(key)) &&
              gw_log_add(line, "=", 1);

    if (!value)
        value = "";
    if (ok && gw_log_is_bare(value) && strlen(value) < GW_LOG_VALUE_MAX)
        ok = gw_log_add(line, value, strlen(value));
    else if (ok)
        ok = gw_log_add(line, quoted, gw_log_quote(value, quoted));
    if (!ok)
        line->len = before;
    return ok;
}

/* Whole or not at all. */
static bool gw_log_write(struct gw_log_line *line)
{
    struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
    ssize_t n;

    line->text[line->len++] = '\n';
    do {
        /* POLLOUT on a pipe promises room for PIPE_BUF bytes, also where the descriptor would block. */
        if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT)) {
            n = -1;
            break;
        }
        n = write(STDERR_FILENO, line->text, line->len);
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)line->len;
}

void gw_log(enum gw_log_level level, const char *message, ...)
{
    struct gw_log_line line;
    char when[GW_WHEN_TEXT_SIZE], number[24];
    uint64_t dropped;
    struct timespec now;
    const char *key;
    va_list args;

    GW_CHECK(level > GW_LOG_OFF && level <= GW_LOG_DEBUG);
    if (level > atomic_load(&gw_log_state.level))
        return;
    line.len = 0;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    gw_when_text((int64_t)now.tv_sec * 1000, when);
    (void)gw_log_pair(&line, "time", when);
    (void)gw_log_pair(&line, "level", level_names[level]);
    (void)gw_log_pair(&line, "msg", message);
    dropped = atomic_exchange(&gw_log_state.dropped, 0);
    if (dropped > 0) {
        (void)snprintf(number, sizeof(number), "%" PRIu64, dropped);
        (void)gw_log_pair(&line, "dropped", number);
    }
    va_start(args, message);
    while ((key = va_arg(args, const char *))) {
        const char *value = va_arg(args, const char *);

        if (!gw_log_pair(&line, key, value)) {
            memcpy(line.text + line.len, log_cut, sizeof(log_cut) - 1);
            line.len += sizeof(log_cut) - 1;
            break;
        }
    }
    va_end(args);
    if (!gw_log_write(&line))
        atomic_fetch_add(&gw_log_state.dropped, dropped + 1);
}
