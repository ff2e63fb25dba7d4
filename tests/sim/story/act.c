/* What may happen in a story, one kind a line: its words, what stands behind them, and what it does. */
#include "story/story.h"

#include <string.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"

#include "disk/disk.h"
#include "network/outage.h"
#include "stage/fault.h"
#include "stage/stage.h"

struct deed {
    const struct sim_story *story;
    char *rest;                        /* of the line, behind the words */
    const struct sim_story_call *call; /* NULL: it is not of a call */
};

/* ---- the machine ---- */

static bool act_start(struct deed *deed)
{
    sim_story_start(deed->rest);
    return true;
}

static uint64_t number_of(const struct deed *deed)
{
    uint64_t number = 0;

    (void)gw_parse_u64(deed->rest, 1, UINT32_MAX, &number);
    return number;
}

static struct sim_process *process_of(const struct deed *deed)
{
    return sim_story_process(number_of(deed));
}

static bool act_kill(struct deed *deed)
{
    struct sim_process *process = process_of(deed);

    if (!process)
        return false;
    sim_story_tell(SIM_VOICE_WORLD, "kill -9 [%s]", deed->rest);
    sim_process_kill(process);
    sim_disk_process_died(process);
    sim_story_bury();
    return true;
}

static bool act_terminate(struct deed *deed)
{
    sim_story_tell(SIM_VOICE_WORLD, "kill -TERM [%s]", deed->rest);
    return sim_story_terminate(number_of(deed));
}

static bool act_stop(struct deed *deed)
{
    struct sim_process *process = process_of(deed);

    if (!process)
        return false;
    sim_story_tell(SIM_VOICE_WORLD, "kill -STOP [%s]", deed->rest);
    sim_process_freeze(process);
    return true;
}

static bool act_continue(struct deed *deed)
{
    struct sim_process *process = process_of(deed);

    if (!process)
        return false;
    sim_story_tell(SIM_VOICE_WORLD, "kill -CONT [%s]", deed->rest);
    sim_process_thaw(process);
    return true;
}

static bool act_power(struct deed *deed)
{
    struct sim_disk_loss loss = {0};
    struct sim_process *process;

    sim_story_tell(SIM_VOICE_WORLD, "the power fails");
    for (uint64_t number = 1; number <= SIM_STORY_EVENTS_MAX; number++)
        if ((process = sim_story_process(number)))
            sim_process_kill(process);
    sim_disk_power_loss(&loss);
    sim_story_bury();
    return deed->rest[0] == '\0';
}

/* "1h ahead", "10m behind" or "right". */
static bool act_clock(struct deed *deed)
{
    char *way = strchr(deed->rest, ' ');
    uint64_t off_ms = 0;
    bool behind = way && gw_text_equal(way, " behind");

    sim_story_tell(SIM_VOICE_WORLD, "the wall clock is set %s", deed->rest);
    if (way)
        *way = '\0';
    if (!gw_text_equal(deed->rest, "right") && (!way || gw_parse_duration(deed->rest, &off_ms)))
        return false;
    sim_clock_set(behind ? -(int64_t)off_ms : (int64_t)off_ms);
    return true;
}

static bool act_fill_disk(struct deed *deed)
{
    sim_story_tell(SIM_VOICE_WORLD, "the disk is full");
    sim_story_fill_disk(true);
    return deed->rest[0] == '\0';
}

static bool act_clear_disk(struct deed *deed)
{
    sim_story_tell(SIM_VOICE_WORLD, "the disk has room again");
    sim_story_fill_disk(false);
    return deed->rest[0] == '\0';
}

static bool act_unlock(struct deed *deed)
{
    sim_story_tell(SIM_VOICE_WORLD, "the lock file is removed");
    return deed->rest[0] == '\0' && unlink("fleet.db.lock") == 0;
}

/* ---- the network ---- */

/* "cn-shanghai for 10m" */
static bool act_outage(struct deed *deed)
{
    char *span = strstr(deed->rest, " for ");
    uint64_t span_ms;

    sim_story_tell(SIM_VOICE_WORLD, "nobody reaches %s", deed->rest);
    if (!span || gw_parse_duration(span + strlen(" for "), &span_ms))
        return false;
    *span = '\0';
    sim_outage_order(deed->rest, span_ms);
    return true;
}

