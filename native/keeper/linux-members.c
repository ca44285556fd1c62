/*
 * See linux-members.h.
 *
 * Out of memory: the list lacks some members, and the next sample tries again.
 */
#include "linux-members.h"

#include <stdlib.h>

#include "clock.h"
#include "ended.h"
#include "linux-cgroup.h"
#include "linux-children.h"
#include "linux-gather.h"
#include "linux-process.h"
#include "member-list.h"

/* A tree that forks faster than it can be read would keep us reading for ever. */
#define SAMPLE_MAX_US 50000
/* A tree that is to be killed must not be able to delay that. In most trees this names each process. */
#define KILL_SAMPLE_US 3000

/* What earlier samples saw of the same process. */
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

/* It represents the adopted process: it must be gone at the end, but is not a process of the job. */
static bool is_helper(const struct keeper *k, const struct member *member)
{
    return k->adopted.wanted && member->id.pid == k->main.id.pid && member->id.start == k->main.id.start;
}

/* A member of the last sample that this one did not find. */
static void follow_up(struct keeper *k, struct members *fresh, const struct member *missed)
{
    struct process_stat stat;
    bool there = process_stat_read(missed->id.pid, &stat) && stat.start == missed->id.start;

    if (!there) {
        ended_unseen(k, missed);
        return;
    }
    /* Its parent ended during the sample: a descendant of the keeper stays a descendant. */
    if (!missed->descendant && !missed->adopted && !cgroup_holds(&k->cgroup, missed->id.pid) && !process_is_over(&stat))
        return;
    struct member *kept = member_list_add(fresh, &stat, missed->descendant);
    if (kept != NULL) {
        carry(kept, missed);
        kept->adopted = missed->adopted;
    }
}

static void sample(struct keeper *k, struct effort effort)
{
    struct members fresh = { 0 };

    children_reap_flood(k);
    struct members last = k->members;
    bool whole = gather(k, &last, effort, &fresh);
    size_t met = fresh.count;
    for (size_t i = 0; i < last.count; i++) {
        struct members sorted = { .list = fresh.list, .count = met };
        if (last.list[i].reaped)
            continue;
        struct member *same = member_list_find(&sorted, last.list[i].id.pid);
        if (same == NULL || same->id.start != last.list[i].id.start) {
            /* When the time is up, it keeps the state in which it was last seen; another process has not its pid. */
            if (same == NULL && effort.group_first && !whole)
                member_list_keep(&fresh, &last.list[i]);
            else
                follow_up(k, &fresh, &last.list[i]);
            continue;
        }
        carry(same, &last.list[i]);
    }
    member_list_sort(&fresh);
    fresh.cut = !whole;
    for (size_t i = 0; i < fresh.count; i++) {
        fresh.list[i].helper = is_helper(k, &fresh.list[i]);
        fresh.outsiders = fresh.outsiders || !(fresh.list[i].descendant || fresh.list[i].adopted);
    }
    fresh.sampled_at_us = clock_us();
    free(last.list);
    k->members = fresh;
}

void members_sample(struct keeper *k)
{
    sample(k, (struct effort){ .max_us = SAMPLE_MAX_US });
}

void members_sample_before_kill(struct keeper *k)
{
    sample(k, (struct effort){ .max_us = KILL_SAMPLE_US, .group_first = true });
}
