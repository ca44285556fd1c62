/*
 * See linux-cgroup.h.
 *
 * The group is held by a descriptor of its folder, so a rename or a remount cannot lead us to another
 * group. Everything except opening and joining is best effort: the sweeps over single processes (sweep.c)
 * do what a kernel lacks, and only `populated 0` counts as proof.
 */
#include "linux-cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "complain.h"
#include "failpoints.h"
#include "launch-message.h"
#include "linux-process.h"
#include "numbers.h"

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
/* Linux 5.7; older headers do not have it. */
#define INTO_CGROUP 0x200000000ULL
#define CGROUP_V1_MAGIC 0x27e0eb
#define CGROUP_V2_MAGIC 0x63677270
/* Deeper than any runtime nests; bounds the recursion against a hostile tree. */
#define DEPTH_MAX 32
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

int cgroup_open(struct keeper *k, const struct launch_message *m)
{
    struct cgroup *c = &k->cgroup;

    c->folder_fd = c->events_fd = -1;
    for (const char **also = m->cgroup_also; *also != NULL; also++) {
        int fd = open_folder(*also, CGROUP_V1_MAGIC);
        if (fd < 0)
            return errno;
        close(fd);
        c->also[c->also_count] = strdup(*also);
        if (c->also[c->also_count++] == NULL)
            return ENOMEM;
    }
    if (m->cgroup == NULL)
        return 0;
    c->path = strdup(m->cgroup);
    c->folder_fd = open_folder(m->cgroup, CGROUP_V2_MAGIC);
    if (c->path == NULL || c->folder_fd < 0)
        return c->path == NULL ? ENOMEM : errno;
    c->events_fd = openat(c->folder_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
    if (c->events_fd < 0)
        return errno;
    cgroup_look(k);
    /* Processes in it that are not ours would be killed with ours. */
    return c->populated ? EBUSY : 0;
}

/* `struct clone_args` as of Linux 5.7. */
struct clone_wish {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

pid_t cgroup_fork(const struct keeper *k, bool *joined)
{
    struct clone_wish wish = { .flags = INTO_CGROUP, .exit_signal = SIGCHLD };

    *joined = false;
    if (k->cgroup.folder_fd >= 0) {
        wish.cgroup = (uint64_t)k->cgroup.folder_fd;
        pid_t pid = (pid_t)syscall(SYS_clone3, &wish, sizeof wish);
        *joined = pid >= 0;
        if (pid >= 0)
            return pid;
    }
    return fork();
}

int cgroup_join(const struct keeper *k, bool joined)
{
    const struct cgroup *c = &k->cgroup;

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

void cgroup_look(struct keeper *k)
{
    struct cgroup *c = &k->cgroup;
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

void cgroup_freeze(struct keeper *k, bool frozen)
{
    if (k->cgroup.folder_fd >= 0)
        (void)write_file(k->cgroup.folder_fd, "cgroup.freeze", frozen ? "1" : "0");
}

void cgroup_forbid_forks(const struct keeper *k)
{
    if (k->cgroup.folder_fd >= 0)
        (void)write_file(k->cgroup.folder_fd, "pids.max", "0");
    /* Only the group of the pids controller has that file. */
    for (size_t i = 0; i < k->cgroup.also_count; i++) {
        int fd = cgroup_open_also(k, i);
        if (fd >= 0) {
            (void)write_file(fd, "pids.max", "0");
            close(fd);
        }
    }
}

void cgroup_kill(struct keeper *k, bool first_round)
{
    if (k->cgroup.folder_fd < 0)
        return;
    if (!first_round)
        cgroup_freeze(k, true);
    (void)write_file(k->cgroup.folder_fd, "cgroup.kill", "1");
}

static bool each_line(int fd, bool (*found)(pid_t pid, void *context), void *context)
{
    char buffer[4096];
    pid_t pid = 0;

    for (;;) {
        ssize_t got = read(fd, buffer, sizeof buffer);
        if (got <= 0)
            return true;
        for (ssize_t i = 0; i < got; i++) {
            if (buffer[i] >= '0' && buffer[i] <= '9') {
                pid = (pid_t)(pid * 10 + (buffer[i] - '0'));
                continue;
            }
            /* 0: a member that our pid namespace cannot name; cgroup.kill reaches it */
            if (pid > 0 && !found(pid, context))
                return false;
            pid = 0;
        }
    }
}

static int open_sub_folder(int folder_fd, const struct dirent *entry)
{
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
        return -1;
    return openat(folder_fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Takes over folder_fd. */
static bool each_pid_below(int folder_fd, int depth, bool (*found)(pid_t pid, void *context), void *context)
{
    struct dirent *entry;
    bool go_on = true;
    int fd = openat(folder_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        go_on = each_line(fd, found, context);
        close(fd);
    }
    DIR *folder = depth < DEPTH_MAX ? fdopendir(folder_fd) : NULL;
    if (folder == NULL) {
        close(folder_fd);
        return go_on;
    }
    while (go_on && (entry = readdir(folder)) != NULL) {
        int sub_fd = open_sub_folder(folder_fd, entry);
        if (sub_fd >= 0)
            go_on = each_pid_below(sub_fd, depth + 1, found, context);
    }
    closedir(folder);
    return go_on;
}

static int reopen(int folder_fd)
{
    return openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void cgroup_each_pid(const struct keeper *k, bool (*found)(pid_t pid, void *context), void *context)
{
    int fd = k->cgroup.folder_fd < 0 ? -1 : reopen(k->cgroup.folder_fd);

    if (fd >= 0)
        (void)each_pid_below(fd, 0, found, context);
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

bool cgroup_holds(const struct keeper *k, pid_t pid)
{
    struct search search = { .pid = pid, .until_us = clock_used_us() + SEARCH_US };

    cgroup_each_pid(k, compare, &search);
    return search.found;
}

int cgroup_open_also(const struct keeper *k, size_t index)
{
    return open_folder(k->cgroup.also[index], CGROUP_V1_MAGIC);
}

/* Takes over folder_fd. */
static void remove_below(int folder_fd, int depth)
{
    struct dirent *entry;
    DIR *folder = depth < DEPTH_MAX ? fdopendir(folder_fd) : NULL;

    if (folder == NULL) {
        close(folder_fd);
        return;
    }
    while ((entry = readdir(folder)) != NULL) {
        int sub_fd = open_sub_folder(folder_fd, entry);
        if (sub_fd < 0)
            continue;
        remove_below(sub_fd, depth + 1);
        (void)unlinkat(folder_fd, entry->d_name, AT_REMOVEDIR);
    }
    closedir(folder);
}

static void remove_group(const char *path, int folder_fd)
{
    struct stat by_path, by_fd;

    if (folder_fd < 0)
        return;
    /* Another group may have taken the path if ours was renamed or removed. */
    bool ours = stat(path, &by_path) == 0 && fstat(folder_fd, &by_fd) == 0 && by_path.st_ino == by_fd.st_ino &&
                by_path.st_dev == by_fd.st_dev;
    int walk_fd = ours ? reopen(folder_fd) : -1;
    if (walk_fd >= 0)
        remove_below(walk_fd, 0);
    close(folder_fd);
    if (ours && rmdir(path) != 0)
        complain("cannot remove the cgroup", path, errno);
}

void cgroup_remove(struct keeper *k)
{
    struct cgroup *c = &k->cgroup;

    if (c->events_fd >= 0)
        close(c->events_fd);
    remove_group(c->path, c->folder_fd);
    c->events_fd = c->folder_fd = -1;
    for (size_t i = 0; i < c->also_count; i++)
        remove_group(c->also[i], open_folder(c->also[i], CGROUP_V1_MAGIC));
}
