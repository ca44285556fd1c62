/*
 * See held-zombies.h.
 *
 * The tracer of a zombie has to wait for it first. Until then waitid returns neither the zombie nor
 * ECHILD, for as long as a debugger is left at its prompt. The zombie runs nothing and holds nothing.
 *
 * Why this is proof: a living descendant always is, or is below, a living child of the keeper, because
 * orphans become the keeper's children. Zombies have no children and get none. So when all children in
 * the list are zombies, and a second read returns the same list, there was no other child: a process
 * born in between would be in the second list. No entry can disappear between the reads, because only
 * the keeper reaps, and it does not do so here.
 */
#include "held-zombies.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "linux-process.h"
#include "numbers.h"

/* More than a debugger holds. A longer list is cut off and proves nothing. */
#define LIST_ROOM 4096

static bool list_children(pid_t keeper, char list[LIST_ROOM])
{
    char path[PROC_PATH_ROOM];
    char file[40];
    struct text t;

    text_start(&t, file, sizeof file);
    text_add(&t, "task/");
    text_add_number(&t, (uint64_t)keeper);
    text_add(&t, "/children");
    proc_path(path, keeper, file);
    ssize_t length = file_read_small(AT_FDCWD, path, list, LIST_ROOM);
    return length > 0 && length < LIST_ROOM - 1;
}

static bool is_traced(pid_t pid)
{
    char path[PROC_PATH_ROOM];
    char status[4096];

    proc_path(path, pid, "status");
    if (file_read_small(AT_FDCWD, path, status, sizeof status) <= 0)
        return false;
    const char *tracer = strstr(status, "\nTracerPid:\t");
    return tracer != NULL && tracer[strlen("\nTracerPid:\t")] != '0';
}

uint64_t held_zombies(pid_t keeper)
{
    char before[LIST_ROOM], after[LIST_ROOM];
    struct process_stat stat;
    uint64_t count = 0;

    if (!list_children(keeper, before))
        return 0;
    for (char *at = before, *end; *at != '\0'; at = end, count++) {
        pid_t pid = (pid_t)strtol(at, &end, 10);
        if (end == at)
            break;
        if (!process_stat_read(pid, &stat) || !process_is_over(&stat) || !is_traced(pid))
            return 0;
    }
    return list_children(keeper, after) && strcmp(before, after) == 0 ? count : 0;
}
