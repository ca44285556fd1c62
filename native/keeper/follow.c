/* See follow.h. */
#include "follow.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "complain.h"
#include "keeper.h"
#include "linux-process.h"
#include "linux-self.h"
#include "numbers.h"

/* How long to wait for the parent to reap it: only then does the kernel report how it ended. */
#define REAPED_WITHIN_MS 1000

/* linux/pidfd.h of 6.15, first version; older headers do not have it. */
struct info {
    uint64_t mask;
    uint64_t cgroup_id;
    uint32_t ids[11];
    int32_t exit_code;
};
#define INFO_EXIT (1u << 3)
#define GET_INFO _IOWR(0xFF, 11, struct info)

static _Noreturn void end_as(int status)
{
    if (WIFSIGNALED(status)) {
        int number = WTERMSIG(status);
        /* This process must not dump core when it repeats the signal. */
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        linux_signals_to_default(0);
        kill(getpid(), number);
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : FOLLOW_UNKNOWN);
}

static bool read_identity(int argc, char **argv, struct identity *id)
{
    uint64_t pid;

    if (argc != 3 || !number_parse(argv[0], INT32_MAX, &pid) || pid == 0 ||
        !number_parse(argv[1], UINT64_MAX, &id->start) || !number_parse(argv[2], UINT64_MAX, &id->inode))
        return false;
    id->pid = (pid_t)pid;
    return true;
}

static bool is_same(int pidfd, const struct identity *id)
{
    struct process_stat stat;
    uint64_t inode = pidfd_inode(pidfd);

    return process_stat_read(id->pid, &stat) && stat.start == id->start &&
           (id->inode == 0 || inode == 0 || inode == id->inode);
}

int follow_command(int argc, char **argv)
{
    struct identity id;
    struct info info = { .mask = INFO_EXIT };
    sigset_t none;

    if (!read_identity(argc, argv, &id)) {
        complain("follow PID START INODE", NULL, 0);
        return FOLLOW_UNKNOWN;
    }
    /* A stop is meant for the adopted process; this one ends after it. */
    sigemptyset(&none);
    linux_signals_ignore(&none);
    int pidfd = pidfd_open_process(id.pid);
    if (pidfd < 0 || !is_same(pidfd, &id))
        return FOLLOW_UNKNOWN;
    struct pollfd ended = { .fd = pidfd, .events = POLLIN };
    while (poll(&ended, 1, -1) < 0)
        ;
    /* POLLHUP: it was reaped. */
    struct pollfd reaped = { .fd = pidfd };
    (void)poll(&reaped, 1, REAPED_WITHIN_MS);
    if (ioctl(pidfd, GET_INFO, &info) == 0 && (info.mask & INFO_EXIT) != 0)
        end_as(info.exit_code);
    return FOLLOW_UNKNOWN;
}
