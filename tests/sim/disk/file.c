/*
 * The bytes of a file: present, durable, and the changes between them in their order. SQLite appends a few kilobytes
 * and syncs, some hundred times a play, and now and then copies a thousand pages; so changes are cheap to note and to
 * settle, and whole files are only copied at a crash or for an image.
 *
 * What is present is always what is durable with all changes made, unless a sync has failed.
 */
#include "disk/local.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#define SECTOR     512
#define FIRST_SIZE 4096

static void make_room(struct sim_bytes *bytes, size_t size)
{
    size_t grown = bytes->size ? bytes->size : FIRST_SIZE;

    if (size <= bytes->size)
        return;
    while (grown < size)
        grown *= 2;
    bytes->at = gw_mem_resize(bytes->at, grown, 1);
    bytes->size = grown;
}

/* New bytes are zero. */
static void set_len(struct sim_bytes *bytes, size_t len)
{
    make_room(bytes, len);
    if (len > bytes->len)
        memset(bytes->at + bytes->len, 0, len - bytes->len);
    bytes->len = len;
}

static void put(struct sim_bytes *bytes, const void *data, size_t len, uint64_t offset)
{
    if (len == 0)
        return;
    if (offset > bytes->len)
        set_len(bytes, offset);
    make_room(bytes, offset + len);
    memcpy(bytes->at + offset, data, len);
    if (bytes->len < offset + len)
        bytes->len = offset + len;
}

static void copy(struct sim_bytes *to, const struct sim_bytes *from)
{
    to->len = 0;
    put(to, from->at, from->len, 0);
}

struct sim_file *sim_file_new(bool fleeting)
{
    struct sim_file *file = gw_mem_new(1, sizeof(*file));

    file->holders = 1;
    file->fleeting = fleeting;
    return file;
}

struct sim_file *sim_file_hold(struct sim_file *file)
{
    file->holders++;
    return file;
}

void sim_file_drop(struct sim_file *file)
{
    if (!file || --file->holders > 0)
        return;
    GW_CHECK(!file->shm);
    free(file->present.at);
    free(file->durable.at);
    free(file->written.at);
    free(file->change);
    free(file);
}

size_t sim_file_read(const struct sim_file *file, void *ret, size_t len, uint64_t offset)
{
    size_t there = offset < file->present.len ? file->present.len - offset : 0;

    if (there > len)
        there = len;
    if (there > 0)
        memcpy(ret, file->present.at + offset, there);
    memset((uint8_t *)ret + there, 0, len - there);
    return there;
}

static void note(struct sim_file *file, struct sim_change change)
{
    if (file->n_changes == file->changes_size) {
        file->changes_size = file->changes_size ? 2 * file->changes_size : 16;
        file->change = gw_mem_resize(file->change, file->changes_size, sizeof(change));
    }
    file->change[file->n_changes++] = change;
}

void sim_file_write(struct sim_file *file, const void *bytes, size_t len, uint64_t offset)
{
    put(&file->present, bytes, len, offset);
    if (file->fleeting)
        return;
    note(file, (struct sim_change){.offset = offset, .len = len, .data = file->written.len});
    put(&file->written, bytes, len, file->written.len);
}

void sim_file_truncate(struct sim_file *file, uint64_t size)
{
    set_len(&file->present, size);
    if (!file->fleeting)
        note(file, (struct sim_change){.offset = size, .truncates = true});
}

static void make_durable(struct sim_file *file, const struct sim_change *change)
{
    if (change->truncates)
        set_len(&file->durable, change->offset);
    else
        put(&file->durable, file->written.at + change->data, change->len, change->offset);
}

static void forget_changes(struct sim_file *file)
{
    file->n_changes = 0;
    file->written.len = 0;
}

void sim_file_sync(struct sim_file *file)
{
    for (size_t i = 0; i < file->n_changes; i++)
        make_durable(file, &file->change[i]);
    if (file->n_changes > 0)
        file->synced_to = file->change[file->n_changes - 1].offset + file->change[file->n_changes - 1].len;
    forget_changes(file);
}

void sim_file_sync_in_vain(struct sim_file *file, struct gw_rng *rng)
{
    for (size_t i = 0; i < file->n_changes; i++)
        if (gw_rng_below(rng, 2) == 0)
            make_durable(file, &file->change[i]);
    forget_changes(file);
}

/* Some sectors of a write have been written, whichever. */
static void tear(struct sim_file *file, const struct sim_change *change, struct gw_rng *rng)
{
    uint64_t end = change->offset + change->len, next;

    for (uint64_t from = change->offset; from < end; from = next) {
        next = (from / SECTOR + 1) * SECTOR;
        if (next > end)
            next = end;
        if (gw_rng_below(rng, 2) == 0)
            put(&file->durable, file->written.at + change->data + (from - change->offset), next - from, from);
    }
}

void sim_file_lose(struct sim_file *file, struct sim_odds odds, struct gw_rng *rng,
                   struct sim_disk_loss *loss)
{
    for (size_t i = 0; i < file->n_changes; i++) {
        const struct sim_change *change = &file->change[i];

        if (gw_rng_below(rng, 8) < odds.keep) {
            make_durable(file, change);
            loss->kept++;
        } else if (odds.tears && !change->truncates && gw_rng_below(rng, 2) == 0) {
            tear(file, change, rng);
            loss->torn++;
        } else {
            loss->dropped++;
        }
    }
    forget_changes(file);
    copy(&file->present, &file->durable);
}

void sim_file_replace(struct sim_file *twin, const struct sim_file *file, enum sim_disk_image image)
{
    twin->present.len = 0;
    if (file)
        copy(&twin->present, image == SIM_DISK_DURABLE ? &file->durable : &file->present);
}

struct sim_file *sim_file_copy(const struct sim_file *file, enum sim_disk_image image)
{
    struct sim_file *twin = sim_file_new(true);

    sim_file_replace(twin, file, image);
    return twin;
}
