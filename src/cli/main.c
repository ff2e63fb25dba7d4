/* The process around the program: what must hold before the first line of it runs. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gatewave/app/exit.h"

#include "cli.h"

/* A write to a closed pipe or past a quota is an error to report, not a death in the middle of a record. */
static void gw_main_ignore(int number)
{
    struct sigaction action = {.sa_handler = SIG_IGN};

    (void)sigaction(number, &action, NULL);
}

/*
 * Started with a standard stream closed, the next file opened would take its place: the database as standard error. Where
 * none is closed nothing is opened, and a machine without a descriptor to spare is told of later, in words.
 */
static void gw_main_fill_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        bool closed = fcntl(fd, F_GETFD) < 0 && errno == EBADF;
        int taken = closed ? open("/dev/null", O_RDWR) : fd;

        if (taken != fd)
            exit(GW_EXIT_BROKEN);
    }
}

/* The memory of a run holds keys: no crash may put it on a disk, no other process of the user look into it. */
static void gw_main_hide_memory(void)
{
    struct rlimit none = {0};

    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0);
}

int main(int argc, char **argv)
{
    gw_main_hide_memory();
    gw_main_fill_streams();
    gw_main_ignore(SIGPIPE);
    gw_main_ignore(SIGXFSZ);
    (void)umask(077);
    return gw_cli_run(argc, argv);
}
