/* Webhooks' addresses. They are read once, when a run begins, and nothing here logs. */
#include "hook.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/text.h"

#include "keys/key_file.h"

/* What systemd hands over is closed by means that the mode does not tell. */
static bool gw_hook_is_handed(const char *file)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");

    return folder && folder[0] == '/' && gw_text_starts(file, folder) && file[strlen(folder)] == '/';
}

/* Its first line, to a buffer that the caller wipes; one that is longer is cut, and too long for an address. */
static enum gw_code gw_hook_read(const char *file, char ret[GW_WEBHOOK_URL_MAX + 2], struct gw_err *err)
{
    struct gw_secret bytes = {0};
    enum gw_code code =
        gw_key_file_read(file, gw_hook_is_handed(file) ? GW_KEY_FILE_SYSTEM : GW_KEY_FILE_OWN, &bytes, err);

    if (code == GW_OK)
        (void)gw_text_copy_n(ret, GW_WEBHOOK_URL_MAX + 2, bytes.bytes, strcspn(bytes.bytes, "\r\n"));
    gw_secret_release(&bytes);
    return code;
}

enum gw_code gw_hook_find(const struct gw_notify_spec *spec, struct gw_hook *ret, struct gw_err *err)
{
    struct gw_hook hook = {.form = spec->form, .events = spec->events};
    char line[GW_WEBHOOK_URL_MAX + 2] = "";
    const char *word, *value, *wrong = NULL, *where = "";
    enum gw_code code = GW_OK;
    struct gw_err why = {0};

    (void)gw_text_copy(hook.name, sizeof(hook.name), spec->name);
    switch (gw_webhook_find(spec->url.bytes, &word)) {
    case GW_WEBHOOK_FILE:
        where = word;
        if (gw_hook_read(word, line, &why) != GW_OK)
            return gw_err_set(err, GW_ERR_INPUT, "notify %s: %s", spec->name, why.text);
        word = line;
        break;
    case GW_WEBHOOK_ENV:
        where = word;
        value = getenv(word);
        wrong = value ? NULL : "is not set";
        word = value;
        break;
    case GW_WEBHOOK_HERE:
    case GW_WEBHOOK_NONE:
        break;
    }
    if (!wrong)
        wrong = gw_webhook_split(word, &hook.address);
    if (wrong)
        code = gw_err_set(err, GW_ERR_INPUT, "notify %s: %s%s%s", spec->name, where, where[0] ? ": " : "",
                          wrong);
    else
        gw_secret_set(&hook.url, word, strlen(word));
    gw_secret_wipe(line, sizeof(line));
    if (code == GW_OK)
        *ret = hook;
    return code;
}

void gw_hook_release(struct gw_hook *hook)
{
    gw_secret_release(&hook->url);
    *hook = (struct gw_hook){.events = 0};
}
