/*
 * The ledger of the hostile world: what was delivered to the rollout, and so what it may know. What is so is another
 * matter, and lives with the cloud.
 */
#include "gatewave/core/version.h"

#include "world.h"

void world_hear_start(struct world *world, bool still)
{
    world->due = 0;
    world->identity_row = world->identity_read_row = world->plan_row = 0;
    for (uint32_t i = 0; i < world->lanes; i++)
        world->lane[i].calls_held_ms = world->lane[i].reads_held_ms = 0;
    for (uint32_t t = 0; t < world->n; t++) {
        struct world_device *device = &world->device[t];

        device->put_offs = 0;
        device->absent_ms = device->unread_ms = 0;
        device->bad_looks = 0;
        /* Nobody heard its answer, and nobody may charge for what is not known to have left. */
        device->free_calls += !still && device->state == GW_STATE_IN_FLIGHT;
    }
}

/* What any answer says of the whole run. */
static void hear_for_run(struct world *world, const struct gw_answer *answer)
{
    switch (answer->class_) {
    case GW_CLASS_CREDENTIAL:
        world->due |= 1u << GW_STOP_CREDENTIALS;
        break;
    case GW_CLASS_CLOCK:
        world->due |= 1u << GW_STOP_CLOCK;
        break;
    case GW_CLASS_RISK:
        world->due |= 1u << GW_STOP_RISK;
        break;
    case GW_CLASS_UNTRUSTED:
        world->due |= 1u << GW_STOP_UNTRUSTED;
        break;
    default:
        break;
    }
}

static void hear_row(struct world *world, uint32_t *row, bool again, enum gw_stop stop)
{
    *row = again ? *row + 1 : 0;
    if (*row >= 3)
        world->due |= 1u << stop;
}

bool world_is_put_off(const struct world_device *device, const struct gw_answer *answer)
{
    return answer->proof == GW_PROOF_REFUSED &&
           (answer->class_ == GW_CLASS_OFFLINE || (answer->class_ == GW_CLASS_BUSY && !device->doubted));
}

/* What says nothing against the target: it costs no attempt. */
bool world_is_free(const struct world_device *device, const struct gw_answer *answer)
{
    if (answer->proof == GW_PROOF_NEVER_SENT)
        return true;
    if (answer->proof != GW_PROOF_REFUSED)
        return false;
    return answer->class_ == GW_CLASS_THROTTLED || answer->class_ == GW_CLASS_CREDENTIAL ||
           answer->class_ == GW_CLASS_RENEWING || answer->class_ == GW_CLASS_CLOCK ||
           answer->class_ == GW_CLASS_RISK || world_is_put_off(device, answer);
}

static void hear_throttle(const struct world *world, uint64_t *held_ms, const struct gw_answer *answer)
{
    if (answer->class_ == GW_CLASS_THROTTLED && world->now_ms + answer->retry_after_ms > *held_ms)
        *held_ms = world->now_ms + answer->retry_after_ms;
    /* Without a key both wait a second. */
    if (answer->class_ == GW_CLASS_RENEWING && world->now_ms + 1000 > *held_ms)
        *held_ms = world->now_ms + 1000;
}

void world_hear_answer(struct world *world, uint32_t t, const struct gw_answer *answer)
{
    struct world_device *device = &world->device[t];
    bool telling = answer->proof == GW_PROOF_ACCEPTED ||
                   (answer->proof == GW_PROOF_REFUSED && answer->class_ != GW_CLASS_THROTTLED &&
                    answer->class_ != GW_CLASS_RENEWING);

    device->acquitted |= answer->proof == GW_PROOF_REFUSED || answer->proof == GW_PROOF_NEVER_SENT;
    device->free_calls += world_is_free(device, answer);
    device->put_offs += world_is_put_off(device, answer);
    if (world_is_put_off(device, answer) && device->absent_ms == 0)
        device->absent_ms = world->now_ms;
    hear_throttle(world, &world->lane[device->lane].calls_held_ms, answer);
    hear_for_run(world, answer);
    if (!telling)
        return;
    hear_row(world, &world->identity_row, answer->class_ == GW_CLASS_IDENTITY, GW_STOP_IDENTITY);
    hear_row(world, &world->plan_row, answer->class_ == GW_CLASS_PLAN, GW_STOP_PLAN);
}

void world_hear_word(struct world *world, const struct gw_event *seen)
{
    struct world_device *device = &world->device[seen->target];
    bool online = seen->presence == GW_PRESENCE_ONLINE;
    uint64_t looked_ms = world_wave_of(world, seen->target)->looked_ms;
    bool single = device->mate == GW_NO_TARGET && seen->mate == GW_PRESENCE_NONE;
    bool allows;

    device->word = (struct world_word){.read = seen->read,
                                       .presence = seen->presence,
                                       .order = gw_version_compare(seen->version, WORLD_NEW),
                                       .asked_ms = seen->asked_ms};
    device->unread_ms = 0;
    if (device->state == GW_STATE_SUCCEEDED && seen->read == GW_READ_ONE && looked_ms > 0 &&
        seen->asked_ms >= looked_ms)
        device->bad_looks += !online || device->word.order < 0;
    allows = online && device->word.order < 0 && (single || seen->mate == GW_PRESENCE_ONLINE);
    /* A mate that has its outcome must be seen where that left it. */
    if (device->mate != GW_NO_TARGET && gw_state_is_outcome(world->device[device->mate].state))
        allows &= seen->mate_version[0] && gw_version_compare(seen->mate_version, WORLD_NEW) >= 0;
    device->allowed_ms = allows ? seen->asked_ms : 0;
    if (allows)
        device->absent_ms = 0;
    else if (device->absent_ms == 0)
        device->absent_ms = world->now_ms;
    if (!online || device->word.order >= 0 || seen->asked_ms < device->left_fence_ms) {
        device->clear_reads = 0;
        return;
    }
    if (device->clear_reads++ == 0)
        device->clear_first_ms = seen->asked_ms;
    device->acquitted |= seen->asked_ms - device->clear_first_ms >= world->drive.agree_ms;
}

void world_hear_unread(struct world *world, uint32_t t, const struct gw_event *done)
{
    struct world_device *device = &world->device[t];
    bool odd = done->read == GW_READ_PAGE && done->answer.http_status == 200;

    /* A throttle tells nothing, nor does a key that ended; of a page that cannot be parsed each gateway is asked for by itself. */
    if (odd || done->answer.class_ == GW_CLASS_THROTTLED || done->answer.class_ == GW_CLASS_RENEWING)
        return;
    device->clear_reads = 0;
    if (device->unread_ms == 0)
        device->unread_ms = world->now_ms;
}

void world_hear_read(struct world *world, const struct gw_event *done)
{
    hear_throttle(world, &world->lane[done->lane].reads_held_ms, &done->answer);
    hear_for_run(world, &done->answer);
    hear_row(world, &world->identity_read_row, done->answer.class_ == GW_CLASS_IDENTITY, GW_STOP_IDENTITY);
}
