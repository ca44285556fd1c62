/*
 * See output.h.
 *
 * The descriptors stay open as long as the keeper runs: a payload that removes or replaces its log cannot
 * redirect the holes to another file. Only whole blocks are punched.
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "failpoints.h"

#define BLOCK_BYTES 4096ull
#define CHECK_EVERY_MS 250

int log_open(int folder_fd, const char *name, int *fd)
{
    struct stat status;

    /* O_NONBLOCK: a FIFO in its place must not hold us up. It means nothing for a file. */
    *fd = openat(folder_fd, name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (*fd < 0)
        return errno;
    if (fstat(*fd, &status) != 0)
        return errno;
    if (!S_ISREG(status.st_mode))
        return EINVAL;
    return fcntl(*fd, F_SETFL, O_APPEND) == 0 ? 0 : errno;
}

int output_open(struct output *o, int folder_fd, bool split, uint64_t quota_bytes)
{
    o->split = split;
    o->fd[0] = o->fd[1] = -1;
    o->quota_bytes = quota_bytes;
    int error = log_open(folder_fd, split ? "stdout.log" : "output.log", &o->fd[0]);
    if (error == 0 && split)
        error = log_open(folder_fd, "stderr.log", &o->fd[1]);
    if (quota_bytes > 0)
        o->next_check_ms = clock_ms() + CHECK_EVERY_MS;
    return error;
}

/* A full disk may have no block for a hole now; what the file system cannot do it refuses each time. */
static bool may_pass(int error)
{
    return error == EINTR || error == ENOSPC || error == EDQUOT || error == ENOMEM || error == EIO;
}

static void punch(struct output *o, int which, struct unapplied *unapplied)
{
    uint64_t size = output_bytes(o, which);

    /* The payload may truncate its log; then counting starts again. */
    if (size < o->punched_to[which])
        o->punched_to[which] = 0;
    if (size <= o->quota_bytes)
        return;
    uint64_t to = (size - o->quota_bytes) / BLOCK_BYTES * BLOCK_BYTES;
    if (to <= o->punched_to[which])
        return;
    off_t from = (off_t)o->punched_to[which];
    errno = failpoint_error("punch");
    if (errno != 0 || fallocate(o->fd[which], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, (off_t)to - from) != 0) {
        o->no_holes = !may_pass(errno);
        if (o->no_holes)
            unapplied_add(unapplied, "output_quota", errno);
        return;
    }
    o->punched_bytes += to - o->punched_to[which];
    o->punched_to[which] = to;
}

static void punch_both(struct output *o, struct unapplied *unapplied)
{
    punch(o, 0, unapplied);
    if (o->split)
        punch(o, 1, unapplied);
}

void output_keep_quota(struct output *o, struct unapplied *unapplied)
{
    uint64_t now_ms = clock_ms();

    if (o->next_check_ms == 0 || now_ms < o->next_check_ms)
        return;
    punch_both(o, unapplied);
    o->next_check_ms = o->no_holes ? 0 : now_ms + CHECK_EVERY_MS;
}

void output_settle(struct output *o, struct unapplied *unapplied)
{
    if (o->next_check_ms != 0)
        punch_both(o, unapplied);
}

uint64_t output_bytes(const struct output *o, int which)
{
    struct stat status;

    if (o->fd[which] < 0 || fstat(o->fd[which], &status) != 0)
        return 0;
    return (uint64_t)status.st_size;
}
