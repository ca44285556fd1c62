/*
 * See sweep.h.
 *
 * Why a signal never reaches another process:
 * - An own child: only its parent, this single-threaded process, can reap it, and it does not do so
 *   between reading its pid and the kill. An unreaped pid is not given to another process.
 * - A group member: its pidfd is opened, then the group is read again. A pid that is listed after the
 *   pidfd was opened is either that process or, if it ended in between, a later one. Then the pidfd's
 *   process is gone, and the signal reaches none.
 * - Any other descendant: member_signal, which compares after opening the pidfd.
 */
#include "sweep.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "descendants.h"
#include "linux-cgroup.h"
#include "linux-children.h"
#include "linux-members.h"
#include "linux-process.h"
#include "linux-signal.h"
#include "pause.h"

/* Pidfds per read of cgroup.procs: far below the default limit of 1,024 descriptors. */
#define BATCH 128

/*
 * The list of a tree that forks while we read it keeps growing, but more slowly than we read. This bound,
 * in processor time, is for a kernel where it does not. Living processes are at the end of the list: a
 * sweep that gives up early never reaches them.
 */
#define READ_MAX_US 500000
#define CLOCK_EVERY 1024
/* A process needs processor time to handle STOP before it stands still. */
#define PASS_EVERY_US 5000
/* After this a process that still runs waits for a disk, or another process continues it. */
#define PASSES_MAX 100
#define LATE_ROUND 8
#define LATE_PASSES_MAX 3

struct pids {
    pid_t *list;
    size_t count;
    size_t room;
    uint64_t until_us;
};

static bool pids_add(pid_t pid, void *context)
{
    struct pids *pids = context;

    if (pids->count == pids->room) {
        size_t room = pids->room == 0 ? 64 : pids->room * 2;
        pid_t *grown = realloc(pids->list, room * sizeof *grown);
        if (grown == NULL)
            return false;
        pids->list = grown;
        pids->room = room;
    }
    pids->list[pids->count++] = pid;
    return pids->count % CLOCK_EVERY != 0 || clock_used_us() < pids->until_us;
}

static int ascending(const void *left, const void *right)
{
    pid_t a = *(const pid_t *)left, b = *(const pid_t *)right;

    return a < b ? -1 : a > b;
}

static bool holds(const struct pids *pids, pid_t pid)
{
    return pids->count > 0 && bsearch(&pid, pids->list, pids->count, sizeof pid, ascending) != NULL;
}

struct children_sweep {
    bool again;
    size_t fresh;
    struct pids before;
    struct pids now;
};

static bool kill_child(pid_t pid, void *context)
{
    struct children_sweep *sweep = context;
    bool known = holds(&sweep->before, pid);

    if (!known || sweep->again)
        kill(pid, SIGKILL);
    sweep->fresh += !known;
    return pids_add(pid, &sweep->now);
}

size_t sweep_children(struct keeper *k, bool again)
{
    struct children_sweep sweep = {
        .again = again,
        .before = { .list = k->rounds.killed, .count = k->rounds.killed_count },
        .now = { .until_us = clock_used_us() + READ_MAX_US },
    };

    children_each(k, kill_child, &sweep);
    if (sweep.now.count > 0)
        qsort(sweep.now.list, sweep.now.count, sizeof sweep.now.list[0], ascending);
    free(sweep.before.list);
    k->rounds.killed = sweep.now.list;
    k->rounds.killed_count = sweep.now.count;
    k->rounds.left = sweep.now.count;
    return sweep.fresh;
}

static void kill_batch(struct keeper *k, const pid_t *pids, size_t count)
{
    int pidfds[BATCH];
    struct pids confirmed = { .until_us = clock_used_us() + READ_MAX_US };

    for (size_t i = 0; i < count; i++)
        pidfds[i] = pidfd_open_process(pids[i]);
    cgroup_each_pid(&k->cgroup, pids_add, &confirmed);
    if (confirmed.count > 0)
        qsort(confirmed.list, confirmed.count, sizeof confirmed.list[0], ascending);
    for (size_t i = 0; i < count; i++) {
        if (pidfds[i] < 0)
            continue;
        if (holds(&confirmed, pids[i]))
            (void)pidfd_signal(pidfds[i], SIGKILL);
        close(pidfds[i]);
    }
    free(confirmed.list);
}

void sweep_group(struct keeper *k)
{
    struct pids pids = { .until_us = clock_used_us() + READ_MAX_US };

    cgroup_each_pid(&k->cgroup, pids_add, &pids);
    for (size_t done = 0; done < pids.count; done += BATCH)
        kill_batch(k, pids.list + done, pids.count - done < BATCH ? pids.count - done : BATCH);
    if (pids.count > 0)
        qsort(pids.list, pids.count, sizeof pids.list[0], ascending);
    /* A process of the last sample that is not in the group now had ended before the KILL. */
    for (size_t i = 0; i < k->members.count; i++)
        if (holds(&pids, k->members.list[i].id.pid))
            k->members.list[i].killed = true;
    k->rounds.left = pids.count;
    free(pids.list);
}

size_t sweep_all(struct keeper *k)
{
    size_t fresh = 0;

    members_sample(k);
    for (size_t i = 0; i < k->members.count; i++) {
        struct member *member = &k->members.list[i];
        if (member->over)
            continue;
        fresh += !member->killed;
        (void)member_signal(k, member, SIGKILL);
        member->killed = true;
    }
    return fresh;
}

bool sweep_stops(struct keeper *k)
{
    if (k->cgroup.folder_fd >= 0)
        return true;
    /* A pass reads zombies too. While it reads more of them than are reaped in between, the tree that forks
     * never stands still, and its zombies use up the pids of the machine. */
    children_reap_flood(k);
    bool still = descendants_signal(NULL, SIGSTOP).moving == 0;
    if (k->adopted.wanted)
        still = pause_round(k) && still;
    unsigned max = k->rounds.count < LATE_ROUND ? PASSES_MAX : LATE_PASSES_MAX;
    k->rounds.passes = still || k->rounds.passes + 1 >= max ? 0 : k->rounds.passes + 1;
    k->rounds.next_us = clock_us() + PASS_EVERY_US;
    return k->rounds.passes == 0;
}
