/*
 * See linux-children.h.
 *
 * Reads /proc/PID/task/TID/children where the kernel has it (CONFIG_PROC_CHILDREN), else /proc, the newest
 * pids first. Neither is a snapshot: a process that is missed is found the next time.
 */
#include "linux-children.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ended.h"
#include "failpoints.h"
#include "numbers.h"

#define REAPING_TURNS 20
#define NEWEST_PIDS 256

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

bool children_of_thread(pid_t pid, pid_t thread, bool (*found)(pid_t pid, void *context), void *context)
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

void children_reap_flood(struct keeper *k)
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
    children_reap_flood(k);
    return false;
}

/* The pid that was assigned last: the fifth field of /proc/loadavg. 0 if unknown. */
static pid_t newest_pid(void)
{
    char text[128];
    const char *word = NULL;

    if (file_read_small(AT_FDCWD, "/proc/loadavg", text, sizeof text) > 0)
        word = strrchr(text, ' ');
    return word == NULL ? 0 : (pid_t)strtol(word, NULL, 10);
}

/*
 * Pids are assigned in order, so a tree that keeps forking has the newest: this takes a few hundred
 * reads where a pass over all of /proc would come too late. Returns how many were found.
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

    children_reap_flood(k);
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

bool children_own_zombie(const struct keeper *k, const struct process_stat *stat)
{
    return stat->parent == k->self.pid && process_is_over(stat);
}
