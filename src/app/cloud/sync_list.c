/* What the cloud's list shows of a part, by the numbers of its gateways, and why it is not to be had. */
#include <stdlib.h>

#include "gatewave/app/exit.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "sync_local.h"

void gw_sync_part_init(struct gw_sync_part *part)
{
    gw_pages_init(&part->pages, GW_READS_PAGE);
}

static void gw_listed_release(struct gw_listed *listed)
{
    char *const text[] = {listed->name,           listed->status,   listed->version,
                          listed->backup_version, listed->hardware, listed->serials};

    for (size_t i = 0; i < GW_COUNT_OF(text); i++)
        free(text[i]);
    *listed = (struct gw_listed){0};
}

void gw_sync_part_release(struct gw_sync_part *part)
{
    for (uint32_t i = 0; i < part->room; i++)
        gw_listed_release(&part->listed[i]);
    free(part->listed);
    gw_names_release(&part->missing);
    gw_pages_release(&part->pages);
}

void gw_sync_part_fail(struct gw_sync_part *part, const struct gw_answer *answer)
{
    if (part->problem[0])
        return;
    part->exit_code = gw_exit_of_class(answer->class_);
    gw_reads_sentence(answer, part->problem, sizeof(part->problem));
}

void gw_sync_list_row(struct gw_sync_part *part, const struct gw_seen_gateway *seen)
{
    uint32_t number = gw_pages_meet(&part->pages, seen->gateway_id);
    struct gw_listed *listed;

    if (number >= part->room) {
        uint32_t room = part->room ? 2 * part->room : 64;

        part->listed = gw_mem_resize(part->listed, room, sizeof(*part->listed));
        for (uint32_t i = part->room; i < room; i++)
            part->listed[i] = (struct gw_listed){0};
        part->room = room;
    }
    listed = &part->listed[number];
    gw_listed_release(listed);
    *listed = (struct gw_listed){.name = gw_mem_dup(seen->name),
                                 .status = gw_mem_dup(seen->status),
                                 .version = gw_mem_dup(seen->version),
                                 .backup_version = gw_mem_dup(seen->backup_version),
                                 .hardware = gw_mem_dup(seen->hardware),
                                 .serials = gw_mem_dup(seen->serials)};
}
