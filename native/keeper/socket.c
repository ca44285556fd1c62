/*
 * See socket.h.
 *
 * The socket is bound relative to the attempt folder: sun_path holds 108 bytes and the path of a state
 * folder may be longer. It is made under a temporary name and renamed once the claim is ours, so a keeper
 * that loses the race for a claim never touches the winner's socket.
 */
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "attempt-folder.h"
#include "client.h"
#include "clock.h"
#include "commands.h"
#include "complain.h"
#include "failpoints.h"
#include "linux-members.h"
#include "numbers.h"
#include "records.h"
#include "status.h"

#define SOCKET_NAME "keeper.sock"
#define DRAIN_MS 1000
#define DEAF_MS 1000

static void name_temporary(char *to, size_t room)
{
    struct text t;

    text_start(&t, to, room);
    text_add(&t, SOCKET_NAME ".new-");
    text_add_number(&t, (uint64_t)getpid());
}

int socket_open(struct keeper *k)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct stat status;
    int error = failpoint_error("socket_bind");

    k->socket.listen_fd = -1;
    if (error != 0)
        return error;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno;
    name_temporary(address.sun_path, sizeof address.sun_path);
    unlinkat(k->folder.fd, address.sun_path, 0);
    /* umask 077 makes it 0600 */
    if (fchdir(k->folder.fd) != 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
        error = errno;
    else if (listen(fd, CLIENTS_MAX) != 0 || fstatat(k->folder.fd, address.sun_path, &status, AT_SYMLINK_NOFOLLOW) != 0)
        error = errno;
    else
        k->socket.inode = (uint64_t)status.st_ino;
    if (chdir("/") != 0 && error == 0)
        error = errno;
    if (error != 0) {
        unlinkat(k->folder.fd, address.sun_path, 0);
        close(fd);
        return error;
    }
    k->socket.listen_fd = fd;
    k->socket.last_heard_ms = clock_ms();
    return 0;
}

int socket_place(struct keeper *k)
{
    char temporary[64];

    name_temporary(temporary, sizeof temporary);
    return record_place_over(k->folder.fd, temporary, SOCKET_NAME);
}

static bool in_place(const struct keeper *k)
{
    struct stat status;

    return fstatat(k->folder.fd, SOCKET_NAME, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           (uint64_t)status.st_ino == k->socket.inode;
}

void socket_replace(struct keeper *k)
{
    struct socket before = k->socket;
    int error;

    if (before.listen_fd < 0)
        return;
    attempt_folder_reopen(&k->folder);
    if (in_place(k))
        return;
    error = socket_open(k);
    if (error == 0)
        error = socket_place(k);
    /* No client connected through it. */
    k->socket.last_heard_ms = before.last_heard_ms;
    if (error == 0) {
        close(before.listen_fd);
        return;
    }
    complain("cannot put the socket back", NULL, error);
    if (k->socket.listen_fd >= 0)
        socket_remove(k);
    k->socket.listen_fd = before.listen_fd;
    k->socket.inode = before.inode;
}

void socket_remove(struct keeper *k)
{
    char temporary[64];

    if (k->socket.listen_fd < 0)
        return;
    close(k->socket.listen_fd);
    k->socket.listen_fd = -1;
    name_temporary(temporary, sizeof temporary);
    unlinkat(k->folder.fd, temporary, 0);
    if (in_place(k))
        unlinkat(k->folder.fd, SOCKET_NAME, 0);
}

static void drop(struct keeper *k, size_t slot)
{
    k->socket.subscribers -= k->socket.clients[slot]->subscribed;
    client_free(k->socket.clients[slot]);
    k->socket.clients[slot] = NULL;
}

static void accept_one(struct keeper *k)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    size_t slot = 0;
    int fd = accept4(k->socket.listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0) {
        /* Else poll would report the same connection again at once, without end. */
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
            k->socket.deaf_until_ms = clock_ms() + DEAF_MS;
        return;
    }
    while (slot < CLIENTS_MAX && k->socket.clients[slot] != NULL)
        slot++;
    bool allowed = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
                   (peer.uid == geteuid() || peer.uid == 0);
    if (slot < CLIENTS_MAX && allowed)
        k->socket.clients[slot] = client_new(fd);
    if (slot == CLIENTS_MAX || k->socket.clients[slot] == NULL)
        close(fd);
}

size_t socket_poll_set(const struct keeper *k, struct pollfd *set)
{
    size_t count = 0;

    bool deaf = clock_ms() < k->socket.deaf_until_ms;

    set[count++] = (struct pollfd){ .fd = deaf ? -1 : k->socket.listen_fd, .events = POLLIN };
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        const struct client *c = k->socket.clients[i];
        if (c == NULL)
            continue;
        short wanted = (short)((c->closing ? 0 : POLLIN) | (c->unsent_length > 0 ? POLLOUT : 0));
        set[count++] = (struct pollfd){ .fd = c->fd, .events = wanted };
    }
    return count;
}

static void heard(struct client *c, char *line, void *context)
{
    command_do(context, c, line);
}

static short said(const struct pollfd *set, size_t count, int fd)
{
    for (size_t i = 0; i < count; i++)
        if (set[i].fd == fd)
            return set[i].revents;
    return 0;
}

void socket_serve(struct keeper *k, const struct pollfd *set, size_t count)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *c = k->socket.clients[i];
        if (c == NULL)
            continue;
        short events = said(set, count, c->fd);
        if ((events & POLLOUT) != 0 && c->unsent_length > 0)
            client_flush(c);
        if (!c->broken && !c->closing && (events & (POLLIN | POLLHUP | POLLERR)) != 0 && !client_read(c, heard, k))
            c->broken = true;
        bool done = c->closing && (c->unsent_length == 0 || (events & (POLLHUP | POLLERR)) != 0);
        if (c->broken || done)
            drop(k, i);
    }
    if (count > 0 && (set[0].revents & POLLIN) != 0)
        accept_one(k);
}

uint64_t socket_next_ms(const struct keeper *k)
{
    bool watched = k->stop.begun && k->phase < PHASE_RECORDING && k->socket.subscribers > 0;
    uint64_t next_ms = watched ? k->socket.next_survivors_ms : 0;

    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (k->socket.clients[i] != NULL && k->socket.clients[i]->broken)
            return 1;
    if (clock_ms() < k->socket.deaf_until_ms)
        next_ms = clock_earlier(next_ms, k->socket.deaf_until_ms);
    return next_ms;
}

void socket_drain(struct keeper *k)
{
    uint64_t until_ms = clock_ms() + DRAIN_MS;
    uint64_t now_ms;

    while ((now_ms = clock_ms()) < until_ms) {
        struct pollfd set[CLIENTS_MAX];
        nfds_t count = 0;
        for (size_t i = 0; i < CLIENTS_MAX; i++) {
            struct client *c = k->socket.clients[i];
            if (c != NULL && !c->broken && c->unsent_length > 0)
                set[count++] = (struct pollfd){ .fd = c->fd, .events = POLLOUT };
        }
        if (count == 0 || poll(set, count, (int)(until_ms - now_ms)) <= 0)
            break;
        for (size_t i = 0; i < CLIENTS_MAX; i++)
            if (k->socket.clients[i] != NULL && k->socket.clients[i]->unsent_length > 0)
                client_flush(k->socket.clients[i]);
    }
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (k->socket.clients[i] != NULL)
            drop(k, i);
}
