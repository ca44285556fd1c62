/*
 * See spawner.h.
 *
 * The spawner only reads, forks and reaps; keepers write their own answers. It does not exec them,
 * so all keepers share its pages. A keeper that is killed by a signal cannot answer: the spawner
 * says `died` in its place, so that a server never waits for an answer that cannot come.
 */
#include "spawner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answer.h"
#include "complain.h"
#include "failpoints.h"
#include "launch-message.h"
#include "numbers.h"
#include "start.h"

#define HEADER_MAX 32

struct spawned {
    pid_t pid;
    char attempt[UUID_ROOM];
};

struct spawner {
    int signal_fd;
    sigset_t mask_before;
    struct spawned *list;
    size_t count;
    size_t room;
};

static void remember(struct spawner *s, pid_t pid, const char *attempt)
{
    if (s->count == s->room) {
        size_t room = s->room == 0 ? 32 : s->room * 2;
        struct spawned *grown = realloc(s->list, room * sizeof *grown);
        if (grown == NULL)
            return;
        s->list = grown;
        s->room = room;
    }
    s->list[s->count].pid = pid;
    strcpy(s->list[s->count++].attempt, attempt);
}

static void reap(struct spawner *s)
{
    struct signalfd_siginfo info;
    int status;
    pid_t pid;

    while (read(s->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
        ;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < s->count; i++) {
            if (s->list[i].pid != pid)
                continue;
            if (WIFSIGNALED(status))
                answer_died(s->list[i].attempt, pid);
            s->list[i] = s->list[--s->count];
            break;
        }
    }
}

/* Reads exactly `length` bytes, reaping meanwhile. False at the end of the input or an error. */
static bool take(struct spawner *s, char *to, size_t length)
{
    while (length > 0) {
        struct pollfd set[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = s->signal_fd, .events = POLLIN } };
        if (poll(set, 2, -1) < 0)
            continue;
        if (set[1].revents != 0)
            reap(s);
        if (set[0].revents == 0)
            continue;
        ssize_t got = read(STDIN_FILENO, to, length);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return false;
        to += got;
        length -= (size_t)got;
    }
    return true;
}

enum header { HEADER_OK, HEADER_END, HEADER_LOST };

/* `launch BYTES\n`, byte by byte: what follows it belongs to the message. */
static enum header take_header(struct spawner *s, size_t *length)
{
    char header[HEADER_MAX];
    uint64_t number;
    size_t used = 0;

    do {
        if (used == sizeof header || !take(s, header + used, 1))
            return used == 0 ? HEADER_END : HEADER_LOST;
    } while (header[used++] != '\n');
    header[used - 1] = '\0';
    if (strncmp(header, "launch ", 7) != 0 || !number_parse(header + 7, SIZE_MAX, &number))
        return HEADER_LOST;
    *length = (size_t)number;
    return HEADER_OK;
}

static _Noreturn void become_keeper(struct spawner *s, struct launch_message *m)
{
    close(s->signal_fd);
    free(s->list);
    sigprocmask(SIG_SETMASK, &s->mask_before, NULL);
    exit(keeper_run(m));
}

static void launch(struct spawner *s, struct launch_message *m)
{
    const char *wrong_key;
    int error = launch_message_parse(m, &wrong_key);

    if (error != 0) {
        complain("launch message refused", wrong_key, error);
        answer_failed(m->attempt, "message", error);
        return;
    }
    error = failpoint_error("spawn");
    pid_t pid = error != 0 ? -1 : fork();
    if (pid == 0)
        become_keeper(s, m);
    if (pid < 0)
        answer_failed(m->attempt, "fork", error != 0 ? error : errno);
    else
        remember(s, pid, m->attempt);
}

static bool serve_one(struct spawner *s, int *status)
{
    struct launch_message m = { 0 };
    size_t length;

    switch (take_header(s, &length)) {
    case HEADER_END: *status = 0; return false;
    case HEADER_LOST: answer_failed(NULL, "message", EBADMSG); return false;
    case HEADER_OK: break;
    }
    if (length > LAUNCH_MESSAGE_MAX || !launch_message_room(&m, length)) {
        answer_failed(NULL, "message", length > LAUNCH_MESSAGE_MAX ? EMSGSIZE : ENOMEM);
        return false;
    }
    bool whole = take(s, m.bytes, length);
    if (whole)
        launch(s, &m);
    else
        answer_failed(NULL, "message", EBADMSG);
    launch_message_free(&m);
    return whole;
}

int spawner_run(void)
{
    struct spawner s = { 0 };
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigset_t children;
    int status = 1;

    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGHUP, &ignore, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, &s.mask_before);
    s.signal_fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s.signal_fd < 0) {
        complain("signalfd", NULL, errno);
        return 1;
    }
    while (serve_one(&s, &status))
        ;
    free(s.list);
    return status;
}
