/* See place.h. */
#include "place.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PATH_ROOM 4096

static const char *set_variable(const char *name)
{
    const char *value = getenv(name);

    return value == NULL || value[0] == '\0' ? NULL : value;
}

/* XDG variables count only with an absolute path. */
static const char *xdg(const char *name)
{
    const char *value = getenv(name);

    return value == NULL || value[0] != '/' ? NULL : value;
}

static bool joined(char to[PATH_ROOM], const char *folder, const char *below)
{
    int length = snprintf(to, PATH_ROOM, "%s%s", folder, below);

    return length >= 0 && length < PATH_ROOM;
}

/* The rules of src/config/paths.ts. The host checks that both found the same. */
static bool runtime_folder(char to[PATH_ROOM])
{
    struct stat found;
    const char *named = set_variable("HOLDFAST_RUNTIME_DIR");
    const char *state = set_variable("HOLDFAST_STATE_DIR");
    const char *home = set_variable("HOME");

    /* Node refuses it. */
    if ((named != NULL && named[0] != '/') || (state != NULL && state[0] != '/'))
        return false;
    if (named != NULL)
        return joined(to, named, "");
    if (state != NULL)
        return joined(to, state, "/run");
    named = xdg("XDG_RUNTIME_DIR");
    if (named != NULL && stat(named, &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == geteuid())
        return joined(to, named, "/holdfast");
    state = xdg("XDG_STATE_HOME");
    if (state != NULL)
        return joined(to, state, "/holdfast/run");
    return home != NULL && joined(to, home, "/.local/state/holdfast/run");
}

static bool is_own_socket(const struct stat *found)
{
    return S_ISSOCK(found->st_mode) && found->st_uid == geteuid();
}

/* Names exactly the socket of the host of the server that listens on server.sock. */
static int host_socket(int folder)
{
    struct stat found;
    char name[64];

    if (fstat(folder, &found) != 0 || found.st_uid != geteuid() ||
        fstatat(folder, "server.sock", &found, AT_SYMLINK_NOFOLLOW) != 0 || !is_own_socket(&found))
        return -1;
    snprintf(name, sizeof name, "commands-%lld%09ld.sock", (long long)found.st_mtim.tv_sec,
             found.st_mtim.tv_nsec);
    int file = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (file >= 0 && (fstat(file, &found) != 0 || !is_own_socket(&found))) {
        close(file);
        return -1;
    }
    return file;
}

static bool peer_is_own(int connection)
{
    struct ucred peer;
    socklen_t length = sizeof peer;

    return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == geteuid();
}

int host_connect(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char runtime[PATH_ROOM];
    int folder = runtime_folder(runtime) ? open(runtime, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    int file = folder < 0 ? -1 : host_socket(folder);
    int connection = file < 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (connection >= 0) {
        /* Through the descriptor: nothing can be put in the place of the file that was checked. */
        snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", file);
        /* A full queue of connections answers at once (EAGAIN). */
        if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0 ||
            !peer_is_own(connection)) {
            close(connection);
            connection = -1;
        }
    }
    if (file >= 0)
        close(file);
    if (folder >= 0)
        close(folder);
    return connection;
}
