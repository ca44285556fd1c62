/*
 * See linux-cgroup.h.
 *
 * The group is held by a descriptor of its folder, so a rename or a remount cannot lead us to another
 * group. Everything except opening and joining is best effort: the sweeps over single processes (sweep.c)
 * do what a kernel lacks, and only `populated 0` counts as proof.
 */
#include "linux-cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup-tree.h"
#include "clock.h"

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
/* Linux 5.7; older headers do not have it. */
#define INTO_CGROUP 0x200000000ULL
#define CGROUP_V1_MAGIC 0x27e0eb
#define CGROUP_V2_MAGIC 0x63677270
#define SEARCH_US 20000

static int open_folder(const char *path, long magic)
{
    struct statfs filesystem;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0 && (fstatfs(fd, &filesystem) != 0 || filesystem.f_type != magic)) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

static int write_file(int folder_fd, const char *name, const char *text)
{
    int fd = openat(folder_fd, name, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return errno;
    int error = write(fd, text, strlen(text)) < 0 ? errno : 0;
    close(fd);
    return error;
}

int cgroup_open(struct cgroup *c, const char *path, const char *const *also)
{
    c->folder_fd = c->events_fd = -1;
    for (; *also != NULL; also++) {
        int fd = open_folder(*also, CGROUP_V1_MAGIC);
        if (fd < 0)
            return errno;
        close(fd);
        c->also[c->also_count] = strdup(*also);
        if (c->also[c->also_count++] == NULL)
            return ENOMEM;
    }
    if (path == NULL)
        return 0;
    c->path = strdup(path);
    c->folder_fd = open_folder(path, CGROUP_V2_MAGIC);
    if (c->path == NULL || c->folder_fd < 0)
        return c->path == NULL ? ENOMEM : errno;
    c->events_fd = openat(c->folder_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
    if (c->events_fd < 0)
        return errno;
    cgroup_sample(c);
    /* Processes in it that are not ours would be killed with ours. */
    return c->populated ? EBUSY : 0;
}

/* `struct clone_args` as of Linux 5.7. */
struct clone_request {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

pid_t cgroup_fork(const struct cgroup *c, bool *joined)
{
    struct clone_request request = { .flags = INTO_CGROUP, .exit_signal = SIGCHLD };

    *joined = false;
    if (c->folder_fd >= 0) {
        request.cgroup = (uint64_t)c->folder_fd;
        pid_t pid = (pid_t)syscall(SYS_clone3, &request, sizeof request);
        *joined = pid >= 0;
        if (pid >= 0)
            return pid;
    }
    return fork();
}

int cgroup_join(const struct cgroup *c, bool joined)
{
    for (size_t i = 0; i < c->also_count; i++) {
        int fd = open_folder(c->also[i], CGROUP_V1_MAGIC);
        /* Not cgroup.procs, which waits like a move in version 2: moving our only thread does not wait. */
        int error = fd < 0 ? errno : write_file(fd, "tasks", "0");
        if (fd >= 0)
            close(fd);
        if (error != 0)
            return error;
    }
    return joined || c->folder_fd < 0 ? 0 : write_file(c->folder_fd, "cgroup.procs", "0");
}

void cgroup_sample(struct cgroup *c)
{
    char text[256];

    if (c->events_fd < 0)
        return;
    ssize_t length = pread(c->events_fd, text, sizeof text - 1, 0);
    if (length < 0) {
        /* ENODEV: the group was removed, and only an empty one can be. */
        if (errno == ENODEV)
            c->populated = false;
        return;
    }
    text[length] = '\0';
    c->populated = strstr(text, "populated 1") != NULL;
    c->frozen = strstr(text, "frozen 1") != NULL;
}

void cgroup_freeze(const struct cgroup *c, bool frozen)
{
    if (c->folder_fd >= 0)
        (void)write_file(c->folder_fd, "cgroup.freeze", frozen ? "1" : "0");
}

void cgroup_forbid_forks(const struct cgroup *c)
{
    if (c->folder_fd >= 0)
        (void)write_file(c->folder_fd, "pids.max", "0");
    /* Only the group of the pids controller has that file. */
    for (size_t i = 0; i < c->also_count; i++) {
        int fd = cgroup_open_also(c, i);
        if (fd >= 0) {
            (void)write_file(fd, "pids.max", "0");
            close(fd);
        }
    }
}

void cgroup_kill(const struct cgroup *c, bool first_round)
{
    if (c->folder_fd < 0)
        return;
    if (!first_round)
        cgroup_freeze(c, true);
    (void)write_file(c->folder_fd, "cgroup.kill", "1");
}

void cgroup_each_pid(const struct cgroup *c, bool (*found)(pid_t pid, void *context), void *context)
{
    cgroup_tree_each_pid(c->folder_fd, found, context);
}

struct search {
    pid_t pid;
    uint64_t until_us;
    bool found;
};

static bool compare(pid_t pid, void *context)
{
    struct search *search = context;

    search->found = search->pid == pid;
    return !search->found && clock_used_us() < search->until_us;
}

bool cgroup_holds(const struct cgroup *c, pid_t pid)
{
    struct search search = { .pid = pid, .until_us = clock_used_us() + SEARCH_US };

    cgroup_each_pid(c, compare, &search);
    return search.found;
}

int cgroup_open_also(const struct cgroup *c, size_t index)
{
    return open_folder(c->also[index], CGROUP_V1_MAGIC);
}

void cgroup_remove(struct cgroup *c)
{
    if (c->events_fd >= 0)
        close(c->events_fd);
    cgroup_tree_remove(c->path, c->folder_fd);
    c->events_fd = c->folder_fd = -1;
    for (size_t i = 0; i < c->also_count; i++)
        cgroup_tree_remove(c->also[i], open_folder(c->also[i], CGROUP_V1_MAGIC));
}
