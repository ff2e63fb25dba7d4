/* Finds the configuration file, reads it, and lays the command line's --db over it. */
#include "gatewave/app/config.h"

#include <stdlib.h>
#include <unistd.h>

#include "gatewave/base/mem.h"

/* Takes over path when such a file is there. One that is there and cannot be read is the reader's error, not
 * a reason to go on to the next place. */
static char *gw_config_there(struct gw_buf *path)
{
    char *found = NULL;

    if (access(gw_buf_text(path), F_OK) == 0)
        found = gw_mem_dup(gw_buf_text(path));
    gw_buf_release(path);
    return found;
}

char *gw_config_find(const struct gw_config_places *places)
{
    const char *tail = "gatewave/" GW_CONFIG_FILE_NAME;
    struct gw_buf path;
    char *found;

    gw_buf_init(&path, 0);
    gw_buf_add_text(&path, GW_CONFIG_FILE_NAME);
    found = gw_config_there(&path);
    if (!found && places->xdg_config_home && places->xdg_config_home[0] == '/') {
        gw_buf_addf(&path, "%s/%s", places->xdg_config_home, tail);
        found = gw_config_there(&path);
    } else if (!found && places->home && places->home[0] == '/') {
        gw_buf_addf(&path, "%s/.config/%s", places->home, tail);
        found = gw_config_there(&path);
    }
    if (!found && places->etc) {
        gw_buf_addf(&path, "%s/%s", places->etc, tail);
        found = gw_config_there(&path);
    }
    return found;
}

enum gw_code gw_config_load(const char *file, const char *database, const struct gw_config_places *places,
                            struct gw_config *ret, struct gw_buf *problems, struct gw_err *err)
{
    char *found = file ? gw_mem_dup(file) : gw_config_find(places);
    enum gw_code code = GW_OK;

    if (found)
        code = gw_config_read(found, ret, problems, err);
    else
        gw_config_init(ret);
    free(found);
    if (code == GW_OK && database) {
        free(ret->database);
        ret->database = gw_mem_dup(database);
    }
    return code;
}
