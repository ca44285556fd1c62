/*
 * See linux-children.h.
 *
 * Reads /proc/PID/task/TID/children where the kernel has it (CONFIG_PROC_CHILDREN), else /proc, the newest
 * pids first. Neither is a snapshot: a process that is missed is found the next time.
 */
#include "linux-children.h"

#include <dirent.h>

#include "ended.h"
#include "numbers.h"
#include "pid-order.h"
#include "thread-children.h"

#define REAPING_TURNS 20
#define NEWEST_PIDS 256

void children_reap_flood(struct keeper *k)
{
    for (int turn = 0; turn == 0 || (k->reaping.again && turn < REAPING_TURNS); turn++)
        ended_reap(k);
}

/* A living child of the keeper under this pid; on the way zombies are reaped. */
static bool is_living_child(struct keeper *k, pid_t pid)
{
    struct process_stat stat;

    if (!process_stat_read(pid, &stat) || stat.parent != k->self.pid)
        return false;
    if (!process_is_over(&stat))
        return true;
    children_reap_flood(k);
    return false;
}

/*
 * Pids are assigned in order, so a tree that keeps forking has the newest: this takes a few hundred
 * reads where a pass over all of /proc would come too late. Returns how many were found.
 */
static size_t children_among_newest(struct keeper *k, bool (*found)(pid_t pid, void *context), void *context)
{
    size_t count = 0;
    pid_t newest = newest_pid();
    pid_t oldest = newest > NEWEST_PIDS ? newest - NEWEST_PIDS : 1;

    for (pid_t pid = newest; pid >= oldest; pid--) {
        if (!is_living_child(k, pid))
            continue;
        count++;
        if (!found(pid, context))
            break;
    }
    return count;
}

static void children_by_scan(struct keeper *k, bool (*found)(pid_t pid, void *context), void *context)
{
    struct dirent *entry;
    bool go_on = true;

    children_reap_flood(k);
    if (children_among_newest(k, found, context) > 0)
        return;
    DIR *proc = opendir("/proc");
    while (go_on && proc != NULL && (entry = readdir(proc)) != NULL) {
        uint64_t pid;
        if (number_parse(entry->d_name, INT32_MAX, &pid) && is_living_child(k, (pid_t)pid))
            go_on = found((pid_t)pid, context);
    }
    if (proc != NULL)
        closedir(proc);
}

void children_each(struct keeper *k, bool (*found)(pid_t pid, void *context), void *context)
{
    if (!children_of_thread(k->self.pid, k->self.pid, found, context))
        children_by_scan(k, found, context);
}

bool children_own_zombie(const struct keeper *k, const struct process_stat *stat)
{
    return stat->parent == k->self.pid && process_is_over(stat);
}
