/*
 * See linux-signal.h.
 *
 * Without pidfds (before Linux 5.3) only the keeper's own children are signalled: when they end, their
 * children become the keeper's, so KILL still reaches every process, generation by generation.
 */
#include "linux-signal.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "linux-cgroup.h"
#include "linux-process.h"
#include "member-list.h"

/*
 * The pidfd is open, so it always means the same process. The process is ours if it has the same start,
 * and its parent is the keeper or a member that is not younger (a recycled parent would be), or it is in
 * our group, or adopted.
 */
static bool still_ours(struct keeper *k, struct member *member, int pidfd)
{
    struct process_stat stat;

    if (!process_stat_read(member->id.pid, &stat) || stat.start != member->id.start)
        return false;
    if (!process_is_over(&stat))
        member->alive = stat.at;
    /* An adopted process stays adopted under any parent; the inode distinguishes starts in the same tick. */
    if (member->adopted) {
        uint64_t inode = pidfd_inode(pidfd);
        return member->id.inode == 0 || inode == 0 || inode == member->id.inode;
    }
    if (stat.parent == k->self.pid)
        return true;
    struct member *parent = member->descendant ? members_find(&k->members, stat.parent) : NULL;
    if (parent != NULL && parent->descendant && parent->id.start <= stat.start)
        return true;
    return cgroup_holds(&k->cgroup, member->id.pid);
}

int member_signal(struct keeper *k, struct member *member, int signal_number)
{
    int error;

    if (member->parent == k->self.pid) {
        /* Only we can reap it and we have not: the pid is still its own. */
        error = kill(member->id.pid, signal_number) == 0 ? 0 : errno;
    } else {
        int pidfd = pidfd_open_process(member->id.pid);
        if (pidfd < 0)
            return errno;
        error = still_ours(k, member, pidfd) ? pidfd_signal(pidfd, signal_number) : ESRCH;
        close(pidfd);
    }
    if (error != ESRCH)
        member->denied = error == EPERM;
    return error;
}

void members_signal(struct keeper *k, int first, int second, pid_t but)
{
    int failed = 0;

    for (size_t i = 0; i < k->members.count; i++) {
        struct member *member = &k->members.list[i];
        if (member->over || member->id.pid == but)
            continue;
        int error = member_signal(k, member, first);
        if (error == 0 && second != 0)
            error = member_signal(k, member, second);
        member->asked = member->asked || error == 0;
        if (error == ENOSYS)
            failed = error;
    }
    if (failed != 0)
        unapplied_add(&k->unapplied, "signal to grandchildren", failed);
}
