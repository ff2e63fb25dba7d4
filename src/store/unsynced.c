/*
 * The note is at the beginning of FILE.lock, where no rollout has its mark: their numbers start at 1. One that outlives
 * the machine's next start costs a needless writing.
 */
#include "unsynced.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/buf.h"

static const char noted[] = "a sync failed";

static int open_note(const char *file, int flags)
{
    struct gw_buf path;
    int fd;

    gw_buf_init(&path, 0);
    gw_buf_addf(&path, "%s.lock", file);
    fd = open(gw_buf_text(&path), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    gw_buf_release(&path);
    return fd;
}

static void write_note(const char *file, int flags, const char text[sizeof(noted)])
{
    int fd = open_note(file, flags);
    ssize_t n;

    if (fd < 0)
        return;
    n = pwrite(fd, text, sizeof(noted), 0);
    (void)n;
    (void)close(fd);
}

void gw_unsynced_note(const char *file)
{
    write_note(file, O_WRONLY | O_CREAT, noted);
}

bool gw_unsynced_is_noted(const char *file)
{
    char note[sizeof(noted)] = "";
    int fd = open_note(file, O_RDWR);
    ssize_t n;

    if (fd < 0)
        return false;
    n = pread(fd, note, sizeof(note), 0);
    (void)close(fd);
    return n == (ssize_t)sizeof(note) && memcmp(note, noted, sizeof(noted)) == 0;
}

void gw_unsynced_forget(const char *file)
{
    static const char none[sizeof(noted)];

    write_note(file, O_WRONLY, none);
}
