/*
 * The ledger: lines in chunks, so that a line stays where it is while the checker holds on to it; what reads said and
 * the few different codes beside them. All of it goes at once, when the play is over.
 */
#include "network/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#define CHUNK 512

static struct {
    const struct sim_swarm *swarm;
    struct sim_line **chunk;
    uint32_t n, chunks, chunk_room;
    /* Blocks of what lines point to. */
    struct sim_said **said;
    uint32_t n_said, said_room;
    char **text;
    uint32_t n_texts, text_room;
} the;

/* Room for one more pointer in an array of them. */
static void *grown(void *array, uint32_t n, uint32_t *room)
{
    if (n < *room)
        return array;
    *room = *room ? 2 * *room : 16;
    return gw_mem_resize(array, *room, sizeof(void *));
}

void sim_ledger_begin(const struct sim_swarm *swarm)
{
    sim_ledger_end();
    the.swarm = swarm;
}

void sim_ledger_end(void)
{
    for (uint32_t i = 0; i < the.chunks; i++)
        free(the.chunk[i]);
    for (uint32_t i = 0; i < the.n_said; i++)
        free(the.said[i]);
    for (uint32_t i = 0; i < the.n_texts; i++)
        free(the.text[i]);
    free(the.chunk);
    free(the.said);
    free(the.text);
    memset(&the, 0, sizeof(the));
}

static struct sim_line *line_at(uint32_t number)
{
    GW_CHECK(number < the.n);
    return &the.chunk[number / CHUNK][number % CHUNK];
}

struct sim_line *sim_ledger_add(void)
{
    struct sim_line *line;

    if (the.n == the.chunks * CHUNK) {
        the.chunk = grown(the.chunk, the.chunks, &the.chunk_room);
        the.chunk[the.chunks++] = gw_mem_new(CHUNK, sizeof(struct sim_line));
    }
    the.n++;
    line = line_at(the.n - 1);
    line->number = the.n - 1;
    return line;
}

struct sim_said *sim_ledger_said(struct sim_line *line, uint32_t n)
{
    struct sim_said *said = gw_mem_new(n, sizeof(*said));

    the.said = grown(the.said, the.n_said, &the.said_room);
    the.said[the.n_said++] = said;
    line->said = said;
    line->n_said = n;
    return said;
}

const char *sim_ledger_text(const char *text)
{
    for (uint32_t i = 0; i < the.n_texts; i++)
        if (strcmp(the.text[i], text) == 0)
            return the.text[i];
    the.text = grown(the.text, the.n_texts, &the.text_room);
    the.text[the.n_texts] = gw_mem_dup(text);
    return the.text[the.n_texts++];
}

uint32_t sim_ledger_count(void)
{
    return the.n;
}

const struct sim_line *sim_ledger_at(uint32_t number)
{
    return line_at(number);
}

/* An update call names its device, a read told of some. */
static bool is_about(const struct sim_line *line, uint32_t device)
{
    if (line->action == SIM_UPDATE)
        return line->device == device;
    for (uint32_t i = 0; i < line->n_said; i++)
        if (line->said[i].device == device)
            return true;
    return false;
}

const struct sim_line *sim_ledger_before(uint32_t number, enum sim_action action, uint32_t device)
{
    GW_CHECK(number <= the.n);
    while (number-- > 0) {
        const struct sim_line *line = line_at(number);

        if (line->action == action && is_about(line, device))
            return line;
    }
    return NULL;
}

/* ---- for people ---- */

static void tell_device(struct gw_buf *buf, uint32_t device)
{
    if (device == SIM_NONE)
        (void)gw_buf_add_text(buf, " nobody");
    else
        (void)gw_buf_addf(buf, " %s/%s", the.swarm->device[device].gateway_id,
                          the.swarm->device[device].serial);
}

static void tell_update(const struct sim_line *line, struct gw_buf *buf)
{
    tell_device(buf, line->device);
    (void)gw_buf_addf(buf, " to %s", line->version);
    if (line->device != SIM_NONE)
        (void)gw_buf_addf(
            buf, " from %s%s%s%s mate %s%s%s", line->version_before, line->online_before ? "" : " offline",
            line->upgrading_before ? " upgrading" : "", line->standby_before ? " standby" : "",
            line->mate_version_before[0] ? line->mate_version_before : "none",
            line->mate_online_before ? "" : " offline", line->mate_upgrading_before ? " upgrading" : "");
    if (line->effect && line->down_until_ms == UINT64_MAX)
        (void)gw_buf_add_text(buf, " begins for good");
    else if (line->effect)
        (void)gw_buf_addf(buf, " begins until %llu", (unsigned long long)line->down_until_ms);
}

static void tell_said(const struct sim_line *line, struct gw_buf *buf)
{
    for (uint32_t i = 0; i < line->n_said; i++) {
        const struct sim_said *said = &line->said[i];

        tell_device(buf, said->device);
        (void)gw_buf_addf(buf, " %s%s%s", said->version, said->online ? "" : " offline",
                          said->standby ? " standby" : "");
    }
}

void sim_ledger_tell(const struct sim_line *line, struct gw_buf *buf)
{
    static const char *const action[] = {
        [SIM_UPDATE] = "update", [SIM_LIST] = "list", [SIM_ATTRIBUTE] = "attribute", [SIM_OTHER] = "other"};

    (void)gw_buf_addf(buf, "%u %s pid %u lane ", line->number, action[line->action], line->pid);
    if (line->lane == SIM_NONE)
        (void)gw_buf_add_text(buf, "none");
    else
        (void)gw_buf_addf(buf, "%u", line->lane);
    (void)gw_buf_addf(buf, " nonce %s%s signed %lld sent %llu arrived %llu delivered %llu:", line->nonce,
                      line->copy ? " copy" : "", (long long)line->signed_unix_ms,
                      (unsigned long long)line->sent_ms, (unsigned long long)line->arrived_ms,
                      (unsigned long long)line->delivered_ms);
    (void)gw_buf_addf(buf, " %d %s", line->http_status, line->code ? line->code : "OK");
    if (line->retry_after_ms > 0)
        (void)gw_buf_addf(buf, " wait %llu", (unsigned long long)line->retry_after_ms);
    if (line->action == SIM_UPDATE)
        tell_update(line, buf);
    else
        tell_said(line, buf);
}
