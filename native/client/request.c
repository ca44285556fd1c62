/* See request.h. */
#include "request.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "frames.h"

/* The host takes no more. The kernel's own limit for arguments and environment is 6 MiB. */
#define REQUEST_MAX (8u * 1024 * 1024)
#define TIMEOUT_MS 1000
#define PROTOCOL "1"

extern char **environ;

/* Strings, each ended with NUL. The first pass only counts. */
struct strings {
    char *at;
    size_t length;
};

static void add(struct strings *strings, const char *text)
{
    size_t length = strlen(text) + 1;

    if (strings->at != NULL)
        memcpy(strings->at + strings->length, text, length);
    strings->length += length;
}

void terminal_size(char size[SIZE_ROOM])
{
    struct winsize window;

    size[0] = '\0';
    if ((isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0) ||
        (isatty(STDERR_FILENO) && ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0))
        snprintf(size, SIZE_ROOM, "%u %u", window.ws_col, window.ws_row);
}

/* A pid, a path or a mount means something only in its own namespaces. */
static void add_namespace(struct strings *strings, const char *path)
{
    char inode[64];
    ssize_t length = readlink(path, inode, sizeof inode - 1);

    inode[length < 0 ? 0 : length] = '\0';
    add(strings, inode);
}

static void add_all(struct strings *strings, const char *build_id, const char *folder, char **args)
{
    char terminals[] = "000", size[SIZE_ROOM], count[16];
    int args_count = 0;

    for (int fd = 0; fd < 3; fd++)
        terminals[fd] = isatty(fd) ? '1' : '0';
    terminal_size(size);
    while (args[args_count] != NULL)
        args_count++;
    snprintf(count, sizeof count, "%d", args_count);
    add(strings, PROTOCOL);
    add(strings, build_id);
    add_namespace(strings, "/proc/self/ns/pid");
    add_namespace(strings, "/proc/self/ns/mnt");
    add_namespace(strings, "/proc/self/ns/user");
    add(strings, terminals);
    add(strings, size);
    add(strings, folder);
    add(strings, count);
    for (char **arg = args; *arg != NULL; arg++)
        add(strings, *arg);
    for (char **variable = environ; *variable != NULL; variable++)
        add(strings, *variable);
}

bool request_send(int connection, const char *build_id, char **args)
{
    struct strings counted = { NULL, 0 };
    char folder[PATH_MAX];

    if (getcwd(folder, sizeof folder) == NULL || folder[0] != '/')
        return false;
    add_all(&counted, build_id, folder, args);
    if (counted.length > REQUEST_MAX)
        return false;
    struct strings strings = { malloc(counted.length), 0 };
    if (strings.at == NULL)
        return false;
    add_all(&strings, build_id, folder, args);
    /* The terminal may have changed its size between the two. */
    bool sent = strings.length == counted.length &&
                frame_send(connection, 'R', strings.at, strings.length, TIMEOUT_MS);
    free(strings.at);
    return sent;
}
