/* The writer thread: one batch, one transaction, one word back. */
#include "writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

struct gw_writer {
    struct gw_store *store;
    struct gw_lease *lease;
    struct gw_wakeup *wakeup;
    gw_writer_done *done;
    void *user;
    bool busy; /* the loop's own view: between commit and done */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t work;
    /* Under the mutex. */
    struct gw_batch *todo, *finished;
    bool quit;
    enum gw_code code;
    struct gw_err err;
};

static void *gw_writer_main(void *user)
{
    struct gw_writer *writer = user;

    pthread_mutex_lock(&writer->mutex);
    for (;;) {
        struct gw_batch *batch = writer->todo;
        struct gw_err err = {0};
        enum gw_code code;

        if (!batch && writer->quit)
            break;
        if (!batch) {
            pthread_cond_wait(&writer->work, &writer->mutex);
            continue;
        }
        writer->todo = NULL;
        pthread_mutex_unlock(&writer->mutex);
        code = gw_commit(writer->store, writer->lease, batch->record, batch->n_records, &err);
        pthread_mutex_lock(&writer->mutex);
        writer->finished = batch;
        writer->code = code;
        writer->err = err;
        gw_wakeup_send(writer->wakeup);
    }
    pthread_mutex_unlock(&writer->mutex);
    return NULL;
}

/* On the loop: the thread has something to say. */
static void gw_writer_woken(void *user)
{
    struct gw_writer *writer = user;
    struct gw_batch *batch;
    enum gw_code code;
    struct gw_err err;

    pthread_mutex_lock(&writer->mutex);
    batch = writer->finished;
    writer->finished = NULL;
    code = writer->code;
    err = writer->err;
    pthread_mutex_unlock(&writer->mutex);
    if (!batch)
        return;
    writer->busy = false;
    writer->done(writer->user, batch, code, &err);
}

struct gw_writer *gw_writer_new(struct gw_loop *loop, struct gw_store *store, struct gw_lease *lease,
                                gw_writer_done *done, void *user)
{
    struct gw_writer *writer = gw_mem_new(1, sizeof(*writer));
    sigset_t all, before;

    writer->store = store;
    writer->lease = lease;
    writer->done = done;
    writer->user = user;
    writer->wakeup = gw_wakeup_new(loop, gw_writer_woken, writer);
    pthread_mutex_init(&writer->mutex, NULL);
    pthread_cond_init(&writer->work, NULL);
    /* Signals are the loop's. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    GW_CHECK(pthread_create(&writer->thread, NULL, gw_writer_main, writer) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return writer;
}

void gw_writer_free(struct gw_writer *writer)
{
    if (!writer)
        return;
    pthread_mutex_lock(&writer->mutex);
    writer->quit = true;
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->mutex);
    pthread_join(writer->thread, NULL);
    pthread_cond_destroy(&writer->work);
    pthread_mutex_destroy(&writer->mutex);
    gw_wakeup_free(writer->wakeup);
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
    pthread_mutex_lock(&writer->mutex);
    writer->todo = batch;
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->mutex);
}
