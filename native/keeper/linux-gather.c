/*
 * See linux-gather.h.
 *
 * Descendants come from /proc/PID/task/TID/children, level by level; a kernel without
 * CONFIG_PROC_CHILDREN gets one pass over all of /proc and the parents found there.
 */
#include "linux-gather.h"

#include <dirent.h>
#include <stdlib.h>

#include "clock.h"
#include "linux-cgroup.h"
#include "linux-children.h"
#include "linux-process.h"
#include "member-list.h"
#include "numbers.h"
#include "thread-children.h"

struct gathering {
    const struct keeper *keeper;
    struct members *fresh;
    uint64_t until_us;
    bool cut;
    size_t sorted; /* the first entries of `fresh`, from another source: not added again */
    const struct process_stat *adopted_parent; /* NULL: below the keeper */
};

static bool in_time(struct gathering *gathering)
{
    if (clock_used_us() < gathering->until_us)
        return true;
    gathering->cut = true;
    return false;
}

static bool is_known(const struct gathering *gathering, pid_t pid)
{
    struct members sorted = { .list = gathering->fresh->list, .count = gathering->sorted };

    return member_list_find(&sorted, pid) != NULL;
}

/* Checks the list first: the children of a known process would else be added once for each way to them. */
static void add_adopted(struct members *fresh, const struct process_stat *stat, uint64_t inode)
{
    struct member *member = member_list_has(fresh, stat) ? NULL : member_list_add(fresh, stat, false);

    if (member != NULL) {
        member->adopted = true;
        member->id.inode = inode;
    }
}

static bool gather_child(pid_t pid, void *context)
{
    struct gathering *gathering = context;
    struct process_stat stat;

    if (gathering->adopted_parent != NULL) {
        const struct process_stat *parent = gathering->adopted_parent;
        /* Its pid may belong to another process by now, which then has another parent or is older. */
        if (process_stat_read(pid, &stat) && stat.parent == parent->pid && stat.start >= parent->start)
            add_adopted(gathering->fresh, &stat, 0);
    } else if (!is_known(gathering, pid) && process_stat_read(pid, &stat) &&
               !children_own_zombie(gathering->keeper, &stat))
        member_list_add(gathering->fresh, &stat, true);
    return in_time(gathering);
}

static void gather_below(struct gathering *gathering, pid_t parent, unsigned long thread_count)
{
    char path[PROC_PATH_ROOM];
    struct dirent *entry;

    if (thread_count <= 1) {
        children_of_thread(parent, parent, gather_child, gathering);
        return;
    }
    proc_path(path, parent, "task");
    DIR *threads = opendir(path);
    while (threads != NULL && (entry = readdir(threads)) != NULL) {
        uint64_t thread;
        if (number_parse(entry->d_name, INT32_MAX, &thread))
            children_of_thread(parent, (pid_t)thread, gather_child, gathering);
    }
    if (threads != NULL)
        closedir(threads);
}

static bool gather_by_children(struct gathering *gathering)
{
    struct members *fresh = gathering->fresh;
    pid_t self = gathering->keeper->self.pid;
    size_t first = fresh->count;

    if (!children_of_thread(self, self, gather_child, gathering))
        return false;
    /* The list grows while we walk it: first the children, then theirs. */
    for (size_t i = first; i < fresh->count && in_time(gathering); i++)
        if (!fresh->list[i].over)
            gather_below(gathering, fresh->list[i].id.pid, fresh->list[i].threads);
    return true;
}

static void add_known(struct members *fresh, const struct identity *id)
{
    struct process_stat stat;

    if (process_stat_read(id->pid, &stat) && stat.start == id->start)
        add_adopted(fresh, &stat, id->inode);
}

/* The processes adopted so far, whatever their parent is now, and all below them. */
static void gather_adopted(struct keeper *k, struct gathering *gathering, const struct members *last)
{
    struct members *fresh = gathering->fresh;
    size_t first = fresh->count;

    if (!k->adopted.wanted)
        return;
    if (!k->adopted.seen)
        add_known(fresh, &k->adopted.root);
    k->adopted.seen = true;
    for (size_t i = 0; i < last->count; i++)
        if (last->list[i].adopted && !last->list[i].reaped)
            add_known(fresh, &last->list[i].id);
    for (size_t i = first; i < fresh->count && in_time(gathering); i++) {
        struct process_stat parent;
        if (fresh->list[i].over || !process_stat_read(fresh->list[i].id.pid, &parent) ||
            parent.start != fresh->list[i].id.start)
            continue;
        gathering->adopted_parent = &parent;
        gather_below(gathering, parent.pid, parent.threads);
    }
    gathering->adopted_parent = NULL;
}

/* By the parents that they had when they were read; takes as many passes as the tree is deep. */
static void mark_descendants(struct members *m, pid_t root)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < m->count; i++) {
            if (m->list[i].descendant)
                continue;
            const struct member *parent = member_list_find(m, m->list[i].parent);
            if (m->list[i].parent == root || (parent != NULL && parent->descendant))
                changed = m->list[i].descendant = true;
        }
    }
}

/* One pass over /proc. */
static void gather_by_parents(struct keeper *k, struct members *fresh)
{
    struct members all = { 0 };
    struct dirent *entry;
    DIR *proc = opendir("/proc");

    while (proc != NULL && (entry = readdir(proc)) != NULL) {
        struct process_stat stat;
        uint64_t pid;
        if (number_parse(entry->d_name, INT32_MAX, &pid) && process_stat_read((pid_t)pid, &stat) &&
            !children_own_zombie(k, &stat))
            member_list_add(&all, &stat, stat.parent == k->self.pid);
    }
    if (proc != NULL)
        closedir(proc);
    member_list_sort(&all);
    mark_descendants(&all, k->self.pid);
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

    if (!is_known(gathering, pid) && process_stat_read(pid, &stat))
        member_list_add(gathering->fresh, &stat, false);
    return in_time(gathering);
}

/*
 * The group lists its members at once; reading the children of each of them costs twice as much as
 * reading the members. A process that is outside the group and below a member of it is missed.
 */
static bool gather_group_first(struct keeper *k, struct gathering *gathering, uint64_t max_us)
{
    cgroup_each_pid(&k->cgroup, gather_group_pid, gathering);
    member_list_sort(gathering->fresh);
    gathering->sorted = gathering->fresh->count;
    gathering->until_us = clock_used_us() + max_us;
    if (!gather_by_children(gathering))
        return false;
    member_list_sort(gathering->fresh);
    mark_descendants(gathering->fresh, k->self.pid);
    return true;
}

bool gather(struct keeper *k, const struct members *last, struct effort effort, struct members *fresh)
{
    struct gathering gathering = { .keeper = k, .fresh = fresh };

    gathering.until_us = clock_used_us() + effort.max_us;
    if (!effort.group_first || !gather_group_first(k, &gathering, effort.max_us)) {
        if (effort.group_first || !gather_by_children(&gathering)) {
            free(fresh->list);
            *fresh = (struct members){ 0 };
            gather_by_parents(k, fresh);
        }
        member_list_sort(fresh);
        gathering.sorted = fresh->count;
        gathering.until_us = clock_used_us() + effort.max_us;
        cgroup_each_pid(&k->cgroup, gather_group_pid, &gathering);
    }
    gathering.until_us = clock_used_us() + effort.max_us;
    gather_adopted(k, &gathering, last);
    member_list_sort(fresh);
    return !gathering.cut;
}
