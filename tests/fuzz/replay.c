/*
 * Runs a target on the files of a corpus, or on one file, without libFuzzer: replay_TARGET FOLDER|FILE. One TAP line a
 * target, because a file that breaks a law ends the program; its name is the last that stderr has. An input may take a
 * second of CPU (four where a sanitizer is at work), and together they may not leave the memory that the fuzzer allows.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "fuzz.h"

#define INPUT_MAX ((size_t)1 << 20)

#ifdef __SANITIZE_ADDRESS__
#    define SECONDS_MAX 4
#else
#    define SECONDS_MAX 1
#endif

static double cpu_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A sanitizer maps its shadow as data; elsewhere 64 MiB are what all inputs together may ask for at once. */
static void limit_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
    const struct rlimit limit = {.rlim_cur = (rlim_t)64 << 20, .rlim_max = (rlim_t)64 << 20};

    GW_CHECK(setrlimit(RLIMIT_DATA, &limit) == 0);
#endif
}

/* In memory of exactly its size, so that a byte too many is seen. */
static void run_file(const char *path)
{
    FILE *file = fopen(path, "re");
    char *bytes = gw_mem_new(INPUT_MAX, 1);
    double begun_s;
    size_t len;

    (void)fprintf(stderr, "%s\n", path);
    GW_CHECK(file != NULL);
    len = fread(bytes, 1, INPUT_MAX, file);
    GW_CHECK(len < INPUT_MAX && !ferror(file));
    (void)fclose(file);
    bytes = gw_mem_resize(bytes, len ? len : 1, 1);
    begun_s = cpu_s();
    (void)LLVMFuzzerTestOneInput((const uint8_t *)bytes, len);
    GW_CHECK(cpu_s() - begun_s < SECONDS_MAX);
    free(bytes);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* All files of a folder, in the order of their names; returns how many. */
static int run_folder(const char *folder)
{
    struct dirent **entry;
    struct gw_buf path;
    int n = scandir(folder, &entry, is_input, by_name);

    GW_CHECK(n > 0);
    gw_buf_init(&path, 0);
    for (int i = 0; i < n; i++) {
        gw_buf_reset(&path);
        gw_buf_addf(&path, "%s/%s", folder, entry[i]->d_name);
        run_file(gw_buf_text(&path));
        free(entry[i]);
    }
    free(entry);
    gw_buf_release(&path);
    return n;
}

int main(int argc, char **argv)
{
    struct stat st;
    int n = 1;

    if (argc != 2 || stat(argv[1], &st) != 0) {
        (void)fprintf(stderr, "usage: %s FOLDER|FILE\n", argv[0]);
        return 2;
    }
    limit_memory();
    if (S_ISDIR(st.st_mode))
        n = run_folder(argv[1]);
    else
        run_file(argv[1]);
    (void)printf("1..1\nok 1 - %s: %d inputs in %.2f s\n", argv[1], n, cpu_s());
    return 0;
}