static bool act_fate(const struct deed *deed, const char *words, const struct sim_fate *fate)
{
    bool late =
        fate->fault == SIM_REQUEST_LATE || fate->fault == SIM_REQUEST_TWICE || fate->fault == SIM_REPLY_LATE;

    if (!deed->call)
        return false;
    sim_story_tell(SIM_VOICE_WORLD, "call %u for %s %s%s", deed->call->number, deed->call->serial, words,
                   deed->rest);
    *deed->call->fate = *fate;
    return late ? gw_parse_duration(deed->rest, &deed->call->fate->late_ms) == NULL : deed->rest[0] == '\0';
}

/* ---- devices ---- */

static uint32_t device_of(const struct deed *deed, const char *serial)
{
    uint32_t device = 0;

    while (device < deed->story->swarm.n_devices &&
           !gw_text_equal(deed->story->swarm.device[device].serial, serial))
        device++;
    return device;
}

/* "s2 is one for brick": a word that the model knows. */
static bool act_device(struct deed *deed)
{
    char *word = strstr(deed->rest, " is one for ");
    uint32_t device;

    sim_story_tell(SIM_VOICE_WORLD, "device %s", deed->rest);
    if (!word)
        return false;
    *word = '\0';
    word += strlen(" is one for ");
    device = device_of(deed, deed->rest);
    return device < deed->story->swarm.n_devices && sim_network_device_fault(device, word);
}

/* "s2 to 2.5.0" */
static bool act_by_hand(struct deed *deed)
{
    char *version = strstr(deed->rest, " to ");
    uint32_t device;

    sim_story_tell(SIM_VOICE_WORLD, "somebody upgrades %s", deed->rest);
    if (!version)
        return false;
    *version = '\0';
    device = device_of(deed, deed->rest);
    if (device == deed->story->swarm.n_devices)
        return false;
    sim_network_upgrade_by_hand(device, version + strlen(" to "));
    return true;
}

/* ---- the words ---- */

static const struct {
    const char *words;
    bool (*act)(struct deed *deed);
} deeds[] = {
    {"$ gatewave ", act_start},
    {"kill -9 ", act_kill},
    {"kill -TERM ", act_terminate},
    {"kill -STOP ", act_stop},
    {"kill -CONT ", act_continue},
    {"the power fails", act_power},
    {"the wall clock is set ", act_clock},
    {"the lock file is removed", act_unlock},
    {"the disk is full", act_fill_disk},
    {"the disk has room again", act_clear_disk},
    {"nobody reaches ", act_outage},
    {"device ", act_device},
    {"somebody upgrades ", act_by_hand},
};

/* Behind "call N". Longer words stand before those that they begin with. */
static const struct {
    const char *words;
    struct sim_fate fate;
} fates[] = {
    {"is lost, and its connection breaks", {.fault = SIM_REQUEST_LOST}},
    {"is lost", {.fault = SIM_REQUEST_LOST, .silent = true}},
    {"is late by ", {.fault = SIM_REQUEST_LATE, .silent = true}},
    {"comes twice, again after ", {.fault = SIM_REQUEST_TWICE}},
    {"has its reply lost, and its connection breaks", {.fault = SIM_REPLY_LOST}},
    {"has its reply lost", {.fault = SIM_REPLY_LOST, .silent = true}},
    {"has its reply late by ", {.fault = SIM_REPLY_LATE}},
    {"has its reply cut off", {.fault = SIM_REPLY_CUT}},
    {"has its reply garbled", {.fault = SIM_REPLY_GARBLED}},
    {"has its reply replaced by a proxy", {.fault = SIM_REPLY_FOREIGN}},
};

bool sim_story_act(const struct sim_story *story, char *what, const struct sim_story_call *call)
{
    struct deed deed = {.story = story, .call = call};

    for (size_t i = 0; i < GW_COUNT_OF(fates); i++)
        if (gw_text_starts(what, fates[i].words)) {
            deed.rest = what + strlen(fates[i].words);
            return act_fate(&deed, fates[i].words, &fates[i].fate);
        }
    if (call)
        sim_story_tell(SIM_VOICE_WORLD, "call %u for %s leaves", call->number, call->serial);
    for (size_t i = 0; i < GW_COUNT_OF(deeds); i++)
        if (gw_text_starts(what, deeds[i].words)) {
            deed.rest = what + strlen(deeds[i].words);
            return deeds[i].act(&deed);
        }
    return false;
}
