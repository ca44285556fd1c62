/* See `child-work.h`. The child shares only the pipe and is killed when the keeper ends. */
#include "child-work.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "failpoints.h"

/* How long to wait for a killed child to end; after that it is left to the kernel. */
#define DYING_MS 100

static void work_and_leave(void (*work)(void *, void *), void *context, void *result, size_t room, int fd)
{
    const char *at = result;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    work(context, result);
    while (room > 0) {
        ssize_t put = write(fd, at, room);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            break;
        at += put;
        room -= (size_t)put;
    }
    failpoint("searched");
    _exit(0);
}

static bool read_all(int fd, char *to, size_t room, uint64_t until_ms)
{
    while (room > 0) {
        uint64_t now_ms = clock_ms();
        struct pollfd one = { .fd = fd, .events = POLLIN };
        if (now_ms >= until_ms || poll(&one, 1, (int)(until_ms - now_ms)) == 0)
            return false;
        ssize_t got = read(fd, to, room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        room -= (size_t)got;
    }
    return true;
}

/*
 * Killed also when it has written everything: a process of the same user may have stopped it. SIGCHLD is
 * blocked and goes to the signalfd, so sigtimedwait would not see it: sleep briefly instead.
 */
static void end(pid_t child)
{
    const struct timespec moment = { .tv_nsec = 100000 };
    siginfo_t info;

    kill(child, SIGKILL);
    for (uint64_t until_ms = clock_ms() + DYING_MS; clock_ms() < until_ms; nanosleep(&moment, NULL)) {
        info.si_pid = 0;
        if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | __WALL) != 0 || info.si_pid == child)
            return;
    }
}

bool child_work_run(void (*work)(void *context, void *result), void *context, void *result, size_t room,
               uint64_t timeout_ms)
{
    int pipe_fd[2];

    if (pipe2(pipe_fd, O_CLOEXEC) != 0)
        return false;
    pid_t child = fork();
    if (child == 0)
        work_and_leave(work, context, result, room, pipe_fd[1]);
    close(pipe_fd[1]);
    bool whole = child > 0 && read_all(pipe_fd[0], result, room, clock_ms() + timeout_ms);
    close(pipe_fd[0]);
    if (child > 0)
        end(child);
    return whole;
}
