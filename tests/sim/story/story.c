/*
 * story [--write] FILE...: plays stories (story.h), each a test case, and compares what is seen with what the file says;
 * where the two differ, the lines are shown as diff shows them. --write puts what is seen into the file instead: to be
 * read by a person, line by line, before it is taken for the truth.
 */
#include "story/story.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "disk/disk.h"

#define ALARM_S   60 /* for one story */
#define LINES_MAX 4000
#define CONTEXT   3 /* lines around what differs */

/* ---- files ---- */

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    struct gw_buf text;
    char block[4096], *copy;
    size_t n;

    if (!file)
        return NULL;
    gw_buf_init(&text, 0);
    while ((n = fread(block, 1, sizeof(block), file)) > 0)
        (void)gw_buf_add(&text, block, n);
    (void)fclose(file);
    copy = gw_mem_dup(gw_buf_text(&text));
    gw_buf_release(&text);
    return copy;
}

static bool write_file(const char *path, const char *head, size_t head_len, const char *text)
{
    FILE *file = fopen(path, "w");
    bool well = file && fwrite(head, 1, head_len, file) == head_len && fputs(text, file) >= 0;

    return file && fclose(file) == 0 && well;
}

/* The folder is the play's own: all that is in it goes. */
static void empty_folder(void)
{
    DIR *folder = opendir(".");
    struct dirent *entry;

    while (folder && (entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlink(entry->d_name);
    if (folder)
        (void)closedir(folder);
}

static bool write_papers(const struct sim_story *story)
{
    bool well = write_file("gatewave.yaml", "", 0, "database: fleet.db\n");

    for (uint32_t i = 0; i < story->n_files && well; i++)
        well = write_file(story->file[i].name, story->file[i].text, strlen(story->file[i].text), "\n");
    return well;
}

/* ---- what differs ---- */

struct lines {
    const char *at[LINES_MAX + 1]; /* where each begins, and where the last one ends */
    size_t n;
};

static void cut(const char *text, struct lines *ret)
{
    ret->n = 0;
    ret->at[0] = text;
    while (*text && ret->n < LINES_MAX) {
        const char *end = strchr(text, '\n');

        text = end ? end + 1 : text + strlen(text);
        ret->at[++ret->n] = text;
    }
}

static bool same(const struct lines *a, size_t i, const struct lines *b, size_t j)
{
    size_t len = (size_t)(a->at[i + 1] - a->at[i]);

    return len == (size_t)(b->at[j + 1] - b->at[j]) && memcmp(a->at[i], b->at[j], len) == 0;
}

/* A line of what is shown: of both, or of one of them. */
struct step {
    char mark; /* ' ', '-' or '+' */
    const char *line;
};

/* The shortest way from a to b that keeps as many lines as can be kept; returns its length. */
static size_t find_way(const struct lines *a, const struct lines *b, struct step *ret)
{
    size_t width = b->n + 1, i = 0, j = 0, n = 0;
    uint32_t *common = gw_mem_new((a->n + 1) * width, sizeof(*common));

    for (size_t y = a->n; y-- > 0;)
        for (size_t x = b->n; x-- > 0;) {
            uint32_t down = common[(y + 1) * width + x], right = common[y * width + x + 1];

            common[y * width + x] = same(a, y, b, x) ? common[(y + 1) * width + x + 1] + 1
                                    : down > right   ? down
                                                     : right;
        }
    while (i < a->n || j < b->n)
        if (i < a->n && j < b->n && same(a, i, b, j)) {
            ret[n++] = (struct step){' ', a->at[i++]};
            j++;
        } else if (i < a->n && (j == b->n || common[(i + 1) * width + j] >= common[i * width + j + 1])) {
            ret[n++] = (struct step){'-', a->at[i++]};
        } else {
            ret[n++] = (struct step){'+', b->at[j++]};
        }
    free(common);
    return n;
}

static bool is_near_a_change(const struct step *step, size_t n, size_t i)
{
    size_t from = i > CONTEXT ? i - CONTEXT : 0;

    for (size_t at = from; at < n && at <= i + CONTEXT; at++)
        if (step[at].mark != ' ')
            return true;
    return false;
}

static void show_difference(const struct lines *a, const struct lines *b)
{
    struct step *step = gw_mem_new(a->n + b->n, sizeof(*step));
    size_t n = find_way(a, b, step);
    bool shown = true;

    for (size_t i = 0; i < n; i++) {
        bool near = is_near_a_change(step, n, i);

        if (near)
            (void)printf("%c %.*s\n", step[i].mark, (int)strcspn(step[i].line, "\n"), step[i].line);
        else if (shown)
            (void)printf("...\n");
        shown = near;
    }
    free(step);
}

/* ---- playing ---- */

static bool compare(const char *expected, const char *seen)
{
    static struct lines a, b;

    if (strcmp(expected, seen) == 0)
        return true;
    cut(expected, &a);
    cut(seen, &b);
    show_difference(&a, &b);
    return false;
}

static bool play(const char *path, const char *folder, bool write)
{
    static struct sim_story story;
    char *text = read_file(path);
    const char *wrong = text ? sim_story_read(&story, text) : "it cannot be read";
    struct gw_buf seen;
    bool well = false;

    (void)alarm(ALARM_S);
    gw_buf_init(&seen, 0);
    if (wrong) {
        (void)printf("%s: %s\n", path, wrong);
    } else if (!write_papers(&story)) {
        perror(folder);
    } else {
        well = sim_story_play(&story, folder, &seen);
        if (write)
            well = write_file(path, text, story.head, gw_buf_text(&seen)) && well;
        else
            well = compare(story.seen, gw_buf_text(&seen)) && well;
    }
    gw_buf_release(&seen);
    if (text)
        sim_story_release(&story);
    free(text);
    empty_folder();
    return well;
}

/* Words of the machine that a story must not depend on. */
static void set_environment(void)
{
    GW_CHECK(setenv("TZ", "UTC", 1) == 0 && setenv("HOME", "/nowhere", 1) == 0);
    (void)unsetenv("XDG_CONFIG_HOME");
}

static char *make_folder(char path[64])
{
    (void)snprintf(path, 64, "%s/gatewave-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    return mkdtemp(path);
}

int main(int argc, char **argv)
{
    bool write = argc > 1 && strcmp(argv[1], "--write") == 0, well = true;
    int first = write ? 2 : 1;
    char folder[64];

    if (first == argc) {
        (void)fprintf(stderr, "usage: story [--write] FILE...\n");
        return 2;
    }
    set_environment();
    for (int i = first; i < argc; i++)
        argv[i] = realpath(argv[i], NULL);
    if (!make_folder(folder) || chdir(folder) != 0) {
        perror(folder);
        return 2;
    }
    sim_disk_install();
    for (int i = first; i < argc; i++) {
        bool as_told = argv[i] && play(argv[i], folder, write);
        const char *name = argv[i] ? strrchr(argv[i], '/') + 1 : "a file that is not there";

        (void)printf("%s %d %s\n", as_told ? "ok" : "not ok", i - first + 1, name);
        well = well && as_told;
        free(argv[i]);
    }
    (void)rmdir(folder);
    return well ? 0 : 1;
}
