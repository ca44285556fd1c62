/*
 * See shared-memory-list.h.
 *
 * Files are distinguished by their inodes: a name can be reused. Times come from the kernel's coarse
 * clock, which lags behind the clock that stamped the claim.
 */
#include "shared-memory-list.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared-memory-names.h"

#define COARSE_MS 10

/* Appeared since the claim, and belongs to this user. */
static bool is_new(uint64_t claimed_wall_ms, const struct statx *s)
{
    uint64_t born_ms = (uint64_t)s->stx_btime.tv_sec * 1000 + s->stx_btime.tv_nsec / 1000000;

    return (s->stx_mask & STATX_BTIME) != 0 && s->stx_uid == geteuid() &&
           (S_ISREG(s->stx_mode) || S_ISDIR(s->stx_mode)) && born_ms + COARSE_MS >= claimed_wall_ms;
}

static struct shared_file *find(struct shared_memory *m, uint64_t inode)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i].inode == inode)
            return &m->list[i];
    return NULL;
}

static struct shared_file *take(struct shared_memory *m, struct shared_file *inside, const char *name,
                                const struct statx *s)
{
    struct shared_file *file = find(m, s->stx_ino);

    if (file == NULL) {
        if (m->list == NULL)
            m->list = calloc(SHARED_FILES_MAX, sizeof *m->list);
        if (m->list == NULL || m->count == SHARED_FILES_MAX || strlen(name) >= SHARED_NAME_ROOM) {
            m->unexamined++;
            return NULL;
        }
        file = &m->list[m->count++];
        *file = (struct shared_file){ .inode = s->stx_ino, .folder = S_ISDIR(s->stx_mode) };
        strcpy(file->name, name);
    }
    file->there = true;
    file->inside = inside;
    file->mixed = false;
    file->bytes = (uint64_t)s->stx_blocks * 512;
    /* No process holds a folder; the files in it are examined separately. */
    file->open_to_others = !file->folder && (s->stx_mode & 077) != 0;
    return file;
}

/* A folder is removed with its files if all of them have the attempt's time and user. Libraries make no
   folders in it. */
static void list_inside(struct shared_memory *m, uint64_t claimed_wall_ms, int parent, struct shared_file *folder)
{
    struct dirent *entry;
    int fd = openat(parent, folder->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *open_folder = fd < 0 ? NULL : fdopendir(fd);

    if (open_folder == NULL) {
        folder->mixed = true;
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(open_folder)) != NULL) {
        struct statx s;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (statx(fd, entry->d_name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &s) != 0)
            continue; /* removed since readdir */
        struct shared_file *file = S_ISREG(s.stx_mode) && is_new(claimed_wall_ms, &s) ? take(m, folder, entry->d_name, &s) : NULL;
        if (file == NULL)
            folder->mixed = true;
        else
            folder->bytes += file->bytes;
    }
    closedir(open_folder);
}

void shared_memory_list(struct shared_memory *m, uint64_t claimed_wall_ms)
{
    struct dirent *entry;
    DIR *folder = opendir(SHARED_MEMORY_FOLDER);

    m->unexamined = 0;
    for (size_t i = 0; i < m->count; i++)
        m->list[i].there = false;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        struct statx s;
        if (entry->d_name[0] == '.' || statx(dirfd(folder), entry->d_name, AT_SYMLINK_NOFOLLOW,
                                            STATX_BASIC_STATS | STATX_BTIME, &s) != 0)
            continue;
        m->major = s.stx_dev_major;
        m->minor = s.stx_dev_minor;
        struct shared_file *file = is_new(claimed_wall_ms, &s) ? take(m, NULL, entry->d_name, &s) : NULL;
        if (file != NULL && file->folder && shared_name_is_known(file->name))
            list_inside(m, claimed_wall_ms, dirfd(folder), file);
    }
    if (folder != NULL)
        closedir(folder);
}
