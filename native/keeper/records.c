/* See records.h. */
#include "records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failpoints.h"
#include "numbers.h"

static int write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : ENOSPC;
        text += written;
        length -= (size_t)written;
    }
    return 0;
}

static int write_temporary(int folder_fd, const char *temporary, enum placing placing, const char *text, size_t length)
{
    int fd = openat(folder_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return errno;
    int error = placing == PLACE_FIRST ? failpoint_error("claim_write") : failpoint_error("exit_write");
    if (error == 0)
        error = write_all(fd, text, length);
    if (error == 0 && fsync(fd) != 0)
        error = errno;
    /* A network filesystem may report a failed write only here. */
    if (close(fd) != 0 && error == 0)
        error = errno;
    return error;
}

/* An NFS server that lost its answer reports EEXIST for a link that it made. */
static bool is_ours(int folder_fd, const char *temporary, const char *name)
{
    struct stat a, b;

    return fstatat(folder_fd, temporary, &a, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstatat(folder_fd, name, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

static int place_first(int folder_fd, const char *temporary, const char *name)
{
    int error = failpoint_error("claim_link");

    if (error == 0 && linkat(folder_fd, temporary, folder_fd, name, 0) != 0)
        error = errno;
    if (error == EEXIST && is_ours(folder_fd, temporary, name))
        error = 0;
    if (error == 0)
        unlinkat(folder_fd, temporary, 0);
    return error;
}

int record_place_over(int folder_fd, const char *temporary, const char *name)
{
    if (renameat(folder_fd, temporary, folder_fd, name) == 0)
        return 0;
    if (errno != EISDIR && errno != ENOTEMPTY && errno != EEXIST)
        return errno;
    /* The payload made a folder of that name: rename it to a free name. */
    char displaced[64];
    struct text t;
    text_start(&t, displaced, sizeof displaced);
    text_add(&t, name);
    text_add(&t, ".displaced-");
    text_add_number(&t, (uint64_t)getpid());
    if (renameat(folder_fd, name, folder_fd, displaced) != 0)
        return errno;
    return renameat(folder_fd, temporary, folder_fd, name) == 0 ? 0 : errno;
}

int record_write(int folder_fd, const char *name, enum placing placing, const char *text, size_t length)
{
    /* Only one keeper has this pid, and it writes one record at a time. */
    char temporary[64];
    struct text t;
    text_start(&t, temporary, sizeof temporary);
    text_add(&t, name);
    text_add(&t, ".new-");
    text_add_number(&t, (uint64_t)getpid());

    unlinkat(folder_fd, temporary, 0);
    int error = write_temporary(folder_fd, temporary, placing, text, length);
    if (error == 0) {
        if (placing == PLACE_FIRST)
            failpoint("claim_temporary");
        else
            failpoint("exit_temporary");
        error = placing == PLACE_FIRST ? place_first(folder_fd, temporary, name) : record_place_over(folder_fd, temporary, name);
    }
    if (error != 0) {
        unlinkat(folder_fd, temporary, 0);
        return error;
    }
    error = failpoint_error("folder_sync");
    if (error == 0 && fsync(folder_fd) != 0)
        error = errno;
    /* Withdraw a claim that may not survive a power cut: nothing will run under it. */
    if (error != 0 && placing == PLACE_FIRST)
        unlinkat(folder_fd, name, 0);
    return error;
}
