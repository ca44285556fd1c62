/*
 * See cgroup-tree.h.
 *
 * A payload may make groups below its own, at any moment and to any depth.
 */
#include "cgroup-tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complain.h"

/* Deeper than any runtime nests; bounds the recursion against a hostile tree. */
#define DEPTH_MAX 32

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

void cgroup_tree_each_pid(int folder_fd, bool (*found)(pid_t pid, void *context), void *context)
{
    int fd = folder_fd < 0 ? -1 : reopen(folder_fd);

    if (fd >= 0)
        (void)each_pid_below(fd, 0, found, context);
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

void cgroup_tree_remove(const char *path, int folder_fd)
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
