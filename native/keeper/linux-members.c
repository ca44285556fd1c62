/*
 * See linux-members.h.
 *
 * Descendants come from /proc/PID/task/TID/children, level by level; a kernel without
 * CONFIG_PROC_CHILDREN gets one pass over all of /proc and the parents found there.
 * Out of memory: the list is shorter than the truth, and the next look tries again.
 */
#include "linux-members.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "ended.h"
#include "failpoints.h"
#include "linux-cgroup.h"
#include "linux-process.h"
#include "numbers.h"

/* A tree that forks faster than it can be read would keep us looking for ever. */
#define LOOK_MAX_US 50000
#define REAPING_TURNS 20
#define NEWEST_PIDS 256

static struct member *add(struct members *m, const struct process_stat *stat, bool descendant)
{
    if (m->count == m->room) {
        size_t room = m->room == 0 ? 16 : m->room * 2;
        struct member *grown = realloc(m->list, room * sizeof *grown);
        if (grown == NULL)
            return NULL;
        m->list = grown;
        m->room = room;
    }
    struct member *member = &m->list[m->count++];
    *member = (struct member){
        .id = { .pid = stat->pid, .start = stat->start },
        .parent = stat->parent,
        .state = stat->state,
        .over = process_is_over(stat),
        .descendant = descendant,
    };
    memcpy(member->comm, stat->comm, COMM_ROOM);
    return member;
}

static bool each_number(int fd, bool (*found)(pid_t pid, void *context), void *context)
{
    char buffer[4096];
    pid_t pid = 0;
    ssize_t got;

    while ((got = read(fd, buffer, sizeof buffer)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            if (buffer[i] >= '0' && buffer[i] <= '9') {
                pid = (pid_t)(pid * 10 + (buffer[i] - '0'));
            } else if (pid > 0) {
                if (!found(pid, context))
                    return true;
                pid = 0;
            }
        }
    }
    return got == 0;
}

/* The children of one thread; any thread of a process may have forked. */
static bool children_of_thread(pid_t pid, pid_t thread, bool (*found)(pid_t pid, void *context), void *context)
{
    char path[PROC_PATH_ROOM];
    struct text t;

    if (failpoint_error("children_file") != 0)
        return false;
    proc_path(path, pid, "task/");
    text_start(&t, path + strlen(path), sizeof path - strlen(path));
    text_add_number(&t, (uint64_t)thread);
    text_add(&t, "/children");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool whole = each_number(fd, found, context);
    close(fd);
    return whole;
}

/* Reaping costs a tenth of a look at a zombie in /proc, and each one reaped is one less to meet. */
static void reap_flood(struct keeper *k)
{
    for (int turn = 0; turn == 0 || (k->reap_again && turn < REAPING_TURNS); turn++)
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
    reap_flood(k);
    return false;
}

/* The pid that was given away last: the fifth word of /proc/loadavg. 0 if unknown. */
static pid_t newest_pid(void)
{
    char text[128];
    const char *word = NULL;

    if (file_read_small(AT_FDCWD, "/proc/loadavg", text, sizeof text) > 0)
        word = strrchr(text, ' ');
    return word == NULL ? 0 : (pid_t)strtol(word, NULL, 10);
}

/*
 * Pids are given away in order, so a tree that forks to stay ahead of us lives among the newest: a
 * few hundred reads where a pass over all of /proc would come too late. Returns how many were found.
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

    reap_flood(k);
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

struct gathering {
    const struct keeper *keeper;
    struct members *fresh;
    uint64_t until_us;
};

/* Recorded when it is reaped, which is soon; a flood of them is not to fill the list. */
static bool is_own_zombie(const struct keeper *k, const struct process_stat *stat)
{
    return stat->parent == k->self.pid && process_is_over(stat);
}

static bool gather_child(pid_t pid, void *context)
{
    struct gathering *gathering = context;
    struct process_stat stat;

    if (process_stat_read(pid, &stat) && !is_own_zombie(gathering->keeper, &stat))
        add(gathering->fresh, &stat, true);
    return clock_used_us() < gathering->until_us;
}

