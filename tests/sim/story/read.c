/* A story's file, cut into its sections, and the world that it asks for: one in which nothing is drawn. */
#include "story/story.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"

#include "stage/stage.h"

#define SECOND     UINT64_C(1000)
#define MINUTE     (60 * SECOND)
#define HOUR       (60 * MINUTE)
#define DAY        (24 * HOUR)
#define START_HOUR 8 /* of SIM_START_UNIX_MS */
#define COLUMNS    16

/* The line that text begins with, which becomes a string of its own; *text goes on behind it. */
static char *cut_line(char **text)
{
    char *line = *text, *end = strchr(line, '\n');

    *text = end ? end + 1 : line + strlen(line);
    if (end)
        *end = '\0';
    return line;
}

/* The word that text begins with; *text goes on at the next one. */
static char *cut_word(char **text)
{
    char *word = *text;
    size_t len = strcspn(word, " ");

    *text = word + len + strspn(word + len, " ");
    word[len] = '\0';
    return word;
}

/* A time of day, so many days after the first. */
static const char *read_time(char *word, uint32_t day, uint64_t *ret_ms)
{
    static const uint64_t most[] = {23, 59, 59}, unit_ms[] = {HOUR, MINUTE, SECOND};
    uint64_t at_ms = day * DAY, start_ms = START_HOUR * HOUR;
    char *rest = word;

    for (size_t i = 0; i < GW_COUNT_OF(most); i++) {
        char *part = rest, *colon = strchr(part, ':');
        uint64_t value;

        if (!colon != (i == 2))
            return "a time is 08:00:00";
        if (colon) {
            *colon = '\0';
            rest = colon + 1;
        }
        if (gw_parse_u64(part, 0, most[i], &value))
            return "a time is 08:00:00";
        at_ms += value * unit_ms[i];
    }
    if (at_ms < start_ms)
        return "a play begins at 08:00:00";
    *ret_ms = SIM_START_MS + at_ms - start_ms;
    return NULL;
}

/* ---- the fleet ---- */

/* Copies a cell of a row; columns that it has no place for are the product's alone. */
static void read_cell(struct sim_device *device, const char *column, const char *cell)
{
    static const struct {
        const char *column;
        size_t at;
    } texts[] = {
        {"region", offsetof(struct sim_device, region)},
        {"model", offsetof(struct sim_device, model)},
        {"site", offsetof(struct sim_device, site)},
        {"timezone", offsetof(struct sim_device, timezone)},
        {"version", offsetof(struct sim_device, version)},
    };

    if (gw_text_equal(column, "gateway_id"))
        (void)gw_text_copy(device->gateway_id, sizeof(device->gateway_id), cell);
    else if (gw_text_equal(column, "serial"))
        (void)gw_text_copy(device->serial, sizeof(device->serial), cell);
    else if (gw_text_equal(column, "ha_role"))
        device->role = gw_text_equal(cell, "active")    ? SIM_ACTIVE
                       : gw_text_equal(cell, "standby") ? SIM_STANDBY
                                                        : SIM_SINGLE;
    for (size_t i = 0; i < GW_COUNT_OF(texts); i++)
        if (gw_text_equal(column, texts[i].column))
            memcpy((char *)device + texts[i].at, &cell, sizeof(cell));
}

/* Cuts a row at its commas. */
static uint32_t cut_row(char *row, char *cell[COLUMNS])
{
    uint32_t n = 0;

    while (row && n < COLUMNS) {
        char *comma = strchr(row, ',');

        cell[n++] = row;
        if (comma)
            *comma++ = '\0';
        row = comma;
    }
    return n;
}

static void find_mates(struct sim_swarm *swarm)
{
    for (uint32_t i = 0; i < swarm->n_devices; i++)
        for (uint32_t j = 0; j < swarm->n_devices; j++)
            if (i != j && gw_text_equal(swarm->device[i].gateway_id, swarm->device[j].gateway_id))
                swarm->device[i].mate = j;
}

static uint32_t lane_of(struct sim_swarm *swarm, const char *region)
{
    for (uint32_t i = 0; i < swarm->n_devices; i++)
        if (gw_text_equal(swarm->device[i].region, region))
            return swarm->device[i].lane;
    return swarm->n_lanes++;
}

/* text, which is cut up, stays with the swarm. */
static const char *read_fleet(struct sim_swarm *swarm, char *text)
{
    char *name[COLUMNS], *cell[COLUMNS];
    uint32_t n = cut_row(cut_line(&text), name);

    while (*text) {
        struct sim_device device = {.account = "",
                                    .region = "",
                                    .model = "",
                                    .site = "",
                                    .timezone = "",
                                    .version = "",
                                    .mate = UINT32_MAX,
                                    .role = SIM_SINGLE,
                                    .known = true,
                                    .selected = true};

        if (cut_row(cut_line(&text), cell) != n || swarm->n_devices == SIM_DEVICES_MAX)
            return "the fleet: each row has a cell for each column";
        for (uint32_t i = 0; i < n; i++)
            read_cell(&device, name[i], cell[i]);
        if (!device.serial[0])
            return "the fleet: the cloud knows serial numbers";
        device.lane = lane_of(swarm, device.region);
        if (swarm->n_lanes > SIM_LANES_MAX)
            return "the fleet: too many regions";
        swarm->device[swarm->n_devices++] = device;
    }
    find_mates(swarm);
    return swarm->n_devices > 0 ? NULL : "the fleet: nobody is in it";
}

/* ---- the world ---- */

static void world_init(struct sim_swarm *swarm)
{
    *swarm = (struct sim_swarm){
        .true_times = true,
        .validity_ms = 15 * MINUTE,
        .cloud_rate = {.calls = 1000, .window_ms = 1000},
        .cloud_read_rate = {.calls = 1000, .window_ms = 1000},
        .upgrade_min_ms = 10 * MINUTE,
        .delay_ms = 40,
    };
}

