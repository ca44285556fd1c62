/*
 * See stuck.h.
 *
 * KILL ends a process within milliseconds unless it sleeps uninterruptibly in the kernel, or is frozen by
 * a version 1 freezer. The last state that was seen is kept.
 */
#include "stuck.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "linux-process.h"

#define STUCK_AFTER_US 500000

/* The path of its version 1 freezer group below that hierarchy's root; "" unless it is frozen by it. */
static void frozen_group(pid_t pid, const char *wchan, char to[FROZEN_ROOM])
{
    char path[PROC_PATH_ROOM];
    char text[4096];

    to[0] = '\0';
    proc_path(path, pid, "cgroup");
    if (strstr(wchan, "refrigerator") == NULL || file_read_small(AT_FDCWD, path, text, sizeof text) <= 0)
        return;
    const char *line = strstr(text, ":freezer:");
    if (line == NULL)
        return;
    line += strlen(":freezer:");
    size_t length = strcspn(line, "\n");
    if (length >= FROZEN_ROOM)
        length = FROZEN_ROOM - 1;
    memcpy(to, line, length);
    to[length] = '\0';
    printable(to);
}

static void note(struct member *member)
{
    if (member->stuck == NULL)
        member->stuck = calloc(1, sizeof *member->stuck);
    if (member->stuck == NULL)
        return;
    member->stuck->state = member->state;
    process_wchan(member->id.pid, member->stuck->wchan, WCHAN_ROOM);
    frozen_group(member->id.pid, member->stuck->wchan, member->stuck->frozen);
}

void stuck_note(struct keeper *k)
{
    uint64_t from_us = k->times.kill_sent_us + STUCK_AFTER_US;

    for (size_t i = 0; i < k->members.count && k->times.kill_sent_us != 0; i++) {
        struct member *member = &k->members.list[i];
        if (!member->over && !member->reaped && member->alive.us > from_us)
            note(member);
    }
}
