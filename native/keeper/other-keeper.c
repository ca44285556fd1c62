/*
 * See other-keeper.h.
 *
 * While its keeper lives, every process of an attempt is below it: orphans become its children. A keeper
 * shows `holdfast-keeper UUID` as its command line.
 */
#include "other-keeper.h"

#include <fcntl.h>
#include <string.h>

#include "linux-process.h"

/* Processes may be reparented while we read. */
#define ANCESTORS_MAX 1000

static const char keeper_title[] = "holdfast-keeper ";

/* Null: it is not a keeper. */
static const char *attempt_of_keeper(const struct process_stat *stat, pid_t pid, char *line, size_t room)
{
    char path[PROC_PATH_ROOM];

    if (strncmp(stat->comm, keeper_title, sizeof keeper_title - 2) != 0)
        return NULL;
    proc_path(path, pid, "cmdline");
    if (file_read_small(AT_FDCWD, path, line, room) <= 0 || strncmp(line, keeper_title, sizeof keeper_title - 1) != 0)
        return NULL;
    const char *attempt = line + sizeof keeper_title - 1;
    return strlen(attempt) == UUID_ROOM - 1 ? attempt : NULL;
}

bool is_below_other_keeper(pid_t parent, const char attempt[UUID_ROOM])
{
    struct process_stat stat;
    char line[128];

    for (int above = 0; above < ANCESTORS_MAX && parent > 0 && process_stat_read(parent, &stat); above++) {
        const char *found = attempt_of_keeper(&stat, parent, line, sizeof line);
        if (found != NULL)
            return strcmp(found, attempt) != 0;
        parent = stat.parent;
    }
    return false;
}