static void gather_below(struct gathering *gathering, const struct process_stat *parent)
{
    char path[PROC_PATH_ROOM];
    struct dirent *entry;

    if (parent->threads <= 1) {
        children_of_thread(parent->pid, parent->pid, gather_child, gathering);
        return;
    }
    proc_path(path, parent->pid, "task");
    DIR *threads = opendir(path);
    while (threads != NULL && (entry = readdir(threads)) != NULL) {
        uint64_t thread;
        if (number_parse(entry->d_name, INT32_MAX, &thread))
            children_of_thread(parent->pid, (pid_t)thread, gather_child, gathering);
    }
    if (threads != NULL)
        closedir(threads);
}

static bool gather_by_children(struct gathering *gathering)
{
    struct members *fresh = gathering->fresh;
    pid_t self = gathering->keeper->self.pid;

    if (!children_of_thread(self, self, gather_child, gathering))
        return false;
    /* The list grows while we walk it: first the children, then theirs. */
    for (size_t i = 0; i < fresh->count && clock_used_us() < gathering->until_us; i++) {
        struct process_stat stat;
        if (!fresh->list[i].over && process_stat_read(fresh->list[i].id.pid, &stat))
            gather_below(gathering, &stat);
    }
    return true;
}

static int by_pid(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;

    if (a->id.pid != b->id.pid)
        return a->id.pid < b->id.pid ? -1 : 1;
    return (int)b->descendant - (int)a->descendant;
}

static void sort_once(struct members *m)
{
    size_t kept = 0;

    if (m->count == 0)
        return;
    qsort(m->list, m->count, sizeof m->list[0], by_pid);
    for (size_t i = 1; i < m->count; i++)
        if (m->list[i].id.pid != m->list[kept].id.pid)
            m->list[++kept] = m->list[i];
    m->count = kept + 1;
}

static struct member *find(const struct members *m, pid_t pid)
{
    struct member wanted = { .id = { .pid = pid } };
    size_t low = 0, high = m->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->list[middle].id.pid < wanted.id.pid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->count && m->list[low].id.pid == pid ? &m->list[low] : NULL;
}

/* One pass over /proc, then as many over the result as the tree is deep. */
static void gather_by_parents(struct keeper *k, struct members *fresh)
{
    struct members all = { 0 };
    struct dirent *entry;
    DIR *proc = opendir("/proc");

    while (proc != NULL && (entry = readdir(proc)) != NULL) {
        struct process_stat stat;
        uint64_t pid;
        if (number_parse(entry->d_name, INT32_MAX, &pid) && process_stat_read((pid_t)pid, &stat) &&
            !is_own_zombie(k, &stat))
            add(&all, &stat, stat.parent == k->self.pid);
    }
    if (proc != NULL)
        closedir(proc);
    sort_once(&all);
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < all.count; i++) {
            const struct member *parent = all.list[i].descendant ? NULL : find(&all, all.list[i].parent);
            if (parent != NULL && parent->descendant)
                changed = all.list[i].descendant = true;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < all.count; i++)
        if (all.list[i].descendant)
            all.list[kept++] = all.list[i];
    all.count = kept;
    *fresh = all;
}

static bool gather_group_pid(pid_t pid, void *context)
{
    struct gathering *gathering = context;
    struct process_stat stat;

    /* Sorting drops those that are there already as descendants. */
    if (process_stat_read(pid, &stat))
        add(gathering->fresh, &stat, false);
    return clock_used_us() < gathering->until_us;
}

/* A member of the last look that this one did not meet. */
static void follow_up(struct keeper *k, struct members *fresh, const struct member *missed)
{
    struct process_stat stat;
    bool there = process_stat_read(missed->id.pid, &stat) && stat.start == missed->id.start;

    if (!there) {
        ended_unseen(k, missed);
        return;
    }
    /* Its parent ended while we looked: once below the keeper is always below the keeper. */
    if (!missed->descendant && !cgroup_holds(k, missed->id.pid) && !process_is_over(&stat))
        return;
    struct member *kept = add(fresh, &stat, missed->descendant);
    if (kept != NULL) {
        kept->id.inode = missed->id.inode;
        kept->asked = missed->asked;
        kept->killed = missed->killed;
        kept->denied = missed->denied;
    }
}

