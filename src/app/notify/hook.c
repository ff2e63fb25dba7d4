/* Webhooks' addresses. They are read once, when a run begins, and nothing here logs. */
#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gatewave/base/text.h"

/* systemd opens what it hands over to nobody else, by means that the mode does not tell. */
static bool gw_hook_is_handed(const char *file)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");

    return folder && folder[0] == '/' && gw_text_starts(file, folder) && file[strlen(folder)] == '/';
}

static const char *gw_hook_wrong(int fd, const char *file)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return strerror(errno);
    if (!S_ISREG(st.st_mode))
        return "not a regular file";
    if (gw_hook_is_handed(file))
        return NULL;
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return "belongs to another user; it must be yours: chown it";
    return st.st_mode & (S_IRWXG | S_IRWXO) ? "others may read it; close it: chmod 600" : NULL;
}

/* Its first line, to a buffer that the caller wipes. NULL, or what is wrong. */
static const char *gw_hook_read(const char *file, char ret[GW_WEBHOOK_URL_MAX + 2])
{
    int fd = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    const char *wrong;
    ssize_t n = 0;

    if (fd < 0)
        return strerror(errno);
    wrong = gw_hook_wrong(fd, file);
    if (!wrong)
        n = read(fd, ret, GW_WEBHOOK_URL_MAX + 1);
    if (n < 0)
        wrong = strerror(errno);
    (void)close(fd);
    ret[n > 0 ? n : 0] = '\0';
    ret[strcspn(ret, "\r\n")] = '\0';
    return wrong;
}

enum gw_code gw_hook_find(const struct gw_notify_spec *spec, struct gw_hook *ret, struct gw_err *err)
{
    struct gw_hook hook = {.form = spec->form, .events = spec->events};
    char line[GW_WEBHOOK_URL_MAX + 2] = "";
    const char *word, *value, *wrong = NULL, *where = "";
    enum gw_code code = GW_OK;

    (void)gw_text_copy(hook.name, sizeof(hook.name), spec->name);
    switch (gw_webhook_find(spec->url.bytes, &word)) {
    case GW_WEBHOOK_FILE:
        where = word;
        wrong = gw_hook_read(word, line);
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
