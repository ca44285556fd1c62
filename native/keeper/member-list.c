/* See member-list.h. */
#include "member-list.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

static struct member *new_place(struct members *m)
{
    if (m->count == m->room) {
        size_t room = m->room == 0 ? 16 : m->room * 2;
        struct member *grown = realloc(m->list, room * sizeof *grown);
        if (grown == NULL)
            return NULL;
        m->list = grown;
        m->room = room;
    }
    return &m->list[m->count++];
}

void member_list_keep(struct members *m, const struct member *member)
{
    struct member *kept = new_place(m);

    if (kept != NULL)
        *kept = *member;
}

struct member *member_list_add(struct members *m, const struct process_stat *stat, bool descendant)
{
    struct member *member = new_place(m);

    if (member == NULL)
        return NULL;
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

bool member_list_has(const struct members *m, const struct process_stat *stat)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i].id.pid == stat->pid && m->list[i].id.start == stat->start)
            return true;
    return false;
}

static int by_pid(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;

    if (a->id.pid != b->id.pid)
        return a->id.pid < b->id.pid ? -1 : 1;
    return (int)b->descendant - (int)a->descendant;
}

void member_list_sort(struct members *m)
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

struct member *member_list_find(const struct members *m, pid_t pid)
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

struct member *members_find(const struct members *m, pid_t pid)
{
    struct member *member = member_list_find(m, pid);

    return member != NULL && !member->reaped ? member : NULL;
}

void members_drop(struct member *member)
{
    /* Only marked: closing the gap each time would be quadratic when thousands end at once. */
    member->reaped = member->over = true;
    /* It is the record's now. */
    member->stuck = NULL;
}

bool member_counts(const struct member *member)
{
    return !member->over && !member->helper;
}

uint64_t members_left(const struct members *m)
{
    uint64_t left = 0;

    for (size_t i = 0; i < m->count; i++)
        left += member_counts(&m->list[i]);
    return left;
}