void members_look(struct keeper *k)
{
    struct members fresh = { 0 };
    struct gathering gathering = { .keeper = k, .fresh = &fresh };

    reap_flood(k);
    struct members last = k->members;

    gathering.until_us = clock_used_us() + LOOK_MAX_US;
    if (!gather_by_children(&gathering)) {
        free(fresh.list);
        fresh = (struct members){ 0 };
        gather_by_parents(k, &fresh);
    }
    gathering.until_us = clock_used_us() + LOOK_MAX_US;
    cgroup_each_pid(k, gather_group_pid, &gathering);
    sort_once(&fresh);
    size_t met = fresh.count;
    for (size_t i = 0; i < last.count; i++) {
        struct members sorted = { .list = fresh.list, .count = met };
        if (last.list[i].reaped)
            continue;
        struct member *same = find(&sorted, last.list[i].id.pid);
        if (same == NULL || same->id.start != last.list[i].id.start) {
            follow_up(k, &fresh, &last.list[i]);
            continue;
        }
        same->id.inode = last.list[i].id.inode;
        same->asked = last.list[i].asked;
        same->killed = last.list[i].killed;
        same->denied = last.list[i].denied;
    }
    sort_once(&fresh);
    fresh.looked_at_us = clock_us();
    free(last.list);
    k->members = fresh;
}

struct member *members_find(const struct keeper *k, pid_t pid)
{
    struct member *member = find(&k->members, pid);

    return member != NULL && !member->reaped ? member : NULL;
}

void members_drop(struct member *member)
{
    /* Only marked: closing the gap each time would be quadratic when thousands end at once. */
    member->reaped = member->over = true;
}

uint64_t members_left(const struct keeper *k)
{
    uint64_t left = 0;

    for (size_t i = 0; i < k->members.count; i++)
        left += !k->members.list[i].over;
    return left;
}

/*
 * The pidfd is open: from here on the process cannot be exchanged for another one. Same start, and
 * its parent is the keeper or a member that is not younger (a recycled parent would be), or it is
 * in our group: then it is ours.
 */
static bool still_ours(struct keeper *k, const struct member *member)
{
    struct process_stat stat;

    if (!process_stat_read(member->id.pid, &stat) || stat.start != member->id.start)
        return false;
    if (stat.parent == k->self.pid)
        return true;
    struct member *parent = member->descendant ? members_find(k, stat.parent) : NULL;
    if (parent != NULL && parent->descendant && parent->id.start <= stat.start)
        return true;
    return cgroup_holds(k, member->id.pid);
}

int member_signal(struct keeper *k, struct member *member, int signal_number)
{
    int error;

    if (member->parent == k->self.pid) {
        /* Nobody but us reaps it and we have not: the pid is still its own. */
        error = kill(member->id.pid, signal_number) == 0 ? 0 : errno;
    } else {
        int pidfd = pidfd_open_process(member->id.pid);
        if (pidfd < 0)
            return errno;
        error = still_ours(k, member) ? pidfd_signal(pidfd, signal_number) : ESRCH;
        close(pidfd);
    }
    if (error != ESRCH)
        member->denied = error == EPERM;
    return error;
}

void members_signal(struct keeper *k, int first, int second)
{
    int failed = 0;

    for (size_t i = 0; i < k->members.count; i++) {
        struct member *member = &k->members.list[i];
        if (member->over)
            continue;
        int error = member_signal(k, member, first);
        if (error == 0 && second != 0)
            error = member_signal(k, member, second);
        member->asked = member->asked || error == 0;
        if (error == ENOSYS)
            failed = error;
    }
    if (failed != 0)
        keeper_unapplied(k, "signal to grandchildren", failed);
}