static const char *read_world(struct sim_story *story, char *text)
{
    struct sim_swarm *swarm = &story->swarm;
    const char *wrong = NULL;

    while (*text && !wrong) {
        char *key = cut_line(&text), *value = strstr(key, ": ");

        if (!value)
            return "the world: each line is a key, a colon and a value";
        *value = '\0';
        value += 2;
        if (gw_text_equal(key, "upgrade"))
            wrong = gw_parse_duration(value, &swarm->upgrade_min_ms);
        else if (gw_text_equal(key, "calls"))
            wrong = gw_parse_rate(value, &swarm->cloud_rate);
        else if (gw_text_equal(key, "reads"))
            wrong = gw_parse_rate(value, &swarm->cloud_read_rate);
        else if (gw_text_equal(key, "show reads of"))
            (void)gw_text_copy(story->watched, sizeof(story->watched), value);
        else if (gw_text_equal(key, "show reads from"))
            wrong = read_time(value, 0, &story->watched_ms);
        else
            wrong = "the world: no such key";
    }
    return wrong;
}

/* ---- what happens ---- */

static const char *read_number(char *word, uint32_t *ret)
{
    uint64_t number;
    const char *wrong = gw_parse_u64(word, 1, UINT32_MAX, &number);

    if (!wrong)
        *ret = (uint32_t)number;
    return wrong;
}

/* The n-th sync of a process: "5 of 2". */
static const char *read_sync(char **line, struct sim_story_event *event)
{
    const char *wrong = read_number(cut_word(line), &event->number);

    if (!wrong && !gw_text_equal(cut_word(line), "of"))
        wrong = "a sync is `sync 5 of 2`";
    return wrong ? wrong : read_number(cut_word(line), &event->of);
}

static const char *read_event(char *line, struct sim_story_event *event)
{
    static const char *const days[] = {"Fri", "Sat", "Sun", "Mon", "Tue", "Wed", "Thu"};
    char *word = cut_word(&line);
    const char *wrong = NULL;
    uint32_t day = 0;

    for (uint32_t i = 0; i < GW_COUNT_OF(days); i++)
        if (gw_text_equal(word, days[i])) {
            day = i;
            word = cut_word(&line);
            break;
        }
    if (gw_text_equal(word, "then")) {
        event->when = SIM_WHEN_THEN;
        event->at_ms = SECOND;
        /* What follows is a time, or what happens. */
        if (*line >= '0' && *line <= '9')
            wrong = gw_parse_duration(cut_word(&line), &event->at_ms);
    } else if (gw_text_equal(word, "call")) {
        event->when = SIM_WHEN_CALL;
        wrong = read_number(cut_word(&line), &event->number);
    } else if (gw_text_equal(word, "sync")) {
        event->when = SIM_WHEN_SYNC;
        wrong = read_sync(&line, event);
    } else {
        event->when = SIM_WHEN_TIME;
        wrong = read_time(word, day, &event->at_ms);
    }
    event->what = line;
    return wrong;
}

static const char *read_events(struct sim_story *story, char *text)
{
    const char *wrong = NULL;

    while (*text && !wrong) {
        char *line = cut_line(&text);

        if (story->n_events == SIM_STORY_EVENTS_MAX)
            return "too much happens";
        wrong = read_event(line, &story->event[story->n_events++]);
    }
    return wrong;
}

/* ---- sections ---- */

static const char *read_section(struct sim_story *story, char *name, char *text)
{
    if (gw_text_equal(name, "the world"))
        return read_world(story, text);
    if (gw_text_equal(name, "what happens"))
        return read_events(story, text);
    if (story->n_files == SIM_STORY_FILES_MAX || !strchr(name, '.'))
        return "no such section, or too many files";
    story->file[story->n_files].name = name;
    story->file[story->n_files++].text = text;
    if (!gw_text_equal(name, "fleet.csv"))
        return NULL;
    /* The swarm keeps the cells; the file stays whole. */
    free(story->fleet);
    story->fleet = gw_mem_dup(text);
    return read_fleet(&story->swarm, story->fleet);
}

/* Where the next section's head line begins, or the end. */
static char *next_section(char *text)
{
    char *at = gw_text_starts(text, "== ") ? text : strstr(text, "\n== ");

    return !at ? text + strlen(text) : at == text ? at : at + 1;
}

const char *sim_story_read(struct sim_story *story, const char *bytes)
{
    const char *wrong = NULL;
    char *at;

    memset(story, 0, sizeof(*story));
    world_init(&story->swarm);
    story->text = gw_mem_dup(bytes);
    at = next_section(story->text);
    while (*at && !wrong) {
        char *text = at, *name = cut_line(&text) + strlen("== "), *next = next_section(text);

        if (gw_text_equal(name, "what is seen")) {
            story->head = (size_t)(text - story->text);
            story->seen = text;
            break;
        }
        at = next;
        /* An empty section's text is the end of its own head line. */
        if (*next)
            next[-1] = '\0';
        if (*next && text == next)
            text--;
        /* Blank lines before a head line part the sections for the eye. */
        for (size_t len = strlen(text); len > 0 && text[len - 1] == '\n'; len--)
            text[len - 1] = '\0';
        wrong = read_section(story, name, text);
    }
    story->swarm.upgrade_max_ms = story->swarm.upgrade_min_ms;
    if (!wrong && (story->swarm.n_devices == 0 || !story->seen))
        wrong = "a story has a fleet, and ends with what is seen";
    return wrong;
}

void sim_story_release(struct sim_story *story)
{
    free(story->text);
    free(story->fleet);
    memset(story, 0, sizeof(*story));
}
