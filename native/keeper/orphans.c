/*
 * See orphans.h.
 *
 * A child that has not been reaped keeps its pid, and only this process reaps it: no other process
 * can be meant. A child of a child that dies comes next, so rounds are repeated until one is empty.
 */
#include "orphans.h"

#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include "linux-children.h"
#include "linux-process.h"
#include "numbers.h"

struct round {
    bool (*is_keeper)(pid_t pid, const void *context);
    const void *context;
    bool none;
};

static bool found(pid_t pid, void *context)
{
    struct round *round = context;
    struct process_stat stat;

    if (round->is_keeper(pid, round->context))
        return true;
    /* One that has gone since is a zombie, and reaped in the next round. One that cannot be read
     * (hidepid, no descriptor left) has not been reaped either: it counts as living. */
    if (process_stat_read(pid, &stat) && process_is_over(&stat))
        return true;
    round->none = false;
    kill(pid, SIGKILL);
    return true;
}

/* For kernels that do not list children. */
static void scan(struct round *round)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    struct process_stat stat;
    uint64_t pid;

    if (proc == NULL) {
        round->none = false;
        return;
    }
    while ((entry = readdir(proc)) != NULL)
        if (number_parse(entry->d_name, INT32_MAX, &pid) && process_stat_read((pid_t)pid, &stat) &&
            stat.parent == getpid())
            found((pid_t)pid, round);
    closedir(proc);
}

bool orphans_kill(bool (*is_keeper)(pid_t pid, const void *context), const void *context)
{
    struct round round = { .is_keeper = is_keeper, .context = context, .none = true };

    if (!children_of_thread(getpid(), getpid(), found, &round))
        scan(&round);
    return round.none;
}
