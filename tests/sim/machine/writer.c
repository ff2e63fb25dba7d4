/*
 * src/app/run/writer.h on a thread of the stage: as the real one, it has the store to itself, commits one batch at a time
 * and says so on the loop. The commit takes its time, part of it before anything is durable and part of it after.
 */
#include "run/writer.h"

#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "machine/host.h"
#include "machine/loop_local.h"
#include "stage/stage.h"

struct gw_writer {
    struct gw_loop *loop;
    struct gw_store *store;
    struct gw_lease *lease;
    gw_writer_done *done;
    void *user;
    struct sim_thread *thread;
    struct gw_batch *todo;
    bool busy, quit; /* busy: between commit and done */
    struct gw_batch *finished;
    enum gw_code code;
    struct gw_err err;
};

/* On the loop. */
static void writer_says(void *user)
{
    struct gw_writer *writer = user;

    writer->busy = false;
    writer->done(writer->user, writer->finished, writer->code, &writer->err);
}

static void writer_commit(struct gw_writer *writer)
{
    struct gw_batch *batch = writer->todo;
    uint64_t sync_ms = sim_host_sync_ms();

    writer->todo = NULL;
    if (!sim_wait(sim_now_ms() + sync_ms / 2))
        return;
    writer->err = (struct gw_err){0};
    writer->code = gw_commit(writer->store, writer->lease, batch->record, batch->n_records, &writer->err);
    if (!sim_wait(sim_now_ms() + sync_ms - sync_ms / 2))
        return;
    writer->finished = batch;
    gw_loop_post(writer->loop, writer_says, writer);
}

static void writer_main(void *user)
{
    struct gw_writer *writer = user;

    while (!writer->quit)
        if (writer->todo)
            writer_commit(writer);
        else if (!sim_wait(SIM_NEVER))
            break;
}

struct gw_writer *gw_writer_new(struct gw_loop *loop, struct gw_store *store, struct gw_lease *lease,
                                gw_writer_done *done, void *user)
{
    struct gw_writer *writer = gw_mem_new(1, sizeof(*writer));

    *writer = (struct gw_writer){.loop = loop, .store = store, .lease = lease, .done = done, .user = user};
    writer->thread = sim_thread_start(sim_self(), writer_main, writer);
    return writer;
}

void gw_writer_free(struct gw_writer *writer)
{
    if (!writer)
        return;
    writer->quit = true;
    sim_wake(writer->thread);
    sim_thread_join(writer->thread);
    gw_loop_forget(writer->loop, writer);
    free(writer);
}

bool gw_writer_idle(const struct gw_writer *writer)
{
    return !writer->busy;
}

void gw_writer_commit(struct gw_writer *writer, struct gw_batch *batch)
{
    GW_CHECK(!writer->busy);
    writer->busy = true;
    writer->todo = batch;
    sim_wake(writer->thread);
}
