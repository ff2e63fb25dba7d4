/*
 * What a person works with: files in a real folder (the database's file there is a name only), and a look at what is left
 * to do.
 *
 * Making a database is a fifteenth of what a world costs, and always the same. So most worlds begin with an empty one that
 * was made once, as by `gatewave init` some day before; those where a crash at its making may come make their own.
 */
#include "life/life.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/store/store.h"

#include "disk/disk.h"
#include "life/local.h"
#include "network/network.h"
#include "stage/fault.h"

static struct {
    uint8_t *bytes;
    size_t len;
} made; /* the empty database */

static void sim_desk_write(const char *file, const char *text)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    GW_CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
}

static void sim_desk_paper(const char *folder, const char *name, char *text, char ret[128])
{
    GW_CHECK(snprintf(ret, 128, "%s/%s", folder, name) < 128);
    sim_desk_write(ret, text);
    free(text);
}

/* A key that is good for as long as this world's keys are. */
void sim_desk_key(const struct sim_life *life)
{
    const char *token = sim_network_token();
    char text[1024];

    (void)snprintf(text, sizeof(text),
                   "{\"current\":\"default\",\"profiles\":[{\"name\":\"default\",\"mode\":\"%s\","
                   "\"access_key_id\":\"%s\",\"access_key_secret\":\"%s\",\"sts_token\":\"%s\"}]}",
                   token[0] ? "StsToken" : "AK", sim_network_key_id(), sim_network_key_secret(), token);
    sim_desk_write(life->credentials, text);
}

void sim_desk_install(const char *folder)
{
    struct gw_store *store;
    struct gw_err err;
    char path[128];

    GW_CHECK(!made.bytes && snprintf(path, sizeof(path), "%s/fleet.db", folder) < 128);
    GW_CHECK(gw_store_open(path, GW_STORE_CREATE, &store, &err) == GW_OK);
    gw_store_close(store);
    made.bytes = sim_disk_take(path, &made.len);
    (void)unlink(path);
}

void sim_desk_uninstall(void)
{
    free(made.bytes);
    made.bytes = NULL;
}

/* What the world before has left is gone. */
static void sim_desk_database(const struct sim_life *life)
{
    (void)unlink(life->database);
    (void)unlink(life->lock);
    if (life->swarm->crash_at_creation)
        return;
    sim_desk_write(life->database, "");
    sim_disk_put(life->database, made.bytes, made.len);
}

void sim_desk_begin(struct sim_life *life, const char *folder)
{
    GW_CHECK(snprintf(life->database, sizeof(life->database), "%s/fleet.db", folder) < 128);
    GW_CHECK(snprintf(life->lock, sizeof(life->lock), "%s/fleet.db.lock", folder) < 128);
    GW_CHECK(snprintf(life->credentials, sizeof(life->credentials), "%s/key.json", folder) < 128);
    sim_desk_database(life);
    sim_desk_paper(folder, "gatewave.yaml", sim_swarm_config(life->swarm, life->database), life->config);
    sim_desk_paper(folder, "rollout.yaml", sim_swarm_rollout(life->swarm), life->rollout);
    sim_desk_paper(folder, "fleet.csv", sim_swarm_inventory(life->swarm), life->inventory);
    GW_CHECK(setenv("ALIBABA_CLOUD_CONFIG_FILE", life->credentials, 1) == 0);
}

/* What is still open, for whoever wants to know why. */
void sim_desk_tell_open(sqlite3 *image)
{
    sqlite3_stmt *stmt = NULL;

    if (sqlite3_prepare_v2(
            image,
            "SELECT gateway_id, serial, wave, state, coalesce(code, ''), coalesce(reason, ''), attempts"
            " FROM v_target WHERE ended_at IS NULL",
            -1, &stmt, NULL) == SQLITE_OK)
        while (sqlite3_step(stmt) == SQLITE_ROW)
            sim_note("open: %s %s, wave %d, %s %s, %s, attempts %d",
                     (const char *)sqlite3_column_text(stmt, 0), (const char *)sqlite3_column_text(stmt, 1),
                     sqlite3_column_int(stmt, 2), (const char *)sqlite3_column_text(stmt, 3),
                     (const char *)sqlite3_column_text(stmt, 4), (const char *)sqlite3_column_text(stmt, 5),
                     sqlite3_column_int(stmt, 6));
    sqlite3_finalize(stmt);
}
