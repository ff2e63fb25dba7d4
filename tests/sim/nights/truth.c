/*
 * N9: after a sync the inventory has what the cloud has, and still has what people wrote of it; and never, whatever a sync
 * could not see, does it take for gone what has not left.
 */
#include "gatewave/base/text.h"

#include "disk/disk.h"
#include "network/network.h"
#include "nights/watch_local.h"
#include "stage/fault.h"
#include "stage/stage.h"

#define EXIT_WELL 0
#define LATE_MS   120000

static bool is_unknown(const struct sim_nights *nights, uint32_t device)
{
    for (uint32_t i = 0; i < nights->n_guests; i++)
        if (nights->guest[i].unknown && (nights->guest[i].device == device ||
                                         nights->swarm.device[nights->guest[i].device].mate == device))
            return true;
    return false;
}

/* It came or left while the cloud was looked at. */
static bool is_on_the_move(const struct sim_nights *nights, uint32_t device, uint64_t began_ms)
{
    uint64_t from_ms = began_ms - LATE_MS, to_ms = sim_now_ms() + LATE_MS;

    for (uint32_t i = 0; i < nights->n_guests; i++) {
        const struct sim_guest *guest = &nights->guest[i];
        uint64_t appears_ms = SIM_START_MS + guest->appears_h * UINT64_C(3600000),
                 leaves_ms = SIM_START_MS + guest->leaves_h * UINT64_C(3600000);

        if ((guest->device == device || nights->swarm.device[guest->device].mate == device) &&
            ((appears_ms >= from_ms && appears_ms <= to_ms) || (leaves_ms >= from_ms && leaves_ms <= to_ms)))
            return true;
    }
    return false;
}

static void check_local(const struct sim_watch *watch, uint32_t device, const struct sim_book_device *book)
{
    const struct sim_device *of = &watch->nights->swarm.device[device];

    if (is_unknown(watch->nights, device))
        return;
    if (!gw_text_equal(book->site, of->site) || !gw_text_equal(book->timezone, of->timezone) ||
        (book->held[0] != '\0') != !of->selected)
        sim_violated("N9", "a sync has left %s with site %s, zone %s and tag %s", of->serial, book->site,
                     book->timezone, book->held);
}

static void check_device(const struct sim_watch *watch, sqlite3 *image, uint32_t device)
{
    const struct sim_device *of = &watch->nights->swarm.device[device];
    struct sim_book_device book = {.gone = false};
    bool found = sim_book_device(image, of->gateway_id, of->serial, &book);
    struct sim_truth truth;

    sim_network_truth(device, &truth);
    if (truth.gone && found && !book.gone)
        sim_violated("N9", "%s is gone, and the inventory has it after a sync", of->serial);
    if (truth.gone)
        return;
    if (!found || book.gone)
        sim_violated("N9", "%s is there, and the inventory %s after a sync", of->serial,
                     found ? "says that it is gone" : "does not have it");
    else if (!gw_text_equal(book.version, truth.version))
        sim_violated("N9", "%s runs %s, and the inventory says %s after a sync", of->serial, truth.version,
                     book.version);
    else if (of->mate != SIM_NONE && !gw_text_equal(book.role, truth.standby ? "standby" : "active"))
        sim_violated("N9", "%s is %s, and the inventory says %s after a sync", of->serial,
                     truth.standby ? "standby" : "active", book.role);
    else
        check_local(watch, device, &book);
}

static bool is_guest(const struct sim_nights *nights, uint32_t device)
{
    for (uint32_t i = 0; i < nights->n_guests; i++)
        if (nights->guest[i].device == device || nights->swarm.device[nights->guest[i].device].mate == device)
            return true;
    return false;
}

void sim_watch_kept(const struct sim_watch *watch, sqlite3 *image)
{
    for (uint32_t i = 0; i < watch->nights->swarm.n_devices; i++) {
        const struct sim_device *of = &watch->nights->swarm.device[i];
        struct sim_book_device book = {.gone = false};

        if (!is_guest(watch->nights, i) && sim_book_device(image, of->gateway_id, of->serial, &book) &&
            book.gone)
            sim_violated("N9", "%s has never left, and the inventory says that it is gone", of->serial);
    }
}

void sim_watch_synced(struct sim_watch *watch, uint64_t began_ms, int exit_code)
{
    int rc;
    sqlite3 *image;

    image = sim_disk_open_image(watch->database, SIM_DISK_PRESENT, &rc);
    if (image)
        sim_watch_kept(watch, image);
    for (uint32_t i = 0; image && exit_code == EXIT_WELL && i < watch->nights->swarm.n_devices; i++)
        if (watch->changed_ms[i] + LATE_MS < began_ms && !is_on_the_move(watch->nights, i, began_ms))
            check_device(watch, image, i);
    sim_disk_close_image(image);
}
