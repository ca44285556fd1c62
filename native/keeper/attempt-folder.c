/*
 * See attempt-folder.h.
 *
 * Everything in the folder is reached relative to the descriptor, so that neither a symlink nor a
 * renamed parent leads a write elsewhere.
 */
#include "attempt-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Of the folder above `path`; all zero where it is not there. */
static struct folder_identity parent_of(const char *path)
{
    struct folder_identity none = { 0, 0 };
    char parent[PATH_MAX];
    struct stat status;
    const char *end = strrchr(path, '/');
    size_t length = end == NULL ? 0 : (size_t)(end - path);

    if (length == 0 || length >= sizeof parent)
        return none;
    memcpy(parent, path, length);
    parent[length] = '\0';
    if (stat(parent, &status) != 0)
        return none;
    return (struct folder_identity){ (uint64_t)status.st_dev, (uint64_t)status.st_ino };
}

int attempt_folder_open(struct keeper *k, const char *path)
{
    k->folder_path = strdup(path);
    if (k->folder_path == NULL)
        return ENOMEM;
    k->folder_parent = parent_of(path);
    k->folder_fd = open(path, OPEN_FLAGS);
    return k->folder_fd < 0 ? errno : 0;
}

static bool in_place(const struct keeper *k)
{
    struct stat held, there;

    return fstat(k->folder_fd, &held) == 0 && lstat(k->folder_path, &there) == 0 && held.st_ino == there.st_ino &&
           held.st_dev == there.st_dev;
}

/* The state folder was moved, with our folder in it, and another is in its place: records there are not ours. */
static bool moved_with_its_home(const struct keeper *k)
{
    struct stat held;
    struct folder_identity now = parent_of(k->folder_path);

    return fstat(k->folder_fd, &held) == 0 && held.st_nlink > 0 &&
           (now.inode != k->folder_parent.inode || now.device != k->folder_parent.device);
}

bool attempt_folder_is_homeless(const struct keeper *k)
{
    char parent[PATH_MAX];
    const char *end = strrchr(k->folder_path, '/');
    size_t length = end == NULL ? 0 : (size_t)(end - k->folder_path);

    if (length == 0 || length >= sizeof parent || in_place(k))
        return false;
    memcpy(parent, k->folder_path, length);
    parent[length] = '\0';
    return access(parent, F_OK) != 0 && errno == ENOENT;
}

void attempt_folder_reopen(struct keeper *k)
{
    struct stat status;

    if (in_place(k) || moved_with_its_home(k))
        return;
    if (mkdir(k->folder_path, 0700) != 0 && errno != EEXIST)
        return;
    int fd = open(k->folder_path, OPEN_FLAGS);
    if (fd < 0)
        return;
    if (fstat(fd, &status) != 0 || status.st_uid != geteuid()) {
        close(fd);
        return;
    }
    close(k->folder_fd);
    k->folder_fd = fd;
}
