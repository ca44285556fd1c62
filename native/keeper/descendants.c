/*
 * See descendants.h.
 *
 * Why a signal reaches no other process: X is our descendant; a pidfd of C is opened; C's parent is read
 * as X's pid; X's start is read again. Two reads that show the same start mean that the pid belonged to
 * one process in between, so X was C's parent. A child of our descendant is our descendant, because
 * orphans become our children.
 *
 * Why `living` is proof: see held-zombies.c. Before a child of ours is seen as ended, its children have
 * become ours, at the end of the list that is still being read.
 */
#include "descendants.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "linux-process.h"
#include "numbers.h"
#include "standing.h"
#include "thread-children.h"

/*
 * Forks lengthen the list while it is read, but a process that was reached forks no more. The bound, in
 * processor time, is for a tree that forks faster than we read: the next pass continues.
 */
#define PASS_MAX_US 500000

struct node {
    pid_t pid;
    pid_t parent;
    uint64_t start;
    unsigned long threads;
};

struct walk {
    const struct spared *spared;
    int signal_number;
    struct pass pass;
    uint64_t until_us;
    const struct node *parent; /* NULL: this process */
    struct node *list;         /* the living processes that were found, parents before their children */
    size_t count;
    size_t room;
};

static bool remember(struct walk *w, const struct process_stat *stat)
{
    if (w->count == w->room) {
        size_t room = w->room == 0 ? 64 : w->room * 2;
        struct node *grown = realloc(w->list, room * sizeof *grown);
        if (grown == NULL)
            return false;
        w->list = grown;
        w->room = room;
    }
    w->list[w->count++] =
        (struct node){ .pid = stat->pid, .parent = stat->parent, .start = stat->start, .threads = stat->threads };
    return true;
}

static bool is_settled(const struct walk *w, const struct process_stat *stat)
{
    return w->signal_number == SIGSTOP && process_stands_still(stat->pid, stat->state);
}

static bool is_spared(const struct walk *w, pid_t pid)
{
    return w->spared != NULL && w->spared->is(pid, w->spared->context);
}

/* Not reaped, and only we can reap it: the pid is still its own. */
static bool met_child(pid_t pid, void *context)
{
    struct walk *w = context;
    struct process_stat stat;

    if (is_spared(w, pid))
        return true;
    /* Signal first: reading takes ten times as long, and the process forks during that time. */
    bool moved = kill(pid, w->signal_number) == 0;
    /* A process that cannot be read (hidepid, no descriptor left) counts as living. */
    bool known = process_stat_read(pid, &stat);
    /* The list of a tree that forks faster than we read grows at its end, where what lives is. */
    if (known && process_is_over(&stat))
        return clock_used_us() < w->until_us;
    w->pass.living++;
    w->pass.moving += moved && (!known || !is_settled(w, &stat));
    return (!known || remember(w, &stat)) && clock_used_us() < w->until_us;
}

static bool is_unchanged(const struct node *node)
{
    struct process_stat now;

    return process_stat_read(node->pid, &now) && now.start == node->start;
}

static bool met_below(pid_t pid, void *context)
{
    struct walk *w = context;
    struct node parent = *w->parent;
    struct process_stat stat;
    int pidfd = pidfd_open_process(pid);

    /* Without pidfds (before Linux 5.3) it is reached once it has become our child. */
    if (pidfd < 0)
        return true;
    if (process_stat_read(pid, &stat) && stat.parent == parent.pid && !process_is_over(&stat) &&
        is_unchanged(&parent)) {
        if (!is_settled(w, &stat))
            w->pass.moving += pidfd_signal(pidfd, w->signal_number) == 0;
        (void)remember(w, &stat);
    }
    close(pidfd);
    return true;
}

static void walk_threads(struct walk *w, const struct node *node)
{
    char path[PROC_PATH_ROOM];
    struct dirent *entry;
    uint64_t thread;

    proc_path(path, node->pid, "task");
    DIR *threads = opendir(path);
    while (threads != NULL && (entry = readdir(threads)) != NULL)
        if (number_parse(entry->d_name, INT32_MAX, &thread))
            children_of_thread(node->pid, (pid_t)thread, met_below, w);
    if (threads != NULL)
        closedir(threads);
}

static void walk_below(struct walk *w)
{
    for (size_t i = 0; i < w->count && clock_used_us() < w->until_us; i++) {
        /* The list moves when it grows. */
        struct node node = w->list[i];
        w->parent = &node;
        if (node.threads <= 1)
            children_of_thread(node.pid, node.pid, met_below, w);
        else
            walk_threads(w, &node);
    }
}

/* For kernels that do not list children: all of /proc, then level by level. */
static struct node *read_all(size_t *count)
{
    struct walk all = { 0 };
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    struct process_stat stat;
    uint64_t pid;

    while (proc != NULL && (entry = readdir(proc)) != NULL)
        if (number_parse(entry->d_name, INT32_MAX, &pid) && process_stat_read((pid_t)pid, &stat))
            (void)remember(&all, &stat);
    if (proc != NULL)
        closedir(proc);
    *count = proc == NULL ? 0 : all.count;
    return all.list;
}

static void scan(struct walk *w)
{
    size_t count = 0;
    pid_t self = getpid();
    struct node *all = read_all(&count);

    /* /proc always lists this process: an empty list means that reading failed. */
    w->pass.living += count == 0;
    for (size_t i = 0; i < count; i++)
        if (all[i].parent == self)
            (void)met_child(all[i].pid, w);
    for (size_t done = 0; done < w->count; done++) {
        struct node node = w->list[done];
        w->parent = &node;
        for (size_t i = 0; i < count; i++)
            if (all[i].parent == node.pid)
                (void)met_below(all[i].pid, w);
    }
    free(all);
}

struct pass descendants_signal(const struct spared *spared, int signal_number)
{
    struct walk w = { .spared = spared, .signal_number = signal_number, .until_us = clock_used_us() + PASS_MAX_US };

    if (children_of_thread(getpid(), getpid(), met_child, &w))
        walk_below(&w);
    else if (w.count == 0)
        scan(&w);
    free(w.list);
    bool cut = clock_used_us() >= w.until_us;
    w.pass.moving += cut;
    w.pass.living += cut;
    return w.pass;
}
