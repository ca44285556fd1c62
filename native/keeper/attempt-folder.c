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

/* The folder above `path`; false where there is none. */
static bool parent_path(const char *path, char parent[PATH_MAX])
{
    const char *end = strrchr(path, '/');
    size_t length = end == NULL ? 0 : (size_t)(end - path);

    if (length == 0 || length >= PATH_MAX)
        return false;
    memcpy(parent, path, length);
    parent[length] = '\0';
    return true;
}

/* All zero where it is not there. */
static struct folder_identity parent_of(const char *path)
{
    char parent[PATH_MAX];
    struct stat status;

    if (!parent_path(path, parent) || stat(parent, &status) != 0)
        return (struct folder_identity){ 0, 0 };
    return (struct folder_identity){ (uint64_t)status.st_dev, (uint64_t)status.st_ino };
}

int attempt_folder_open(struct attempt_folder *f, const char *path)
{
    f->path = strdup(path);
    if (f->path == NULL)
        return ENOMEM;
    f->parent = parent_of(path);
    f->fd = open(path, OPEN_FLAGS);
    return f->fd < 0 ? errno : 0;
}

static bool in_place(const struct attempt_folder *f)
{
    struct stat held, there;

    return fstat(f->fd, &held) == 0 && lstat(f->path, &there) == 0 && held.st_ino == there.st_ino &&
           held.st_dev == there.st_dev;
}

/* The state folder was moved, with our folder in it, and another is in its place: records there are not ours. */
static bool moved_with_its_home(const struct attempt_folder *f)
{
    struct stat held;
    struct folder_identity now = parent_of(f->path);

    return fstat(f->fd, &held) == 0 && held.st_nlink > 0 &&
           (now.inode != f->parent.inode || now.device != f->parent.device);
}

bool attempt_folder_is_homeless(const struct attempt_folder *f)
{
    char parent[PATH_MAX];

    if (in_place(f) || !parent_path(f->path, parent))
        return false;
    return access(parent, F_OK) != 0 && errno == ENOENT;
}

void attempt_folder_reopen(struct attempt_folder *f)
{
    struct stat status;

    if (in_place(f) || moved_with_its_home(f))
        return;
    if (mkdir(f->path, 0700) != 0 && errno != EEXIST)
        return;
    int fd = open(f->path, OPEN_FLAGS);
    if (fd < 0)
        return;
    if (fstat(fd, &status) != 0 || status.st_uid != geteuid()) {
        close(fd);
        return;
    }
    close(f->fd);
    f->fd = fd;
}
