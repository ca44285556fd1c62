/*
 * holdfast-client: what the launcher starts instead of Node. It gives a command to the server's host,
 * which runs it in a Node that is started already, and relays its output, input, signals and exit code.
 * Where there is no host, or the command is not for it, it becomes Node, before anything was done.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "go-on.h"
#include "place.h"
#include "relay.h"
#include "request.h"

#define USAGE                                                                                   \
    "usage: holdfast-client start CLONE [ARGUMENT...]    runs a command\n"                      \
    "       holdfast-client checked CLONE [ARGUMENT...]  the same; the build is known to be fresh\n" \
    "       holdfast-client submitter CLONE PID          the keeper's line, if the build is fresh\n" \
    "       holdfast-client help\n"

/* True with the exit code of a command that the host has run. */
static bool run_hosted(const struct build *build, char **args, int *exit_code)
{
    if (args[0] == NULL || !build_hosts(build, args[0]))
        return false;
    int connection = host_connect();
    if (connection < 0)
        return false;
    bool ran = request_send(connection, build->id, args) && host_is_ready(connection) &&
               relay(connection, exit_code);
    close(connection);
    return ran;
}

static int failure(const char *program)
{
    fprintf(stderr, "holdfast: %s cannot be started\n", program);
    return 126;
}

static int print_submitter(const char *root, char *pid)
{
    char path[4096];

    if (snprintf(path, sizeof path, "%s/build/keeper/holdfast-keeper", root) >= (int)sizeof path)
        return 126;
    execl(path, "holdfast-keeper", "submitter", pid, (char *)NULL);
    return failure(path);
}

/* As Node does: a closed descriptor of the three would become that of the next file or connection. */
static void open_standard(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) != fd)
            _exit(126);
}

int main(int argc, char **argv)
{
    struct build build;
    int exit_code;

    open_standard();
    if (argc < 3) {
        bool asked = argc == 2 && strcmp(argv[1], "help") == 0;
        fputs(USAGE, asked ? stdout : stderr);
        return asked ? 0 : 2;
    }
    const char *mode = argv[1], *root = argv[2];
    char **args = argv + 3;
    bool is_fresh = build_read(&build, root) && (strcmp(mode, "checked") == 0 || build_is_fresh(&build));
    if (strcmp(mode, "submitter") == 0)
        return is_fresh && argc == 4 ? print_submitter(root, args[0]) : 1;
    if (!is_fresh) {
        go_on_to_build(root, args);
        return failure("/bin/sh");
    }
    if (run_hosted(&build, args, &exit_code))
        return exit_code;
    go_on_to_node(root, args);
    return failure("Node");
}
