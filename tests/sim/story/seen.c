/*
 * The transcript. A line that its voice has said just before, a runner's progress or what a read tells, is no line of
 * its own: the first one says how often it came again, and until when. What differs from play to play, the folder's
 * name, is hidden, and so are the cloud's request ids, which count every read that was ever made.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "stage/stage.h"
#include "story/story.h"

#define DAY_MS   INT64_C(86400000)
#define LINE_MAX 4096

struct line {
    int64_t unix_ms, until_unix_ms;
    uint32_t voice, again;
    char *text;
};

static struct {
    const char *folder;
    struct line *line;
    size_t n, room;
} the;

/* ---- what differs from play to play ---- */

static void hide_folder(char *text)
{
    size_t len = strlen(the.folder);

    for (char *at = text; (at = strstr(at, the.folder));)
        memmove(at, at + len + 1, strlen(at + len));
}

static bool is_request_id(const char *text)
{
    static const char form[] = "########-####-####-####-############";

    for (size_t i = 0; form[i]; i++)
        if (form[i] == '-' ? text[i] != '-' : !text[i] || !strchr("0123456789ABCDEF", text[i]))
            return false;
    return true;
}

static void hide_request_ids(char *text)
{
    for (; *text; text++)
        if (is_request_id(text))
            for (size_t i = 0; i < 36; i++)
                if (text[i] != '-')
                    text[i] = '#';
}

/* ---- telling ---- */

static struct line *last_of(uint32_t voice)
{
    for (size_t i = the.n; i-- > 0;)
        if (the.line[i].voice == voice)
            return &the.line[i];
    return NULL;
}

static void add(uint32_t voice, char *text)
{
    int64_t now_unix_ms = sim_now_unix_ms();
    struct line *last = voice == SIM_VOICE_WORLD ? NULL : last_of(voice);

    if (last && gw_text_equal(last->text, text)) {
        last->again++;
        last->until_unix_ms = now_unix_ms;
        free(text);
        return;
    }
    if (the.n == the.room) {
        the.room = the.room ? 2 * the.room : 64;
        the.line = gw_mem_resize(the.line, the.room, sizeof(*the.line));
    }
    the.line[the.n++] = (struct line){.unix_ms = now_unix_ms, .voice = voice, .text = text};
}

void sim_story_tell(uint32_t voice, const char *format, ...)
{
    struct gw_buf line;
    va_list args;
    char *text;

    gw_buf_init(&line, LINE_MAX);
    va_start(args, format);
    (void)gw_buf_vaddf(&line, format, args);
    va_end(args);
    text = gw_mem_dup(gw_buf_text(&line));
    gw_buf_release(&line);
    hide_folder(text);
    hide_request_ids(text);
    add(voice, text);
}

/* ---- the whole ---- */

void sim_seen_begin(const char *folder)
{
    the.folder = folder;
}

static void write_moment(struct gw_buf *buf, int64_t unix_ms)
{
    unsigned ms = (unsigned)(unix_ms % DAY_MS);

    (void)gw_buf_addf(buf, "%02u:%02u:%02u.%03u", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
}

void sim_seen_end(struct gw_buf *ret)
{
    static const char *const days[] = {"Thursday", "Friday",  "Saturday", "Sunday",
                                       "Monday",   "Tuesday", "Wednesday"};
    int64_t day = SIM_START_UNIX_MS / DAY_MS;

    for (size_t i = 0; i < the.n; i++) {
        struct line *line = &the.line[i];

        if (line->unix_ms / DAY_MS != day)
            (void)gw_buf_addf(ret, "%s\n", days[line->unix_ms / DAY_MS % 7]);
        day = line->unix_ms / DAY_MS;
        write_moment(ret, line->unix_ms);
        (void)gw_buf_add_char(ret, ' ');
        if (line->voice != SIM_VOICE_WORLD && line->voice != SIM_VOICE_READS)
            (void)gw_buf_addf(ret, "[%u]%s", line->voice, *line->text ? " " : "");
        (void)gw_buf_add_text(ret, line->text);
        if (line->again > 0) {
            (void)gw_buf_addf(ret, " (%u more, until ", line->again);
            write_moment(ret, line->until_unix_ms);
            (void)gw_buf_add_char(ret, ')');
        }
        (void)gw_buf_add_char(ret, '\n');
        free(line->text);
    }
    free(the.line);
    memset(&the, 0, sizeof(the));
}
