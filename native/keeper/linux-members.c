/*
 * See linux-members.h.
 *
 * Descendants come from /proc/PID/task/TID/children, level by level; a kernel without
 * CONFIG_PROC_CHILDREN gets one pass over all of /proc and the parents found there.
 * Out of memory: the list is shorter than the truth, and the next look tries again.
 */
#include "linux-members.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "ended.h"
#include "linux-cgroup.h"
#include "linux-children.h"
#include "linux-process.h"
#include "numbers.h"

/* A tree that forks faster than it can be read would keep us looking for ever. */
#define LOOK_MAX_US 50000

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
        .threads = stat->threads,
        .status = -1,
    };
    if (member->over) {
        member->over_since = clock_moment();
        member->status = stat->status;
    } else {
        member->alive = stat->at;
    }
    memcpy(member->comm, stat->comm, COMM_ROOM);
    return member;
}

struct gathering {
    const struct keeper *keeper;
    struct members *fresh;
    uint64_t until_us;
    bool cut;
    size_t descendants; /* how many of `fresh`, sorted, are known when the group is read */
    const struct process_stat *adopted_parent; /* NULL: below the keeper */
};

static bool in_time(struct gathering *gathering)
{
    if (clock_used_us() < gathering->until_us)
        return true;
    gathering->cut = true;
    return false;
}

static bool is_in(const struct members *m, const struct process_stat *stat)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i].id.pid == stat->pid && m->list[i].id.start == stat->start)
            return true;
    return false;
}

/* Without the second look the children of a known process would be met once for each way to them. */
static void add_adopted(struct members *fresh, const struct process_stat *stat, uint64_t inode)
{
    struct member *member = is_in(fresh, stat) ? NULL : add(fresh, stat, false);

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
        /* Its pid may be another's by now; that one has another parent, or is older. */
        if (process_stat_read(pid, &stat) && stat.parent == parent->pid && stat.start >= parent->start)
            add_adopted(gathering->fresh, &stat, 0);
    } else if (process_stat_read(pid, &stat) && !children_own_zombie(gathering->keeper, &stat))
        add(gathering->fresh, &stat, true);
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

    if (!children_of_thread(self, self, gather_child, gathering))
        return false;
    /* The list grows while we walk it: first the children, then theirs. */
    for (size_t i = 0; i < fresh->count && in_time(gathering); i++)
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

/* Who was adopted before, wherever it has fallen since, and all below it. */
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
            !children_own_zombie(k, &stat))
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

    struct members descendants = { .list = gathering->fresh->list, .count = gathering->descendants };

    if (find(&descendants, pid) == NULL && process_stat_read(pid, &stat))
        add(gathering->fresh, &stat, false);
    return in_time(gathering);
}

/* What earlier looks saw of the same process. */
static void carry(struct member *to, const struct member *from)
{
    to->id.inode = from->id.inode;
    to->asked = from->asked;
    to->killed = from->killed;
    to->denied = from->denied;
    to->stuck = from->stuck;
    if (!to->over)
        return;
    to->alive = from->alive;
    if (from->over) {
        to->over_since = from->over_since;
        to->status = from->status;
    }
}

bool member_counts(const struct member *member)
{
    return !member->over && !member->helper;
}

/* It stands in for the adopted process: it must be gone at the end, but is not the job's. */
static bool is_helper(const struct keeper *k, const struct member *member)
{
    return k->adopted.wanted && member->id.pid == k->main.id.pid && member->id.start == k->main.id.start;
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
    if (!missed->descendant && !missed->adopted && !cgroup_holds(k, missed->id.pid) && !process_is_over(&stat))
        return;
    struct member *kept = add(fresh, &stat, missed->descendant);
    if (kept != NULL) {
        carry(kept, missed);
        kept->adopted = missed->adopted;
    }
}

void members_look_for(struct keeper *k, uint64_t max_us)
{
    struct members fresh = { 0 };
    struct gathering gathering = { .keeper = k, .fresh = &fresh };

    children_reap_flood(k);
    struct members last = k->members;

    gathering.until_us = clock_used_us() + max_us;
    if (!gather_by_children(&gathering)) {
        free(fresh.list);
        fresh = (struct members){ 0 };
        gather_by_parents(k, &fresh);
    }
    sort_once(&fresh);
    gathering.descendants = fresh.count;
    gathering.until_us = clock_used_us() + max_us;
    cgroup_each_pid(k, gather_group_pid, &gathering);
    gathering.until_us = clock_used_us() + max_us;
    gather_adopted(k, &gathering, &last);
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
        carry(same, &last.list[i]);
    }
    sort_once(&fresh);
    fresh.cut = gathering.cut;
    for (size_t i = 0; i < fresh.count; i++) {
        fresh.list[i].helper = is_helper(k, &fresh.list[i]);
        fresh.strangers = fresh.strangers || !(fresh.list[i].descendant || fresh.list[i].adopted);
    }
    fresh.looked_at_us = clock_us();
    free(last.list);
    k->members = fresh;
}

void members_look(struct keeper *k)
{
    members_look_for(k, LOOK_MAX_US);
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
        left += member_counts(&k->members.list[i]);
    return left;
}
